/* DNS messages: the first byte chooses the type that was asked for. */
#include <string.h>

#include "dns/packet.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum dns_type types[] = {DNS_A, DNS_PTR, DNS_MX, DNS_TXT, DNS_AAAA};
    size_t total = 0;
    struct answer *a;

    if (size == 0)
        return 0;
    a = packet_answer(data + 1, size - 1, types[data[0] % 5], false);
    HOLDS(a != NULL);
    HOLDS((a->pub.status == DNS_NOERROR) == (a->pub.count > 0));
    HOLDS((a->pub.status == DNS_TEMPFAIL) == (a->pub.why[0] != '\0'));
    HOLDS(a->pub.count <= DNS_RR_MAX);
    for (size_t i = 0; i < a->pub.count; i++) {
        const struct dns_rr *rr = &a->pub.rr[i];

        total += rr->txt.n + (rr->name == NULL ? 0 : strlen(rr->name));
        HOLDS(i == 0 || rr->preference >= a->pub.rr[i - 1].preference);
    }
    HOLDS(total < a->bytes);
    answer_unref(a);
    return 0;
}
