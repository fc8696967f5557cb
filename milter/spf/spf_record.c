#include "spf/spf_record.h"

#include <string.h>

#include "spf/spf_macro.h"

static const struct str version = {"v=spf1", 6};

static bool spf_record_is_one_of(const char *set, char c)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* ---- prefix lengths ---- */

/*
 * Cuts `slash` and a number off the end of `text`; leaves it alone when it
 * does not end so.  ip4-cidr-length = "/" ("0" / %x31-39 0*1DIGIT), and
 * ip6-cidr-length likewise up to 128.
 */
static enum rc cidr_cut(struct str *text, struct str slash, uint8_t most, uint8_t *bits, struct err *e)
{
    size_t at = text->n;
    struct str number;
    uint32_t value;

    while (at > 0 && char_is_digit(text->p[at - 1]))
        at--;
    number = str_slice(*text, at, text->n);
    if (number.n == 0 || !str_ends_nocase(str_slice(*text, 0, at), slash))
        return RC_OK;
    if ((number.n > 1 && number.p[0] == '0') || !str_to_u32(number, &value) || value > most)
        return err_set(e, RC_BAD, "the prefix length must be 0 to %u, without leading zeros", most);
    *bits = (uint8_t)value;
    text->n = at - slash.n;
    return RC_OK;
}

/* dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ] */
static enum rc dual_cidr_cut(struct str *text, struct spf_term *out, struct err *e)
{
    enum rc rc = cidr_cut(text, STR("//"), 128, &out->bits6, e);

    return rc == RC_OK ? cidr_cut(text, STR("/"), 32, &out->bits4, e) : rc;
}

/* ---- mechanisms; `rest` is what follows the name ---- */

static enum rc parse_nothing(struct str rest, struct spf_term *out, struct err *e)
{
    (void)out;
    return rest.n == 0 ? RC_OK : err_set(e, RC_BAD, "nothing may follow this mechanism's name");
}

/* ":" domain-spec */
static enum rc parse_domain(struct str rest, struct spf_term *out, struct err *e)
{
    if (rest.n == 0 || rest.p[0] != ':')
        return err_set(e, RC_BAD, "this mechanism needs a domain: NAME:DOMAIN");
    out->domain = str_slice(rest, 1, rest.n);
    return spf_macro_check_domain(out->domain, e);
}

/* ptr = "ptr" [ ":" domain-spec ] */
static enum rc parse_optional_domain(struct str rest, struct spf_term *out, struct err *e)
{
    return rest.n == 0 ? RC_OK : parse_domain(rest, out, e);
}

/* a = "a" [ ":" domain-spec ] [ dual-cidr-length ] ; mx likewise */
static enum rc parse_hosts(struct str rest, struct spf_term *out, struct err *e)
{
    struct ip_net net;
    enum rc rc;

    if (ip_net_parse(str_slice(rest, 1, rest.n), &net)) /* a common mistake */
        return err_set(e, RC_BAD, "an address belongs in %s:", net.addr.family == IP_V4 ? "ip4" : "ip6");
    rc = dual_cidr_cut(&rest, out, e);
    return rc == RC_OK ? parse_optional_domain(rest, out, e) : rc;
}

/* ip4 = "ip4" ":" ip4-network [ ip4-cidr-length ] */
static enum rc parse_ip4(struct str rest, struct spf_term *out, struct err *e)
{
    enum rc rc = cidr_cut(&rest, STR("/"), 32, &out->bits4, e);
    struct str network = str_slice(rest, 1, rest.n);

    if (rc != RC_OK)
        return rc;
    if (rest.n == 0 || rest.p[0] != ':' || !ip_parse(network, &out->network) || str_find(network, ':') < network.n)
        return err_set(e, RC_BAD, "needs an IPv4 address of four numbers, with or without /LENGTH");
    return RC_OK;
}

/* ip6 = "ip6" ":" ip6-network [ ip6-cidr-length ] */
static enum rc parse_ip6(struct str rest, struct spf_term *out, struct err *e)
{
    enum rc rc = cidr_cut(&rest, STR("/"), 128, &out->bits6, e);
    struct str network = str_slice(rest, 1, rest.n);

    if (rc != RC_OK)
        return rc;
    if (rest.n == 0 || rest.p[0] != ':' || !ip_parse(network, &out->network) || str_find(network, ':') == network.n)
        return err_set(e, RC_BAD, "needs an IPv6 address, with or without /LENGTH");
    if (out->network.family == IP_V4) { /* ip_parse folds ::ffff:192.0.2.1; here it stays IPv6 */
        memcpy(out->network.b + 12, out->network.b, 4);
        memset(out->network.b, 0, 10);
        memset(out->network.b + 10, 0xff, 2);
        out->network.family = IP_V6;
    }
    return RC_OK;
}

