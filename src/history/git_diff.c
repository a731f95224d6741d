/* What sets two texts apart, line by line. */
#include "git_private.h"

struct visit {
    void (*visit)(const struct pb_changed_line *line, void *context);
    void *context;
};

static int
visit_line(const git_diff_delta *delta, const git_diff_hunk *hunk,
           const git_diff_line *line, void *payload)
{
    (void)delta;
    (void)hunk;
    const struct visit *visit = payload;
    bool added = line->origin == GIT_DIFF_LINE_ADDITION;
    if (!added && line->origin != GIT_DIFF_LINE_DELETION) {
        return 0;
    }
    struct pb_changed_line changed = {
        .added = added,
        .number = (size_t)(added ? line->new_lineno : line->old_lineno),
        .text = line->content,
        .length = line->content_len,
    };
    while (changed.length > 0 && (changed.text[changed.length - 1] == '\n' ||
                                  changed.text[changed.length - 1] == '\r'))
    {
        changed.length--;
    }
    visit->visit(&changed, visit->context);
    return 0;
}

int
pb_git_changed_lines(const struct pb_buf *before, const struct pb_buf *after,
                     void (*visit)(const struct pb_changed_line *line,
                                   void *context),
                     void *context, struct pb_error *err)
{
    git_diff_options options;
    git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    options.flags = GIT_DIFF_FORCE_TEXT;
    options.context_lines = 0;
    struct visit payload = {visit, context};
    int status = git_diff_buffers(before->data, before->len, NULL, after->data,
                                  after->len, NULL, &options, NULL, NULL, NULL,
                                  visit_line, &payload);
    return status < 0 ? pb_git_fail(err, status, "cannot compare two files")
                      : 0;
}
