/*
 * auth.h - gathers the evidence for one message.
 *
 * Begin after MAIL, go on after the last header field, feed the body as it
 * comes, finish at its end: each asks DNS what is known to be needed by then,
 * and only the last waits.  Whatever breaks inside is an honest result in the
 * evidence (temperror), never a lost message.
 *
 * Threads: one at a time per object.
 */
#ifndef ASSAY_AUTH_AUTH_H
#define ASSAY_AUTH_AUTH_H

#include "auth/evidence.h"
#include "base/err.h"
#include "config/config.h"
#include "dns/dns.h"
#include "mail/message.h"

struct auth;

/* Once per process, before threads start; and at the very end. */
enum rc auth_init(struct err *e);
void auth_shutdown(void);

/* The resolver on the network that `c` asks for (Nameservers, TrustAnchorFile); NULL with the reason. */
struct dns *auth_open_dns(const struct config *c, struct err *e);

/*
 * Starts on `m`, whose client and reverse-path are known: examines the client
 * as far as answers are there, and asks for the next.  `m`, `c` and `dns`
 * must outlive it.  RC_NOMEM leaves `*out` NULL.
 */
enum rc auth_begin(struct auth **out, struct message *m, const struct config *c, struct dns *dns, struct err *e);

/*
 * The header fields of the message are complete: asks for what they will
 * need.  To be called once, before the body.  Where memory lacks that is noted
 * in the message (MESSAGE_LIMIT_MEMORY), and is no error.  RC_INTERNAL: it can
 * only be freed now.
 */
enum rc auth_header(struct auth *a, struct err *e);

/* The next piece of the body, CRLF line ends, any size.  Costs nothing when nothing is signed. */
void auth_body(struct auth *a, struct str chunk);

/* As dkimv_hashes_body and dkimv_body_hash: what is known of the body anyway. */
bool auth_hashes_body(const struct auth *a);
struct str auth_body_hash(struct auth *a);

/* Waits for DNS within DNSTimeout and fills `out` (text in m's arena). */
void auth_finish(struct auth *a, struct evidence *out);

/* At any time; cancels what is not needed any more.  NULL allowed. */
void auth_free(struct auth *a);

#endif
