#include "syntax/parse.h"

#include <confuse.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syntax/clean.h"
#include "syntax/nearest.h"
#include "syntax/textfile.h"

/* What a file of sections is read into. */
struct reading {
    struct arena *arena;
    struct sections *out;
    size_t room;                /* for so many sections */
    struct place_reader places;
    struct section_value value[SECTION_FIELDS_MAX]; /* of the section at hand */
    size_t item_room[SECTION_FIELDS_MAX];
};

/*
 * libConfuse keeps its scanner in globals and gives its callbacks no argument
 * of ours, so there is one parse at a time and this is it.
 */
static struct {
    pthread_mutex_t lock;
    const char *path;
    const struct option_rows *rows; /* options, or NULL and */
    struct setting *out;            /* what is said of each */
    struct reading *reading;        /* sections */
    struct err *e;
    enum rc failed; /* what `e` says; RC_OK while all is well */
} run = {.lock = PTHREAD_MUTEX_INITIALIZER};

enum { NAME_SHOWN = 40, COMPLAINT_MAX = 200 };

static void complain_at(struct place at, const char *what, const char *remedy)
{
    char mem[4 * COMPLAINT_MAX], column[16] = "";
    struct strbuf shown = STRBUF_ON(mem);

    if (run.failed != RC_OK) /* the first complaint is the cause of the others */
        return;
    if (at.column > 0)
        (void)snprintf(column, sizeof column, ":%u", at.column);
    strbuf_put_escaped(&shown, str_of(what), COMPLAINT_MAX);
    run.failed = err_set(run.e, RC_BAD, "%s:%u%s: %s; %s", run.path, at.line, column, shown.p, remedy);
}

static void parse_complain(const cfg_t *cfg, const char *what, const char *remedy)
{
    complain_at((struct place){.line = (unsigned)cfg->line}, what, remedy);
}

static int parse_no_memory(void)
{
    if (run.failed == RC_OK)
        run.failed = err_set(run.e, RC_NOMEM, "%s: no memory to read it", run.path);
    return -1;
}

/* The library knows the line; its column, when the text bears it out. */
static struct place place_of(const cfg_t *cfg, struct place seen)
{
    return seen.line == (unsigned)cfg->line ? seen : (struct place){.line = (unsigned)cfg->line};
}

/* ---- what libConfuse complains of ---- */

static void complain_unknown_option(const cfg_t *cfg, const char *name)
{
    const char *nearest = option_row_nearest(run.rows, str_of(name));
    char what[COMPLAINT_MAX], remedy[COMPLAINT_MAX];

    (void)snprintf(what, sizeof what, "there is no option %.*s", NAME_SHOWN, name);
    if (nearest != NULL)
        (void)snprintf(remedy, sizeof remedy, "did you mean %s?", nearest);
    else
        (void)snprintf(remedy, sizeof remedy, "assay.conf(5) lists them all");
    parse_complain(cfg, what, remedy);
}

static void complain_unknown_field(const cfg_t *cfg, const char *name)
{
    const struct section_kind *kind = run.reading->out->kind;
    struct place at = place_of(cfg, place_name(&run.reading->places, str_of(name)));
    struct nearest n = nearest_to(str_of(name));
    char what[COMPLAINT_MAX], remedy[COMPLAINT_MAX];

    if (cfg->title == NULL) { /* outside of all sections */
        (void)snprintf(what, sizeof what, "there is nothing called %.*s", NAME_SHOWN, name);
        (void)snprintf(remedy, sizeof remedy, "write %s NAME { ... }; see %s", kind->word, kind->manual);
        complain_at(at, what, remedy);
        return;
    }
    for (size_t i = 0; i < kind->fields; i++)
        nearest_offer(&n, kind->field[i].name);
    (void)snprintf(what, sizeof what, "a %s has no field %.*s", kind->word, NAME_SHOWN, name);
    if (n.best != NULL)
        (void)snprintf(remedy, sizeof remedy, "did you mean %s?", n.best);
    else
        (void)snprintf(remedy, sizeof remedy, "%s lists them all", kind->manual);
    complain_at(at, what, remedy);
}

