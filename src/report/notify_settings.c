/* notify.yml: read, and checked for every mistake at once. */
#include "pybisect/notify.h"

#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/fs.h"

static const char *const tls_names[] = {
    [PB_MAIL_STARTTLS] = "starttls",
    [PB_MAIL_TLS] = "tls",
    [PB_MAIL_PLAIN] = "none",
    NULL,
};

static const struct pb_yaml_field mail_fields[] = {
    {.key = "name", .type = PB_YAML_TEXT},
    {.key = "server", .type = PB_YAML_TEXT, .required = true},
    {.key = "port", .type = PB_YAML_INTEGER},
    {.key = "tls", .type = PB_YAML_ENUM, .choices = tls_names},
    {.key = "user", .type = PB_YAML_TEXT},
    {.key = "password-file", .type = PB_YAML_TEXT},
    {.key = "password-variable", .type = PB_YAML_TEXT},
    {.key = "ca-file", .type = PB_YAML_TEXT},
    {.key = "timeout", .type = PB_YAML_INTEGER},
    {.key = "from", .type = PB_YAML_TEXT, .required = true},
    {.key = "to", .type = PB_YAML_TEXT_OR_LIST, .required = true},
    {.key = NULL},
};

static const struct pb_yaml_field hook_fields[] = {
    {.key = "name", .type = PB_YAML_TEXT},
    {.key = "url", .type = PB_YAML_TEXT, .required = true},
    {.key = "secret-file", .type = PB_YAML_TEXT},
    {.key = "secret-variable", .type = PB_YAML_TEXT},
    {.key = "ca-file", .type = PB_YAML_TEXT},
    {.key = "timeout", .type = PB_YAML_INTEGER},
    {.key = NULL},
};

static const struct pb_yaml_field fields[] = {
    {.key = "site", .type = PB_YAML_TEXT},
    {.key = "mail", .type = PB_YAML_FIELDS_LIST, .fields = mail_fields},
    {.key = "hooks", .type = PB_YAML_FIELDS_LIST, .fields = hook_fields},
    {.key = NULL},
};

static void
clear_receiver(struct pb_notify_receiver *receiver)
{
    free(receiver->name);
    free(receiver->ca_file);
    free(receiver->secret.file);
    free(receiver->secret.variable);
    free(receiver->url);
    free(receiver->from);
    free(receiver->host);
    free(receiver->user);
    pb_strv_clear(&receiver->to);
}

void
pb_notify_clear(struct pb_notify *notify)
{
    for (size_t i = 0; i < notify->len; i++) {
        clear_receiver(&notify->items[i]);
    }
    free(notify->items);
    free(notify->site);
    *notify = (struct pb_notify)PB_NOTIFY_INIT;
}

/* --- reading ------------------------------------------------------------ */

static char *
dup_text(const struct pb_yaml_node *mapping, const char *key)
{
    const struct pb_yaml_node *node = pb_yaml_get(mapping, key);
    return node == NULL ? NULL : pb_strdup(pb_yaml_text(node));
}

static void
add_texts(const struct pb_yaml_node *node, struct pb_strv *out)
{
    if (pb_yaml_kind(node) == PB_YAML_SCALAR) {
        pb_strv_add(out, pb_yaml_text(node));
        return;
    }
    for (size_t i = 0; i < pb_yaml_length(node); i++) {
        pb_strv_add(out, pb_yaml_text(pb_yaml_item(node, i)));
    }
}

static long
get_number(const struct pb_yaml_node *mapping, const char *key)
{
    const struct pb_yaml_node *node = pb_yaml_get(mapping, key);
    return node == NULL ? 0 : strtol(pb_yaml_text(node), NULL, 10);
}

/* A URL often holds a password: "hooks.example.org-1c2d3e4f". */
static char *
name_url(const char *url)
{
    char hex[PB_DIGEST_HEX];
    struct pb_digest digest = pb_digest_of(url, strlen(url));
    PB_AUTOFREE char *host = pb_http_host(url);
    return pb_asprintf("%s-%.8s", host, pb_digest_hex(&digest, hex));
}

