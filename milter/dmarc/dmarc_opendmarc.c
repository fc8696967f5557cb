#include "dmarc/dmarc_opendmarc.h"

#include <sys/types.h>

#include <opendmarc/dmarc.h>

#include "mail/domain.h"

/* No public-suffix file: organizational domains are found by the tree walk. */
enum rc dmarc_opendmarc_init(struct err *e)
{
    OPENDMARC_LIB_T settings = {.tld_type = OPENDMARC_TLD_TYPE_NONE}; /* the library copies it */

    if (opendmarc_policy_library_init(&settings) != DMARC_PARSE_OKAY)
        return err_set(e, RC_INTERNAL, "libopendmarc does not start; check that version 1.4 is installed");
    return RC_OK;
}

void dmarc_opendmarc_shutdown(void)
{
    OPENDMARC_LIB_T settings = {.tld_type = OPENDMARC_TLD_TYPE_NONE};

    (void)opendmarc_policy_library_shutdown(&settings);
}

/* Domain and record in buffers of our own: the library takes writable text. */
struct told {
    char author[DOMAIN_MAX + 1];
    char record[64];
};

static void dmarc_opendmarc_tell(struct told *t, const char *author, enum dmarc_policy policy)
{
    struct strbuf a = STRBUF_ON(t->author), r = STRBUF_ON(t->record);

    strbuf_puts(&a, author);
    strbuf_putf(&r, "v=DMARC1; p=%s; adkim=s; aspf=s", enum_name(&dmarc_policy_names, (int)policy));
    MUST(!a.over && !r.over);
}

static bool store(DMARC_POLICY_T *ctx, struct told *t, bool spf_aligned, bool dkim_aligned)
{
    u_char *author = (u_char *)t->author, *record = (u_char *)t->record;
    u_char selector[] = "s"; /* only for the library's reports, which are not used */
    int bad = opendmarc_policy_store_from_domain(ctx, author);

    if (spf_aligned)
        bad |= opendmarc_policy_store_spf(ctx, author, DMARC_POLICY_SPF_OUTCOME_PASS, DMARC_POLICY_SPF_ORIGIN_MAILFROM,
                                          NULL);
    if (dkim_aligned)
        bad |= opendmarc_policy_store_dkim(ctx, author, selector, DMARC_POLICY_DKIM_OUTCOME_PASS, NULL);
    bad |= opendmarc_policy_store_dmarc(ctx, record, author, NULL);
    return bad == DMARC_PARSE_OKAY;
}

static enum rc read_decision(int decision, bool *pass, enum dmarc_policy *enforce)
{
    *pass = decision == DMARC_POLICY_PASS;
    switch (decision) {
    case DMARC_POLICY_PASS:
    case DMARC_POLICY_NONE: *enforce = DMARC_P_NONE; return RC_OK;
    case DMARC_POLICY_QUARANTINE: *enforce = DMARC_P_QUARANTINE; return RC_OK;
    case DMARC_POLICY_REJECT: *enforce = DMARC_P_REJECT; return RC_OK;
    default: return RC_INTERNAL;
    }
}

enum rc dmarc_opendmarc_decide(const char *author, enum dmarc_policy policy, bool spf_aligned, bool dkim_aligned,
                               bool *pass, enum dmarc_policy *enforce)
{
    u_char client[] = "192.0.2.1"; /* asked for, never looked at (RFC 5737) */
    struct told told;
    DMARC_POLICY_T *ctx = opendmarc_policy_connect_init(client, DMARC_POLICY_IP_TYPE_IPV4);
    enum rc rc = RC_INTERNAL;

    if (ctx == NULL)
        return RC_NOMEM;
    dmarc_opendmarc_tell(&told, author, policy);
    if (store(ctx, &told, spf_aligned, dkim_aligned))
        rc = read_decision(opendmarc_get_policy_to_enforce(ctx), pass, enforce);
    (void)opendmarc_policy_connect_shutdown(ctx);
    return rc;
}