static void complain_duplicate(const cfg_t *cfg, const char *title)
{
    const struct sections *s = run.reading->out;
    struct place at = place_of(cfg, place_title(&run.reading->places, str_of(title)));
    char what[COMPLAINT_MAX];
    unsigned first = 0;

    for (size_t i = 0; i < s->n; i++)
        if (str_eq_nocase(str_of(s->section[i].title), str_of(title)))
            first = s->section[i].place.line;
    (void)snprintf(what, sizeof what, "%s %.*s stands in line %u already", s->kind->word, NAME_SHOWN, title, first);
    complain_at(at, what, "keep one of the two, or give it another name");
}

static bool parse_begins(const char *fmt, const char *with)
{
    return strncmp(fmt, with, strlen(with)) == 0;
}

/* What libConfuse has to say, always of the file at hand. */
static void parse_on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
    char text[COMPLAINT_MAX], remedy[COMPLAINT_MAX];

    if (parse_begins(fmt, "no such option")) {
        if (run.reading == NULL)
            complain_unknown_option(cfg, va_arg(ap, const char *));
        else
            complain_unknown_field(cfg, va_arg(ap, const char *));
        return;
    }
    if (run.reading != NULL && parse_begins(fmt, "found duplicate title")) {
        complain_duplicate(cfg, va_arg(ap, const char *));
        return;
    }
    (void)vsnprintf(text, sizeof text, fmt, ap);
    if (run.reading == NULL)
        (void)snprintf(remedy, sizeof remedy, "write NAME = VALUE, or NAME = {VALUE, VALUE} for a list");
    else
        (void)snprintf(remedy, sizeof remedy, "write %s NAME { FIELD = VALUE }, a list as {VALUE, VALUE}, and "
                       "quotes around what has blanks or signs in it", run.reading->out->kind->word);
    parse_complain(cfg, text, remedy);
}

/* ---- options ---- */

/* Called after each value: notes where it stands. */
static int on_value(cfg_t *cfg, cfg_opt_t *opt)
{
    const struct option *o = option_row_find(run.rows, str_of(opt->name));
    struct setting *s = &run.out[o - run.rows->row];
    char what[COMPLAINT_MAX];

    if (s->present && !option_is_list(o)) {
        (void)snprintf(what, sizeof what, "%s was set in line %u already", o->name, s->line);
        parse_complain(cfg, what, "keep one of the two");
        return -1;
    }
    s->present = true;
    s->line = (unsigned)cfg->line;
    return 0;
}

/* Our table as libConfuse's: everything is text there. */
static cfg_t *grammar(const struct option_rows *table)
{
    cfg_opt_t *rows = calloc(table->n + 1, sizeof *rows);
    cfg_t *cfg = NULL;

    for (size_t i = 0; rows != NULL && i < table->n; i++) {
        const char *name = table->row[i].name;

        if (option_is_list(&table->row[i]))
            rows[i] = (cfg_opt_t)CFG_STR_LIST(name, NULL, CFGF_NODEFAULT);
        else
            rows[i] = (cfg_opt_t)CFG_STR(name, NULL, CFGF_NODEFAULT);
    }
    if (rows != NULL) {
        rows[table->n] = (cfg_opt_t)CFG_END();
        cfg = cfg_init(rows, CFGF_NOCASE); /* which copies them */
    }
    free(rows);
    if (cfg == NULL)
        return NULL;
    (void)cfg_set_error_function(cfg, parse_on_error);
    for (size_t i = 0; i < table->n; i++)
        (void)cfg_set_validate_func(cfg, table->row[i].name, on_value);
    return cfg;
}

static enum rc parse_join(struct arena *a, cfg_opt_t *opt, struct setting *s)
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

static enum rc parse_collect(struct arena *a, cfg_t *cfg, const struct option_rows *rows, struct setting *out)
{
    for (size_t i = 0; i < rows->n; i++) {
        cfg_opt_t *opt = cfg_getopt(cfg, rows->row[i].name);

        /* {} calls no validator, but is a value: the empty list */
        out[i].present = (opt->flags & CFGF_MODIFIED) != 0;
        if (out[i].present && parse_join(a, opt, &out[i]) != RC_OK)
            return RC_NOMEM;
    }
    return RC_OK;
}

/* ---- sections ---- */

