#include "base/log_rate.h"

#include "base/clock.h"

bool log_rate_may(struct log_rate *r, int64_t every_ms)
{
    int64_t now = clock_mono_ms();
    int_least64_t before = atomic_load(&r->said_ms);

    /* of many at once, one says it */
    return (before == 0 || now - before >= every_ms) && atomic_compare_exchange_strong(&r->said_ms, &before, now);
}
