/* Records to write, and a folder of one's own to write them to. */
#ifndef ASSAY_TESTS_STORE_SAMPLES_H
#define ASSAY_TESTS_STORE_SAMPLES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/record.h"

/* All fields set, each to its own name or number, so that a mix-up shows. */
static inline struct record sample_record(void)
{
    struct record r = {.failure = NULL};
    int64_t n = 1;

#define FILL_TEXT(name) r.name = #name;
#define FILL_INT(name) r.name = n++ << 33;
#define FILL(kind, name, help) FILL_##kind(name)
    RECORD_COLUMNS(FILL)
#undef FILL
#undef FILL_INT
#undef FILL_TEXT
    return r;
}

struct scratch {
    char folder[40];
    char db[60];
};

static inline struct scratch scratch_make(void)
{
    struct scratch s = {.folder = "/tmp/assay-store-XXXXXX"};

    if (mkdtemp(s.folder) == NULL) {
        perror(s.folder);
        exit(99);
    }
    (void)snprintf(s.db, sizeof s.db, "%s/assay.db", s.folder);
    return s;
}

static inline void scratch_unlink(const struct scratch *s)
{
    static const char *const suffix[] = {"", "-wal", "-shm", "-journal", ".truncated", ".truncated-wal", ".old"};

    for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++) {
        char path[80];

        (void)snprintf(path, sizeof path, "%s%s", s->db, suffix[i]);
        (void)unlink(path);
    }
}

static inline void scratch_remove(const struct scratch *s)
{
    scratch_unlink(s);
    (void)rmdir(s->folder);
}

#endif
