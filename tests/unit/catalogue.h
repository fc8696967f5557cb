/* A catalogue of senders out of text, for tests. */
#ifndef ASSAY_TESTS_CATALOGUE_H
#define ASSAY_TESTS_CATALOGUE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/senders.h"

/* The file is gone again when this returns. */
static inline struct senders *catalogue_of(const char *text)
{
    char path[] = "catalogue.XXXXXX";
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    struct err e = ERR_NONE;
    struct senders *s;

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
    if (senders_load(path, "", &s, &e) != RC_OK)
        print_error("%s\n", e.text);
    (void)unlink(path);
    assert_non_null(s);
    return s;
}

#endif
