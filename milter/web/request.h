/*
 * request.h - what a browser asked, taken apart: path, query, form, cookies.
 *
 * Pure; all of it comes from strangers.  Percent-encoding is undone once;
 * a NUL or what is no UTF-8 is RC_BAD.
 */
#ifndef ASSAY_WEB_REQUEST_H
#define ASSAY_WEB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum {
    REQUEST_URI_MAX = 8 * 1024,
    REQUEST_BODY_MAX = 64 * 1024,
    REQUEST_SEGMENTS_MAX = 8,
    REQUEST_PARAMETERS_MAX = 64
};

/* How a table is wanted. */
enum request_form { REQUEST_PAGE, REQUEST_CSV, REQUEST_JSON };

struct request_parameter {
    const char *name, *value; /* decoded, NUL-terminated */
};

struct request_list {
    size_t n;
    struct request_parameter item[REQUEST_PARAMETERS_MAX];
};

struct request_target {
    size_t segments;
    const char *segment[REQUEST_SEGMENTS_MAX]; /* decoded; without .csv or .json at the last one's end */
    enum request_form form;
    struct request_list query;
};

/* "/domain/a.example.csv?days=7".  RC_BAD, RC_LIMIT, RC_NOMEM. */
enum rc request_read_target(struct arena *a, struct str uri, struct request_target *out, struct err *e);

/* application/x-www-form-urlencoded; a query is the same.  Of a name given twice the first counts. */
enum rc request_read_form(struct arena *a, struct str text, struct request_list *out, struct err *e);

/* The value, or NULL. */
const char *request_value(const struct request_list *l, const char *name);

/* The value of a cookie (RFC 6265 section 5.4) in a Cookie field; STR_NONE when it is not there or there twice. */
struct str request_cookie(struct str field, struct str name);

#endif