/* Room for one more in an array of `n` that grows by doubling; NULL without memory. */
static void *grown(struct arena *a, void *array, size_t n, size_t *room, size_t size)
{
    enum { FIRST = 4 };
    size_t more = *room == 0 ? FIRST : 2 * *room;
    void *fresh;

    if (n < *room)
        return array;
    fresh = arena_array(a, more, size);
    if (fresh == NULL)
        return NULL;
    if (n > 0)
        memcpy(fresh, array, n * size);
    *room = more;
    return fresh;
}

static size_t field_of(const struct section_kind *kind, const char *name)
{
    size_t i = 0;

    while (i < kind->fields && strcmp(kind->field[i].name, name) != 0)
        i++;
    MUST(i < kind->fields);
    return i;
}

/* Whether one more value is welcome; complains when it is not. */
static bool may_add(const cfg_opt_t *opt, const struct section_field *field, const struct section_value *v,
                    struct place at)
{
    char what[COMPLAINT_MAX];

    if (v->present && (!field->list || opt->nvalues == 1)) { /* libConfuse began the list anew */
        (void)snprintf(what, sizeof what, "%s was set in line %u already", field->name, v->place.line);
        complain_at(at, what, "keep one of the two");
        return false;
    }
    if (v->n >= SECTION_ITEMS_MAX) {
        (void)snprintf(what, sizeof what, "%s has more than %d values", field->name, SECTION_ITEMS_MAX);
        complain_at(at, what, "shorten the list");
        return false;
    }
    return true;
}

/* Called for each value of a section, which the library keeps as it is. */
static int on_item(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
    struct reading *r = run.reading;
    size_t i = field_of(r->out->kind, opt->name);
    struct section_value *v = &r->value[i];
    struct section_item item = {.place = place_of(cfg, place_value(&r->places, str_of(text)))};
    struct section_item *items;

    if (!may_add(opt, &r->out->kind->field[i], v, item.place))
        return -1;
    item.text = str_dup(r->arena, str_of(text));
    items = grown(r->arena, v->item, v->n, &r->item_room[i], sizeof item);
    if (item.text == NULL || items == NULL)
        return parse_no_memory();
    if (!v->present)
        *v = (struct section_value){.present = true, .place = item.place};
    v->item = items;
    v->item[v->n++] = item;
    *(const char **)result = text;
    return 0;
}

/* {} calls on_item for nothing, but the library marks the list. */
static void note_empty_lists(cfg_t *section, struct reading *r, struct place at)
{
    const struct section_kind *kind = r->out->kind;

    for (size_t i = 0; i < kind->fields; i++)
        if (!r->value[i].present && (cfg_getopt(section, kind->field[i].name)->flags & CFGF_MODIFIED) != 0)
            r->value[i] = (struct section_value){.present = true, .place = at};
}

/* Called after each section. */
static int on_section(cfg_t *cfg, cfg_opt_t *opt)
{
    struct reading *r = run.reading;
    cfg_t *section = cfg_opt_getnsec(opt, opt->nvalues - 1);
    bool followed = !r->places.lost;
    struct section s = {.place = place_section_end(&r->places)};
    struct section *all = grown(r->arena, r->out->section, r->out->n, &r->room, sizeof s);
    size_t values = r->out->kind->fields * sizeof *s.value;

    if (followed && r->places.lost) { /* to the library, the end of the file closes all */
        complain_at(r->places.heading, "this section is never closed", "add the missing }");
        return -1;
    }
    if (s.place.line == 0)
        s.place.line = (unsigned)cfg->line;
    if (r->out->n == SECTIONS_MAX) {
        complain_at(s.place, "this is one section too many", "split the file, or leave out what is not needed");
        return -1;
    }
    note_empty_lists(section, r, s.place);
    s.title = str_dup(r->arena, str_of(section->title));
    s.value = arena_alloc(r->arena, values);
    if (all == NULL || s.title == NULL || s.value == NULL)
        return parse_no_memory();
    memcpy(s.value, r->value, values);
    memset(r->value, 0, sizeof r->value);
    memset(r->item_room, 0, sizeof r->item_room);
    r->out->section = all;
    r->out->section[r->out->n++] = s;
    return 0;
}

