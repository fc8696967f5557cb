/* BIMI records, pictures and certificates; TLSA records. */
#include "fuzz.h"

#include "health/bimi_logo.h"
#include "health/judge.h"
#include "net/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = fuzz_str(data, size);
    struct bimi_record r;

    bimi_record_read(text, &r);
    HOLDS(!r.declined || (r.logo.n == 0 && r.evidence.n == 0));
    HOLDS(bimi_logo_trouble(text) != NULL);
    HOLDS(certificate_trouble(text, "example.com", NULL, 1800000000) != NULL);
    HOLDS(health_tlsa_trouble(text) != NULL);
    return 0;
}
