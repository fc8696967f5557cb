/* The file of records that wait beside a locked database: whatever stands in it, what is read is whole, and it ends. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "fuzz.h"
#include "records/aside.h"

enum { SOME = 7 };

static char path[] = "/tmp/assay-aside-fuzz.XXXXXX";

static void remove_folder(void)
{
    (void)rmdir(path);
}

static const char *folder(void)
{
    static bool made;

    if (!made) {
        HOLDS(mkdtemp(path) != NULL && atexit(remove_folder) == 0);
        log_open("fuzz", false, STR("mail"), LOG_LEVEL_ERROR);
        HOLDS(freopen("/dev/null", "w", stderr) != NULL);
    }
    made = true;
    return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char database[100], file[120], unread[140];
    struct err e = ERR_NONE;
    struct aside *a;
    int fd;

    (void)snprintf(database, sizeof database, "%s/assay.db", folder());
    (void)snprintf(file, sizeof file, "%s.aside", database);
    (void)snprintf(unread, sizeof unread, "%s.unread", file);
    fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
    a = aside_new(database);
    HOLDS(a != NULL);
    for (size_t round = 0; aside_waits(a); round++) {
        struct item *items[SOME];
        size_t n = 0;

        HOLDS(round <= size);
        HOLDS(aside_take(a, items, SOME, &n, &e) == RC_OK && n <= SOME);
        for (size_t i = 0; i < n; i++) {
            HOLDS(items[i]->record.queue_id != NULL);
            free(items[i]);
        }
        aside_done(a);
    }
    aside_free(a);
    (void)unlink(file);
    (void)unlink(unread);
    return 0;
}