static cfg_t *section_grammar(const struct section_kind *kind)
{
    cfg_opt_t rows[SECTION_FIELDS_MAX + 1], top[2];
    cfg_t *cfg;

    MUST(kind->fields <= SECTION_FIELDS_MAX);
    for (size_t i = 0; i < kind->fields; i++) {
        if (kind->field[i].list)
            rows[i] = (cfg_opt_t)CFG_STR_LIST(kind->field[i].name, NULL, CFGF_NODEFAULT);
        else
            rows[i] = (cfg_opt_t)CFG_STR(kind->field[i].name, NULL, CFGF_NODEFAULT);
        rows[i].parsecb = on_item;
    }
    rows[kind->fields] = (cfg_opt_t)CFG_END();
    top[0] = (cfg_opt_t)CFG_SEC(kind->word, rows, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);
    top[0].validcb = on_section;
    top[1] = (cfg_opt_t)CFG_END();
    cfg = cfg_init(top, CFGF_NOCASE);
    if (cfg != NULL)
        (void)cfg_set_error_function(cfg, parse_on_error);
    return cfg;
}

/* ---- running the library ---- */

/* Takes over `cfg`, which may be NULL; the options go to `out` unless that is NULL. */
static enum rc parse_locked(struct arena *a, cfg_t *cfg, const char *text, struct setting *out, struct err *e)
{
    enum rc rc = RC_NOMEM;

    if (cfg != NULL && cfg_parse_buf(cfg, text) == CFG_SUCCESS)
        rc = out == NULL ? RC_OK : parse_collect(a, cfg, run.rows, out);
    else if (cfg != NULL && run.failed != RC_OK)
        rc = run.failed;
    else if (cfg != NULL)
        rc = err_set(e, RC_BAD, "%s: it cannot be read; compare it with the sample file", run.path);
    if (rc == RC_NOMEM)
        (void)err_set(e, rc, "%s: no memory to read it", run.path);
    if (cfg != NULL)
        (void)cfg_free(cfg);
    return rc;
}

/* A copy of `text` fit for the library; NULL when there is nothing to parse, or (with `*rc`) it is refused. */
static char *prepared(struct arena *a, struct str text, const char *path, enum rc *rc, struct err *e)
{
    char *copy = str_dup(a, text);

    *rc = copy == NULL ? err_set(e, RC_NOMEM, "%s: no memory to read it", path) : clean_text(copy, text.n, path, e);
    return *rc != RC_OK || str_trim((struct str){copy, text.n}).n == 0 ? NULL : copy;
}

enum rc parse_text(struct arena *a, struct str text, const char *path, const struct option_rows *rows,
                   struct setting *out, struct err *e)
{
    enum rc rc;
    char *copy = prepared(a, text, path, &rc, e);

    memset(out, 0, rows->n * sizeof *out);
    if (copy == NULL)
        return rc;
    pthread_mutex_lock(&run.lock);
    run.path = path;
    run.rows = rows;
    run.out = out;
    run.reading = NULL;
    run.e = e;
    run.failed = RC_OK;
    rc = parse_locked(a, grammar(rows), copy, out, e);
    pthread_mutex_unlock(&run.lock);
    return rc;
}

enum rc parse_sections(struct arena *a, struct str text, struct sections *out, struct err *e)
{
    struct reading reading = {.arena = a, .out = out};
    enum rc rc;
    char *copy = prepared(a, text, out->path, &rc, e);

    if (copy == NULL)
        return rc;
    reading.places = place_begin((struct str){copy, text.n});
    pthread_mutex_lock(&run.lock);
    run.path = out->path;
    run.rows = NULL;
    run.out = NULL;
    run.reading = &reading;
    run.e = e;
    run.failed = RC_OK;
    rc = parse_locked(a, section_grammar(out->kind), copy, NULL, e);
    pthread_mutex_unlock(&run.lock);
    return rc;
}

enum rc parse_file(struct arena *a, const char *path, const struct option_rows *rows, struct setting *out,
                   struct err *e)
{
    struct str text;
    enum rc rc = textfile_read(a, path, CONFIG_FILE_MAX, &text, e);

    if (rc == RC_NOTFOUND) /* whoever names a file means one that is there */
        rc = RC_BAD;
    return rc == RC_OK ? parse_text(a, text, path, rows, out, e) : rc;
}
