/*
 * err.h - how functions of this project fail.
 *
 * A function that can fail returns `enum rc`; when it is not RC_OK and a
 * `struct err` was given, the text says what went wrong, where, and what to
 * do about it, in one line without a newline.  Protocol results
 * (spf=permerror, dmarc=fail) are enums of their own and never an rc.
 */
#ifndef ASSAY_BASE_ERR_H
#define ASSAY_BASE_ERR_H

enum rc {
    RC_OK = 0,
    RC_BAD,      /* the input breaks its grammar or contract; retrying cannot help */
    RC_LIMIT,    /* the input is larger than a limit of ours allows */
    RC_NOTFOUND, /* there is no such thing */
    RC_TEMP,     /* may work later: DNS, locks, full disk */
    RC_NOMEM,    /* no memory */
    RC_IO,       /* the operating system said no; text has errno's words */
    RC_INTERNAL  /* a library behaved as it must not */
};

enum { ERR_TEXT_MAX = 512 };

/* Caller-owned; start from ERR_NONE.  `text` is always NUL-terminated. */
struct err {
    char text[ERR_TEXT_MAX];
};

#define ERR_NONE ((struct err){.text = ""})

/*
 * Formats the text into `e` (which may be NULL) and returns `rc`, so that a
 * failing branch is one line: return err_set(e, RC_BAD, "line %u: ...", n);
 * Over-long text is cut.  Foreign bytes in it are the caller's to escape.
 */
enum rc err_set(struct err *e, enum rc rc, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, and appends ": " and strerror(errno_value). */
enum rc err_errno(struct err *e, enum rc rc, int errno_value, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * A broken invariant of our own: say so on standard error and abort.  Never
 * for anything that input, DNS, the disk or a library's answer can cause.
 */
#define MUST(cond) ((cond) ? (void)0 : err_abort(#cond, __FILE__, __LINE__))
_Noreturn void err_abort(const char *condition, const char *file, int line);

#endif