static char *
name_receiver(const struct pb_yaml_node *node, const char *kind,
              const char *otherwise)
{
    const struct pb_yaml_node *name = pb_yaml_get(node, "name");
    return pb_asprintf("%s:%s", kind,
                       name != NULL ? pb_yaml_text(name) : otherwise);
}

static void
convert_mail(const struct pb_yaml_node *node, struct pb_notify_receiver *out)
{
    const struct pb_yaml_node *tls = pb_yaml_get(node, "tls");
    out->host = dup_text(node, "server");
    out->user = dup_text(node, "user");
    out->from = dup_text(node, "from");
    out->secret.file = dup_text(node, "password-file");
    out->secret.variable = dup_text(node, "password-variable");
    out->ca_file = dup_text(node, "ca-file");
    out->port = get_number(node, "port");
    for (size_t i = 0; tls != NULL && tls_names[i] != NULL; i++) {
        if (strcmp(tls_names[i], pb_yaml_text(tls)) == 0) {
            out->tls = (enum pb_mail_tls)i;
        }
    }
    add_texts(pb_yaml_get(node, "to"), &out->to);
    PB_AUTOFREE char *to = pb_strv_join(&out->to, ", ");
    out->name = name_receiver(node, "mail", to);
}

static void
convert_hook(const struct pb_yaml_node *node, struct pb_notify_receiver *out)
{
    out->url = dup_text(node, "url");
    out->secret.file = dup_text(node, "secret-file");
    out->secret.variable = dup_text(node, "secret-variable");
    out->ca_file = dup_text(node, "ca-file");
    PB_AUTOFREE char *host = name_url(out->url);
    out->name = name_receiver(node, "hook", host);
}

/* --- mistakes ----------------------------------------------------------- */

struct check {
    const struct pb_yaml *doc;
    struct pb_problems *problems;
    const char *list; /* "mail" or "hooks" */
    const struct pb_yaml_node *node;
};

PB_PRINTF(3, 4)
static void
complain(const struct check *check, const char *key, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PB_AUTOFREE char *text = pb_vasprintf(format, arguments);
    va_end(arguments);
    const struct pb_yaml_node *at = pb_yaml_get(check->node, key);
    PB_AUTOFREE char *path = pb_asprintf("%s.%s", check->list, key);
    pb_problems_add(check->problems, pb_yaml_name(check->doc),
                    pb_yaml_line(at != NULL ? at : check->node), path, "%s",
                    text);
}

static bool
is_address(const char *text)
{
    PB_AUTOFREE char *address = pb_mail_address(text);
    const char *at = strchr(address, '@');
    return at != NULL && at > address && at[1] != '\0' &&
           strchr(at + 1, '@') == NULL &&
           address[strcspn(address, " \t\r\n<>,")] == '\0' &&
           text[strcspn(text, "\r\n")] == '\0';
}

static bool
is_local(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0;
}

static void
check_one_place(const struct check *check,
                const struct pb_secret_place *secret, const char *what)
{
    PB_AUTOFREE char *file = pb_asprintf("%s-file", what);
    if (secret->file != NULL && secret->variable != NULL) {
        complain(check, file, "the %s is in a file or in a variable, not both",
                 what);
    }
    if (secret->file != NULL && secret->file[0] != '/') {
        complain(check, file, "'%s' is not an absolute path", secret->file);
    }
}

