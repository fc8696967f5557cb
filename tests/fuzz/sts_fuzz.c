/* Policy files and records of MTA-STS, records of TLS reports: limits hold, and what is no policy has a reason. */
#include "fuzz.h"

#include "health/sts_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = fuzz_str(data, size);
    struct sts_policy p;
    struct str id, rua;

    sts_policy_read(text, &p);
    HOLDS(p.mxs <= STS_MX_MAX);
    HOLDS(p.why[0] != '\0' || p.max_age <= STS_AGE_MAX);
    for (size_t i = 0; i < p.mxs; i++)
        HOLDS(p.mx[i].n > 0 && p.mx[i].p >= text.p && p.mx[i].p + p.mx[i].n <= text.p + text.n);
    (void)sts_policy_covers(&p, "mx.example.com");
    id = sts_record_id(text);
    HOLDS(id.n <= 32);
    (void)sts_record_is(text);
    rua = tlsrpt_record_rua(text);
    HOLDS(rua.n <= text.n);
    (void)tlsrpt_record_is(text);
    (void)tlsrpt_uri_fits(rua);
    return 0;
}
