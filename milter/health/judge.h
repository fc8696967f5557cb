/*
 * judge.h - what the judges of one domain share.  Of this room alone.
 */
#ifndef ASSAY_HEALTH_JUDGE_H
#define ASSAY_HEALTH_JUDGE_H

#include "dmarc/dmarc_evidence.h"
#include "health/health.h"

struct health_judge {
    struct arena *arena;
    const struct health_input *in;
    struct dns_scope *dns, *again, *control;
    struct health *out;
    const char *domain;
    const char *organization;     /* by the walk; the domain itself when that is not known */
    bool wildcard;                /* a label that nobody made answers */
    bool blamed, blame_ours;      /* whether the control was asked, and failed */
    bool dmarc_known;             /* the walk was answered */
    const struct dmarc_record *dmarc; /* in force; NULL none, or none that can be used */
    bool mx_dead;                 /* no host can be reached */
    bool receives;                /* there is a mail host */
    struct str dmarc_text;        /* of the record in force */
    bool dead_policy;             /* MTA-STS in enforce leaves out every host */
    bool fetched;                 /* an HTTPS fetch of this run was answered */
    bool has_tlsa, has_sts;
    struct str spf_single;        /* the one SPF record; n == 0 none, or several */
    bool flat_published;          /* the SPF record is a flattened one, of which the memory has the original */
    struct str sts_body;          /* policy file fetched; n == 0 none */
    struct health_finding spare;  /* what does not fit any more */
};

/* A random label: what answers for it is a wildcard. */
#define HEALTH_RANDOM "assay-q7x2k9vz4m"

/* ---- asking ---- */

/* The answer, never NULL; what fails is asked once more. */
const struct dns_answer *health_ask(struct health_judge *j, const char *name, enum dns_type type);

/* "ours" or "theirs": who is to blame for a question that failed (the SOA of the parent and of arpa tell). */
const char *health_blame(struct health_judge *j);

/* ---- telling ---- */

/* printf into the arena, at most 1,000 bytes; "" without memory. */
const char *health_text(struct health_judge *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Foreign text, escaped, at most `max` bytes of it. */
const char *health_shown(struct health_judge *j, struct str text, size_t max);

/* A finding at `at`; never NULL.  `what` holds no unescaped foreign bytes. */
struct health_finding *health_find(struct health_judge *j, const char *id, enum health_severity severity,
                                   const char *at, const char *what);

/* One that could not be judged, because a question for `at` failed. */
void health_unjudged(struct health_judge *j, const char *id, const char *at, const char *why_failed);

/* A fact for the plain words. */
void health_fact(struct health_finding *f, const char *key, const char *value);

/* Whether a finding with this id is there; NULL. */
const struct health_finding *health_has(const struct health *h, const char *id);

/* ---- the sources ---- */

/* Somebody set it to retired or malicious. */
bool health_source_gone(const struct health_source *s);

/* Somebody approved of it. */
bool health_source_approved(const struct health_source *s);

/* `domain` is aligned with the checked one, relaxed (RFC 9989 section 4.4). */
bool health_aligned(const struct health_judge *j, const char *domain);

/* A service in the catalogue, by the target of an SPF include; NULL. */
const struct sender *health_service(const struct health_judge *j, const char *target);

/* A threshold, or what stands for 0. */
unsigned health_limit(unsigned set, unsigned usual);

/* Has an aligned pass by DKIM. */
bool health_source_signed(const struct health_judge *j, const struct health_source *s);

/* Has an aligned pass by SPF. */
bool health_source_listed(const struct health_judge *j, const struct health_source *s);

/* `s` loses its aligned pass by the finding. */
void health_hit(struct health_judge *j, struct health_finding *f, const struct health_source *s);

/* ---- the judges, in the order they run ---- */

/* RFC 9989; sets `organization` and `dmarc`, which the others look at. */
void health_judge_dmarc(struct health_judge *j);

/* RFC 7208. */
void health_judge_spf(struct health_judge *j);

/* RFC 6376. */
void health_judge_dkim(struct health_judge *j);

/* RFC 5321 section 5.1; sets `mx_dead`. */
void health_judge_mx(struct health_judge *j);

/* Sending addresses of our own: reverse names (mx-ptr). */
void health_judge_addresses(struct health_judge *j);

/* MTA-STS and TLS reports (RFC 8461, RFC 8460). */
void health_judge_sts(struct health_judge *j);
void health_judge_tlsrpt(struct health_judge *j);

/* BIMI; after DMARC. */
void health_judge_bimi(struct health_judge *j);

/* TLSA of the mail hosts (RFC 7672); sets `has_tlsa`. */
void health_judge_dane(struct health_judge *j);

/* Why a TLSA record (RDATA) is not for mail (RFC 7672 section 3.1.3); "" it is.  Pure. */
const char *health_tlsa_trouble(struct str rdata);

/* Block lists (RFC 5782); look-alike names. */
void health_judge_lists(struct health_judge *j);
void health_judge_alikes(struct health_judge *j);

/* What the records say now, and what of it changed; after all others. */
void health_collect_texts(struct health_judge *j);
void health_compare_texts(struct health_judge *j);

/* Puts the plain words into what is new, and makes the one word of all. */
void health_finish(struct health_judge *j);

/* ---- records to publish ---- */

/*
 * Proposes one; `mends` are ids that are told already (those that are not are
 * left out).  A second of that name and type is dropped.
 */
struct health_publish *health_propose(struct health_judge *j, const char *name, const char *type, const char *value,
                                      const char *whose, const char *const *mends);

/* DMARC: the record at its name, from the texts found there or elsewhere; after what is wrong was told. */
void health_propose_dmarc(struct health_judge *j);

/* What receivers do with mail of the domain itself that fails: p, or sp of a record above; t=y is a step less. */
enum dmarc_policy health_dmarc_force(const struct health_judge *j);

/* Whether the alias that was met is a wildcard's, which stands at every name. */
bool health_alias_of_all(struct health_judge *j, const struct dns_answer *a);

/* What somebody meant as DMARC and receivers pass over. */
bool health_dmarc_alike(struct str txt);

#endif
