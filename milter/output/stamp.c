#include "output/stamp.h"

#include <string.h>

#include "mail/authres.h"
#include "mail/domain.h"

enum { B_LENGTH_MIN = 8, B_LENGTH_MAX = 48 }; /* equal beginnings longer than that are somebody's trick */

/* Our own facts in a comment; every word in it is from a closed list or a number. */
static void comment_policy(struct authres_writer *w, const struct dmarc_verdict *d, enum disposition done)
{
    char text[128];
    struct strbuf b = STRBUF_ON(text);

    if (d->tag == DMARC_TAG_NONE)
        return;
    strbuf_putf(&b, "%s=%s", enum_name(&dmarc_tag_names, (int)d->tag),
                enum_name(&dmarc_policy_names, (int)d->requested));
    if (d->testing)
        strbuf_puts(&b, " t=y");
    strbuf_putf(&b, " dis=%s", enum_name(&disposition_names, (int)done));
    authres_comment(w, text);
}

/* Why it failed and what finds it again; words of a closed list and a code of ours. */
static void comment_cause(struct authres_writer *w, const struct verdict *v)
{
    char text[80];
    struct strbuf b = STRBUF_ON(text);

    if (v->finding.cause != CAUSE_NONE)
        strbuf_putf(&b, "cause=%s", enum_name(&cause_names, (int)v->finding.cause));
    if (v->ref[0] != '\0')
        strbuf_putf(&b, "%sref=%s", b.n > 0 ? " " : "", v->ref);
    if (b.n > 0)
        authres_comment(w, text);
}

/* RFC 8601 section 2.7.4 */
static void put_auth(struct authres_writer *w, const struct message *m, const struct config *c)
{
    if (m->conn->auth_user == NULL)
        return;
    authres_method(w, "auth", "pass");
    if (c->auth_login)
        (void)authres_prop(w, "smtp", "auth", str_of(m->conn->auth_user));
}

/* RFC 8601 section 2.7.3 */
static void put_iprev(struct authres_writer *w, const struct message *m, const struct iprev_evidence *e)
{
    char ip[IP_TEXT_MAX];

    if (e->result == IPREV_NONE)
        return;
    authres_method(w, "iprev", enum_name(&iprev_result_names, (int)e->result));
    (void)authres_prop(w, "policy", "iprev", str_of(ip_text(&m->conn->ip, ip)));
}

/*
 * RFC 8601 section 2.7.2: the domain alone, the local part was not
 * authenticated; and only a domain, since HELO may be any text.
 */
static void stamp_put_spf(struct arena *a, struct authres_writer *w, const struct spf_evidence *e)
{
    const char *domain;

    if (!e->checked)
        return;
    authres_method(w, "spf", enum_name(&spf_result_names, (int)e->result));
    if (domain_normalize(a, str_of(e->domain), &domain) == RC_OK)
        (void)authres_prop(w, "smtp", "mailfrom", str_of(domain));
}

size_t stamp_b_length(const struct dkim_evidence *e, size_t which)
{
    const char *b = e->sig[which].b;
    size_t need = B_LENGTH_MIN, whole = strlen(b);

    for (size_t i = 0; i < e->n; i++) {
        size_t same = 0;

        if (i == which)
            continue;
        while (same < B_LENGTH_MAX && b[same] != '\0' && b[same] == e->sig[i].b[same])
            same++;
        if (same >= need)
            need = same + 1;
    }
    return need < whole ? need : whole;
}

static void comment_key(struct authres_writer *w, const struct dkim_signature *s)
{
    char text[64];
    struct strbuf b = STRBUF_ON(text);

    if (s->key_bits == 0)
        return;
    strbuf_putf(&b, "%u-bit key", s->key_bits);
    if (s->testing)
        strbuf_puts(&b, ", testing");
    authres_comment(w, text);
}

