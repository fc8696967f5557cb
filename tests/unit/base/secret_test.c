#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

static char folder[] = "/tmp/assay-secret-XXXXXX";

static void files(void **state)
{
    static char large[SECRET_MAX + 1];
    static const struct { const char *name, *bytes; size_t n; mode_t mode; enum rc rc; const char *word; } rows[] = {
        {"ours", "hunter2\n", 8, 0600, RC_OK, ""},
        {"read-only", "hunter2\n", 8, 0400, RC_OK, ""},
        {"full", large, SECRET_MAX, 0600, RC_OK, ""},
        {"the group reads", "hunter2\n", 8, 0640, RC_BAD, "chmod 600"},
        {"others read", "hunter2\n", 8, 0604, RC_BAD, "mode 604"},
        {"others write", "hunter2\n", 8, 0602, RC_BAD, "chmod 600"},
        {"empty", "", 0, 0600, RC_BAD, "empty"},
        {"too large", large, SECRET_MAX + 1, 0600, RC_BAD, "too large"},
        {"NUL", "hun\0ter2", 8, 0600, RC_BAD, "NUL"},
    };

    (void)state;
    memset(large, 'a', sizeof large);
    FOR_ROWS(row, rows) {
        char path[100];
        struct err e = ERR_NONE;
        struct secret *s;
        FILE *f;

        (void)snprintf(path, sizeof path, "%s/key", folder);
        f = fopen(path, "wb");
        assert_non_null(f);
        ASSERT_ROW(fwrite(row->bytes, 1, row->n, f) == row->n && fclose(f) == 0 && chmod(path, row->mode) == 0, row);
        ASSERT_ROW(secret_read(path, &s, &e) == row->rc, row);
        if (row->rc == RC_OK)
            ASSERT_ROW(strlen(secret_text(s)) == row->n && memcmp(secret_text(s), row->bytes, row->n) == 0, row);
        else
            ASSERT_ROW(s == NULL && strstr(e.text, row->word) != NULL && strstr(e.text, "hunter2") == NULL, row);
        secret_free(s);
        (void)unlink(path);
    }
}

static void no_files(void **state)
{
    char path[100];
    struct err e = ERR_NONE;
    struct secret *s;

    (void)state;
    assert_int_equal(secret_read(folder, &s, &e), RC_BAD);
    (void)snprintf(path, sizeof path, "%s/absent", folder);
    assert_int_equal(secret_read(path, &s, &e), RC_IO);
    assert_int_equal(mkfifo(path, 0600), 0); /* nobody will ever write to it */
    assert_int_equal(secret_read(path, &s, &e), RC_BAD);
    (void)unlink(path);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(files), cmocka_unit_test(no_files)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
