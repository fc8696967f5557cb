/*
 * check.h - what the texts among the options must look like.  Pure.
 *
 * Each is an option_check: false, and `*want` says what would do, in words
 * that end a sentence.
 */
#ifndef ASSAY_CONFIG_CHECK_H
#define ASSAY_CONFIG_CHECK_H

#include <stdbool.h>

#include "base/str.h"

/* Whether `value` will do for an option; when not, `*want` says in a phrase what would. */
bool check_socket(struct str value, const char **want);
bool check_user(struct str value, const char **want);
bool check_path(struct str value, const char **want);
bool check_centre(struct str value, const char **want);              /* a PostgreSQL server; "" is none */
bool check_store(struct str value, const char **want);               /* an absolute path, or such a server; "" none */
bool check_fleet_host(struct str value, const char **want);          /* "" is the host's name */
bool check_beside(struct str value, const char **want); /* a path that may be relative */
bool check_help_text(struct str value, const char **want);
bool check_facility(struct str value, const char **want);
bool check_authserv_id(struct str value, const char **want);         /* "" is the host's name */
bool check_trusted_authserv_id(struct str value, const char **want); /* "" will not do */
bool check_mailbox(struct str value, const char **want);             /* "" is none */
bool check_nameserver(struct str value, const char **want);
bool check_domain(struct str value, const char **want);              /* normal: lower case, A-labels */
bool check_report_sender(struct str value, const char **want);       /* with room for an extension; "" is none */
bool check_relay(struct str value, const char **want);
bool check_selector(struct str value, const char **want);            /* or "" */
bool check_opt_out(struct str value, const char **want);
bool check_web_socket(struct str value, const char **want);          /* on this host alone; "" none */
bool check_header_name(struct str value, const char **want);
bool check_https(struct str value, const char **want);               /* "" is none */
bool check_hook(struct str value, const char **want);                /* https, or http on loopback; "" is none */
bool check_received(struct str value, const char **want);            /* an absolute path or an IMAP URL */

#endif
