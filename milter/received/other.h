/*
 * other.h - failure reports (RFC 6591, 9991) and SMTP-TLS reports (RFC 8460) as stored.
 *
 * Neither is ever added to volumes.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_RECEIVED_OTHER_H
#define ASSAY_RECEIVED_OTHER_H

#include "received/received.h"

/* Texts are never NULL.  No body, no recipients; local parts are tokens. */
struct received_failure {
    int64_t id;
    const char *client, *domain; /* of clients.conf; Reported-Domain */
    const char *reporter;
    int64_t received, arrived_ms;
    enum received_trust trust;
    int64_t time_s;              /* when the message came there */
    struct ip address;
    int64_t incidents;
    const char *feedback_type, *auth_failure, *delivery_result, *mail_from, *from_domain, *subject_hash, *message_id;
    const char *results;         /* Authentication-Results, and SPF-DNS behind it */
    const char *dkim_domain, *dkim_selector, *signatures, *hosts; /* the last two joined by "; " */
    const char *fields;          /* Identity-Alignment and other fields as they stand, "name: value; …" */
    const char *source, *cause;
    struct str content;          /* 16 bytes: the same report, the same value */
};

/* *added is false when it is there. */
enum rc received_failure_add(struct db *d, struct received_failure *f, bool *added, struct err *e);

/* By its id; RC_NOTFOUND. */
enum rc received_failure_get(struct db *d, struct arena *a, int64_t id, struct received_failure *out, struct err *e);

struct received_tls_detail {
    const char *result_type, *mx, *mx_helo, *reason_code, *additional;
    struct ip sending, receiving;
    int64_t sessions;            /* -1 not said */
};

struct received_tls_policy {
    const char *client, *domain;
    const char *type, *string, *mx;
    int64_t successes, failures; /* -1 not said */
    size_t details, room;
    struct received_tls_detail *detail;
    int64_t more;                /* of received_tls_get: details that are stored besides */
};

struct received_tls {
    int64_t id;
    const char *reporter, *org_name, *contact, *report_id;
    int64_t begin_s, end_s, received, arrived_ms;
    enum received_trust trust;
    size_t policies, room;
    struct received_tls_policy *policy;
    int64_t more;                /* of received_tls_get: policies that are stored besides */
};

/* Adds those of its policies that are not there (same reporter, id, begin and domain); *added how many. */
enum rc received_tls_add(struct db *d, struct received_tls *t, size_t *added, struct err *e);

/* By its id, with its policies and their details, of each at most `max`, and how many `more` there are; RC_NOTFOUND. */
enum rc received_tls_get(struct db *d, struct arena *a, int64_t id, size_t max, struct received_tls *out,
                         struct err *e);

#endif
