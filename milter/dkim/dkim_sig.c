#include "dkim/dkim_sig.h"

#include <string.h>

#include "base/base64.h"
#include "mail/domain.h"
#include "mail/lex.h"
#include "mail/taglist.h"

/* One field under reading; `nomem` is sticky. */
struct reading {
    struct arena *a;
    const struct taglist *tags;
    enum dkim_sig_kind kind;
    struct dkim_sig *out;
    bool nomem;
};

/* The first fault is the one that is told. */
static void fault(struct reading *r, enum dkim_sig_fault what, const char *why)
{
    if (r->out->fault != DKIM_SIG_OK)
        return;
    r->out->fault = what;
    r->out->why = why;
}

/* As fault; `why` is the tag list's word, printable but perhaps with a long tag name in it. */
static void fault_copied(struct reading *r, enum dkim_sig_fault what, const char *why)
{
    const char *copy = str_dup(r->a, str_slice(str_of(why), 0, 60));

    if (copy == NULL)
        r->nomem = true;
    else
        fault(r, what, copy);
}

/* A required tag; false when it is missing or empty. */
static bool required(struct reading *r, const char *name, const char *missing, struct str *value)
{
    if (taglist_get(r->tags, name, value) && value->n > 0)
        return true;
    fault(r, DKIM_SIG_INCOMPLETE, missing);
    return false;
}

/* A copy without FWS; "" and a note when there is no memory. */
static const char *unfold(struct reading *r, struct str value)
{
    const char *copy = taglist_unfold(r->a, value);

    if (copy != NULL)
        return copy;
    r->nomem = true;
    return "";
}

/* A domain name as a normal one (RFC 8616 section 5: U-labels are allowed); "" when it is none. */
static const char *normal_name(struct reading *r, struct str value)
{
    const char *name = "";

    if (value.n == 0 || value.p[value.n - 1] == '.')
        return "";
    if (domain_normalize(r->a, value, &name) == RC_NOMEM)
        r->nomem = true;
    return name;
}

/* v=: "1" (section 3.5); of no meaning in ARC. */
static void read_version(struct reading *r)
{
    struct str v;

    if (r->kind != DKIM_SIG_MESSAGE || !required(r, "v", "missing tag v=", &v))
        return;
    if (!str_eq(v, STR("1")))
        fault(r, DKIM_SIG_UNKNOWN, "unknown version in v=");
}

static bool is_algorithm_text(struct str s)
{
    if (s.n == 0 || s.n > 32)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!char_is_alnum(s.p[i]) && s.p[i] != '-')
            return false;
    return true;
}

/* a=: RFC 8301 section 3.1 forbids rsa-sha1, RFC 8463 section 3 adds ed25519-sha256. */
static void read_algorithm(struct reading *r)
{
    struct str a;

    if (!required(r, "a", "missing tag a=", &a))
        return;
    if (is_algorithm_text(a))
        r->out->algorithm = unfold(r, a);
    if (str_eq(a, STR("rsa-sha256"))) {
        r->out->key = DKIM_SIG_KEY_RSA;
    } else if (str_eq(a, STR("ed25519-sha256"))) {
        r->out->key = DKIM_SIG_KEY_ED25519;
    } else if (str_eq(a, STR("rsa-sha1"))) {
        r->out->key = DKIM_SIG_KEY_RSA;
        fault(r, DKIM_SIG_SHA1, "rsa-sha1 is not acceptable (RFC 8301)");
    } else {
        fault(r, DKIM_SIG_UNKNOWN, "unknown algorithm in a=");
    }
}

static const char *read_base64(struct reading *r, const char *name, const char *missing, const char *malformed)
{
    struct str value;
    const char *text;

    if (!required(r, name, missing, &value))
        return "";
    text = unfold(r, value);
    if (base64_size(str_of(text)) > 0)
        return text;
    fault(r, DKIM_SIG_MALFORMED, malformed);
    return "";
}

static const char *read_name(struct reading *r, const char *tag, const char *missing, const char *malformed)
{
    struct str value;
    const char *name;

    if (!required(r, tag, missing, &value))
        return "";
    name = normal_name(r, value);
    if (name[0] == '\0')
        fault(r, DKIM_SIG_MALFORMED, malformed);
    return name;
}

/* d=: domain-name = sub-domain 1*("." sub-domain), two labels at least (section 3.5). */
static void read_domain(struct reading *r)
{
    const char *name = read_name(r, "d", "missing tag d=", "malformed d=");

    if (name[0] != '\0' && strchr(name, '.') == NULL)
        fault(r, DKIM_SIG_MALFORMED, "d= has one label only");
    r->out->domain = name;
}

/* dkim-quoted-printable, section 2.11: "=" and two hexadecimal digits are a byte; other "=" stand for themselves. */
static struct str unquoted_printable(struct reading *r, struct str text)
{
    struct strbuf out = strbuf_new(r->a, text.n);

