#include "report/collect.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/random.h"
#include "base/siphash.h"
#include "dmarc/dmarc_record.h"
#include "records/store.h"
#include "report/counter.h"
#include "report/row.h"

enum {
    READERS = 2,
    COUNTER_MEMORY = (16 << 20) / READERS, /* of each */
    SCRATCH_MEMORY = 1 << 20,
    TELL_EVERY = 50000,
    PART_MS = 60 * 60 * 1000, /* of the day: what a reader takes at a time */
    TEXTS = 4096              /* policy records of which a reader knows what is wrong with them */
};

/* What the readers of one day share. */
struct day {
    const struct collect_request *q;
    pthread_mutex_t lock; /* of what follows */
    struct countfile *rows;
    struct collected *out;
    int64_t next_ms;      /* where the part begins that is nobody's yet */
};

struct reader {
    struct day *day;
    struct store *store;
    struct counter *counter;
    struct arena *scratch;
    struct collected seen; /* and not yet added to the day's */
    char raw[ROW_KEY_MAX], key[ROW_KEY_MAX];
    unsigned char secret[SIPHASH_KEY_BYTES];
    struct {
        uint64_t hash;
        unsigned errors;
    } text[TEXTS];        /* each in the place that its hash says */
    uint64_t noted[TEXTS]; /* hashes of what was noted, likewise */
    bool told; /* that a record was left out */
    enum rc rc;
    struct err err;
};

/* ---- our own traffic ---- */

/* The mailbox itself or, as return paths are, with an extension: local+anything@domain. */
static bool is_mailbox(struct str address, struct str own)
{
    size_t at = str_find(own, '@');
    struct str local = str_slice(own, 0, at), host = str_slice(own, at, own.n);

    if (own.n == 0 || !str_starts_nocase(address, local) || !str_ends_nocase(address, host))
        return false;
    return address.n == own.n || (address.n > own.n && address.p[local.n] == '+');
}

static bool any_is_mailbox(struct str addresses, struct str own)
{
    while (addresses.n > 0) {
        size_t end = str_find(addresses, ' ');

        if (is_mailbox(str_slice(addresses, 0, end), own))
            return true;
        addresses = str_slice(addresses, end + 1, addresses.n);
    }
    return false;
}

bool report_is_own_traffic(const struct config *c, const struct record *r)
{
    const char *own;

    for (size_t i = 0; (own = config_report_mailbox(c, i)) != NULL; i++)
        if (is_mailbox(str_of(r->mail_from), str_of(own)) || any_is_mailbox(str_of(r->rcpt), str_of(own)))
            return true;
    return false;
}

/* ---- records to raw keys, and those, once counted, to the keys of rows ---- */

/* The columns as texts that end in NUL: cheaper than a row's key, and mostly seen before. */
static void collect_put_raw(struct strbuf *b, const struct record *r, bool envelope_to)
{
#define PUT_TEXT(name) strbuf_put(b, (struct str){r->name, strlen(r->name) + 1});
#define PUT_INT(name) strbuf_putc(b, r->name != 0);
#define PUT(kind, name) PUT_##kind(name)
    SPAN_ROW_COLUMNS(PUT)
    strbuf_puts(b, envelope_to ? r->rcpt_domain : "");
    strbuf_putc(b, '\0');
}

static void read_raw(struct str raw, struct record *r)
{
    const char *at = raw.p;

    record_blank(r);
#define TAKE_TEXT(name) r->name = at; at += strlen(at) + 1;
#define TAKE_INT(name) r->name = *at++;
#define TAKE(kind, name) TAKE_##kind(name)
    SPAN_ROW_COLUMNS(TAKE)
    r->rcpt_domain = at;
}

/* It is none of assay-milter's: a host of a fleet was broken into.  The reports are made without it. */
static enum rc collect_leave_out(struct reader *reader, const struct record *r)
{
    if (!reader->told)
        log_write(LOG_LEVEL_WARNING, NULL, "a record about %.100s is longer than one can be, and in no report",
                  r->policy_domain);
    reader->told = true;
    reader->seen.excluded++;
    return RC_OK;
}

