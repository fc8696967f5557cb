/* `assay check` in words: every step, then what would be stamped and logged. */
#include "cli/check/check.h"

#include <stdio.h>

/* Foreign text on a terminal: control bytes shown as \xHH, never sent. */
static const char *check_text_shown(struct arena *a, const char *text)
{
    struct strbuf b = strbuf_new(a, 4 * RECORD_TEXT_MAX);

    strbuf_put_clean(&b, str_of(text), RECORD_TEXT_MAX);
    return b.p;
}

static void check_text_print_spf(struct arena *a, const struct spf_evidence *e)
{
    if (!e->checked) {
        (void)puts("SPF      not checked: the client's address is not known (--ip)");
        return;
    }
    (void)printf("SPF      %s for %s (%s)", enum_name(&spf_result_names, (int)e->result),
                 check_text_shown(a, e->domain),
                 e->from_helo ? "HELO name, as the return path is empty" : "return path");
    if (e->mechanism[0] != '\0')
        (void)printf(", matched %s in the record of %s", check_text_shown(a, e->mechanism),
                     check_text_shown(a, e->mechanism_domain));
    (void)printf("\n         %u of 10 lookups, %u of 2 void\n", e->lookups, e->void_lookups);
    if (e->problem[0] != '\0')
        (void)printf("         %s\n", check_text_shown(a, e->problem));
    if (e->explanation[0] != '\0')
        (void)printf("         the domain explains: %s\n", check_text_shown(a, e->explanation));
}

static void print_dkim(struct arena *a, const struct dkim_evidence *e)
{
    if (e->n == 0)
        (void)puts("DKIM     none: the message is not signed");
    for (size_t i = 0; i < e->n; i++) {
        const struct dkim_signature *s = &e->sig[i];

        (void)printf("DKIM     %s for %s, selector %s, %s", enum_name(&dkim_result_names, (int)s->result),
                     check_text_shown(a, s->domain), check_text_shown(a, s->selector),
                     check_text_shown(a, s->algorithm));
        if (s->key_bits > 0)
            (void)printf(", %u-bit key", s->key_bits);
        if (s->key_host[0] != '\0')
            (void)printf(" at %s", check_text_shown(a, s->key_host));
        (void)printf("%s%s\n", s->reason[0] == '\0' ? "" : ": ", check_text_shown(a, s->reason));
        if (s->unsigned_bytes > 0)
            (void)printf("         %llu bytes at the end of the body are not signed (l=)\n",
                         (unsigned long long)s->unsigned_bytes);
    }
}

static void print_arc(struct arena *a, const struct arc_evidence *e)
{
    (void)printf("ARC      %s%s%s\n", enum_name(&arc_result_names, (int)e->result), e->reason[0] == '\0' ? "" : ": ",
                 check_text_shown(a, e->reason));
    for (size_t i = e->n; i-- > 0;)
        (void)printf("         hop %zu sealed by %s\n", i + 1, check_text_shown(a, e->set[i].seal_domain));
}

static void print_walk(struct arena *a, const struct dmarc_walk *w)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct dmarc_step *s = &w->step[i];

        (void)printf("         asked _dmarc.%s: %s\n", s->domain,
                     s->temp          ? s->why
                     : s->several     ? "several records, which counts as none"
                     : s->record != NULL ? check_text_shown(a, s->text)
                                         : "none");
    }
}

static void print_dmarc(struct arena *a, const struct check *c)
{
    const struct dmarc_verdict *d = &c->judgement.verdict.dmarc;

    (void)printf("DMARC    %s%s%s\n", enum_name(&dmarc_result_names, (int)d->result), d->why[0] == '\0' ? "" : ": ",
                 check_text_shown(a, d->why));
    if (c->evidence.dmarc.author_count > 0)
        print_walk(a, &c->evidence.dmarc.author[0].walk);
    if (d->record == NULL)
        return;
    if (d->tag != DMARC_TAG_NONE)
        (void)printf("         the record of %s asks for %s=%s%s\n", check_text_shown(a, d->policy_domain),
                     enum_name(&dmarc_tag_names, (int)d->tag), enum_name(&dmarc_policy_names, (int)d->requested),
                     d->testing ? ", in test mode: one step milder" : "");
    (void)printf("         aligned: SPF %s, DKIM %s\n", d->spf_aligned ? "yes" : "no", d->dkim_aligned ? "yes" : "no");
}

