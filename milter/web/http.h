/*
 * http.h - the conversation with browsers; the only file that knows libmicrohttpd.
 *
 * One thread does the network; pages are made by workers, a request each.  The
 * bounds of every connection are in http.c; a request that passes one is
 * answered or cut off without a page's being made.
 */
#ifndef ASSAY_WEB_HTTP_H
#define ASSAY_WEB_HTTP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "web/html.h"

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST };

/* One request, whole; text lives until the answer is given. */
struct http_request {
    enum http_method method;
    struct str uri;           /* as sent */
    struct str body;
    const char *host, *cookie, *origin, *fetch_site, *content_type; /* header fields, "" when absent */
    const char *proxy_user, *proxy_key;
    unsigned proxy_users;     /* fields of that name */
    bool by_proxy;            /* it came through WebProxySocket … */
    uid_t peer;               /* … from this user */
};

enum { HTTP_FIELDS_MAX = 4, HTTP_FIELD_MAX = 9000 };

struct http_answer {
    unsigned status;
    const char *type;         /* media type; a literal */
    struct html body;         /* given over: http.c frees it */
    bool public;              /* may be kept by whoever: style sheet, mark */
    const char *policy;       /* Content-Security-Policy of its own; NULL the usual */
    struct { const char *name; char value[HTTP_FIELD_MAX]; } *field; /* HTTP_FIELDS_MAX of them */
    size_t fields;
};

/* Adds a header field; its value is cut at control characters. */
void http_field(struct http_answer *a, const char *name, const char *value);

/* Makes the answer, in a worker's thread: `worker` counts from 0. */
typedef void http_handle(void *arg, unsigned worker, const struct http_request *q, struct http_answer *out);

struct http_setup {
    int fd, proxy_fd;         /* listening; proxy_fd -1 for none */
    unsigned workers;
    const char *proxy_header; /* the field that names the visitor */
    http_handle *handle;
    void *arg;
};

/* What was done since the start; for the page of the service's health. */
struct http_counts {
    uint64_t requests, refused, busy; /* busy: answered 503 because all workers were */
    uint64_t open;                    /* connections now */
    uint64_t slowest_ms;              /* of the last 1,000 requests */
    uint64_t p95_ms;
};

struct http;

/* Starts threads; RC_NOMEM, RC_IO. */
enum rc http_start(const struct http_setup *s, struct http **out, struct err *e);
void http_stop(struct http *h); /* NULL allowed */
struct http_counts http_counts(struct http *h);

#endif