static enum rc collect_flush(void *arg, struct str raw, int64_t n, struct err *e)
{
    struct reader *reader = arg;
    struct day *day = reader->day;
    struct strbuf key = STRBUF_ON(reader->key);
    struct record r;
    enum rc rc;

    read_raw(raw, &r);
    arena_reset(reader->scratch);
    rc = row_key(reader->scratch, &r, day->q->config->report_envelope_to, &key);
    if (rc == RC_LIMIT)
        return collect_leave_out(reader, &r);
    if (rc != RC_OK)
        return err_set(e, rc, "no memory to collect in");
    pthread_mutex_lock(&day->lock);
    rc = countfile_add(day->rows, strbuf_str(&key), n, e);
    pthread_mutex_unlock(&day->lock);
    return rc;
}

static void collect_tell(struct reader *reader)
{
    struct day *day = reader->day;

    pthread_mutex_lock(&day->lock);
    day->out->records += reader->seen.records;
    day->out->excluded += reader->seen.excluded;
    if (day->q->progress != NULL)
        day->q->progress(day->q->arg, day->out->records);
    pthread_mutex_unlock(&day->lock);
    reader->seen = (struct collected){0, 0};
}

/* What is wrong with a policy record (RFC 9990 section 3.1.5); mostly nothing, and mostly it was asked before. */
static enum rc collect_errors(struct reader *reader, struct str text, unsigned *errors, struct err *e)
{
    uint64_t hash = siphash(reader->secret, text.p, text.n);
    size_t at = hash % TEXTS;
    struct dmarc_record record;
    enum rc rc;

    if (reader->text[at].hash != hash) {
        arena_reset(reader->scratch);
        rc = dmarc_record_parse(reader->scratch, text, &record);
        if (rc == RC_NOMEM)
            return err_set(e, rc, "no memory to collect in");
        reader->text[at].hash = hash;
        reader->text[at].errors = rc == RC_OK ? record.errors : 0;
    }
    *errors = reader->text[at].errors;
    return RC_OK;
}

/* It goes among the rows, once or a few times. */
static enum rc collect_note_errors(struct reader *reader, const struct record *r, struct err *e)
{
    struct strbuf key = STRBUF_ON(reader->key);
    unsigned errors = 0;
    uint64_t hash;
    enum rc rc = r->policy_record[0] == '\0' ? RC_OK : collect_errors(reader, str_of(r->policy_record), &errors, e);

    if (rc != RC_OK || errors == 0)
        return rc;
    if (row_errors_key(r, errors, &key) != RC_OK)
        return err_set(e, RC_LIMIT, "a record of %.100s is too long to be reported", r->policy_domain);
    hash = siphash(reader->secret, key.p, key.n);
    if (reader->noted[hash % TEXTS] == hash)
        return RC_OK;
    reader->noted[hash % TEXTS] = hash;
    pthread_mutex_lock(&reader->day->lock);
    rc = countfile_add(reader->day->rows, strbuf_str(&key), 1, e);
    pthread_mutex_unlock(&reader->day->lock);
    return rc;
}

static enum rc collect_take(void *arg, const struct record *r, struct err *e)
{
    struct reader *reader = arg;
    struct strbuf raw = STRBUF_ON(reader->raw);
    const struct config *config = reader->day->q->config;
    enum rc rc;

    if (++reader->seen.records % TELL_EVERY == 0)
        collect_tell(reader);
    if (report_is_own_traffic(config, r)) {
        reader->seen.excluded++;
        return RC_OK;
    }
    collect_put_raw(&raw, r, config->report_envelope_to);
    if (raw.over)
        return collect_leave_out(reader, r);
    rc = collect_note_errors(reader, r, e);
    return rc == RC_OK ? counter_add(reader->counter, strbuf_str(&raw), e) : rc;
}

