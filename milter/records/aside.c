#include "records/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/evidence.h"
#include "base/log.h"
#include "base/siphash.h"
#include "db/dbfile.h"

/*
 * The file: a head, then for each record its length, the hash of its bytes,
 * and they: the columns in their order, a text as it is with its NUL, a number
 * in eight bytes of this machine's; then the failure, and what was seen of DNS.
 */
struct head {
    char magic[8];
    uint64_t columns; /* which the program that wrote it had */
    uint64_t done;    /* where the first that waits begins */
};

struct frame {
    uint64_t length, hash;
};

enum { RECORD_MAX = 8 << 20 };
static const char magic[8] = "assay-a";

struct aside {
    char path[DBFILE_PATH_MAX + 16];
    int fd;          /* -1: there is no such file */
    struct head head;
    uint64_t end;    /* of the last whole record */
    uint64_t taken;  /* up to where they were taken */
    char *buf;       /* one record */
    size_t size, n;  /* room, and bytes in it */
};

static uint64_t aside_hash(const void *p, size_t n)
{
    static const unsigned char key[SIPHASH_KEY_BYTES] = "torn, or whole?";

    return siphash(key, p, n);
}

/* Of the names of all columns, so that a program with others does not read them as its own. */
static uint64_t aside_columns(void)
{
#define NAME_COLUMN(kind, name, help) #kind " " #name "\n"
#define NAME_FAILURE(name, help) "failure " #name "\n"
    static const char names[] = RECORD_COLUMNS(NAME_COLUMN) FAILURE_COLUMNS(NAME_FAILURE) "dns 1\n";

    return aside_hash(names, sizeof names);
}

/* ---- one record as bytes ---- */

static bool aside_add(struct aside *a, const void *p, size_t n)
{
    if (a->n + n > a->size) {
        size_t size = 2 * (a->n + n);
        char *grown = a->n + n > RECORD_MAX ? NULL : realloc(a->buf, size);

        if (grown == NULL)
            return false;
        a->buf = grown;
        a->size = size;
    }
    memcpy(a->buf + a->n, p, n);
    a->n += n;
    return true;
}

static bool aside_add_text(struct aside *a, const char *text)
{
    return aside_add(a, text, strlen(text) + 1);
}

static bool aside_add_int(struct aside *a, int64_t number)
{
    return aside_add(a, &number, sizeof number);
}

static bool aside_add_item(struct aside *a, const struct item *item)
{
    const struct record *r = &item->record;
    struct frame frame = {0};
    bool good;

    a->n = 0;
    good = aside_add(a, &frame, sizeof frame);
#define ADD_TEXT(name) good = good && aside_add_text(a, r->name);
#define ADD_INT(name) good = good && aside_add_int(a, r->name);
#define ADD(kind, name, help) ADD_##kind(name)
    RECORD_COLUMNS(ADD)
    good = good && aside_add_int(a, r->failure != NULL);
#define ADD_FAILURE(name, help) good = good && aside_add_text(a, r->failure->name);
    if (r->failure != NULL) {
        FAILURE_COLUMNS(ADD_FAILURE)
    }
    good = good && aside_add_int(a, (int64_t)item->seen_count);
    for (size_t i = 0; good && i < item->seen_count; i++) {
        const struct dns_seen *seen = &item->seen[i];

        good = aside_add_int(a, seen->kind) && aside_add_int(a, seen->ttl) && aside_add_text(a, seen->name) &&
               aside_add_text(a, seen->text);
    }
    if (!good)
        return false;
    frame.length = a->n - sizeof frame;
    frame.hash = aside_hash(a->buf + sizeof frame, frame.length);
    memcpy(a->buf, &frame, sizeof frame);
    return true;
}

/* What is left of one, and whether all that was asked for was there. */
struct rest {
    const char *p, *end;
    bool good;
};

static const char *aside_text(struct rest *r)
{
    const char *text = r->p;
    const char *nul = r->good ? memchr(r->p, '\0', (size_t)(r->end - r->p)) : NULL;

    r->good = nul != NULL;
    r->p = r->good ? nul + 1 : r->p;
    return r->good ? text : "";
}

