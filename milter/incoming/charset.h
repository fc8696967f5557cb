/*
 * charset.h - a document's bytes as UTF-8, in a stream (XML 1.0 section 4.3.3).
 *
 * UTF-8, UTF-16, US-ASCII, ISO-8859-1 and windows-1252 are known; ISO-8859-1
 * is read as windows-1252, as everybody does.  Of any other declaration the
 * bytes are taken for UTF-8.
 */
#ifndef ASSAY_INCOMING_CHARSET_H
#define ASSAY_INCOMING_CHARSET_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/archive.h"

enum charset_kind { CHARSET_UTF8, CHARSET_1252, CHARSET_UTF16LE, CHARSET_UTF16BE };

struct charset {
    enum charset_kind kind;
    size_t mark;       /* bytes of the byte order mark */
    bool unknown;      /* another encoding is declared … */
    char declared[33]; /* … namely this, made safe to show */
};

/* What the document is in, by its first bytes. */
struct charset charset_of(struct str head);

/* Turns bytes into UTF-8, piece by piece. */
struct charset_in {
    struct charset charset;
    archive_sink *sink;
    void *arg;
    bool lenient;      /* bytes that are not UTF-8 are windows-1252; else RC_BAD */
    uint64_t replaced; /* how many there were */
    size_t skip;       /* bytes of the mark to come */
    unsigned char rest[4];
    size_t rest_n;     /* begun, not whole */
    uint32_t high;     /* surrogate */
};

/* Begins; `charset` is copied. */
void charset_open(struct charset_in *c, const struct charset *charset, bool lenient, archive_sink *sink, void *arg);

/* An archive_sink, `arg` a struct charset_in. */
enum rc charset_push(void *arg, struct str bytes, struct err *e);

/* The bytes are over: what is begun is not whole. */
enum rc charset_close(struct charset_in *c, struct err *e);

/* UTF-8 of one character into `out`; how many bytes. */
size_t charset_put(uint32_t c, char out[static 4]);

/* What a byte means in windows-1252. */
uint32_t charset_1252(unsigned char byte);

#endif
