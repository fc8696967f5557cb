/*
 * measure.h - what this process used and wrote so far.
 */
#ifndef ASSAY_TESTS_BENCH_MEASURE_H
#define ASSAY_TESTS_BENCH_MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static inline double cpu_us(void)
{
    struct rusage u;

    (void)getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* All that write() and its kin were given, of /proc/self/io. */
static inline double bytes_written(void)
{
    FILE *f = fopen("/proc/self/io", "r");
    char line[80];
    double n = 0;

    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "wchar: ", 7) == 0)
            n = strtod(line + 7, NULL);
    if (f != NULL)
        (void)fclose(f);
    return n;
}

#endif
