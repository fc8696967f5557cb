/* What is asked of a store: each question goes to its table, through the store's reader. */
#include "store/caught.h"
#include "store/dnstext.h"
#include "store/find.h"
#include "store/internal.h"
#include "store/snapshot.h"
#include "store/tallies.h"

enum rc store_find(struct store *s, struct arena *a, const struct store_query *q, struct record **out, size_t *n,
                   struct err *e)
{
    struct db *d;
    enum rc rc = store_take_reader(s, &d, e);

    *n = 0;
    *out = NULL;
    if (rc == RC_OK)
        rc = find_messages(d, a, q, out, n, e);
    store_give_reader(s);
    return rc;
}

enum rc store_tally(struct store *s, const char *author_domain, const char *source, const char *cause,
                    struct store_tally *out, struct err *e)
{
    struct db *d;
    enum rc rc = store_take_reader(s, &d, e);

    if (rc == RC_OK)
        rc = tallies_sum(d, author_domain, source, cause, out, e);
    store_give_reader(s);
    return rc;
}

enum rc store_dns_history(struct store *s, struct arena *a, enum dns_kind kind, const char *name, size_t max,
                          struct store_dns_text **out, size_t *n, struct err *e)
{
    struct db *d;
    enum rc rc = store_take_reader(s, &d, e);

    if (rc == RC_OK)
        rc = dnstext_history(d, a, kind, name, max, out, n, e);
    store_give_reader(s);
    return rc;
}

enum rc store_sources(struct store *s, struct arena *a, const struct inventory_filter *f, struct inventory_row **out,
                      size_t *n, struct err *e)
{
    struct db *d;
    enum rc rc = store_take_reader(s, &d, e);

    if (rc == RC_OK)
        rc = inventory_list(d, a, f, out, n, e);
    store_give_reader(s);
    return rc;
}

enum rc store_source_changes(struct store *s, struct arena *a, const char *domain, const char *source, size_t max,
                             struct inventory_change **out, size_t *n, struct err *e)
{
    struct db *d;
    enum rc rc = store_take_reader(s, &d, e);

    if (rc == RC_OK)
        rc = inventory_changes(d, a, domain, source, max, out, n, e);
    store_give_reader(s);
    return rc;
}

enum rc store_source_edit(struct store *s, const struct inventory_edit *edit, size_t n,
                          const struct inventory_author *by, bool rehearse, struct inventory_counts *out, struct err *e)
{
    return inventory_apply(store_editor(s), edit, n, by, rehearse, out, e);
}

enum rc store_generation(struct store *s, int64_t *out, struct err *e)
{
    struct db *d;
    enum rc rc = store_take_reader(s, &d, e);

    if (rc == RC_OK)
        rc = snapshot_generation(d, out, e);
    store_give_reader(s);
    return rc;
}

enum rc store_background(struct store *s, int64_t now_ms, struct background **out, struct err *e)
{
    struct db *d;
    enum rc rc = store_take_reader(s, &d, e);

    *out = NULL;
    if (rc == RC_OK)
        rc = snapshot_make(d, now_ms, out, e);
    store_give_reader(s);
    return rc;
}

enum rc store_caught_put(struct store *s, const char *domain, int64_t since_ms, int64_t until_ms, struct err *e)
{
    return caught_put(store_editor(s), str_of(domain), since_ms, until_ms, e);
}

enum rc store_caught_remove(struct store *s, const char *domain, bool *was, struct err *e)
{
    return caught_remove(store_editor(s), str_of(domain), was, e);
}

enum rc store_caught_until(struct store *s, const char *domain, int64_t *until_ms, struct err *e)
{
    return caught_until(store_editor(s), str_of(domain), until_ms, e);
}

enum rc store_past(struct store *s, const char *domain, int64_t first_day, int64_t before_day, struct store_past *out,
                   struct err *e)
{
    return caught_past(store_editor(s), str_of(domain), first_day, before_day, out, e);
}
