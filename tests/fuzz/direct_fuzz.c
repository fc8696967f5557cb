/* What one name server says that is asked directly: the first byte chooses the type, and whether it is a resolver. */
#include <string.h>

#include "dns/direct.h"
#include "fuzz.h"

static struct dns_direct *opened(bool recursive)
{
    static struct dns_direct *server[2];
    struct err e = ERR_NONE;
    struct ip ip;

    HOLDS(ip_parse(STR("192.0.2.53"), &ip));
    if (server[recursive] == NULL)
        server[recursive] = dns_direct_open(&ip, 53, recursive, &e);
    HOLDS(server[recursive] != NULL);
    return server[recursive];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum dns_type types[] = {DNS_A, DNS_NS, DNS_SOA, DNS_MX, DNS_TXT, DNS_AAAA};
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct dns_direct_answer answer;

    HOLDS(a != NULL);
    if (size > 0) {
        dns_direct_read(opened((data[0] & 0x80) != 0), a, "a.example", types[(data[0] & 0x7f) % 6], data + 1, size - 1,
                        &answer);
        HOLDS(answer.state <= DNS_DIRECT_LAME && answer.records <= DNS_DIRECT_RECORDS_MAX);
        HOLDS(answer.state == DNS_DIRECT_ANSWERED || (answer.records == 0 && answer.serial == 0 && answer.ttl == 0));
        for (size_t i = 0; i < answer.records; i++)
            HOLDS(answer.record[i].p != NULL && answer.record[i].n <= 65535);
    }
    arena_free(a);
    return 0;
}
