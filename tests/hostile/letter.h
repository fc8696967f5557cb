/*
 * letter.h - a message under construction, with the DNS that goes with it.
 *
 * For tests: whatever fails here aborts.
 */
#ifndef ASSAY_TESTS_HOSTILE_LETTER_H
#define ASSAY_TESTS_HOSTILE_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"
#include "dkim/dkim_canon.h"

/* One header field; the value as SMFIP_HDR_LEADSPC hands it over, LF folds. */
struct field {
    char *name, *value;
};

struct letter {
    struct field *field;
    size_t count, cap;
    const char *ip, *name, *helo;
    char *mail_from;
    unsigned rcpts;
    struct str piece;    /* the body is this, `pieces` times */
    size_t pieces;
    FILE *zone;
    char *zone_text;
    size_t zone_size;
    size_t aar[51], ams[51], as[51]; /* the fields of ARC sets, by instance */
};

void letter_begin(struct letter *l);
void letter_end(struct letter *l);

/* "x" `n` times, malloced. */
char *letter_many(const char *x, size_t n);

/* A header field as it is, or the value formatted. */
void letter_raw(struct letter *l, const char *name, const char *value);
void letter_put(struct letter *l, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* `n` fields of one name and value. */
void letter_repeat(struct letter *l, size_t n, const char *name, const char *value);

/* A field " " + `head` + `unit` × `n` + `tail`. */
void letter_long(struct letter *l, const char *name, const char *head, const char *unit, size_t n, const char *tail);

/* The body: `piece` (malloced, taken over) `pieces` times; it must be CRLF text unless that is the point. */
void letter_body(struct letter *l, char *piece, size_t size, size_t pieces);

/* `unit` over and over, `size` bytes or a little less, in the pieces in which an MTA hands it over. */
void letter_text(struct letter *l, const char *unit, size_t size);

#define LETTER_LINE "Lorem ipsum dolor sit amet,  consectetur adipisici elit, sed eiusmod \r\n"

/* A line of the zone; and a TXT record of any length in character-strings of `step` bytes. */
void letter_zone(struct letter *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void letter_txt(struct letter *l, const char *name, const char *text, size_t step);

/* ---- sign.c ---- */

struct signing {
    const char *domain;    /* NULL: example.com */
    const char *names;     /* h=; NULL: from:subject:date */
    enum dkim_canon header, body;
    bool has_length;
    uint64_t length;       /* l= */
    const char *extra;     /* more tags, "x=1; " */
    bool broken;           /* b= is made for another message */
};

/* Puts the key for selector s of `domain` into the zone. */
void letter_key(struct letter *l, const char *domain);

/* Signs all that stands there, and adds the DKIM-Signature below it. */
void letter_sign(struct letter *l, const struct signing *how);

/* One more ARC set around all that stands there; `results` is the payload of its AAR. */
void letter_seal(struct letter *l, unsigned instance, const char *results, const struct signing *how);

#endif
