#include "desk/whatif.h"

#include <stdlib.h>
#include <string.h>

#include "base/hashtable.h"

/* Names that a sender can invent must not fill the memory: those beyond are counted together. */
enum { NAMES_MAX = 100000, KEY_MAX = 300, EXAMPLE_MAX = 24, SCRATCH = 1 << 20 };

static const char others[] = "(others)";
static const char *const bys[] = {"all", "domain", "source", "cause", "rule"};
const struct enum_names whatif_by_names = ENUM_NAMES(bys);

struct entry {
    UT_hash_handle hh;
    struct whatif_count count;
    char example[WHATIF_EXAMPLES][EXAMPLE_MAX];
    size_t key_size;
    char key[]; /* was, would, the name */
};

struct whatif {
    const struct policy *policy;
    const struct disposition_settings *settings;
    struct arena *scratch;
    uint64_t messages, caught;
    struct entry *table[WHATIF_BY_COUNT];
};

struct whatif *whatif_new(const struct policy *p, const struct disposition_settings *s)
{
    struct whatif *w = calloc(1, sizeof *w);

    if (w == NULL)
        return NULL;
    w->policy = p;
    w->settings = s;
    w->scratch = arena_new(SCRATCH);
    if (w->scratch != NULL)
        return w;
    free(w);
    return NULL;
}

void whatif_free(struct whatif *w)
{
    if (w == NULL)
        return;
    for (int i = 0; i < WHATIF_BY_COUNT; i++) {
        struct entry *e, *next;

        HASH_ITER(hh, w->table[i], e, next) {
            HASH_DEL(w->table[i], e);
            free(e);
        }
    }
    arena_free(w->scratch);
    free(w);
}

/* The entry for that name and change, new when there was none; NULL without memory. */
static struct entry *entry_of(struct entry **table, const char *name, enum disposition was, enum disposition would)
{
    char key[KEY_MAX];
    struct strbuf b = STRBUF_ON(key);
    struct entry *e = NULL;

    strbuf_putc(&b, (char)('0' + was));
    strbuf_putc(&b, (char)('0' + would));
    strbuf_puts(&b, name);
    HASH_FIND(hh, *table, key, b.n, e);
    if (e != NULL)
        return e;
    if (HASH_COUNT(*table) >= NAMES_MAX && strcmp(name, others) != 0)
        return entry_of(table, others, was, would);
    e = calloc(1, sizeof *e + b.n + 1);
    if (e == NULL)
        return NULL;
    memcpy(e->key, key, b.n + 1);
    e->key_size = b.n;
    e->count = (struct whatif_count){.name = e->key + 2, .was = was, .would = would};
    for (int i = 0; i < WHATIF_EXAMPLES; i++)
        e->count.example[i] = e->example[i];
    HASH_ADD_KEYPTR(hh, *table, e->key, e->key_size, e);
    if (e->hh.tbl == NULL) {
        free(e);
        return NULL;
    }
    return e;
}

/* The newest are the easiest to look up. */
static void add_example(struct entry *e, const struct record *r)
{
    struct strbuf b = strbuf_on(e->example[e->count.n % WHATIF_EXAMPLES], EXAMPLE_MAX);

    strbuf_puts(&b, r->ref[0] != '\0' ? r->ref : r->queue_id);
}

static enum rc whatif_count_up(struct whatif *w, enum whatif_by by, const char *name, enum disposition was,
                               enum disposition would, const struct record *r)
{
    struct entry *e = entry_of(&w->table[by], name, was, would);

    if (e == NULL)
        return RC_NOMEM;
    add_example(e, r);
    e->count.n++;
    return RC_OK;
}

enum rc whatif_take(void *arg, const struct record *r, struct err *e)
{
    struct whatif *w = arg;
    struct decision d;
    enum disposition would;
    int was = DISPOSITION_NONE;
    struct facts f;
    enum rc rc;

    w->messages++;
    w->caught += strcmp(r->enforcement, enum_name(&enforcement_names, ENFORCEMENT_CAUGHT)) == 0;
    (void)enum_value(&disposition_names, str_of(r->disposition), &was);
    if (disposition_is_built_in(r->rule))
        return RC_OK; /* refused before any rule is asked */
    arena_reset(w->scratch);
    f = facts_recorded(r);
    rc = disposition_decide(w->scratch, w->policy, w->settings, &f, &d);
    if (rc != RC_OK)
        return err_set(e, rc, "no memory to decide on a message");
    would = disposition_of(d.action);
    if (would == (enum disposition)was)
        return RC_OK;
    rc = whatif_count_up(w, WHATIF_ALL, "", (enum disposition)was, would, r);
    if (rc == RC_OK)
        rc = whatif_count_up(w, WHATIF_DOMAIN, r->author_domain, (enum disposition)was, would, r);
    if (rc == RC_OK)
        rc = whatif_count_up(w, WHATIF_SOURCE, r->source, (enum disposition)was, would, r);
    if (rc == RC_OK)
        rc = whatif_count_up(w, WHATIF_CAUSE, r->cause, (enum disposition)was, would, r);
    if (rc == RC_OK)
        rc = whatif_count_up(w, WHATIF_RULE, d.rule, (enum disposition)was, would, r);
    return rc == RC_OK ? RC_OK : err_set(e, rc, "no memory to count in");
}

uint64_t whatif_messages(const struct whatif *w)
{
    return w->messages;
}

uint64_t whatif_caught(const struct whatif *w)
{
    return w->caught;
}

static int larger_first(const void *a, const void *b)
{
    const struct whatif_count *x = *(const struct whatif_count *const *)a, *y = *(const struct whatif_count *const *)b;

    if (x->n != y->n)
        return x->n < y->n ? 1 : -1;
    return strcmp(x->name, y->name) != 0 ? strcmp(x->name, y->name) : (int)x->was - (int)y->was;
}

const struct whatif_count **whatif_counts(struct whatif *w, enum whatif_by by, size_t *n)
{
    size_t all = HASH_COUNT(w->table[by]);
    const struct whatif_count **list = calloc(all + 1, sizeof(const struct whatif_count *));

    *n = 0;
    if (list == NULL)
        return NULL;
    for (struct entry *e = w->table[by]; e != NULL; e = e->hh.next)
        list[(*n)++] = &e->count;
    qsort((void *)list, *n, sizeof *list, larger_first);
    return list;
}
