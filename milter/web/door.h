/*
 * door.h - all that stands before a page: bounds, who asks, may he, is the form ours.
 */
#ifndef ASSAY_WEB_DOOR_H
#define ASSAY_WEB_DOOR_H

#include "web/visit.h"

/* One address of ours. */
struct route {
    const char *path;   /* "/domain/+": + stands for one segment, whatever it is */
    bool posts;         /* POST, else GET and HEAD */
    bool open;          /* without signing in */
    enum role least;
    void (*handle)(struct visit *v);
    const char *takes;  /* names of its parameters, blanks between; any other is 400 */
};

/* All of them, the last with path NULL. */
extern const struct route routes[];

/* The route of a path and method; NULL.  `*known`: it is NULL, but there is one of the other method. */
const struct route *route_find(const struct request_target *t, bool posts, bool *known);

/*
 * Whether a POST comes from a page of ours, by what browsers say of it:
 * Sec-Fetch-Site is same-origin, or without it Origin names the Host.  Pure.
 */
bool door_same_origin(const char *fetch_site, const char *origin, const char *host);

/* Answers one request; as http_handle, `arg` is a struct site. */
void door_handle(void *arg, unsigned worker, const struct http_request *q, struct http_answer *out);

#endif
