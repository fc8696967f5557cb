/* The assay of tests/watch/season: the whole program, but for its clock, which shows ASSAY_THEN (seconds since the epoch). */
#include <stdint.h>
#include <stdlib.h>

int64_t __wrap_clock_wall_ms(void);

int64_t __wrap_clock_wall_ms(void)
{
    const char *then = getenv("ASSAY_THEN");

    return then == NULL ? 0 : strtoll(then, NULL, 10) * 1000;
}
