/*
 * lex.h - the lexical rules that structured header fields share (RFC 5322
 * section 3.2), as a cursor that moves over text it never changes.
 *
 * Bytes of 0x80 and above count as letters wherever letters may stand (RFC
 * 6532, and what older programs send).  Every function is linear in what it
 * passes and allocates nothing unless it says so.
 */
#ifndef ASSAY_MAIL_LEX_H
#define ASSAY_MAIL_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

enum { LEX_COMMENT_DEPTH_MAX = 20 }; /* comments in comments; deeper ones are not read */

struct lex {
    struct str s;
    size_t at; /* next byte; s.n at the end */
};

static inline struct lex lex_on(struct str s) { return (struct lex){s, 0}; }

static inline bool lex_end(const struct lex *l) { return l->at >= l->s.n; }

/* Whether the next byte is `c`. */
static inline bool lex_sees(const struct lex *l, char c) { return l->at < l->s.n && l->s.p[l->at] == c; }

/* Passes `c` if it is next. */
bool lex_take(struct lex *l, char c);

/*
 * Passes [CFWS], which may be nothing.  False when a comment is not closed,
 * nested too deeply, or holds NUL; the cursor is then anywhere.
 */
bool lex_cfws(struct lex *l);

/* Passes the bytes for which `is` holds; empty when the next one is another. */
struct str lex_span(struct lex *l, bool (*is)(char));

/*
 * Passes a quoted-string, which must be next; `inner` is what stands between
 * the quotes, still escaped.  False when it is not closed or holds NUL.
 */
bool lex_quoted(struct lex *l, struct str *inner);

/* What a quoted-string's `inner` means: no backslashes, no line ends.  Arena text; p is NULL without memory. */
struct str lex_unquote(struct arena *a, struct str inner);

/*
 * Whether a header field's name is `wanted`, case aside, and blanks before the colon, which RFC 5322 section 4.5 lets
 * stand; and aside from blanks and control characters at either end, which no name has and a reader may skip.
 */
bool lex_is_name(struct str name, struct str wanted);

/* A token's character (RFC 2045 section 5.1): printable ASCII but no blank and none of ()<>@,;:\"/[]?= */
bool lex_is_token(char c);

/* What domain names are made of as mail writes them: letters, digits, "-", "_", "." and UTF-8. */
bool lex_is_domain(char c);

/* An authserv-id's: a token's, UTF-8 (RFC 8601 section 2.2), and "/" because "host/job" is often not quoted. */
bool lex_is_authserv_id(char c);

/* atext (RFC 5322 section 3.2.3, RFC 6532 section 3.2). */
bool lex_is_atext(char c);

#endif
