/*
 * source.h - who really sent a message, out of the evidence and the catalogue.
 *
 * Pure.  What proves more wins: a verified DKIM domain, the SPF mechanism that
 * matched, the client's address inside what the service itself publishes, a
 * forward-confirmed PTR, the return path.  Where several services are proved
 * alike,
 *
 * 1. one that sends for customers goes before one that carries what others
 *    send (transactional: a newsletter service signs its own name beside that
 *    of the carrier whose machines it rents), and that before one through
 *    which any mail may pass (mailbox, gateway, list, forwarding, hosting);
 * 2. what the catalogue's document confirms goes before what it does not;
 * 3. the first: signatures in the order of the message, SPF names from the
 *    sender's own record inwards.
 *
 * An unverified hint alone names nobody.
 */
#ifndef ASSAY_VERDICT_SOURCE_H
#define ASSAY_VERDICT_SOURCE_H

#include "auth/evidence.h"
#include "catalogue/senders.h"
#include "mail/message.h"
#include "verdict/background.h"

/* How a source is known, weakest first. */
enum source_proof {
    SOURCE_UNPROVEN,     /* source is "unknown" */
    SOURCE_RETURN_PATH,  /* the return path is the service's, and SPF passed for it */
    SOURCE_PTR,          /* its reverse name, confirmed forward (iprev=pass) */
    SOURCE_ADDRESS,      /* its address is one that the service publishes */
    SOURCE_SPF,          /* the author's or envelope's SPF record names the service, and that term matched */
    SOURCE_DKIM          /* a verified signature of the service's domain, or by a key it holds */
};
extern const struct enum_names source_proof_names;

struct source {
    const char *name;            /* of senders.conf; "unknown" */
    const struct sender *sender; /* NULL for unknown */
    enum source_proof proof;
    bool confirmed;              /* the catalogue's document confirms the mark */
    const char *detail;          /* the evidence, as "d=mcsv.net" or "mail7.mcsv.net", " (unconfirmed)"
                                    behind it when it is that; "" for unknown */
};

/* Whether the name stands for hosts that nobody names: "unknown", or a group of them by reverse name, AS or network. */
bool source_is_group(const char *name);

/* Who sent it; `s` NULL: no catalogue, nobody is told.  RC_NOMEM. */
enum rc source_identify(struct arena *a, const struct message *m, const struct evidence *e, const struct senders *s,
                        struct source *out);

/*
 * Whoever sends for a domain from an address that somebody entered of a source
 * of that domain is that source, unless SPF or DKIM names another: then `out`,
 * as source_identify filled it, is left alone.  A source that is not in the
 * catalogue gets a sender of its own, in the arena, whose include is its
 * network.  RC_NOMEM.
 */
enum rc source_by_network(struct arena *a, const struct background *b, const char *domain, const struct ip *ip,
                          const struct senders *s, struct source *out);

#endif
