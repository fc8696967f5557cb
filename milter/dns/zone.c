#include "dns/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ldns/ldns.h>

enum { SCRATCH_EXTRA = 3 };

/* A master file being read.  `line` is a statement: one line, or several joined by parentheses. */
struct reader {
    const char *path;
    struct str text;
    size_t at;          /* how much of it is read */
    unsigned next_line; /* number of the line at `at` */
    unsigned line_no;   /* where the statement began */
    char *line;         /* the statement, comments and parentheses gone; room for all of `text` and NUL */
    char *scratch;      /* room for the statement as ldns gets it */
    ldns_rdf *origin, *owner;
    uint32_t ttl;
    struct zonetree *tree;
};

static enum rc zone_complain(const struct reader *r, struct err *e, const char *what, struct str where)
{
    char shown[160];
    struct strbuf b = STRBUF_ON(shown);

    strbuf_put_escaped(&b, where, 40);
    return err_set(e, RC_BAD, "%s:%u: %s%s%s%s", r->path, r->line_no, what, where.n ? " near \"" : "", shown,
                   where.n ? "\"" : "");
}

/* How far into quotes, comments and parentheses the reader is. */
struct lexer {
    bool quoted, comment;
    int depth;
    size_t n; /* bytes of the statement so far */
};

/* RFC 1035 section 5.1: takes one byte (two after a backslash); NULL, or what is wrong with it. */
static const char *byte_take(struct reader *r, struct lexer *x, bool *end)
{
    char c = r->text.p[r->at++];

    if (c == '\n') {
        r->next_line++;
        if (x->quoted)
            return "a quoted string must end on its line; close it and open another on the next";
        x->comment = false;
        *end = x->depth == 0;
        c = ' ';
    }
    if (x->comment)
        return NULL;
    if (c == '\\' && r->at < r->text.n && r->text.p[r->at] != '\n') {
        r->line[x->n++] = c;
        c = r->text.p[r->at++];
    } else if (c == '"') {
        x->quoted = !x->quoted;
    } else if (!x->quoted && c == ';') {
        x->comment = true;
        return NULL;
    } else if (!x->quoted && (c == '(' || c == ')')) {
        x->depth += c == '(' ? 1 : -1;
        if (x->depth < 0)
            return "a \")\" without its \"(\"; remove it";
        c = ' ';
    } else if (c == '\r' || c == '\t') {
        c = ' ';
    }
    r->line[x->n++] = c;
    return NULL;
}

/* The next statement in r->line, maybe empty; false at the end of the file. */
static enum rc statement_read(struct reader *r, bool *more, struct err *e)
{
    struct lexer x = {.depth = 0};
    bool end = false;

    *more = r->at < r->text.n;
    r->line_no = r->next_line;
    while (!end && r->at < r->text.n) {
        const char *wrong = byte_take(r, &x, &end);

        if (wrong != NULL)
            return zone_complain(r, e, wrong, STR_NONE);
    }
    r->line[x.n] = '\0';
    if (x.depth > 0)
        return zone_complain(r, e, "a \"(\" is never closed; add the \")\"", STR_NONE);
    if (x.quoted)
        return zone_complain(r, e, "a quoted string is never closed; add the quote", STR_NONE);
    return RC_OK;
}

/* Takes the next word off `rest`; a backslash keeps the byte after it in the word. */
static struct str zone_word(struct str *rest)
{
    struct str word;
    size_t from = 0, to;

    while (from < rest->n && rest->p[from] == ' ')
        from++;
    for (to = from; to < rest->n && rest->p[to] != ' '; to++)
        if (rest->p[to] == '\\')
            to++;
    word = str_slice(*rest, from, to);
    *rest = str_slice(*rest, to, rest->n);
    return word;
}

/* ldns joins names to any length; DNS carries 255 bytes (RFC 1035 section 2.3.4), the root's counted once. */
static bool joins(const ldns_rdf *name, const ldns_rdf *origin)
{
    return ldns_rdf_size(name) + ldns_rdf_size(origin) - 1 <= LDNS_MAX_DOMAINLEN;
}