/* ---- readers, side by side ---- */

/* The next part that nobody has; false: none is left. */
static bool next_part(struct day *day, int64_t *from_ms, int64_t *to_ms)
{
    pthread_mutex_lock(&day->lock);
    *from_ms = day->next_ms;
    day->next_ms += PART_MS;
    *to_ms = day->next_ms < day->q->to_ms ? day->next_ms : day->q->to_ms;
    pthread_mutex_unlock(&day->lock);
    return *from_ms < day->q->to_ms;
}

static void *collect_read_parts(void *arg)
{
    struct reader *reader = arg;
    struct str domain = reader->day->q->policy_domain;
    int64_t from_ms, to_ms;

    while (reader->rc == RC_OK && next_part(reader->day, &from_ms, &to_ms))
        reader->rc = store_span_each(reader->store, from_ms, to_ms, domain, collect_take, reader,
                                     &reader->err);
    if (reader->rc == RC_OK)
        reader->rc = counter_finish(reader->counter, &reader->err);
    collect_tell(reader);
    return NULL;
}

static void collect_reader_free(struct reader *reader)
{
    if (reader == NULL)
        return;
    counter_free(reader->counter);
    arena_free(reader->scratch);
    store_close(reader->store);
    free(reader);
}

static enum rc collect_reader_new(struct day *day, const char *where, struct reader **out, struct err *e)
{
    struct reader *reader = calloc(1, sizeof *reader);
    enum rc rc;

    *out = NULL;
    if (reader == NULL)
        return err_set(e, RC_NOMEM, "no memory to collect in");
    reader->day = day;
    reader->err = ERR_NONE;
    reader->scratch = arena_new(SCRATCH_MEMORY);
    rc = reader->scratch == NULL || !random_bytes(reader->secret, sizeof reader->secret)
             ? err_set(e, RC_NOMEM, "no memory to collect in")
             : counter_open(COUNTER_MEMORY, collect_flush, reader, &reader->counter, e);
    if (rc == RC_OK)
        rc = store_open(where, STORE_READ, false, &reader->store, e);
    if (rc == RC_OK)
        *out = reader;
    else
        collect_reader_free(reader);
    return rc;
}

/* One reader works here; the others in threads of their own, as far as the system gives them what they need. */
static enum rc collect_read_all(struct day *day, const char *where, struct reader *own, struct err *e)
{
    struct {
        pthread_t thread;
        struct reader *reader;
    } other[READERS - 1];
    size_t n = 0;
    enum rc rc;

    for (; n < READERS - 1; n++) {
        if (collect_reader_new(day, where, &other[n].reader, NULL) != RC_OK)
            break;
        if (pthread_create(&other[n].thread, NULL, collect_read_parts, other[n].reader) != 0) {
            collect_reader_free(other[n].reader);
            break;
        }
    }
    (void)collect_read_parts(own);
    rc = own->rc == RC_OK ? RC_OK : err_set(e, own->rc, "%s", own->err.text);
    while (n-- > 0) {
        (void)pthread_join(other[n].thread, NULL);
        if (rc == RC_OK && other[n].reader->rc != RC_OK)
            rc = err_set(e, other[n].reader->rc, "%s", other[n].reader->err.text);
        collect_reader_free(other[n].reader);
    }
    return rc;
}

enum rc report_collect(const char *where, const struct collect_request *q, struct countfile *rows,
                       struct collected *out, struct err *e)
{
    struct day day = {.q = q, .rows = rows, .out = out, .next_ms = q->from_ms};
    struct reader *own;
    enum rc rc = collect_reader_new(&day, where, &own, e);

    *out = (struct collected){0, 0};
    if (rc != RC_OK)
        return rc;
    MUST(pthread_mutex_init(&day.lock, NULL) == 0);
    rc = collect_read_all(&day, where, own, e);
    (void)pthread_mutex_destroy(&day.lock);
    collect_reader_free(own);
    return rc;
}