    for (size_t i = 0; i < text.n; i++) {
        int high = text.p[i] == '=' && i + 2 < text.n ? char_hex(text.p[i + 1]) : -1;
        int low = high >= 0 ? char_hex(text.p[i + 2]) : -1;

        strbuf_putc(&out, low >= 0 ? (char)(high * 16 + low) : text.p[i]);
        i += low >= 0 ? 2 : 0;
    }
    r->nomem = r->nomem || out.over;
    return strbuf_str(&out);
}

/* Local-part of RFC 5321 section 4.1.2: dot-string or quoted-string. */
static bool is_local_part(struct str text)
{
    struct lex l = lex_on(text);
    struct str inner;

    if (lex_sees(&l, '"'))
        return lex_quoted(&l, &inner) && lex_end(&l);
    do {
        if (lex_span(&l, lex_is_atext).n == 0)
            return false;
    } while (lex_take(&l, '.'));
    return lex_end(&l);
}

/* i=: [ Local-part ] "@" domain-name, the same as or a subdomain of d=; "@d" by default. */
static void read_identity(struct reading *r)
{
    struct str i, domain, local;
    const char *text, *name;

    if (!taglist_get(r->tags, "i", &i)) {
        struct strbuf b = strbuf_new(r->a, strlen(r->out->domain) + 1);

        strbuf_putc(&b, '@');
        strbuf_puts(&b, r->out->domain);
        r->nomem = r->nomem || b.over;
        r->out->identity = b.over || r->out->domain[0] == '\0' ? "" : b.p;
        return;
    }
    text = unfold(r, i);
    domain = local = STR_NONE;
    if (strrchr(text, '@') != NULL) {
        domain = str_of(strrchr(text, '@') + 1);
        local = unquoted_printable(r, str_slice(str_of(text), 0, strlen(text) - domain.n - 1));
    }
    name = normal_name(r, domain);
    if (name[0] == '\0' || (local.n > 0 && !is_local_part(local)))
        fault(r, DKIM_SIG_MALFORMED, "malformed i=");
    else if (r->out->domain[0] != '\0' && !domain_is_within(name, r->out->domain))
        fault(r, DKIM_SIG_IDENTITY, "i= is not within d=");
    else
        r->out->identity = text;
    r->out->subdomain = strcmp(name, r->out->domain) != 0;
}

/* i= of ARC: 1 to 50 (RFC 8617 section 4.2.1). */
static void read_instance(struct reading *r)
{
    struct str i;
    uint32_t n;

    if (!required(r, "i", "missing tag i=", &i))
        return;
    if (i.n > 2 || !str_to_u32(i, &n) || n < 1 || n > DKIM_SIG_INSTANCE_MAX)
        fault(r, DKIM_SIG_MALFORMED, "malformed i=");
    else
        r->out->instance = n;
}

static bool read_canon(struct str word, bool *relaxed)
{
    *relaxed = str_eq(word, STR("relaxed"));
    return *relaxed || str_eq(word, STR("simple"));
}

/* c=: header "/" body, each simple by default. */
static void read_canons(struct reading *r)
{
    struct str c;
    size_t slash;

    if (!taglist_get(r->tags, "c", &c))
        return;
    slash = str_find(c, '/');
    if (!read_canon(str_slice(c, 0, slash), &r->out->header_relaxed) ||
        (slash < c.n && !read_canon(str_slice(c, slash + 1, c.n), &r->out->body_relaxed)))
        fault(r, DKIM_SIG_UNKNOWN, "unknown canonicalization in c=");
}

/* field-name of RFC 5322 section 3.6.8 */
static bool is_field_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x21 || s.p[i] > 0x7e)
            return false;
    return true;
}

/*
 * h=: hdr-name *( [FWS] ":" [FWS] hdr-name ).  An empty name, as after a
 * trailing colon, selects nothing and is passed over: signers write it.
 */
static void read_names(struct reading *r)
{
    struct str names[DKIM_SIG_NAMES_MAX], h, *kept;
    size_t n = 0;

    if (!required(r, "h", "missing tag h=", &h))
        return;
    while (h.n > 0) {
        size_t colon = str_find(h, ':');
        struct str name = str_trim(str_slice(h, 0, colon));

        h = str_slice(h, colon + 1, h.n);
        if (name.n == 0)
            continue;
        if (n == DKIM_SIG_NAMES_MAX || !is_field_name(name)) {
            r->out->over = n == DKIM_SIG_NAMES_MAX;
            fault(r, DKIM_SIG_MALFORMED, r->out->over ? "too many names in h=" : "malformed h=");
            return;
        }
        names[n++] = name;
    }
    kept = arena_array(r->a, n + 1, sizeof *kept);
    if (kept == NULL) {
        r->nomem = true;
        return;
    }
    memcpy(kept, names, n * sizeof *kept);
    r->out->names = kept;
    r->out->name_count = n;
    /* section 5.4: From MUST be signed */
    if (dkim_sig_signs(r->out, "From") == 0)
        fault(r, DKIM_SIG_FROM, "From is not signed");
}

