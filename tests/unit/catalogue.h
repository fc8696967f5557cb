/* A catalogue of senders, and clients, out of text, for tests. */
#ifndef ASSAY_TESTS_CATALOGUE_H
#define ASSAY_TESTS_CATALOGUE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "catalogue/clients.h"
#include "catalogue/senders.h"

/* Writes `text` to a file of a name made out of `path`. */
static inline void catalogue_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
}

static inline struct clients *clients_of_text(const char *text)
{
    char path[] = "clients.XXXXXX";
    struct err e = ERR_NONE;
    struct clients *c;

    catalogue_file(path, text);
    if (clients_load(path, &c, &e) != RC_OK)
        print_error("%s\n", e.text);
    (void)unlink(path);
    assert_non_null(c);
    return c;
}

static inline struct senders *catalogue_of(const char *text)
{
    char path[] = "catalogue.XXXXXX";
    struct err e = ERR_NONE;
    struct senders *s;

    catalogue_file(path, text);
    if (senders_load(path, "", &s, &e) != RC_OK)
        print_error("%s\n", e.text);
    (void)unlink(path);
    assert_non_null(s);
    return s;
}

#endif
