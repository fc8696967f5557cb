/* What `assay why` prints: cases, lists, sums, playbooks, what was pasted, and where it looked in vain. */
#include <stdio.h>
#include <string.h>

#include "base/hostname.h"
#include "cli/why/why.h"
#include "cli/why/why_json.h"
#include "cli/why/why_outgoing.h"
#include "desk/playbook.h"
#include "desk/why.h"
#include "desk/why_list.h"

static struct casefile *open_all(struct arena *a, const struct why_request *q, const struct why_found *found,
                                 struct err *e)
{
    struct casefile *c = arena_array(a, found->n + 1, sizeof *c);
    enum rc rc = c == NULL ? err_set(e, RC_NOMEM, "out of memory") : RC_OK;

    for (size_t i = 0; rc == RC_OK && i < found->n; i++)
        rc = casefile_open(a, found->store, q->config, &found->record[i], &c[i], e);
    return rc == RC_OK ? c : NULL;
}

/* ---- JSON ---- */

/*
 * What receivers reported of mail that went out, of the same key or of the
 * domain that a pasted text is about; answers how many sources or rows.
 */
static size_t reported(struct arena *a, const struct why_request *q, const struct why_found *found, bool more,
                       struct jnode *json)
{
    struct store_query query = q->query;
    struct err e = ERR_NONE;
    size_t n = 0;

    if (query.key[0] == '\0')
        query.key = found->n == 0 ? pasted_domain(&found->pasted) : "";
    if (query.key[0] != '\0' && why_outgoing(a, q->config, q->database, &query, more, json, &n, &e) != RC_OK)
        (void)cli_fail(&cmd_why, EX_OK, "what receivers reported cannot be shown: %s", e.text);
    return n;
}

static int why_answer_print_json(struct arena *a, const struct why_request *q, const struct why_found *found,
                                 size_t *others)
{
    struct jnode *root = jnode_object(), *list = jnode_array(), *entries = jnode_array();
    struct err e = ERR_NONE;
    struct casefile *c = open_all(a, q, found, &e);

    if (c == NULL)
        return cli_fail(&cmd_why, EX_NOINPUT, "%s", e.text);
    jnode_text(root, "key", found->key);
    jnode_int(root, "count", (int64_t)found->n);
    if (found->n > 0)
        jnode_put(root, "verdict", why_json_verdict(&found->record[0])); /* of the newest */
    for (size_t i = 0; i < found->n; i++)
        jnode_append(list, why_json(a, &c[i]));
    jnode_put(root, "messages", list);
    for (size_t i = 0; i < found->entry_count; i++)
        jnode_append(entries, why_json_entry(&found->entry[i]));
    jnode_put(root, "inventory", entries);
    if (pasted_says_something(&found->pasted))
        jnode_put(root, "pasted", why_json_pasted(&found->pasted));
    *others = reported(a, q, found, false, root);
    jnode_print(root, stdout);
    return EX_OK;
}

/* ---- text ---- */

static void print_entries(const struct sheet *s, const struct why_found *found)
{
    if (found->entry_count == 0)
        return;
    sheet_heading(s, "In the inventory");
    for (size_t i = 0; i < found->entry_count; i++) {
        const struct inventory_row *r = &found->entry[i];

        (void)fprintf(s->to, "  %s for ", sheet_shown(s, r->source));
        (void)fprintf(s->to, "%s: %s", sheet_shown(s, r->domain), sheet_shown(s, r->field[INVENTORY_status]));
        (void)fprintf(s->to, ", owner %s", sheet_or(s, r->field[INVENTORY_owner], "none"));
        (void)fprintf(s->to, ", ticket %s (assay source show ", sheet_or(s, r->field[INVENTORY_ticket], "none"));
        (void)fprintf(s->to, "%s ", sheet_shown(s, r->domain));
        (void)fprintf(s->to, "%s)\n", sheet_shown(s, r->source));
    }
}

static int print_cases(struct arena *a, const struct why_request *q, const struct why_found *found,
                       const struct sheet *s)
{
    struct err e = ERR_NONE;
    struct casefile *c = open_all(a, q, found, &e);

    if (c == NULL)
        return cli_fail(&cmd_why, EX_NOINPUT, "%s", e.text);
    for (size_t i = 0; i < found->n; i++) {
        if (i > 0)
            (void)fputs("\n----\n\n", s->to);
        why_print_case(s, &c[i]);
    }
    return EX_OK;
}

static bool is_address(const char *key)
{
    struct ip ip;

    return strchr(key, '@') != NULL || ip_parse(str_trim(str_of(key)), &ip);
}

static int print_list(struct arena *a, const struct why_request *q, const struct why_found *found,
                      const struct sheet *s)
{
    struct why_sum *sum = NULL;
    size_t sums = 0;

    why_print_heads(s);
    for (size_t i = 0; i < found->n; i++)
        why_print_line(s, &found->record[i], found->key);
    if (found->n == q->query.limit)
        (void)fprintf(s->to, "\nOnly the newest %zu are shown; --limit shows more.\n", q->query.limit);
    if (why_sums(a, found->record, found->n, &sum, &sums) == RC_OK && (sums > 1 || is_address(found->key)))
        why_print_sums(s, sum, sums);
    (void)fputs("\nassay why with a reference or queue id of these tells all about one.\n", s->to);
    return EX_OK;
}

/* ---- playbooks ---- */

