/*
 * collect.h - turns what an MTA says into struct conn and struct message.
 *
 * No libmilter here: pure but for the arenas.  Every length has its limit;
 * what is longer is cut.  Nothing the MTA leaves out is missed.
 */
#ifndef ASSAY_MTA_COLLECT_H
#define ASSAY_MTA_COLLECT_H

#include <stdbool.h>
#include <sys/socket.h>

#include "config/config.h"
#include "mail/message.h"

enum {
    COLLECT_TEXT_MAX = 512,   /* of a HELO argument, a client's name, a login */
    COLLECT_PATH_MAX = 1024   /* of a reverse- or forward-path; RFC 5321 section 4.5.3.1.3 has 256 */
};

/* A copy of `text`, cut to `max` bytes; NULL for NULL, "" and without memory. */
const char *collect_text(struct arena *a, const char *text, size_t max);

/* The client's address and port; IP_NONE and 0 for NULL and for other than IPv4 and IPv6. */
void collect_address(const struct sockaddr *sa, struct ip *ip, uint16_t *port);

/*
 * What macros say of the client beside its address.  `verified` is the MTA's
 * verified name and is dropped when it is "unknown" or an address in
 * brackets, or when `resolve` (Sendmail's {client_resolve}) is not "OK".
 */
void collect_names(struct arena *a, struct conn *c, const char *verified, const char *resolve, const char *claimed);

/* MAIL or RCPT with its parameters (argv of the callback, NULL-terminated). */
void collect_mail(struct message *m, char **argv);
void collect_rcpt(struct message *m, char **argv);

/*
 * One header field.  `leading_space`: the value begins with what follows the
 * colon; otherwise the MTA has taken one blank away, which is put back.
 */
void collect_header(struct message *m, const char *name, const char *value, bool leading_space,
                    const struct message_bounds *max);

enum why_ignored { IGNORED_NOT, IGNORED_LOCAL, IGNORED_HOST, IGNORED_LOGIN };
extern const struct enum_names why_ignored_names; /* "examined", "submitted on this host", … */

/*
 * Whether mail of this client passes untouched: it was submitted on the MTA's
 * own host without SMTP (`told`: the MTA spoke of the client, and gave no
 * address), comes from one of IgnoreHosts, or its sender has logged in and
 * IgnoreAuthenticatedClients is set.
 */
enum why_ignored collect_ignored(const struct conn *c, bool told, const struct config *config);

/* Reply text as libmilter wants it: each "%" twice, control bytes as "?".  NULL without memory. */
char *collect_reply(struct arena *a, const char *text);

#endif
