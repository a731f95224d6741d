/* Builds that change at random, and what a directory should hold of them. */
#ifndef TESTS_CACHE_MODEL_H
#define TESTS_CACHE_MODEL_H

#include <stdio.h>
#include <unistd.h>

#include "store_test.h"

#define MODEL_FILES 24

struct model_file {
    char *data; /* NULL: absent */
    size_t len;
    bool executable;
};

struct model {
    struct model_file files[MODEL_FILES];
};

static inline unsigned
draw(uint64_t *seed, unsigned below)
{
    *seed =
        *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*seed >> 33) % below;
}

static inline char *
model_path(size_t index)
{
    static const char *const directories[] = {"", "Objects/", "build/lib/",
                                              "Objects/deep/er/"};
    return pb_asprintf("%sfile%zu.o", directories[index % 4], index);
}

static inline void
set_number(char *at, uint64_t value)
{
    for (size_t i = 0; i < 8; i++) {
        at[i] = (char)(value >> (8 * i));
    }
}

/* Makes it an ELF file whose relocations and symbols are what is there. */
static inline void
model_make_elf(struct model_file *file)
{
    static const char types[] = {4, 2};
    size_t half = (file->len - 64 - 2 * 64) / 2;
    char *sections = file->data + file->len - 2 * 64;
    memset(file->data, 0, 64);
    memset(sections, 0, 2 * 64);
    memcpy(file->data,
           "\x7f"
           "ELF\x02\x01",
           6);
    set_number(file->data + 40, file->len - 2 * 64);
    file->data[58] = 64;
    file->data[60] = 2;
    for (size_t i = 0; i < 2; i++) {
        sections[64 * i + 4] = types[i];
        set_number(sections + 64 * i + 24, 64 + i * half);
        set_number(sections + 64 * i + 32, half);
    }
}

static inline void
model_fill(struct model_file *file, uint64_t *seed)
{
    free(file->data);
    /* Now and then large, binary or empty. */
    file->len = draw(seed, 8) == 0   ? 0
                : draw(seed, 8) == 0 ? 40000 + draw(seed, 9000)
                                     : draw(seed, 3000);
    file->data = pb_alloc(file->len + 1);
    for (size_t i = 0; i < file->len; i++) {
        file->data[i] = (char)draw(seed, i % 64 < 32 ? 4 : 256);
    }
    if (file->len > 300 && draw(seed, 3) == 0) {
        model_make_elf(file);
    }
}

/* Changes some bytes, adds, removes, copies or changes modes. */
static inline void
model_edit(struct model *model, uint64_t *seed)
{
    for (unsigned i = draw(seed, 6) + 1; i > 0; i--) {
        struct model_file *file = &model->files[draw(seed, MODEL_FILES)];
        unsigned what = draw(seed, 8);
        if (file->data == NULL || what == 0) {
            model_fill(file, seed);
        }
        else if (what == 1 && file != &model->files[0]) {
            free(file->data);
            file->data = NULL;
        }
        else if (what == 2) {
            file->executable = !file->executable;
        }
        else if (what == 3) {
            const struct model_file *other =
                &model->files[draw(seed, MODEL_FILES)];
            if (other->data != NULL && other != file) {
                free(file->data);
                file->data = pb_alloc(other->len + 1);
                memcpy(file->data, other->data, other->len);
                file->len = other->len;
            }
        }
        else if (file->len > 0) {
            size_t at = draw(seed, (unsigned)file->len);
            file->data[at] = (char)(file->data[at] ^ 1);
        }
    }
}

static inline void
model_start(struct model *model, uint64_t *seed)
{
    for (size_t i = 0; i < MODEL_FILES; i++) {
        model->files[i] = (struct model_file){.data = NULL};
        if (i == 0 || draw(seed, 4) > 0) {
            model_fill(&model->files[i], seed);
        }
    }
}

static inline struct model
model_copy(const struct model *from)
{
    struct model copy = *from;
    for (size_t i = 0; i < MODEL_FILES; i++) {
        if (from->files[i].data != NULL) {
            copy.files[i].data = pb_alloc(from->files[i].len + 1);
            memcpy(copy.files[i].data, from->files[i].data,
                   from->files[i].len);
        }
    }
    return copy;
}

static inline void
model_clear(struct model *model)
{
    for (size_t i = 0; i < MODEL_FILES; i++) {
        free(model->files[i].data);
        model->files[i].data = NULL;
    }
}

/* Writes the model to scratch/build and keeps it. */
static inline int
model_put(struct pb_store *store, const char *scratch,
          const struct model *model, const char *key, struct pb_error *err)
{
    PB_AUTOFREE char *directory = pb_path_join(scratch, "build");
    PB_AUTO(pb_strv) struct pb_strv paths = PB_STRV_INIT;
    assert_done(pb_fs_remove_tree(directory, err), err);
    for (size_t i = 0; i < MODEL_FILES; i++) {
        const struct model_file *file = &model->files[i];
        if (file->data == NULL) {
            continue;
        }
        PB_AUTOFREE char *path = model_path(i);
        PB_AUTOFREE char *full = pb_path_join(directory, path);
        assert_done(pb_fs_write(full, file->data, file->len,
                                file->executable ? 0755 : 0644, err),
                    err);
        pb_strv_add(&paths, path);
    }
    struct pb_digest digest = key_of(key);
    const struct pb_store_build build = {.group = key_of("group"),
                                         .label = key,
                                         .directory = directory,
                                         .paths = &paths,
                                         .seconds = 1};
    return pb_store_put(store, &digest, &build, err);
}

/* The directory holds the model's files and no other. */
static inline bool
model_is_at(const struct model *model, const char *directory)
{
    struct pb_error err = PB_ERROR_INIT;
    size_t expected = 0;
    for (size_t i = 0; i < MODEL_FILES; i++) {
        const struct model_file *file = &model->files[i];
        PB_AUTOFREE char *path = model_path(i);
        PB_AUTOFREE char *full = pb_path_join(directory, path);
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        struct stat info;
        if (file->data == NULL) {
            continue;
        }
        expected++;
        if (lstat(full, &info) < 0 ||
            (info.st_mode & 07777) != (file->executable ? 0755 : 0644) ||
            pb_fs_read(full, SIZE_MAX, &text, &err) < 0 ||
            text.len != file->len ||
            memcmp(text.data, file->data, file->len) != 0)
        {
            return false;
        }
    }
    PB_AUTO(pb_strv) struct pb_strv names = PB_STRV_INIT;
    assert_done(pb_fs_walk(directory, &names, &err), &err);
    return names.len == expected;
}

static inline uint64_t
model_seed(void)
{
    const char *given = getenv("PB_TEST_SEED");
    uint64_t seed = (uint64_t)(given != NULL ? atol(given) : (long)getpid());
    printf("PB_TEST_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

#endif