static int64_t aside_int(struct rest *r)
{
    int64_t number = 0;

    r->good = r->good && (size_t)(r->end - r->p) >= sizeof number;
    if (!r->good)
        return 0;
    memcpy(&number, r->p, sizeof number);
    r->p += sizeof number;
    return number;
}

/* NULL without memory, or when the bytes are none of ours. */
static struct item *aside_item(const char *p, size_t n)
{
    struct rest rest = {p, p + n, true};
    struct dns_seen seen[DNS_SEEN_MAX];
    struct failure failure;
    struct record record = {0};
    struct store_item from = {.record = &record, .seen = seen};
    int64_t count;

#define GET_TEXT(name) record.name = aside_text(&rest);
#define GET_INT(name) record.name = aside_int(&rest);
#define GET(kind, name, help) GET_##kind(name)
    RECORD_COLUMNS(GET)
#define GET_FAILURE(name, help) failure.name = aside_text(&rest);
    if (aside_int(&rest) != 0) {
        FAILURE_COLUMNS(GET_FAILURE)
        record.failure = &failure;
    }
    count = aside_int(&rest);
    if (!rest.good || count < 0 || count > DNS_SEEN_MAX)
        return NULL;
    for (; from.seen_count < (size_t)count; from.seen_count++) {
        struct dns_seen *s = &seen[from.seen_count];

        s->kind = (enum dns_kind)aside_int(&rest);
        s->ttl = (uint32_t)aside_int(&rest);
        s->name = aside_text(&rest);
        s->text = aside_text(&rest);
    }
    return rest.good && rest.p == rest.end ? item_new(&from) : NULL;
}

/* ---- the file ---- */

static bool aside_write(int fd, const void *p, size_t n, uint64_t at)
{
    const char *from = p;

    while (n > 0) {
        ssize_t put = pwrite(fd, from, n, (off_t)at);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        from += put;
        at += (uint64_t)put;
        n -= (size_t)put;
    }
    return true;
}

static bool aside_read(int fd, void *p, size_t n, uint64_t at)
{
    ssize_t got = pread(fd, p, n, (off_t)at);

    return got >= 0 && (size_t)got == n;
}

static void aside_close(struct aside *a)
{
    if (a->fd >= 0)
        (void)close(a->fd);
    a->fd = -1;
}

/* The bytes of the one at `at`, in a->buf; false without memory (errno), or when there is none that is whole. */
static bool aside_load(struct aside *a, uint64_t at, uint64_t *next)
{
    struct frame frame;

    errno = 0;
    if (!aside_read(a->fd, &frame, sizeof frame, at) || frame.length > RECORD_MAX)
        return false;
    if (frame.length > a->size) {
        char *grown = realloc(a->buf, frame.length);

        if (grown == NULL)
            return false;
        a->buf = grown;
        a->size = frame.length;
    }
    a->n = frame.length;
    *next = at + sizeof frame + frame.length;
    return aside_read(a->fd, a->buf, a->n, at + sizeof frame) && aside_hash(a->buf, a->n) == frame.hash;
}

/* What cannot be read is kept for whoever wants to see it. */
static void aside_give_up(struct aside *a, const char *why)
{
    char to[sizeof a->path + 16];

    (void)snprintf(to, sizeof to, "%s.unread", a->path);
    log_write(LOG_LEVEL_ERROR, NULL, "%s: %s, and is kept as %s", a->path, why, to);
    (void)rename(a->path, to);
    aside_close(a);
}

