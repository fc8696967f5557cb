#include "base/hashtable.h"

#include <pthread.h>
#include <string.h>

#include "base/random.h"
#include "base/siphash.h"

static unsigned char secret[SIPHASH_KEY_BYTES];
static pthread_once_t drawn = PTHREAD_ONCE_INIT;

static void hashtable_draw_secret(void)
{
    const uint64_t bits[2] = {random_bits(), random_bits()};

    memcpy(secret, bits, sizeof secret);
}

unsigned keyed_hash(const void *key, size_t n)
{
    (void)pthread_once(&drawn, hashtable_draw_secret);
    return (unsigned)siphash(secret, key, n);
}
