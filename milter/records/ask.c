/* What is asked of a store: each question goes to its table, through the store's reader. */
#include "db/run.h"
#include "inventory/caught.h"
#include "inventory/correspondents.h"
#include "inventory/dnstext.h"
#include "inventory/domain_run.h"
#include "inventory/domain_text.h"
#include "inventory/snapshot.h"
#include "records/digest.h"
#include "records/engine.h"
#include "records/find.h"
#include "records/internal.h"
#include "records/schema.h"
#include "records/span.h"
#include "records/tallies.h"

enum rc store_find(struct store *s, struct arena *a, const struct store_query *q, struct record **out, size_t *n,
                   struct err *e)
{
    struct centre *centre = store_take_centre(s);
    struct db *d;
    enum rc rc = centre == NULL ? store_take_reader(s, &d, e) : store_engine()->find(centre, a, q, out, n, e);

    if (centre == NULL && rc == RC_OK)
        rc = find_messages(d, a, q, out, n, e);
    if (rc != RC_OK)
        *n = 0;
    store_give_reader(s);
    return rc;
}

enum rc store_newest(struct store *s, struct arena *a, const struct store_newest *q, struct record **out, size_t *n,
                     struct store_place *last, struct err *e)
{
    struct centre *centre = store_take_centre(s);
    enum rc rc;

    MUST(centre != NULL);
    rc = store_engine()->newest(centre, a, q, out, n, last, e);
    if (rc != RC_OK)
        *n = 0;
    store_give_reader(s);
    return rc;
}

enum rc store_bound(struct store *s, const char *clients, int64_t mono_ms, struct err *e)
{
    struct centre *centre = store_take_centre(s);
    struct db *d;
    enum rc rc;

    if (centre == NULL)
        return RC_OK;
    rc = store_engine()->bound(centre, clients, mono_ms, e);
    store_give_reader(s);
    if (rc != RC_OK)
        return rc;
    rc = store_take_reader(s, &d, e);
    if (rc == RC_OK) {
        db_set_deadline(d, mono_ms);
        rc = db_bound(d, clients, e);
    }
    store_give_reader(s);
    return rc;
}

enum rc store_oldest(struct store *s, int64_t *out_ms, struct err *e)
{
    struct centre *centre = store_take_centre(s);
    struct db *d;
    enum rc rc = centre == NULL ? store_take_reader(s, &d, e) : store_engine()->oldest(centre, out_ms, e);

    if (centre == NULL && rc == RC_OK)
        rc = find_oldest(d, out_ms, e);
    store_give_reader(s);
    return rc;
}

enum rc store_tally(struct store *s, const char *author_domain, const char *source, const char *cause,
                    struct store_tally *out, struct err *e)
{
    struct centre *centre = store_take_centre(s);
    struct db *d;
    enum rc rc = centre == NULL ? store_take_reader(s, &d, e)
                                : store_engine()->tally(centre, author_domain, source, cause, out, e);

    if (centre == NULL && rc == RC_OK)
        rc = tallies_sum(d, author_domain, source, cause, out, e);
    store_give_reader(s);
    return rc;
}

enum rc store_dns_history(struct store *s, struct arena *a, enum dns_kind kind, const char *name, size_t max,
                          struct dnstext_version **out, size_t *n, struct err *e)
{
    struct centre *centre = store_take_centre(s);
    struct db *d;
    enum rc rc = centre == NULL ? store_take_reader(s, &d, e)
                                : store_engine()->dns_history(centre, a, kind, name, max, out, n, e);

    if (centre == NULL && rc == RC_OK)
        rc = dnstext_history(d, a, kind, name, max, out, n, e);
    store_give_reader(s);
    return rc;
}

