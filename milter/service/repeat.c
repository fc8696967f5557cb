#include "service/repeat.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/siphash.h"

enum { REPEAT_SLOTS = 1024, REPEAT_SAY_MS = 3600 * 1000 };

struct repeat_slot {
    uint64_t hash;    /* of the message as we left it */
    int64_t until_ms; /* 0: empty */
};

struct repeat {
    struct polyhash_key text; /* of texts; what it makes is hashed anew, since sums of it are not safe */
    unsigned char key[SIPHASH_KEY_BYTES];
    pthread_mutex_t lock; /* of what follows */
    struct repeat_slot slot[REPEAT_SLOTS]; /* by hash */
    int64_t said_ms;      /* 0 never */
};

struct repeat *repeat_new(void)
{
    struct repeat *r = calloc(1, sizeof *r);
    uint64_t half[2] = {random_bits(), random_bits()};

    if (r == NULL)
        return NULL;
    memcpy(r->key, half, sizeof r->key);
    r->text = polyhash_key();
    (void)pthread_mutex_init(&r->lock, NULL);
    return r;
}

void repeat_free(struct repeat *r)
{
    if (r == NULL)
        return;
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
}

/* ---- hashing ---- */

void repeat_body(const struct repeat *r, struct repeat_sums *sums, struct str chunk)
{
    polyhash_add(&r->text, &sums->body, chunk);
}

/* Blanks and folds aside, which an MTA may change. */
static void repeat_add_words(const struct repeat *r, struct polyhash *h, struct str value)
{
    char words[256];
    size_t n = 0;

    for (size_t i = 0; i < value.n; i++) {
        if (char_is_fws(value.p[i]))
            continue;
        words[n++] = value.p[i];
        if (n == sizeof words) {
            polyhash_add(&r->text, h, (struct str){words, n});
            n = 0;
        }
    }
    polyhash_add(&r->text, h, (struct str){words, n});
}

/* No name has a colon. */
static uint64_t repeat_hash_field(const struct repeat *r, struct str name, struct str value)
{
    struct polyhash h = {.n = 0};
    uint64_t sum;

    polyhash_add(&r->text, &h, name);
    polyhash_add(&r->text, &h, STR(":"));
    repeat_add_words(r, &h, value);
    sum = polyhash_sum(&r->text, &h);
    return siphash(r->key, &sum, sizeof sum);
}

/* Of all fields, in any order. */
static uint64_t repeat_hash_fields(const struct repeat *r, const struct message *m)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < m->header_count; i++)
        sum += repeat_hash_field(r, m->headers[i].name, m->headers[i].value);
    return sum;
}

static bool repeat_is_deleted(const struct actions *done, struct str name, unsigned number)
{
    for (size_t i = 0; i < done->n; i++) {
        const struct action *a = &done->item[i];

        if (a->kind == ACTION_DELETE_HEADER && str_eq_nocase(name, str_of(a->name)) && number >= a->index &&
            number < a->index + a->count)
            return true;
    }
    return false;
}

/* Which of its name a field is, from 1; only names that we delete are told apart. */
static unsigned repeat_number(unsigned seen[2], struct str name)
{
    if (str_eq_nocase(name, STR(ACTION_STAMP_FIELD)))
        return ++seen[0];
    return str_eq_nocase(name, STR(ACTION_QUARANTINE_FIELD)) ? ++seen[1] : 0;
}

/* What `done` takes from the sum of the fields, and adds to it. */
static uint64_t repeat_hash_done(const struct repeat *r, const struct message *m, const struct actions *done)
{
    unsigned seen[2] = {0, 0};
    uint64_t sum = 0;

    for (size_t i = 0; i < m->header_count; i++) {
        unsigned number = repeat_number(seen, m->headers[i].name);

        if (number > 0 && repeat_is_deleted(done, m->headers[i].name, number))
            sum -= repeat_hash_field(r, m->headers[i].name, m->headers[i].value);
    }
    for (size_t i = 0; i < done->n; i++)
        if (done->item[i].kind == ACTION_INSERT_HEADER)
            sum += repeat_hash_field(r, str_of(done->item[i].name), str_of(done->item[i].text));
    return sum;
}

/* A message with these fields. */
static uint64_t repeat_hash(const struct repeat *r, const struct message *m, const struct repeat_sums *sums,
                            uint64_t fields)
{
    char ip[IP_TEXT_MAX];
    uint64_t parts[7] = {siphash(r->key, m->queue_id, strlen(m->queue_id)), 0,
                         siphash(r->key, m->mail_from.p, m->mail_from.n), m->rcpt_count, m->body_bytes, fields,
                         polyhash_sum(&r->text, &sums->body)};

    (void)ip_text(&m->conn->ip, ip);
    parts[1] = siphash(r->key, ip, strlen(ip));
    return siphash(r->key, parts, sizeof parts);
}

bool repeat_known(struct repeat *r, const struct message *m, struct repeat_sums *sums, int64_t now_ms)
{
    struct repeat_slot found;
    uint64_t hash;

    if (m->queue_id == NULL)
        return false;
    sums->fields = repeat_hash_fields(r, m);
    hash = repeat_hash(r, m, sums, sums->fields);
    pthread_mutex_lock(&r->lock);
    found = r->slot[hash % REPEAT_SLOTS];
    pthread_mutex_unlock(&r->lock);
    return found.hash == hash && found.until_ms > now_ms;
}

void repeat_note(struct repeat *r, const struct message *m, const struct repeat_sums *sums, const struct actions *done,
                 int64_t now_ms)
{
    uint64_t hash;

    if (m->queue_id == NULL)
        return;
    for (size_t i = 0; i < done->n; i++)
        if (done->item[i].kind == ACTION_REPLY)
            return;
    hash = repeat_hash(r, m, sums, sums->fields + repeat_hash_done(r, m, done));
    pthread_mutex_lock(&r->lock);
    r->slot[hash % REPEAT_SLOTS] = (struct repeat_slot){hash, now_ms + REPEAT_MEMORY_MS};
    pthread_mutex_unlock(&r->lock);
}

bool repeat_is_news(struct repeat *r, int64_t now_ms)
{
    bool news;

    pthread_mutex_lock(&r->lock);
    news = r->said_ms == 0 || now_ms - r->said_ms >= REPEAT_SAY_MS;
    if (news)
        r->said_ms = now_ms;
    pthread_mutex_unlock(&r->lock);
    return news;
}