/* RFC 1035 section 5.1: "@" is the origin, and a name without final dot lacks it; none at all is the root. */
static ldns_rdf *name_read(const struct reader *r, struct str word)
{
    char text[NAME_TEXT_SIZE + 2];
    struct strbuf b = STRBUF_ON(text);
    ldns_rdf *name;

    strbuf_put(&b, str_eq(word, STR("@")) && r->origin == NULL ? STR(".") : word);
    if (b.over || word.n == 0)
        return NULL;
    if (str_eq(word, STR("@")) && r->origin != NULL)
        return ldns_rdf_clone(r->origin);
    name = ldns_dname_new_frm_str(text);
    if (name != NULL && r->origin != NULL && !ldns_dname_str_absolute(text) &&
        (!joins(name, r->origin) || ldns_dname_cat(name, r->origin) != LDNS_STATUS_OK)) {
        ldns_rdf_deep_free(name);
        return NULL;
    }
    return name;
}

/* RFC 1035 section 5.1 has seconds; units such as "1h" are everybody's habit. */
static bool ttl_read(struct str word, uint32_t *ttl)
{
    char text[16];
    struct strbuf b = STRBUF_ON(text);
    const char *end = text;

    strbuf_put(&b, word);
    if (b.over || word.n == 0 || !char_is_digit(word.p[0]))
        return false;
    *ttl = ldns_str2period(text, &end);
    return *end == '\0';
}

static enum rc directive_read(struct reader *r, struct str rest, struct err *e)
{
    struct str verb = zone_word(&rest), value = zone_word(&rest);

    if (str_eq_nocase(verb, STR("$TTL"))) {
        if (!ttl_read(value, &r->ttl))
            return zone_complain(r, e, "$TTL needs a number of seconds", value);
        return RC_OK;
    }
    if (str_eq_nocase(verb, STR("$ORIGIN"))) {
        ldns_rdf *origin = name_read(r, value);

        if (origin == NULL)
            return zone_complain(r, e, "$ORIGIN needs a domain name", value);
        ldns_rdf_deep_free(r->origin);
        r->origin = origin;
        return RC_OK;
    }
    return zone_complain(r, e, "only $ORIGIN and $TTL are supported; copy what $INCLUDE would bring", verb);
}

/* The type of "[TTL] [class] TYPE DATA", in either order of the first two (RFC 1035 section 5.1). */
static struct str type_take(struct str *rest, uint32_t *ttl)
{
    for (;;) {
        struct str word = zone_word(rest);

        if (!ttl_read(word, ttl) && !str_eq_nocase(word, STR("IN")))
            return word;
    }
}

/* The zone has it, or its limits are reached. */
static enum rc taken(const struct reader *r, bool ok, struct err *e)
{
    if (ok)
        return RC_OK;
    return err_set(e, RC_LIMIT, "%s:%u: more than %d records or %d MiB of memory; give a smaller file",
                   r->path, r->line_no, ZONE_RECORDS_MAX, ZONE_MEMORY_MAX >> 20);
}

/* One of the types that dns.h answers. */
static bool asked_type(struct str word, enum dns_type *type)
{
    static const enum dns_type known[] = {DNS_A, DNS_NS, DNS_SOA, DNS_PTR, DNS_MX, DNS_TXT, DNS_AAAA, DNS_DS, DNS_TLSA,
                                          DNS_SPF};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        *type = known[i];
        if (str_eq_nocase(word, str_of(dns_type_name(*type))))
            return true;
    }
    return false;
}

/* A pseudo-type: how questions fail, or what DNSSEC says. */
struct pseudo {
    const char *word;
    bool fails;
    enum zone_failure how;
    enum zone_security security;
};

