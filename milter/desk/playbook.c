#include "desk/playbook.h"

#include <string.h>

#include "desk/playbook_facts.h"
#include "syntax/textfile.h"

static const char nothing[] = "none";

/* One playbook on its way through. */
struct filling {
    struct arena *arena;
    const char *file;
    unsigned line;
    const struct playbook_subject *subject;
    struct strbuf out;
    struct err *e;
};

static enum rc playbook_complain(const struct filling *f, struct str name)
{
    return err_set(f->e, RC_BAD, "%s:%u: there is no placeholder {{%.*s}}; the head of the file as it was installed "
                   "lists them all", f->file, f->line, (int)(name.n < 40 ? name.n : 40), name.n == 0 ? "" : name.p);
}

/* The text for `name`; "" when the message has none. */
static enum rc value_of(const struct filling *f, struct str name, const char **out)
{
    enum rc rc = playbook_fact(f->arena, f->subject, name, out);

    if (rc == RC_NOTFOUND)
        return playbook_complain(f, name);
    return rc == RC_OK ? RC_OK : err_set(f->e, rc, "no memory for a playbook");
}

/* Takes "{{name}}" off the front of `rest`, which begins with it. */
static enum rc playbook_take_name(const struct filling *f, struct str *rest, struct str *name)
{
    size_t end = 2;

    while (end + 1 < rest->n && !(rest->p[end] == '}' && rest->p[end + 1] == '}'))
        end++;
    if (end + 1 >= rest->n)
        return err_set(f->e, RC_BAD, "%s:%u: {{ without }} in the same line; close it", f->file, f->line);
    *name = str_trim(str_slice(*rest, 2, end));
    *rest = str_slice(*rest, end + 2, rest->n);
    return RC_OK;
}

static bool opens(struct str text)
{
    return text.n >= 2 && text.p[0] == '{' && text.p[1] == '{';
}

/* "{{?name}}" at the begin of a line, or several: whether the line stays. */
static enum rc take_condition(const struct filling *f, struct str *line, bool *stays)
{
    struct str name;
    const char *value;
    enum rc rc = RC_OK;

    *stays = true;
    while (rc == RC_OK && opens(*line) && line->n >= 3 && line->p[2] == '?') {
        rc = playbook_take_name(f, line, &name);
        if (rc == RC_OK)
            rc = value_of(f, str_trim(str_slice(name, 1, name.n)), &value);
        *stays = *stays && rc == RC_OK && value[0] != '\0';
    }
    return rc;
}

static enum rc fill_line(struct filling *f, struct str line)
{
    bool stays;
    enum rc rc = take_condition(f, &line, &stays);

    while (rc == RC_OK && line.n > 0) {
        struct str name;
        const char *value;
        size_t plain = 0;

        while (plain < line.n && !opens(str_slice(line, plain, line.n)))
            plain++;
        if (stays)
            strbuf_put(&f->out, str_slice(line, 0, plain));
        line = str_slice(line, plain, line.n);
        if (line.n == 0)
            break;
        rc = playbook_take_name(f, &line, &name);
        if (rc == RC_OK)
            rc = value_of(f, name, &value);
        if (rc == RC_OK && stays)
            strbuf_puts(&f->out, value[0] == '\0' ? nothing : value);
    }
    if (rc == RC_OK && stays)
        strbuf_putc(&f->out, '\n');
    return rc;
}

enum rc playbook_fill(struct arena *a, struct str text, const char *file, const struct playbook_subject *s,
                      const char **out, struct err *e)
{
    struct filling f = {.arena = a, .file = file, .subject = s, .out = strbuf_new(a, PLAYBOOK_TEXT_MAX), .e = e};
    enum rc rc = f.out.max == 0 ? err_set(e, RC_NOMEM, "no memory for a playbook") : RC_OK;

    while (rc == RC_OK && text.n > 0) {
        size_t n = str_find(text, '\n');
        struct str line = str_slice(text, 0, n);

        f.line++;
        text = str_slice(text, n + 1, text.n);
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n == 0 || line.p[0] != '#')
            rc = fill_line(&f, line);
    }
    *out = f.out.p;
    return rc;
}

enum rc playbook_read(struct arena *a, const char *folder, enum playbook which, const struct playbook_subject *s,
                      const char **out, struct err *e)
{
    struct strbuf path = strbuf_new(a, strlen(folder) + 40);
    struct str text;
    enum rc rc;

    strbuf_putf(&path, "%s/%s.txt", folder, enum_name(&playbook_names, (int)which));
    if (path.over)
        return err_set(e, RC_NOMEM, "no memory for a playbook");
    rc = textfile_read(a, path.p, PLAYBOOK_FILE_MAX, &text, e);
    return rc == RC_OK ? playbook_fill(a, text, path.p, s, out, e) : rc;
}