enum rc store_span_each(struct store *s, int64_t from_ms, int64_t to_ms, struct str policy_domain, span_take *take,
                        void *arg, struct err *e)
{
    struct centre *centre = store_take_centre(s);
    struct db *d;
    enum rc rc = centre == NULL ? store_take_reader(s, &d, e)
                                : store_engine()->span(centre, from_ms, to_ms, policy_domain, take, arg, e);

    if (centre == NULL && rc == RC_OK)
        rc = span_each(d, from_ms, to_ms, policy_domain, take, arg, e);
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

enum rc store_check(const char *path, struct err *e)
{
    return db_check(path, &records_schema, e);
}

enum rc store_source_edit(struct store *s, const struct inventory_edit *edit, size_t n,
                          const struct inventory_author *by, bool rehearse, struct inventory_counts *out, struct err *e)
{
    struct db *d;
    enum rc rc = store_editor(s, &d, e);

    return rc == RC_OK ? inventory_apply(d, edit, n, by, rehearse, out, e) : rc;
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
    struct db *d;
    enum rc rc = store_editor(s, &d, e);

    return rc == RC_OK ? caught_put(d, str_of(domain), since_ms, until_ms, e) : rc;
}

enum rc store_caught_remove(struct store *s, const char *domain, bool *was, struct err *e)
{
    struct db *d;
    enum rc rc = store_editor(s, &d, e);

    return rc == RC_OK ? caught_remove(d, str_of(domain), was, e) : rc;
}

enum rc store_caught_until(struct store *s, const char *domain, int64_t *until_ms, struct err *e)
{
    struct db *d;
    enum rc rc = store_editor(s, &d, e);

    return rc == RC_OK ? caught_until(d, str_of(domain), until_ms, e) : rc;
}

enum rc store_past(struct store *s, int64_t first_day, int64_t before_day, struct past_mail *out, struct err *e)
{
    struct db *d;
    enum rc rc = store_editor(s, &d, e);

    return rc == RC_OK ? caught_past(d, first_day, before_day, out, e) : rc;
}

enum rc store_correspondent_has(struct store *s, const char *domain, const char *address, int64_t day, bool *has,
                                struct err *e)
{
    struct db *d;
    enum rc rc = store_editor(s, &d, e);

    return rc == RC_OK ? correspondents_has_address(d, domain, address, day, has, e) : rc;
}

enum rc store_correspondent_passed(struct store *s, const char *domain, int64_t day, int64_t *passed, struct err *e)
{
    struct db *d;
    enum rc rc = store_editor(s, &d, e);

    return rc == RC_OK ? correspondents_passed(d, domain, day, passed, e) : rc;
}

enum rc store_caught_expire(struct store *s, int64_t now_ms, int64_t longest_ms, struct err *e)
{
    struct db *d;
    enum rc rc = store_editor(s, &d, e);

    return rc == RC_OK ? caught_expire(d, now_ms, longest_ms, e) : rc;
}

enum rc store_domain_run_put(struct store *s, const struct domain_run *run, struct err *e)
{
    struct db *d;
    enum rc rc = store_editor(s, &d, e);

    return rc == RC_OK ? domain_run_put(d, run, e) : rc;
}

enum rc store_domain_run_last(struct store *s, struct arena *a, const char *domain, int64_t time_ms,
                              struct domain_run *out, struct err *e)
{
    struct db *d;
    enum rc rc = store_take_reader(s, &d, e);

    if (rc == RC_OK)
        rc = domain_run_last(d, a, domain, time_ms, out, e);
    store_give_reader(s);
    return rc;
}

enum rc store_domain_text_put(struct store *s, const struct domain_text *text, size_t n, int64_t now_ms,
                              struct err *e)
{
    struct digest_state state;
    struct db *d;
    enum rc rc = store_editor(s, &d, e);

    if (rc == RC_OK)
        rc = digest_state(d, &state, e);
    if (rc == RC_OK)
        rc = db_begin(d, e);
    if (rc != RC_OK)
        return rc;
    rc = domain_text_note(d, state.hash_key, text, n, now_ms, e);
    if (rc == RC_OK)
        rc = db_commit(d, e);
    if (rc != RC_OK)
        db_roll_back(d);
    return rc;
}

enum rc store_domain_text_list(struct store *s, struct arena *a, const char *name, size_t max,
                               struct domain_text **out, size_t *n, struct err *e)
{
    struct db *d;
    enum rc rc = store_take_reader(s, &d, e);

    *n = 0;
    if (rc == RC_OK)
        rc = domain_text_list(d, a, name, max, out, n, e);
    store_give_reader(s);
    return rc;
}

bool store_is_centre(struct store *s)
{
    struct centre *centre = store_take_centre(s);

    if (centre != NULL)
        store_give_reader(s);
    return centre != NULL;
}

enum rc store_lacks(struct store *s, struct arena *a, const char **out, struct err *e)
{
    struct centre *centre = store_take_centre(s);
    enum rc rc = RC_OK;

    *out = "";
    if (centre == NULL)
        return RC_OK;
    rc = store_engine()->lacks(centre, a, out, e);
    store_give_reader(s);
    return rc;
}

enum rc store_laggards(struct store *s, struct arena *a, int64_t until_ms, struct store_laggard **out, size_t *n,
                       struct err *e)
{
    struct centre *centre = store_take_centre(s);
    enum rc rc;

    *n = 0;
    *out = NULL;
    if (centre == NULL)
        return RC_OK;
    rc = store_engine()->laggards(centre, a, until_ms, out, n, e);
    store_give_reader(s);
    return rc;
}
