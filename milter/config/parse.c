#include "config/parse.h"

#include <confuse.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "config/clean.h"

/*
 * libConfuse keeps its scanner in globals and gives its callbacks no argument
 * of ours, so there is one parse at a time and this is it.
 */
static struct {
    pthread_mutex_t lock;
    const char *path;
    struct setting *out;
    struct err *e;
    bool failed; /* `e` is set */
} run = {.lock = PTHREAD_MUTEX_INITIALIZER};

enum { NAME_SHOWN = 40, COMPLAINT_MAX = 200 };

static void complain(const cfg_t *cfg, const char *what, const char *remedy)
{
    char mem[4 * COMPLAINT_MAX];
    struct strbuf shown = STRBUF_ON(mem);

    if (run.failed) /* the first complaint is the cause of the others */
        return;
    run.failed = true;
    strbuf_put_escaped(&shown, str_of(what), COMPLAINT_MAX);
    (void)err_set(run.e, RC_BAD, "%s:%d: %s; %s", run.path, cfg->line, shown.p, remedy);
}

static void complain_unknown(const cfg_t *cfg, const char *name)
{
    const char *nearest = option_nearest(str_of(name));
    char what[COMPLAINT_MAX], remedy[COMPLAINT_MAX];

    (void)snprintf(what, sizeof what, "there is no option %.*s", NAME_SHOWN, name);
    if (nearest != NULL)
        (void)snprintf(remedy, sizeof remedy, "did you mean %s?", nearest);
    else
        (void)snprintf(remedy, sizeof remedy, "assay.conf(5) lists them all");
    complain(cfg, what, remedy);
}

/* What libConfuse has to say, always of the file at hand. */
static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
    char text[COMPLAINT_MAX];

    if (strncmp(fmt, "no such option", strlen("no such option")) == 0) {
        complain_unknown(cfg, va_arg(ap, const char *));
        return;
    }
    (void)vsnprintf(text, sizeof text, fmt, ap);
    complain(cfg, text, "write NAME = VALUE, or NAME = {VALUE, VALUE} for a list");
}

/* Called after each value: notes where it stands. */
static int on_value(cfg_t *cfg, cfg_opt_t *opt)
{
    const struct option *o = option_find(str_of(opt->name));
    struct setting *s = &run.out[o - option_table];
    char what[COMPLAINT_MAX];

    if (s->present && !option_is_list(o)) {
        (void)snprintf(what, sizeof what, "%s was set in line %u already", o->name, s->line);
        complain(cfg, what, "keep one of the two");
        return -1;
    }
    s->present = true;
    s->line = (unsigned)cfg->line;
    return 0;
}

/* Our table as libConfuse's: everything is text there. */
static cfg_t *grammar(void)
{
    cfg_opt_t rows[OPTION_COUNT + 1];
    cfg_t *cfg;

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *name = option_table[i].name;

        if (option_is_list(&option_table[i]))
            rows[i] = (cfg_opt_t)CFG_STR_LIST(name, NULL, CFGF_NODEFAULT);
        else
            rows[i] = (cfg_opt_t)CFG_STR(name, NULL, CFGF_NODEFAULT);
    }
    rows[OPTION_COUNT] = (cfg_opt_t)CFG_END();
    cfg = cfg_init(rows, CFGF_NOCASE);
    if (cfg == NULL)
        return NULL;
    (void)cfg_set_error_function(cfg, on_error);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        (void)cfg_set_validate_func(cfg, option_table[i].name, on_value);
    return cfg;
}

static enum rc join(struct arena *a, cfg_opt_t *opt, struct setting *s)
{
    unsigned n = cfg_opt_size(opt);
    struct strbuf joined;
    size_t total = 0;

    for (unsigned i = 0; i < n; i++)
        total += strlen(cfg_opt_getnstr(opt, i)) + 1;
    joined = strbuf_new(a, total);
    for (unsigned i = 0; i < n; i++) {
        if (i > 0)
            strbuf_putc(&joined, ',');
        strbuf_puts(&joined, cfg_opt_getnstr(opt, i));
    }
    s->text = strbuf_str(&joined);
    return joined.over ? RC_NOMEM : RC_OK;
}

static enum rc collect(struct arena *a, cfg_t *cfg, struct setting out[OPTION_COUNT])
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        cfg_opt_t *opt = cfg_getopt(cfg, option_table[i].name);

        /* {} calls no validator, but is a value: the empty list */
        out[i].present = (opt->flags & CFGF_MODIFIED) != 0;
        if (out[i].present && join(a, opt, &out[i]) != RC_OK)
            return RC_NOMEM;
    }
    return RC_OK;
}

static enum rc parse_locked(struct arena *a, const char *text, struct setting out[OPTION_COUNT],
                            struct err *e)
{
    cfg_t *cfg = grammar();
    enum rc rc;

    if (cfg == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory to read it", run.path);
    if (cfg_parse_buf(cfg, text) == CFG_SUCCESS)
        rc = collect(a, cfg, out);
    else if (run.failed)
        rc = RC_BAD;
    else
        rc = err_set(e, RC_BAD, "%s: it cannot be read; compare it with the sample file", run.path);
    if (rc == RC_NOMEM)
        (void)err_set(e, rc, "%s: no memory to read it", run.path);
    (void)cfg_free(cfg);
    return rc;
}

enum rc parse_text(struct arena *a, struct str text, const char *path, struct setting out[OPTION_COUNT],
                   struct err *e)
{
    char *copy = str_dup(a, text);
    enum rc rc;

    memset(out, 0, OPTION_COUNT * sizeof *out);
    if (copy == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory to read it", path);
    rc = clean_text(copy, text.n, path, e);
    if (rc != RC_OK || str_trim((struct str){copy, text.n}).n == 0)
        return rc;
    pthread_mutex_lock(&run.lock);
    run.path = path;
    run.out = out;
    run.e = e;
    run.failed = false;
    rc = parse_locked(a, copy, out, e);
    pthread_mutex_unlock(&run.lock);
    return rc;
}

enum rc parse_file(struct arena *a, const char *path, struct setting out[OPTION_COUNT], struct err *e)
{
    char *text = arena_alloc(a, CONFIG_FILE_MAX + 1);
    FILE *f;
    size_t n;
    int why;

    if (text == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory to read it", path);
    f = fopen(path, "re");
    if (f == NULL)
        return err_set(e, RC_BAD, "%s: cannot be opened: %s; check path and permissions", path,
                       strerror(errno));
    n = fread(text, 1, CONFIG_FILE_MAX + 1, f);
    why = ferror(f) ? errno : 0;
    (void)fclose(f);
    if (why != 0)
        return err_set(e, RC_BAD, "%s: cannot be read: %s; it must be a plain file", path, strerror(why));
    if (n > CONFIG_FILE_MAX)
        return err_set(e, RC_LIMIT, "%s: larger than %d bytes; this is not a configuration file", path,
                       CONFIG_FILE_MAX);
    return parse_text(a, (struct str){text, n}, path, out, e);
}