/* RFC 8601 section 2.7.1 */
static void put_signature(struct authres_writer *w, const struct dkim_evidence *e, size_t i)
{
    const struct dkim_signature *s = &e->sig[i];
    const struct { const char *property, *value; } props[] = {
        {"d", s->domain}, {"i", s->identity}, {"s", s->selector}, {"a", s->algorithm},
    };

    authres_method(w, "dkim", enum_name(&dkim_result_names, (int)s->result));
    if (s->reason[0] != '\0')
        authres_reason(w, str_of(s->reason));
    for (size_t p = 0; p < sizeof props / sizeof props[0]; p++)
        if (props[p].value[0] != '\0')
            (void)authres_prop(w, "header", props[p].property, str_of(props[p].value));
    if (s->b[0] != '\0')
        (void)authres_prop(w, "header", "b", (struct str){s->b, stamp_b_length(e, i)});
    comment_key(w, s);
}

static void stamp_put_dkim(struct authres_writer *w, const struct dkim_evidence *e)
{
    if (e->n == 0)
        authres_method(w, "dkim", enum_name(&dkim_result_names, DKIM_NONE));
    for (size_t i = 0; i < e->n && !w->over; i++)
        put_signature(w, e, i);
}

/* RFC 8617 section 10.2 */
static void put_arc(struct authres_writer *w, const struct message *m, const struct arc_evidence *e)
{
    char ip[IP_TEXT_MAX], number[16];
    struct strbuf b = STRBUF_ON(number);

    authres_method(w, "arc", enum_name(&arc_result_names, (int)e->result));
    if (e->reason[0] != '\0')
        authres_reason(w, str_of(e->reason));
    if (e->result == ARC_PASS && e->oldest_pass >= 0) {
        strbuf_putf(&b, "%d", e->oldest_pass);
        (void)authres_prop(w, "header", "oldest-pass", strbuf_str(&b));
    }
    if (m->conn->ip.family != IP_NONE)
        (void)authres_prop(w, "smtp", "remote-ip", str_of(ip_text(&m->conn->ip, ip)));
}

/* RFC 9989 section 9.1; policy.dmarc where a policy was applied */
static void put_dmarc(struct authres_writer *w, const struct verdict *v, enum from_problem problem, bool cause)
{
    const struct dmarc_verdict *d = &v->dmarc;

    authres_method(w, "dmarc", enum_name(&dmarc_result_names, (int)d->result));
    if (d->result == DMARC_PERMERROR && problem != FROM_OK)
        authres_reason(w, str_of(enum_name(&from_problem_names, (int)problem)));
    if (d->author_domain[0] != '\0')
        (void)authres_prop(w, "header", "from", str_of(d->author_domain));
    if (d->result == DMARC_PASS || d->result == DMARC_FAIL) {
        (void)authres_prop(w, "policy", "dmarc", str_of(enum_name(&dmarc_policy_names, (int)d->policy)));
        comment_policy(w, d, v->disposition);
    }
    if (cause)
        comment_cause(w, v);
}

const char *stamp_make(struct arena *a, const struct given *g, const struct verdict *v)
{
    const struct message *m = g->message;
    const struct evidence *e = g->evidence;
    struct strbuf out = strbuf_new(a, AUTHRES_WRITE_MAX);
    struct authres_writer w;

    if (out.over)
        return NULL;
    authres_begin(&w, &out, g->config->authserv_id);
    put_auth(&w, m, g->config);
    put_dmarc(&w, v, e->dmarc.problem, g->config->stamp_cause);
    stamp_put_spf(a, &w, &e->spf);
    put_iprev(&w, m, &e->iprev);
    if (!e->dmarc.starved || e->arc.n > 0)
        put_arc(&w, m, &e->arc);
    if (!e->dmarc.starved || e->dkim.n > 0) /* "none" might not be so */
        stamp_put_dkim(&w, &e->dkim); /* last: the only part a sender can make long */
    authres_end(&w);
    return out.p;
}

const char *stamp_make_none(struct arena *a, const struct config *c)
{
    struct strbuf out = strbuf_new(a, AUTHRES_WRITE_MAX);
    struct authres_writer w;

    if (out.over)
        return NULL;
    authres_begin(&w, &out, c->authserv_id);
    authres_end(&w);
    return out.p;
}
