/*
 * str.h - text: `struct str` for what was parsed, `struct strbuf` for what is built.
 *
 * A `struct str` points into memory that somebody else owns and need not end
 * in NUL; it may hold any byte.  A `struct strbuf` writes into memory given
 * to it, never past its maximum; overflow is remembered (`over`), not fatal,
 * and what fits stays valid.  All functions are pure; letters are ASCII
 * letters whatever the locale.
 */
#ifndef ASSAY_BASE_STR_H
#define ASSAY_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

struct str {
    const char *p; /* never NULL unless n is 0 */
    size_t n;      /* bytes */
};

/* A literal as a str; the absent str; printf's "%.*s" argument pair. */
#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_NONE ((struct str){NULL, 0})
#define STR_FMT(s) (int)((s).n), ((s).n ? (s).p : "")

/* What NUL-terminated `z` holds; NULL gives STR_NONE. */
static inline struct str str_of(const char *z)
{
    return z == NULL ? STR_NONE : (struct str){z, strlen(z)};
}

/* Byte for byte. */
static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* ASCII letters of either case alike. */
bool str_eq_nocase(struct str a, struct str b);
bool str_starts_nocase(struct str s, struct str prefix);
bool str_ends_nocase(struct str s, struct str suffix);

/* Whether every byte is below 0x80. */
bool str_is_ascii(struct str s);

/* Bytes of the well-formed UTF-8 sequence (RFC 3629 section 4) that `s`, which is not empty, begins with; or 0. */
size_t str_utf8_length(struct str s);

/*
 * Takes the next character off `rest`, which is not empty, and answers it as
 * people may see it: U+FFFD for a byte that is no UTF-8, and "\u202E" and the
 * like for what hides itself or what stands beside it: C0 (but HT and LF) and
 * C1, marks of direction, what has no width, the BOM, tags.  Points into
 * `rest`, into `mem`, or to a constant; every other character as it is.
 */
enum { STR_SHOWN_MAX = 12 };
struct str str_take_shown(struct str *rest, char mem[static STR_SHOWN_MAX]);

/* Index of the first `c` in `s`, or s.n. */
static inline size_t str_find(struct str s, char c)
{
    const char *hit = s.n == 0 ? NULL : (const char *)memchr(s.p, c, s.n);

    return hit == NULL ? s.n : (size_t)(hit - s.p);
}

/* Bytes [from, to) of `s`, both clamped to it. */
static inline struct str str_slice(struct str s, size_t from, size_t to)
{
    if (to > s.n)
        to = s.n;
    return from < to ? (struct str){s.p + from, to - from} : STR_NONE;
}

/* Without leading and trailing SP, HT, CR, LF. */
struct str str_trim(struct str s);

/* A NUL-terminated copy in the arena (embedded NULs stay); NULL as arena_alloc. */
char *str_dup(struct arena *a, struct str s);

/* Its beginning of at most `max` bytes, which does not end inside a character of UTF-8. */
struct str str_head(struct str s, size_t max);

/* What vprintf would write, in the arena: at most 1,999 bytes of whole characters; "" without memory. */
const char *str_vprintf(struct arena *a, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* As str_dup, with ASCII letters in lower case. */
char *str_dup_lower(struct arena *a, struct str s);

/* An unsigned decimal of 1 to 10 digits, all of `s`, at most UINT32_MAX. */
bool str_to_u32(struct str s, uint32_t *out);

/* The value of a hexadecimal digit of either case, or -1; `n` bytes out of 2 * n, false when it is not just these. */
int char_hex(char c);
bool str_unhex(struct str digits, void *bytes, size_t n);

static inline bool char_is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static inline bool char_is_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool char_is_alnum(char c) { return char_is_alpha(c) || char_is_digit(c); }
static inline bool char_is_wsp(char c) { return c == ' ' || c == '\t'; }
static inline bool char_is_fws(char c) { return char_is_wsp(c) || c == '\r' || c == '\n'; }
static inline char char_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }

struct strbuf {
    char *p;    /* always NUL-terminated once initialised */
    size_t n;   /* bytes written, without the NUL */
    size_t max; /* most bytes it can hold, without the NUL */
    bool over;  /* something did not fit */
};

/* Writes into the caller's `size` bytes (at least 1), of which one is for the NUL. */
struct strbuf strbuf_on(char *mem, size_t size);
#define STRBUF_ON(array) strbuf_on((array), sizeof(array))

/* Room for `max` bytes from the arena; when there is none, a buffer of 0 bytes with `over` set. */
struct strbuf strbuf_new(struct arena *a, size_t max);

/* Append a str, a NUL-terminated text, one byte (NUL too), what printf would write. */
void strbuf_put(struct strbuf *b, struct str s);
void strbuf_puts(struct strbuf *b, const char *z);
void strbuf_putc(struct strbuf *b, char c);
void strbuf_putf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Appends at most `max` bytes of `s` made safe for a log line or a terminal:
 * bytes outside 0x20..0x7e, and `"` and `\`, become \xHH (`\"` and `\\` for
 * those two); "..." follows when `s` was longer.
 */
void strbuf_put_escaped(struct strbuf *b, struct str s, size_t max);

/*
 * Appends at most `max` bytes of `s` made safe to store and show as text:
 * valid UTF-8 stays; control characters (C0, DEL, C1), those that turn the
 * direction of text, and what is no UTF-8 become \xHH, byte for byte.
 */
void strbuf_put_clean(struct strbuf *b, struct str s, size_t max);

/* What it holds. */
struct str strbuf_str(const struct strbuf *b);

#endif