/* Of a process before this one.  Nobody else has it: it is locked. */
static void aside_open(struct aside *a)
{
    a->fd = open(a->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (a->fd < 0)
        return;
    if (flock(a->fd, LOCK_EX | LOCK_NB) != 0) {
        aside_close(a);
        return;
    }
    if (!aside_read(a->fd, &a->head, sizeof a->head, 0) || memcmp(a->head.magic, magic, sizeof magic) != 0 ||
        a->head.columns != aside_columns() || a->head.done < sizeof a->head) {
        aside_give_up(a, "is of another version, or none of ours");
        return;
    }
    a->end = a->taken = a->head.done;
    for (uint64_t next = a->end; aside_load(a, a->end, &next);)
        a->end = next;
    (void)!ftruncate(a->fd, (off_t)a->end); /* what a crash tore off was never promised */
    if (a->end == a->head.done)
        aside_done(a);
}

static enum rc aside_make(struct aside *a, struct err *e)
{
    a->head = (struct head){.columns = aside_columns(), .done = sizeof a->head};
    memcpy(a->head.magic, magic, sizeof magic);
    a->fd = open(a->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (a->fd < 0 || flock(a->fd, LOCK_EX | LOCK_NB) != 0 || !aside_write(a->fd, &a->head, sizeof a->head, 0)) {
        (void)err_errno(e, RC_TEMP, errno, "%s: cannot be made", a->path);
        if (a->fd >= 0)
            (void)unlink(a->path);
        aside_close(a);
        return RC_TEMP;
    }
    a->end = a->taken = sizeof a->head;
    return RC_OK;
}

struct aside *aside_new(const char *path)
{
    struct aside *a = calloc(1, sizeof *a);

    if (a == NULL)
        return NULL;
    (void)snprintf(a->path, sizeof a->path, "%s.aside", path);
    aside_open(a);
    return a;
}

bool aside_is_there(const char *path)
{
    char aside[sizeof ((struct aside *)NULL)->path];
    struct stat st;

    (void)snprintf(aside, sizeof aside, "%s.aside", path);
    return lstat(aside, &st) == 0 || errno != ENOENT;
}

void aside_free(struct aside *a)
{
    if (a == NULL)
        return;
    aside_close(a);
    free(a->buf);
    free(a);
}

bool aside_waits(struct aside *a)
{
    return a->fd >= 0;
}

enum rc aside_put(struct aside *a, const struct item *const *items, size_t n, bool sync, struct err *e)
{
    enum rc rc = a->fd >= 0 ? RC_OK : aside_make(a, e);
    uint64_t before = a->end;

    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        errno = ENOMEM;
        if (a->end > (uint64_t)ASIDE_MAX_MIB << 20)
            rc = err_set(e, RC_TEMP, "%s: holds %d MiB, and takes no more", a->path, ASIDE_MAX_MIB);
        else if (!aside_add_item(a, items[i]) || !aside_write(a->fd, a->buf, a->n, a->end))
            rc = err_errno(e, RC_TEMP, errno, "%s: cannot be written", a->path);
        else
            a->end += a->n;
    }
    if (rc == RC_OK && sync && fdatasync(a->fd) != 0)
        rc = err_errno(e, RC_TEMP, errno, "%s: cannot be synced", a->path);
    if (rc == RC_OK || a->fd < 0)
        return rc;
    a->end = before;
    (void)!ftruncate(a->fd, (off_t)before);
    if (before == a->head.done) {
        a->taken = before;
        aside_done(a); /* nothing waits in it */
    }
    return rc;
}

enum rc aside_take(struct aside *a, struct item **items, size_t most, size_t *n, struct err *e)
{
    *n = 0;
    if (a->fd < 0)
        return RC_OK;
    a->taken = a->head.done;
    while (*n < most && a->taken < a->end) {
        uint64_t next = a->taken;

        items[*n] = aside_load(a, a->taken, &next) ? aside_item(a->buf, a->n) : NULL;
        if (items[*n] == NULL)
            break;
        (*n)++;
        a->taken = next;
    }
    if (*n > 0 || a->taken >= a->end)
        return RC_OK;
    if (errno == ENOMEM)
        return err_set(e, RC_TEMP, "%s: no memory to read it", a->path);
    aside_give_up(a, "cannot be read to its end");
    return RC_OK;
}

void aside_done(struct aside *a)
{
    if (a->fd < 0)
        return;
    a->head.done = a->taken;
    if (a->taken >= a->end) {
        (void)unlink(a->path);
        aside_close(a);
    } else {
        (void)aside_write(a->fd, &a->head, sizeof a->head, 0);
    }
}
