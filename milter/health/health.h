/*
 * health.h - what is wrong with a domain's records, what it breaks, and what to publish.
 *
 * health_check() asks DNS about one domain, puts what is known of its mail
 * beside that, and answers findings and one word.  A question that was not
 * answered is never an absence: it is "not judged", with whose fault it is.
 *
 * All text belongs to the arena given.  Threads: a check belongs to one.
 */
#ifndef ASSAY_HEALTH_HEALTH_H
#define ASSAY_HEALTH_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/enumname.h"
#include "base/ip.h"
#include "catalogue/senders.h"
#include "dns/dns.h"
#include "health/lists.h"
#include "net/fetch.h"

enum {
    HEALTH_FINDINGS_MAX = 300,
    HEALTH_QUESTIONS_MAX = 500, /* of one domain */
    HEALTH_FACTS_MAX = 6,       /* of one finding */
    HEALTH_PUBLISH_MAX = 64,    /* records proposed */
    HEALTH_BELOW_MAX = 50,      /* known names below that are looked at */
    HEALTH_ADDRESSES_MAX = 16,  /* own sending addresses that are looked at */
    HEALTH_MX_MAX = 20,         /* hosts looked at */
    HEALTH_SELECTORS_MAX = 64,
    HEALTH_HITS_MAX = 16,       /* sources named with a finding */
    HEALTH_BRANCHES_MAX = 400,  /* terms shown of an SPF tree */
    HEALTH_TEXTS_MAX = 80,      /* texts remembered */
    HEALTH_IN_USE_DAYS = 14     /* a selector is in use so long after it signed last */
};

/* In the order of their weight. */
enum health_severity { HEALTH_OK, HEALTH_ADVICE, HEALTH_NOT_JUDGED, HEALTH_WARNING, HEALTH_ERROR };
extern const struct enum_names health_severity_names; /* "ok", "advice", "not-judged", "warning", "error" */

enum health_word { HEALTH_HEALTHY, HEALTH_WATCH, HEALTH_UNKNOWN, HEALTH_TICKET, HEALTH_ESCALATE };
extern const struct enum_names health_word_names; /* "healthy", "watch", "not-judged", "ticket", "escalate" */

enum health_role { HEALTH_ROLE_UNKNOWN, HEALTH_SENDS, HEALTH_QUIET, HEALTH_PARKED };
extern const struct enum_names health_role_names; /* "unknown", "sends", "quiet", "parked" */

/* A signature that was seen. */
struct health_signature {
    const char *domain, *selector; /* d=, s= */
    bool pass;
    int64_t days;                  /* since it was seen last */
};

/* A source that sends as the domain, or as a name below it. */
struct health_source {
    const char *name, *status;     /* "mailchimp", "approved" */
    const char *domain;            /* author domain */
    const char *owner;             /* "" none */
    int64_t messages;              /* in 28 days: the larger of … */
    int64_t own, reported;         /* … those that came by here, and those of received reports */
    int64_t unseen_days;           /* since it was seen last, where that is known without messages; 0 not known */
    const char *spf, *spf_domain;  /* result seen ("" none) and the domain of the return path */
    const struct ip *address;      /* seen last */
    size_t addresses;
    const char *spf_term;          /* the term that matched; "" not known */
    const struct health_signature *signature;
    size_t signatures;
    const char *const *selector;   /* typed by somebody, never seen */
    size_t selectors;
};

/* A text that a record had, as the memory of DNS has it. */
struct health_memory {
    const char *kind;              /* spf dkim dmarc mx ns sts tlsrpt bimi flat (inventory/domain_text.h) */
    const char *name, *text;
    int64_t first, last;           /* days ago */
    int64_t first_ms, last_ms;     /* the same, since the epoch; 0 not known */
};

/* A text as it stands now. */
struct health_text {
    const char *kind, *name;       /* as in health_memory */
    struct str text;               /* several a line each; n == 0 there is none */
    uint32_t ttl;
};

/* One that was another at the run compared with; escaped. */
struct health_change {
    const char *kind, *name, *old, *new;
    int64_t when;                  /* seconds since the epoch: when the new one was seen first */
};

/* A key at somebody else's domain. */
struct health_key {
    const char *place, *p;         /* S._domainkey.NAME, base64 */
};

/* What an earlier run found: errors and warnings. */
struct health_mark {
    const char *id, *at;
};

/* Thresholds; zero: as proposed. */
struct health_limits {
    unsigned in_use_days;          /* 14: a selector is in use so long after it signed last */
    unsigned unseen_days;          /* 90 */
    unsigned useless_messages;     /* 100 */
    unsigned key_days;             /* 365: an own key older than that is old */
    unsigned testing_days;         /* 30: of MTA-STS */
    unsigned material_messages;    /* 100 */
};

struct health_input {
    const char *domain;            /* normal */
    bool parked;
    const struct health_source *source;
    size_t sources;
    const char *const *selector;   /* typed now */
    size_t selectors;
    const char *reports_to;        /* our mailto: URI for rua; "" none */
    const char *tls_reports_to;    /* the same, of TLS reports */
    const struct senders *senders; /* the catalogue; NULL none */
    int64_t days_of_data;          /* that records reach back */
    int64_t now;                   /* seconds since the epoch */
    const char *const *below;      /* names below the domain that are known */
    size_t belows;
    const struct health_memory *memory;
    size_t memories;
    const struct health_key *other_key; /* of other clients */
    size_t other_keys;
    const struct health_mark *last; /* of the run compared with; NULL: nothing is compared */
    size_t lasts;
    int64_t last_ms;               /* when that was; 0 not known: no text is compared */
    const struct health_list *list; /* block lists */
    size_t lists;
    const char *const *known;      /* the client's other names */
    size_t knowns;
    const char *const *author;     /* look-alikes seen as author in our mail */
    size_t authors;
    const char *const *tld;        /* for look-alikes */
    size_t tlds;
    bool lookalikes;
    bool apply_useless, apply_unseen;
    unsigned flatten;              /* bytes a flattened record may have; 0: it is not asked for */
    const char *hosted_zone;       /* "" none */
    const char *organization;      /* where no DMARC record tells it; "" the domain itself */
    bool validates;                /* DNSSEC is checked, so that "not secure" means something */
    struct fetcher *fetcher;       /* for HTTPS; NULL: nothing is fetched */
    struct health_limits limits;
};