static int print_filled(struct arena *a, const struct why_request *q, enum playbook which,
                        const struct playbook_subject *subject)
{
    struct err e = ERR_NONE;
    const char *text;

    if (playbook_read(a, q->config->playbooks, which, subject, &text, &e) != RC_OK)
        return cli_fail(&cmd_why, EX_NOINPUT, "%s", e.text);
    return fputs(text, stdout) < 0 ? EX_IOERR : EX_OK;
}

/* That of the newest message that has one. */
static int print_playbook(struct arena *a, const struct why_request *q, const struct why_found *found)
{
    struct casefile c;
    struct err e = ERR_NONE;
    int which = PLAYBOOK_NONE;
    size_t i = 0;

    while (i < found->n && (!enum_value(&playbook_names, str_of(found->record[i].playbook), &which) ||
                            which == PLAYBOOK_NONE))
        i++;
    if (i == found->n)
        return cli_fail(&cmd_why, EX_UNAVAILABLE, "no playbook belongs to it: there is nothing to repair at the "
                        "sender");
    if (casefile_open(a, found->store, q->config, &found->record[i], &c, &e) != RC_OK)
        return cli_fail(&cmd_why, EX_NOINPUT, "%s", e.text);
    return print_filled(a, q, (enum playbook)which,
                        &(struct playbook_subject){.record = c.record, .sender = c.sender, .client = c.client});
}

/* Of a refusal elsewhere: filled in with the domain and the cause alone. */
static int print_pasted_playbook(struct arena *a, const struct why_request *q, const struct why_found *found)
{
    enum cause cause = pasted_cause(&found->pasted);
    struct record r;

    if (cause_about(cause)->playbook == PLAYBOOK_NONE)
        return cli_fail(&cmd_why, EX_UNAVAILABLE, "no playbook belongs to it: it is not about SPF, DKIM or DMARC");
    record_blank(&r);
    r.time_ms = 0;
    r.author_domain = r.policy_domain = pasted_domain(&found->pasted);
    r.cause = enum_name(&cause_names, (int)cause);
    r.cause_detail = found->pasted.bounce.receiver != NULL ? found->pasted.bounce.code : "";
    r.next = found->pasted.bounce.receiver != NULL ? found->pasted.bounce.next : cause_about(cause)->step;
    r.source = "the service that sent it";
    return print_filled(a, q, cause_about(cause)->playbook,
                        &(struct playbook_subject){.record = &r, .client = found->around.client});
}

/* ---- nothing ---- */

/* How far back and where was looked, so that nobody looks on the wrong server. */
static int not_found(struct arena *a, const struct why_request *q, const struct why_found *found)
{
    struct strbuf key = strbuf_new(a, 400), where = strbuf_new(a, 800);
    char host[HOSTNAME_SIZE], when[SHEET_TIME_MAX];
    int64_t oldest = 0;
    struct err e = ERR_NONE;

    strbuf_put_clean(&key, q->text.n > 0 && q->query.key[0] == '\0' ? STR("one of the keys in that text")
                           : found->key[0] == '\0'                 ? STR("what was asked for")
                                                                   : str_of(found->key), 300);
    if (store_is_centre(found->store))
        strbuf_puts(&where, q->database);
    else
        strbuf_putf(&where, "%s on %s (%s)", q->database, hostname_of("", host)[0] == '\0' ? "this host" : host,
                    q->config->authserv_id);
    if (store_oldest(found->store, &oldest, &e) == RC_OK && oldest > 0)
        strbuf_putf(&where, ", which goes back to %s", sheet_time(oldest, when));
    else
        strbuf_puts(&where, ", which holds no message at all");
    return cli_fail(&cmd_why, EX_UNAVAILABLE, "no message with \"%s\"%s in %s; mail of IgnoreHosts and of "
                    "authenticated clients has no record, nor has mail that other servers took", key.p,
                    q->query.since_ms > 0 || q->query.until_ms > 0 ? " in that time" : "", where.p);
}

/* What an answer out of the centre does not hold. */
static void print_lacks(const struct sheet *s, struct arena *a, const struct why_found *found)
{
    const char *hosts;
    struct err e = ERR_NONE;

    if (!store_is_centre(found->store))
        return;
    if (store_lacks(found->store, a, &hosts, &e) != RC_OK)
        (void)cli_fail(&cmd_why, EX_OK, "whether hosts lag behind cannot be told: %s", e.text);
    else if (hosts[0] != '\0')
        (void)fprintf(s->to, "\nNot all mail is in the centre yet; it lacks that of %s.\n", sheet_shown(s, hosts));
}

int why_answer(struct arena *a, const struct why_request *q, const struct why_found *found)
{
    const struct sheet s = cli_sheet(&q->common, a);
    bool pasted = pasted_says_something(&found->pasted);
    size_t others = 0;
    int code = EX_OK;

    if (q->playbook && (found->n > 0 || !pasted))
        return found->n > 0 ? print_playbook(a, q, found) : not_found(a, q, found);
    if (q->playbook)
        return print_pasted_playbook(a, q, found);
    if (q->common.json)
        code = why_answer_print_json(a, q, found, &others);
    else if (found->n > WHY_CASES_MAX || (found->n > 0 && found->key[0] == '\0'))
        code = print_list(a, q, found, &s);
    else if (found->n > 0)
        code = print_cases(a, q, found, &s);
    if (code != EX_OK)
        return code;
    if (!q->common.json) {
        if (pasted && found->n == 0)
            pasted_print(&s, &found->pasted, &found->around);
        print_entries(&s, found);
        others = reported(a, q, found, found->n > 0 || found->entry_count > 0 || pasted, NULL);
        print_lacks(&s, a, found);
    }
    return found->n + found->entry_count + others > 0 || pasted ? EX_OK : not_found(a, q, found);
}
