/*
 * unbound_settings.h - how libunbound is set for each way of asking; what is not named keeps libunbound's default.
 *
 * Included by its one user, resolver_unbound.c.
 */
#ifndef ASSAY_DNS_UNBOUND_SETTINGS_H
#define ASSAY_DNS_UNBOUND_SETTINGS_H

/* A setting as of unbound.conf(5). */
struct setting {
    const char *name, *value;
};

static const struct setting for_all[] = {
    {"verbosity:", "0"},
    {"do-not-query-localhost:", "no"},  /* a caching resolver on this machine is what mail servers have */
    {"outgoing-num-tcp:", "32"},
    {"num-queries-per-thread:", "4096"},
    {"infra-host-ttl:", "60"},          /* seconds until a server that was down gets its next chance */
    {"infra-keep-probing:", "yes"},
    {"infra-cache-min-rtt:", "2000"},   /* ms: quick answers must not teach it impatience (docs/LIBRARIES.md) */
    {"msg-cache-size:", "1m"},          /* answers are in our own cache; these serve the walk to them */
    {"rrset-cache-size:", "2m"},
};

/*
 * A resolver that does not answer for dead names is none the worse for it: what libunbound learns of that lasts a
 * second (after twelve of silence it would ask it nothing more, for anybody).  A question cannot be taken back when
 * nobody waits for it any more, so it ends by itself, after two tries of four seconds.
 * Below, names that libunbound answers by itself; who was given a resolver means that one.
 */
static const struct setting for_forwarding[] = {
    {"infra-host-ttl:", "1"},
    {"infra-cache-min-rtt:", "4000"},
    {"outbound-msg-retry:", "1"},
    {"infra-cache-max-rtt:", "120000"}, /* the default; of the process, whoever set it before */
    {"unblock-lan-zones:", "yes"},
    {"insecure-lan-zones:", "yes"},
    {"local-zone:", "127.in-addr.arpa. transparent"},
    {"local-zone:", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa. transparent"},
    {"local-zone:", "home.arpa. transparent"},
    {"local-zone:", "invalid. transparent"},
    {"local-zone:", "test. transparent"},
};

/*
 * A name whose servers are all dead must end by itself, too: with four of them or more after eight tries of eight
 * seconds at most, not of minutes.  Addresses of name servers are asked for only when they are needed.
 */
static const struct setting for_recursion[] = {
    {"outbound-msg-retry:", "2"},
    {"max-sent-count:", "8"},
    {"infra-cache-max-rtt:", "8000"},
    {"target-fetch-policy:", "0 0 0 0 0"},
    {"outgoing-num-tcp:", "256"}, /* each silent zone's question may hold one: more than those have (budget.h) */
};

/* Where there is another one, what was learnt of a dead one must last a while, or it costs each new name a try. */
static const struct setting for_several[] = {
    {"infra-host-ttl:", "10"},
    {"infra-cache-min-rtt:", "2000"},
};

static const struct setting without_validation[] = {{"module-config:", "iterator"}};

#endif