static void
check_mail(const struct check *check, const struct pb_notify_receiver *mail)
{
    bool secret = mail->secret.file != NULL || mail->secret.variable != NULL;
    check_one_place(check, &mail->secret, "password");
    if (mail->host[0] == '\0' ||
        mail->host[strspn(mail->host, "abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789.-")] != '\0')
    {
        complain(check, "server", "'%s' is not the name of a host",
                 mail->host);
    }
    if (mail->port < 0 || mail->port > 65535) {
        complain(check, "port", "a port is a number from 1 to 65535");
    }
    if ((mail->user != NULL) != secret) {
        complain(check, "user",
                 "a user needs a password, in 'password-file' or "
                 "'password-variable', and a password a user");
    }
    if (secret && mail->tls == PB_MAIL_PLAIN && !is_local(mail->host)) {
        complain(check, "tls",
                 "without TLS the password could be read on "
                 "its way");
    }
    if (!is_address(mail->from)) {
        complain(check, "from", "'%s' is not a mail address", mail->from);
    }
    for (size_t i = 0; i < mail->to.len; i++) {
        if (!is_address(mail->to.items[i])) {
            complain(check, "to", "'%s' is not a mail address",
                     mail->to.items[i]);
        }
    }
    if (mail->to.len == 0) {
        complain(check, "to", "there is nobody to write to");
    }
}

static void
check_hook(const struct check *check, const struct pb_notify_receiver *hook)
{
    check_one_place(check, &hook->secret, "secret");
    bool http = strncmp(hook->url, "https://", 8) == 0 ||
                strncmp(hook->url, "http://", 7) == 0;
    if (!http || hook->url[strcspn(hook->url, " \t\r\n")] != '\0') {
        complain(check, "url", "'%s' is no https:// or http:// address",
                 hook->url);
    }
}

static void
check_name(const struct check *check, const struct pb_notify *notify)
{
    const char *name = notify->items[notify->len - 1].name;
    for (size_t i = 0; i + 1 < notify->len; i++) {
        if (strcmp(notify->items[i].name, name) == 0) {
            complain(check, "name", "there are two of '%s'", name);
        }
    }
}

/* --- the file ----------------------------------------------------------- */

static void
take_list(const struct pb_yaml *doc, bool mail, struct pb_notify *out,
          struct pb_problems *problems)
{
    struct check check = {doc, problems, mail ? "mail" : "hooks", NULL};
    const struct pb_yaml_node *list =
        pb_yaml_get(pb_yaml_root(doc), check.list);
    for (size_t i = 0; list != NULL && i < pb_yaml_length(list); i++) {
        PB_GROW(out->items, out->len, out->cap);
        struct pb_notify_receiver *receiver = &out->items[out->len++];
        *receiver = (struct pb_notify_receiver){.name = NULL};
        check.node = pb_yaml_item(list, i);
        receiver->timeout = (double)get_number(check.node, "timeout");
        if (mail) {
            convert_mail(check.node, receiver);
            check_mail(&check, receiver);
        }
        else {
            convert_hook(check.node, receiver);
            check_hook(&check, receiver);
        }
        check_name(&check, out);
    }
}

static int
summarise(const char *path, const struct pb_problems *problems, size_t before,
          struct pb_error *err)
{
    size_t count = problems->len - before;
    const struct pb_problem *first = &problems->items[before];
    pb_error_set(err, PB_ERROR_CONFIG, "%zu mistake%s in '%s': %s%s%s", count,
                 count == 1 ? "" : "s", path, first->key,
                 first->key[0] == '\0' ? "" : ": ", first->message);
    pb_error_at(err, path, first->line);
    return -1;
}

int
pb_notify_load(const char *path, struct pb_notify *out,
               struct pb_problems *problems, struct pb_error *err)
{
    size_t before = problems->len;
    if (!pb_fs_exists(path)) {
        return 0;
    }
    PB_AUTO(pb_yaml) struct pb_yaml *doc = pb_yaml_load(path, err);
    if (doc == NULL) {
        return -1;
    }
    PB_AUTO(pb_notify) struct pb_notify notify = PB_NOTIFY_INIT;
    pb_yaml_check(doc, pb_yaml_root(doc), fields, problems);
    if (problems->len == before) {
        notify.site = dup_text(pb_yaml_root(doc), "site");
        take_list(doc, true, &notify, problems);
        take_list(doc, false, &notify, problems);
    }
    if (problems->len > before) {
        return summarise(path, problems, before, err);
    }
    *out = notify;
    notify = (struct pb_notify)PB_NOTIFY_INIT;
    return 0;
}