struct health_fact {
    const char *key, *value;
};

struct health_finding {
    const char *id;
    enum health_severity severity;
    const char *at;      /* the name it is about */
    const char *what;    /* one clause; foreign bytes in it are escaped */
    const char *why;     /* HEALTH_NOT_JUDGED: ours, theirs, not-asked; else "" */
    const char *breaks, *next, *whose, *rule; /* the plain words, with the facts put in */
    struct health_fact fact[HEALTH_FACTS_MAX];
    size_t facts;
    const struct health_source *hit[HEALTH_HITS_MAX]; /* who loses its aligned pass by it */
    size_t hits;
    bool material;       /* one of them, shown or not, is */
};

/* A record to publish. */
struct health_publish {
    const char *name, *type;  /* "TXT", "MX"; "file": name is a URL */
    unsigned ttl;
    const char *value;        /* texts joined; printable */
    const char *replaces;     /* what stands there now and goes, escaped, a line each; "" nothing */
    const char *mends;        /* ids, blanks between; "" it goes with another */
    const char *whose;        /* who publishes: "dns", "web", "msp", or a host */
};

/* A DKIM selector looked at. */
struct health_selector {
    const char *name, *source; /* S._domainkey.NAME; "" nobody known */
    const char *state;         /* "rsa 2048", "ed25519", "missing", "revoked", "broken", "alias to nothing" … */
    bool in_use;
};

/* A mail host. */
struct health_host {
    const char *name;          /* escaped */
    unsigned preference;
    /* "reachable", "private", "no address", "not answered", "an address", "named twice", "null", "token" */
    const char *state;
    bool alias;
};

/* A name that could be taken for the domain. */
struct health_alike {
    const char *name;
    bool answers;              /* it has A or MX and is told */
};

struct propagation;

/* A term of the SPF tree that asks DNS. */
struct health_branch {
    unsigned depth;      /* 0: of the domain's own record */
    const char *term;    /* escaped */
    unsigned lookups;    /* with all below it */
    const char *note;    /* "void", "does not answer" …; "" nothing */
};

struct health {
    const char *domain;
    enum health_role role;
    enum health_word word;
    const char *because;      /* ids, blanks between */
    bool ours;                /* nothing was answered, nor the control: our DNS is down; nothing else is told */
    bool starved;             /* a limit was reached: something may lack */
    struct health_finding finding[HEALTH_FINDINGS_MAX];
    size_t findings;
    struct {
        const char *text;     /* the one record published, escaped; "" none, several or not known */
        bool walked;          /* there is a tree */
        bool open;            /* a part of it was not answered or not followed: the counts are lower bounds */
        unsigned lookups, void4, void6;
        unsigned after;       /* look-ups of the record proposed, or as it stands */
        const char *choices;  /* when it is still over ten: what would save how much */
        struct health_branch branch[HEALTH_BRANCHES_MAX];
        size_t branches;
    } spf;
    const char *dmarc, *dmarc_at; /* the record in force, escaped, and the domain it stands at; "" none */
    struct health_selector selector[HEALTH_SELECTORS_MAX];
    unsigned selectors;       /* looked at */
    struct health_publish publish[HEALTH_PUBLISH_MAX];
    size_t publishes;
    struct health_host mx[HEALTH_MX_MAX]; /* looked at */
    size_t mxs;
    struct {
        unsigned lookups, records; /* of the flattened record; 0 not made */
        const char *refused;       /* why not; "" */
    } flat;
    const struct health_alike *alike; /* names made, those that answer among them */
    size_t alikes;
    struct {
        const char *sts_id, *sts_mode, *tlsrpt, *bimi; /* "" none */
        const char *dnssec;   /* "secure", "insecure", "not asked" */
    } more;
    const struct propagation *servers; /* what the name servers answered (propagation.h); NULL nobody was asked */
    bool compared;            /* with the run before */
    struct health_mark fresh[HEALTH_FINDINGS_MAX], gone[HEALTH_FINDINGS_MAX], still[HEALTH_FINDINGS_MAX];
    size_t freshs, gones, stills;
    struct health_text text[HEALTH_TEXTS_MAX]; /* for the memory */
    size_t texts;
    struct health_change change[HEALTH_TEXTS_MAX];
    size_t changes;
    unsigned questions;
};

/*
 * Judges in->domain.  The scopes are of one resolver: what fails in `dns` is
 * asked once more in `again`, and `control` tells whose fault it is; each has
 * a deadline of its own, so that a silent domain does not look like a silent
 * resolver.  `out` is filled
 * whatever happens; RC_NOMEM when `a` ran out: then it must not be shown.
 */
enum rc health_check(struct arena *a, const struct health_input *in, struct dns_scope *dns, struct dns_scope *again,
                     struct dns_scope *control, struct health *out);

#endif
