#include "base/random.h"

#include <sys/random.h>

#include "base/clock.h"

bool random_bytes(void *to, size_t n)
{
    return getrandom(to, n, 0) == (ssize_t)n;
}

uint64_t random_bits(void)
{
    uint64_t n;

    /* only a system that has just been switched on has none to give: then anything that differs will do */
    if (getrandom(&n, sizeof n, GRND_NONBLOCK) != (ssize_t)sizeof n)
        n = (uint64_t)clock_wall_ms() * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)clock_mono_us();
    return n;
}