static const struct pseudo *pseudo_find(struct str word)
{
    static const struct pseudo known[] = {
        {"TIMEOUT", true, ZONE_TIMEOUT, ZONE_INSECURE}, {"SERVFAIL", true, ZONE_SERVFAIL, ZONE_INSECURE},
        {"SECURE", false, ZONE_SERVFAIL, ZONE_SECURE},  {"INSECURE", false, ZONE_SERVFAIL, ZONE_INSECURE},
        {"BOGUS", false, ZONE_SERVFAIL, ZONE_BOGUS},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_eq_nocase(word, str_of(known[i].word)))
            return &known[i];
    return NULL;
}

static bool pseudo_put(struct reader *r, const char *owner, uint16_t type, const struct pseudo *p)
{
    return p->fails ? zonetree_fail(r->tree, owner, type, p->how) : zonetree_secure(r->tree, owner, type, p->security);
}

/* "NAME TIMEOUT", "NAME BOGUS" and so on: with types after it, for these alone. */
static enum rc pseudo_read(struct reader *r, const char *owner, const struct pseudo *p, struct str rest,
                           struct err *e)
{
    struct str word = zone_word(&rest);
    enum dns_type type;

    if (word.n == 0)
        return taken(r, pseudo_put(r, owner, 0, p), e);
    for (; word.n > 0; word = zone_word(&rest)) {
        enum rc rc;

        if (!asked_type(word, &type))
            return zone_complain(r, e, "after TIMEOUT, SERVFAIL, SECURE, INSECURE or BOGUS only A, AAAA, DS, MX, NS, "
                                 "PTR, SOA, SPF, TLSA or TXT may stand", word);
        rc = taken(r, pseudo_put(r, owner, (uint16_t)type, p), e);
        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

/* RDATA in wire form: what ldns parsed, field after field. */
static enum rc rr_add(struct reader *r, const char *owner, const ldns_rr *rr, struct err *e)
{
    uint16_t type = (uint16_t)ldns_rr_get_type(rr);
    size_t n = 0, fields = ldns_rr_rd_count(rr);
    enum rc rc;
    uint8_t *wire;

    for (size_t i = 0; i < fields; i++) {
        const ldns_rdf *field = ldns_rr_rdf(rr, i);

        n += ldns_rdf_size(field);
        if (ldns_rdf_get_type(field) == LDNS_RDF_TYPE_DNAME && ldns_rdf_size(field) > LDNS_MAX_DOMAINLEN)
            return zone_complain(r, e, "with $ORIGIN this name is too long for DNS; shorten it", STR_NONE);
    }
    if (n > UINT16_MAX)
        return zone_complain(r, e, "more than the 65535 bytes that DNS can carry; shorten it", STR_NONE);
    wire = malloc(n + 1);
    if (wire == NULL)
        return err_set(e, RC_NOMEM, "no memory for zone file %s", r->path);
    n = 0;
    for (size_t i = 0; i < fields; i++) {
        const ldns_rdf *field = ldns_rr_rdf(rr, i);

        memcpy(wire + n, ldns_rdf_data(field), ldns_rdf_size(field));
        n += ldns_rdf_size(field);
    }
    rc = taken(r, zonetree_add(r->tree, owner, type, ldns_rr_ttl(rr), (struct rdata){wire, n}), e);
    free(wire);
    return rc;
}

/* 0 when there is no such type. */
static uint16_t type_number(struct str word)
{
    char text[16];
    struct strbuf b = STRBUF_ON(text);

    strbuf_put(&b, word);
    return b.over ? 0 : (uint16_t)ldns_get_rr_type_by_name(text);
}

/* ldns parses type and data alone: owner and TTL are known, the class is IN. */
static enum rc record_parse(struct reader *r, const char *owner, uint32_t ttl, struct str type,
                            struct str data, struct err *e)
{
    struct strbuf b = strbuf_on(r->scratch, r->text.n + SCRATCH_EXTRA);
    ldns_rr *rr = NULL;
    ldns_status status;
    enum rc rc;

    strbuf_puts(&b, ". ");
    strbuf_put(&b, type);
    strbuf_put(&b, data);
    status = ldns_rr_new_frm_str(&rr, r->scratch, ttl, r->origin, NULL);
    if (status != LDNS_STATUS_OK) {
        char what[128];

        (void)snprintf(what, sizeof what, "not a resource record (%s)", ldns_get_errorstr_by_id(status));
        return zone_complain(r, e, what, type);
    }
    rc = rr_add(r, owner, rr, e);
    ldns_rr_free(rr);
    return rc;
}

/* What nobody asks for only lets the name exist, and is not looked at. */
static enum rc record_read(struct reader *r, const char *owner, uint32_t ttl, struct str type,
                           struct str data, struct err *e)
{
    uint16_t number = type_number(type);

    switch (number) {
    case 0:
        if (str_eq_nocase(type, STR("CH")) || str_eq_nocase(type, STR("HS")))
            return zone_complain(r, e, "only class IN is supported", type);
        return zone_complain(r, e, "unknown type of record", type);
    case DNS_A:
    case DNS_AAAA:
    case DNS_MX:
    case DNS_PTR:
    case DNS_TXT:
    case DNS_NS:
    case DNS_SOA:
    case DNS_DS:
    case DNS_TLSA:
    case DNS_SPF:
    case ZONE_TYPE_CNAME:
        return record_parse(r, owner, ttl, type, data, e);
    default:
        return taken(r, zonetree_add(r->tree, owner, number, ttl, (struct rdata){NULL, 0}), e);
    }
}

static enum rc statement_take(struct reader *r, struct err *e)
{
    struct str rest = str_of(r->line), word;
    char owner[NAME_TEXT_SIZE];
    const struct pseudo *pseudo;
    uint32_t ttl = r->ttl;
    size_t n;

    if (str_trim(rest).n == 0)
        return RC_OK;
    if (rest.p[0] == '$')
        return directive_read(r, rest, e);
    if (rest.p[0] != ' ') { /* else the owner is that of the record before */
        word = zone_word(&rest);
        ldns_rdf_deep_free(r->owner);
        r->owner = name_read(r, word);
        if (r->owner == NULL)
            return zone_complain(r, e, "not a domain name", word);
    }
    if (r->owner == NULL)
        return zone_complain(r, e, "the first record has no name; write one at the start of the line", STR_NONE);
    if (!name_of_wire(ldns_rdf_data(r->owner), ldns_rdf_size(r->owner), owner, &n))
        return zone_complain(r, e, "this name is too long for DNS; shorten it", STR_NONE);
    word = type_take(&rest, &ttl);
    if (word.n == 0)
        return zone_complain(r, e, "a name alone; write \"NAME TYPE DATA\"", STR_NONE);
    pseudo = pseudo_find(word);
    if (pseudo != NULL)
        return pseudo_read(r, owner, pseudo, rest, e);
    return record_read(r, owner, ttl, word, rest, e);
}

static enum rc statements_take(struct reader *r, struct err *e)
{
    enum rc rc = RC_OK;
    bool more = true;

    if (r->line == NULL || r->scratch == NULL || r->tree == NULL)
        return err_set(e, RC_NOMEM, "no memory for zone file %s", r->path);
    while (rc == RC_OK && more) {
        rc = statement_read(r, &more, e);
        if (rc == RC_OK && more)
            rc = statement_take(r, e);
    }
    return rc;
}

struct zonetree *zone_parse(const char *path, struct str text, struct err *e)
{
    struct reader r = {.path = path, .text = text, .next_line = 1, .ttl = ZONE_TTL};

    if (str_find(text, '\0') < text.n) {
        (void)err_set(e, RC_BAD, "%s holds NUL bytes; give a master file (RFC 1035 section 5)", path);
        return NULL;
    }
    r.line = malloc(text.n + 1);
    r.scratch = malloc(text.n + SCRATCH_EXTRA);
    r.tree = zonetree_new();
    if (statements_take(&r, e) != RC_OK) {
        zonetree_free(r.tree);
        r.tree = NULL;
    }
    free(r.line);
    free(r.scratch);
    ldns_rdf_deep_free(r.origin);
    ldns_rdf_deep_free(r.owner);
    return r.tree;
}
