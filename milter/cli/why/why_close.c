/* assay why --close: may the ticket be closed, and the note to close it with. */
#include <stdio.h>

#include "cli/why/why.h"
#include "cli/why/why_json.h"
#include "desk/closing.h"

static int why_close_print_json(struct arena *a, const struct casefile *c, const struct closing *k)
{
    struct jnode *root = jnode_object(), *changes = jnode_array();

    jnode_text(root, "ref", c->record->ref);
    jnode_bool(root, "ready", k->ready);
    jnode_text(root, "answer", closing_answer(a, c, k));
    jnode_int(root, "passed", (int64_t)k->passed);
    jnode_int(root, "failed", (int64_t)k->failed);
    jnode_int(root, "failed_since", (int64_t)k->failed_since);
    jnode_time(root, "last_passed", k->last_passed_ms);
    jnode_time(root, "last_failed", k->last_failed_ms);
    for (size_t i = 0; i < k->change_count; i++)
        jnode_append_text(changes, k->change[i]);
    jnode_put(root, "dns_changes", changes);
    jnode_text(root, "closure_note", closing_note(a, c, k));
    jnode_print(root, stdout);
    return k->ready ? EX_OK : EX_TEMPFAIL;
}

static int why_close_print_text(struct arena *a, const struct why_request *q, const struct casefile *c,
                                const struct closing *k)
{
    const struct sheet s = cli_sheet(&q->common, a);
    const char *answer = closing_answer(a, c, k), *note = closing_note(a, c, k);

    if (answer == NULL || note == NULL)
        return cli_fail(&cmd_why, EX_OSERR, "out of memory");
    (void)fprintf(s.to, "%s.\n", answer);
    for (size_t i = 0; i < k->change_count; i++)
        sheet_sentence(&s, k->change[i]);
    if (k->dns_failed)
        sheet_sentence(&s, "DNS did not answer a question, so that a change may be missing here");
    if (k->ready)
        (void)fprintf(s.to, "\n%s", note);
    return k->ready ? EX_OK : EX_TEMPFAIL;
}

int why_close(struct arena *a, const struct why_request *q, const struct why_found *found)
{
    struct dns *dns = cli_dns(&q->common, q->config);
    struct dns_scope *scope = dns == NULL ? NULL : dns_scope_new(dns, (int)q->config->dns_timeout * 1000);
    struct casefile c;
    struct closing k;
    struct err e = ERR_NONE;
    enum rc rc = casefile_open(a, found->store, q->config, &found->record[0], &c, &e);
    int code;

    if (rc == RC_OK)
        rc = closing_look(a, found->store, &c, scope, &k, &e);
    if (rc != RC_OK)
        code = cli_fail(&cmd_why, EX_NOINPUT, "%s", e.text);
    else
        code = q->common.json ? why_close_print_json(a, &c, &k) : why_close_print_text(a, q, &c, &k);
    dns_scope_free(scope);
    dns_close(dns);
    return code;
}