/* 1*`most` DIGIT; a number beyond 64 bits becomes UINT64_MAX. */
static bool read_digits(struct str s, size_t most, uint64_t *out)
{
    uint64_t n = 0;

    if (s.n == 0 || s.n > most)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        uint64_t digit = (uint64_t)(s.p[i] - '0');

        if (!char_is_digit(s.p[i]))
            return false;
        n = n > (UINT64_MAX - digit) / 10 ? UINT64_MAX : 10 * n + digit;
    }
    *out = n;
    return true;
}

static bool read_number(struct reading *r, const char *tag, size_t most, const char *malformed, uint64_t *out)
{
    struct str value;

    if (!taglist_get(r->tags, tag, &value))
        return false;
    if (read_digits(value, most, out))
        return true;
    fault(r, DKIM_SIG_MALFORMED, malformed);
    return false;
}

static void dkim_sig_read_time(struct reading *r)
{
    r->out->has_time = read_number(r, "t", 12, "malformed t=", &r->out->time);
}

/* l= 1*76DIGIT, x= 1*12DIGIT as t=; x= MUST be greater than t=. */
static void read_numbers(struct reading *r)
{
    struct dkim_sig *out = r->out;

    out->has_length = read_number(r, "l", 76, "malformed l=", &out->length);
    out->has_expiry = read_number(r, "x", 12, "malformed x=", &out->expiry);
    if (out->has_time && out->has_expiry && out->expiry <= out->time)
        fault(r, DKIM_SIG_MALFORMED, "x= is not after t=");
}

/* The field is hashed without this; "all surrounding whitespace" goes too (section 3.5, b=). */
static void read_b_place(struct reading *r, struct str field)
{
    struct str b;
    size_t from, to;

    if (!taglist_get(r->tags, "b", &b) || b.n == 0)
        return;
    from = (size_t)(b.p - field.p);
    to = from + b.n;
    while (from > 0 && char_is_fws(field.p[from - 1]))
        from--;
    while (to < field.n && char_is_fws(field.p[to]))
        to++;
    r->out->b_from = from;
    r->out->b_to = to;
}

/*
 * cv= of a seal: none, fail or pass (RFC 8617 section 4.1.3).  h= in a seal
 * MUST make the chain fail (same section); what else it may not have is
 * passed over like any unknown tag.
 */
static void read_seal(struct reading *r)
{
    struct str value;

    if (taglist_get(r->tags, "h", &value))
        fault(r, DKIM_SIG_MALFORMED, "h= is not allowed in a seal");
    if (!required(r, "cv", "missing tag cv=", &value))
        return;
    if (!str_eq(value, STR("none")) && !str_eq(value, STR("pass")) && !str_eq(value, STR("fail")))
        fault(r, DKIM_SIG_MALFORMED, "unknown word in cv=");
    else
        r->out->seal = value;
}

/* q=: methods unknown to us are passed over; one must be known. */
static void read_query(struct reading *r)
{
    struct str q;

    if (!taglist_get(r->tags, "q", &q))
        return;
    while (q.n > 0) {
        size_t colon = str_find(q, ':');

        if (str_eq(str_trim(str_slice(q, 0, colon)), STR("dns/txt")))
            return;
        q = str_slice(q, colon + 1, q.n);
    }
    fault(r, DKIM_SIG_UNKNOWN, "unknown query method in q=");
}

static void read_message_tags(struct reading *r)
{
    r->out->bh = read_base64(r, "bh", "missing tag bh=", "malformed bh=");
    read_canons(r);
    read_names(r);
    read_numbers(r);
    read_query(r);
}

enum rc dkim_sig_parse(struct arena *a, struct str value, enum dkim_sig_kind kind, struct dkim_sig *out)
{
    struct taglist tags;
    struct err e = ERR_NONE;
    struct reading r = {.a = a, .tags = &tags, .kind = kind, .out = out};
    enum rc rc;

    *out = (struct dkim_sig){.why = "", .domain = "", .selector = "", .identity = "", .algorithm = "", .b = "",
                             .bh = ""};
    rc = taglist_parse(a, value, &tags, &e);
    if (rc == RC_NOMEM)
        return rc;
    if (rc != RC_OK) {
        out->over = rc == RC_LIMIT;
        fault_copied(&r, DKIM_SIG_MALFORMED, e.text);
        return r.nomem ? RC_NOMEM : RC_OK;
    }
    read_version(&r);
    read_algorithm(&r);
    read_domain(&r);
    out->selector = read_name(&r, "s", "missing tag s=", "malformed s=");
    if (kind == DKIM_SIG_MESSAGE)
        read_identity(&r);
    else
        read_instance(&r);
    out->b = read_base64(&r, "b", "missing tag b=", "malformed b=");
    read_b_place(&r, value);
    dkim_sig_read_time(&r);
    if (kind == DKIM_SIG_SEAL)
        read_seal(&r);
    else
        read_message_tags(&r);
    return r.nomem ? RC_NOMEM : RC_OK;
}

size_t dkim_sig_signs(const struct dkim_sig *sig, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < sig->name_count; i++)
        n += str_eq_nocase(sig->names[i], str_of(name));
    return n;
}
