/* ARC chains: whatever fields, body and pieces, an answer that keeps the contract of evidence.h. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dkim/arc.h"
#include "fuzz.h"
#include "mail/eml.h"

/* Keys that the corpus was signed with, and names that fail in each way. */
static const char zone[] =
    "$ORIGIN .\n$TTL 60\n"
    "s1._domainkey.one.example. TXT"
    " \"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDK/zxa1Hmz0iD+3LHjkFQ6l7OwNYwZp1TU\""
    " \"aS6HFnIaP9J1mPJmauBpv0ycKkGg7agR8+2LEcgXxap+INUQij647ND4n58uPo+Gh0iReKsUCocKNXyJQMEpjiPK+w\""
    " \"46m8I/m9lp7J2h/44XNlqC5wg3CgTVlbVwM1TA5ISFIsyS8wIDAQAB\"\n"
    "s2._domainkey.two.example. TXT"
    " \"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDFVTBWWhBcwiFXMMuXgg5djDhTbNne2UID\""
    " \"LbiVU+lNozW8DsikFygGZkJ86DOPHuTj932iaibhv8zbtVaU1FbbrBm1bTzOpqcvFZpx6SBLMgf87wSap8IyYNMoeI\""
    " \"gLf6dBVOBddSKsI7lVLB+fXRD933XeG/xp+ixF18WwX1X5twIDAQAB\"\n"
    "s3._domainkey.three.example. TXT"
    " \"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQD1IYWmUh7oKmIRogyl4XleO7GR3jVXNRbe\""
    " \"lgOXN9Mq5t5bDklZp3YklrIR4KSiFMuoF2uTR8KGcxPorSrIcHabC8logSRlr5iDApTq8rgw9xNpG1NNaIkHkL06xi\""
    " \"QgMQ7V8z6TyLVMgLuPHcBqFapKsYaUTR240eU5yWNbJeJhyQIDAQAB\"\n"
    "e1._domainkey.one.example. TXT"
    " \"v=DKIM1; k=ed25519; p=1f0dLXy2+QoTTsOXzfNt4Dgr8ypCUWWS34BcPoec5yw=\"\n"
    "e2._domainkey.two.example. TXT"
    " \"v=DKIM1; k=ed25519; p=+bcyfZW2M20OMLh2bUSyOMQnBEPlXvTVDuK9+EeIXx8=\"\n"
    "s._domainkey.dead.example. SERVFAIL\n"
    "s._domainkey.empty.example. TXT \"v=DKIM1; p=\"\n"
    "s._domainkey.junk.example. TXT \"v=DKIM1; p=AAAA\" \"\"\n";

/* Opened once for the life of the process. */
static struct dns *open_zone(void)
{
    char path[] = "/tmp/assay-arc-fuzz-XXXXXX";
    FILE *f = fdopen(mkstemp(path), "w");
    struct err e = ERR_NONE;
    struct dns *dns;

    HOLDS(f != NULL && fputs(zone, f) >= 0 && fclose(f) == 0);
    dns = dns_open_zone(path, &e);
    unlink(path);
    HOLDS(dns != NULL);
    return dns;
}

static void feed(void *ctx, struct str piece)
{
    arcv_body(ctx, piece);
}

static void validate(struct dns *dns, struct str text, size_t step, struct arc_evidence *out)
{
    static const struct message_bounds bounds = {1000, 1 << 20};
    struct message m = {.arena = arena_new(FUZZ_ARENA_MAX)};
    struct dns_scope *scope = dns_scope_new(dns, 1000);
    struct arcv *v = NULL;
    struct str body;

    *out = (struct arc_evidence){.reason = "", .oldest_pass = -1};
    if (eml_read(text, &m, &bounds, &body, NULL) == RC_OK &&
        arcv_begin(&v, &m, scope, 1024, 1700000000, NULL) == RC_OK && v != NULL) {
        HOLDS(dns_scope_questions(scope) == 0 || arcv_wants_body(v));
        if (step == 0)
            eml_body(body, feed, v);
        for (size_t at = 0; step > 0 && at < body.n; at += step)
            arcv_body(v, str_slice(body, at, at + step));
        arcv_finish(v, out);
        HOLDS((out->result == ARC_FAIL) == (out->reason[0] != '\0'));
        HOLDS(out->result != ARC_NONE && out->n <= 50 && out->oldest_pass <= (int)out->n);
        for (size_t i = 0; i < out->n; i++)
            HOLDS(out->set[i].seal_domain[0] != '\0' && out->set[i].sign_domain != NULL);
    }
    out->reason = "";
    arcv_free(v);
    dns_scope_free(scope);
    arena_free(m.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dns *dns;
    struct str text = fuzz_str(data, size);
    struct arc_evidence whole, once, twice;

    if (dns == NULL)
        dns = open_zone();
    validate(dns, text, 0, &whole);
    validate(dns, text, 1, &once);
    validate(dns, text, 7, &twice);
    HOLDS(once.result == twice.result && once.oldest_pass == twice.oldest_pass);
    return 0;
}
