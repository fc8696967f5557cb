/*
 * message.h - one SMTP connection and one message as the MTA handed them over.
 *
 * Facts only: nothing here was verified by us.  The body is never kept.
 *
 * Ownership: `struct conn` and its strings belong to the session's arena;
 * everything in `struct message` belongs to the message's own arena.
 * Threads: one at a time.
 */
#ifndef ASSAY_MAIL_MESSAGE_H
#define ASSAY_MAIL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/enumname.h"
#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"

struct conn {
    struct ip ip;            /* the SMTP client; IP_NONE for a local submission */
    uint16_t port;           /* 0 unknown */
    const char *name;        /* the MTA's verified client name ({client_name}); NULL when it has none */
    const char *ptr;         /* what reverse DNS claims, unverified ({client_ptr}); NULL unknown */
    const char *helo;        /* argument of HELO/EHLO as sent; NULL before it came */
    const char *tls_version; /* {tls_version}; NULL without TLS */
    const char *auth_user;   /* {auth_authen}; NULL when not authenticated */
    const char *mta_name;    /* {j}: this MTA's name; NULL unknown */
    const char *daemon_name; /* {daemon_name}; NULL unknown */
};

struct header {
    struct str name;  /* as received, without the colon */
    struct str value; /* all that follows the colon, byte for byte, folds as CRLF, no final CRLF */
};

/* Limits that bit; bits of message.limits.  Names in message_limit_names. */
enum message_limit {
    MESSAGE_LIMIT_HEADERS,      /* more header fields than MaxHeaders: the rest was dropped, see below */
    MESSAGE_LIMIT_HEADER_BYTES, /* more header bytes than MaxHeaderBytes: likewise */
    MESSAGE_LIMIT_RECIPIENTS,   /* more recipients than are remembered; rcpt_count stays right */
    MESSAGE_LIMIT_SIGNATURES,   /* more signatures than MaxSignatures, or one with more in it than is read */
    MESSAGE_LIMIT_FROM,         /* From field, its mailboxes or their domains beyond what is examined */
    MESSAGE_LIMIT_ARC,          /* ARC sets or their size beyond what is examined */
    MESSAGE_LIMIT_WALKS,        /* more DMARC identifiers than are walked */
    MESSAGE_LIMIT_RECORDS,      /* a DNS record (SPF, DKIM key, DMARC) larger than is read */
    MESSAGE_LIMIT_MEMORY,       /* the message's arena is full */
    MESSAGE_LIMIT_COUNT
};

extern const struct enum_names message_limit_names;

enum {
    MESSAGE_RCPT_MAX = 100, /* recipients remembered */
    MESSAGE_MEMORY = 16 * 1024 * 1024, /* of one message's arena */
    MESSAGE_MEMORY_LAST = 2 * 1024 * 1024, /* of that, for verdict, actions, stamp and record */
    MESSAGE_ESSENTIAL_CUT = 64 * 1024 + 1, /* a From field that was cut is too large to be read */
    MESSAGE_ESSENTIAL_BYTES = 1024 * 1024,
    MESSAGE_ESSENTIAL_FIELDS = 5000
};

struct message {
    struct arena *arena;
    const struct conn *conn;
    int64_t arrival_ms;      /* CLOCK_REALTIME at MAIL, milliseconds since the epoch */
    uint64_t random;           /* drawn at random at MAIL: for its reference, as deciding draws nothing */
    const char *queue_id;    /* {i}; NULL until the MTA has one */
    struct str mail_from;    /* reverse-path without the angle brackets; empty for <> */
    bool smtputf8;           /* SMTPUTF8 was given with MAIL */
    struct str rcpt[MESSAGE_RCPT_MAX]; /* forward-paths without the angle brackets */
    uint32_t rcpt_count;     /* all of them, also those not remembered */
    struct header *headers;  /* in message order, top first */
    size_t header_count;
    size_t header_cap;
    size_t header_bytes;     /* of the fields kept, with ": " and CRLF */
    size_t essential_bytes;  /* of fields kept although a bound had been passed */
    unsigned essential_from; /* From fields among them */
    unsigned essential_authres; /* Authentication-Results fields met then */
    uint32_t authres_dropped; /* Authentication-Results fields dropped, all after those kept */
    uint64_t body_bytes;     /* seen so far */
    unsigned limits;         /* 1u << enum message_limit */
};

/* What one message may hold; from the options MaxHeaders and MaxHeaderBytes. */
struct message_bounds {
    size_t headers;
    size_t header_bytes;
};

/*
 * Appends a header field.  `value` is copied with every bare LF and bare CR
 * turned into CRLF; a field that would pass a bound is dropped, the limit
 * noted and RC_LIMIT answered (the message goes on without it).  But filling
 * the header must not hide what the verdict hangs on: From fields and
 * Authentication-Results fields are kept even then, cut to
 * MESSAGE_ESSENTIAL_CUT each, MESSAGE_ESSENTIAL_BYTES and
 * MESSAGE_ESSENTIAL_FIELDS in all; what is still dropped of the latter is
 * counted.  An empty name is RC_BAD.
 */
enum rc message_add_header(struct message *m, struct str name, struct str value, const struct message_bounds *max);

/* Appends a recipient, or counts it only when MESSAGE_RCPT_MAX are kept. */
enum rc message_add_rcpt(struct message *m, struct str path);

/* A fresh copy of a path argument: one pair of angle brackets and outer blanks removed.  STR_NONE without memory. */
struct str message_path(struct arena *a, struct str arg);

/* Whether a field is named `name`, as lex_is_name has it. */
bool message_header_is(const struct header *h, const char *name);

/* Whether fields are missing that a signature may cover. */
static inline bool message_header_cut(const struct message *m)
{
    const unsigned cut = 1u << MESSAGE_LIMIT_HEADERS | 1u << MESSAGE_LIMIT_HEADER_BYTES | 1u << MESSAGE_LIMIT_MEMORY;

    return (m->limits & cut) != 0;
}

/* Number of fields named `name`. */
size_t message_count_headers(const struct message *m, const char *name);

/* The `nth` field (from 0, top first) named `name`; NULL when there are fewer. */
const struct header *message_find_header(const struct message *m, const char *name, size_t nth);

static inline void message_note_limit(struct message *m, enum message_limit limit) { m->limits |= 1u << limit; }

#endif