/* Who sent it, what it failed on or hangs on, and the next step. */
static void check_text_print_finding(struct arena *a, const struct verdict *v)
{
    const struct finding *f = &v->finding;

    (void)printf("source   %s", check_text_shown(a, v->source.name));
    if (v->source.detail[0] != '\0')
        (void)printf(": %s", check_text_shown(a, v->source.detail));
    if (v->client != NULL)
        (void)printf("\n         in the name of %s, where it is %s", check_text_shown(a, v->client->title),
                     verdict_status(v));
    (void)putchar('\n');
    if (f->cause != CAUSE_NONE)
        (void)printf("cause    %s%s%s\n         %s\n", enum_name(&cause_names, (int)f->cause),
                     f->detail[0] == '\0' ? "" : ": ", check_text_shown(a, f->detail), cause_about(f->cause)->meaning);
    for (int i = 0; i < CAUSE_COUNT; i++)
        if ((f->secondary & 1u << i) != 0)
            (void)printf("         also %s\n", enum_name(&cause_names, i));
    if (f->risk != RISK_NONE)
        (void)printf("risk     %s\n", enum_name(&risk_names, (int)f->risk));
    if (f->playbook != PLAYBOOK_NONE)
        (void)printf("playbook %s\n", enum_name(&playbook_names, (int)f->playbook));
    if (f->next[0] != '\0')
        (void)printf("next     %s\n", check_text_shown(a, f->next));
    if (v->ref[0] != '\0')
        (void)printf("ref      %s\n", v->ref);
}

static void print_decision(const struct verdict *v)
{
    if (v->rule[0] == '\0')
        (void)puts("action   none: policies are not enforced here (Enforce = no)");
    else
        (void)printf("action   %s by rule %s, enforcement %s\n", enum_name(&policy_action_names, (int)v->action),
                     v->rule, enum_name(&enforcement_names, (int)v->enforcement));
}

static void print_actions(const struct actions *actions)
{
    for (size_t i = 0; i < actions->n; i++) {
        const struct action *act = &actions->item[i];

        if (act->kind == ACTION_DELETE_HEADER)
            (void)printf("\nremove   %s number %u%s: it claims to be ours\n", act->name, act->index,
                         act->count > 1 ? " and those after it, unread" : "");
        else if (act->kind == ACTION_INSERT_HEADER)
            (void)printf("\n%s: %s\n", act->name, act->text);
        else if (act->kind == ACTION_QUARANTINE)
            (void)printf("\nheld     %s\n", act->text);
        else
            (void)printf("\nreply    %s %s %s\n", act->code, act->xcode, act->text);
    }
}

void check_print_text(const struct check *c)
{
    struct arena *a = c->message->arena;
    const struct iprev_evidence *iprev = &c->evidence.iprev;
    char ip[IP_TEXT_MAX];

    (void)printf("client   %s", ip_text(&c->message->conn->ip, ip));
    if (iprev->result != IPREV_NONE)
        (void)printf(", reverse DNS %s%s%s", enum_name(&iprev_result_names, (int)iprev->result),
                     iprev->name[0] == '\0' ? "" : " ", check_text_shown(a, iprev->name));
    (void)putchar('\n');
    check_text_print_spf(a, &c->evidence.spf);
    print_dkim(a, &c->evidence.dkim);
    print_arc(a, &c->evidence.arc);
    print_dmarc(a, c);
    check_text_print_finding(a, &c->judgement.verdict);
    print_decision(&c->judgement.verdict);
    print_actions(&c->judgement.actions);
    (void)printf("\nlog      %s\n", c->logline);
}