static const struct mechanism {
    const char *name;
    enum spf_term_kind kind;
    enum rc (*parse)(struct str rest, struct spf_term *out, struct err *e);
} mechanisms[] = {
    {"all", SPF_TERM_ALL, parse_nothing},
    {"include", SPF_TERM_INCLUDE, parse_domain},
    {"a", SPF_TERM_A, parse_hosts},
    {"mx", SPF_TERM_MX, parse_hosts},
    {"ptr", SPF_TERM_PTR, parse_optional_domain},
    {"ip4", SPF_TERM_IP4, parse_ip4},
    {"ip6", SPF_TERM_IP6, parse_ip6},
    {"exists", SPF_TERM_EXISTS, parse_domain},
};

/* directive = [ qualifier ] mechanism */
static enum rc directive_parse(struct str text, struct spf_term *out, struct err *e)
{
    struct str rest = text;
    size_t name = 0;

    *out = (struct spf_term){.qualifier = '+', .bits4 = 32, .bits6 = 128, .text = text};
    if (spf_record_is_one_of("+-~?", rest.p[0])) {
        out->qualifier = rest.p[0];
        rest = str_slice(rest, 1, rest.n);
    }
    while (name < rest.n && rest.p[name] != ':' && rest.p[name] != '/')
        name++;
    for (size_t i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++) {
        if (str_eq_nocase(str_slice(rest, 0, name), str_of(mechanisms[i].name))) {
            out->kind = mechanisms[i].kind;
            return mechanisms[i].parse(str_slice(rest, name, rest.n), out, e);
        }
    }
    return err_set(e, RC_BAD, "there is no such mechanism");
}

/* ---- modifiers ---- */

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ) ; returns its length, 0 when `text` begins with none */
static size_t name_length(struct str text)
{
    size_t n = 0;

    if (text.n == 0 || !char_is_alpha(text.p[0]))
        return 0;
    while (n < text.n && (char_is_alnum(text.p[n]) || spf_record_is_one_of("-_.", text.p[n])))
        n++;
    return n;
}

/* modifier = redirect / explanation / unknown-modifier ; the first two at most once (section 6) */
static enum rc modifier_parse(struct str text, size_t name, struct spf_record *out, struct err *e)
{
    struct str value = str_slice(text, name + 1, text.n);

    if (str_eq_nocase(str_slice(text, 0, name), STR("redirect"))) {
        if (out->redirect.text.n > 0)
            return err_set(e, RC_BAD, "redirect= may appear only once");
        out->redirect = (struct spf_term){.kind = SPF_TERM_REDIRECT, .qualifier = '+', .domain = value, .text = text};
        return spf_macro_check_domain(value, e);
    }
    if (str_eq_nocase(str_slice(text, 0, name), STR("exp"))) {
        if (out->exp.n > 0)
            return err_set(e, RC_BAD, "exp= may appear only once");
        out->exp = value;
        return spf_macro_check_domain(value, e);
    }
    return spf_macro_check(value, SPF_MACRO_MODIFIER, e);
}

/* ---- the record ---- */

bool spf_record_is(struct str txt)
{
    return str_starts_nocase(txt, version) && (txt.n == version.n || txt.p[version.n] == ' ');
}

/* terms = *( 1*SP ( directive / modifier ) ) ; takes the next word off `rest`, empty at the end */
static struct str word_next(struct str *rest)
{
    struct str word;

    while (rest->n > 0 && rest->p[0] == ' ')
        *rest = str_slice(*rest, 1, rest->n);
    word = str_slice(*rest, 0, str_find(*rest, ' '));
    *rest = str_slice(*rest, word.n, rest->n);
    return word;
}

static size_t word_count(struct str text)
{
    size_t n = 0;

    while (word_next(&text).n > 0)
        n++;
    return n;
}

static enum rc word_error(struct str word, enum rc rc, const struct err *why, struct err *e)
{
    char mem[256];
    struct strbuf shown = STRBUF_ON(mem);

    strbuf_put_escaped(&shown, word, 60);
    return err_set(e, rc, "\"%s\": %s", mem, why->text);
}

enum rc spf_record_parse(struct arena *a, struct str text, struct spf_record *out, struct err *e)
{
    struct str rest = str_slice(text, version.n, text.n), word;
    size_t words = word_count(rest);
    struct spf_term *directive;

    if (words > SPF_TERMS_MAX)
        return err_set(e, RC_LIMIT, "more than %d terms", SPF_TERMS_MAX);
    directive = arena_array(a, words, sizeof *directive);
    if (directive == NULL)
        return err_set(e, RC_NOMEM, "no memory for %zu terms", words);
    *out = (struct spf_record){.directive = directive};
    while ((word = word_next(&rest)).n > 0) {
        size_t name = name_length(word);
        struct err why = ERR_NONE;
        enum rc rc;

        /* section 4.6.1: a modifier has "=" right after its name, before any ":" or "/" */
        if (name > 0 && name < word.n && word.p[name] == '=')
            rc = modifier_parse(word, name, out, &why);
        else
            rc = directive_parse(word, &directive[out->n++], &why);
        if (rc != RC_OK)
            return word_error(word, rc, &why, e);
    }
    return RC_OK;
}
