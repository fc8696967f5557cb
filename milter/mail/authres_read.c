/* Reads Authentication-Results by the grammar of RFC 8601 section 2.2. */
#include "mail/authres.h"

#include <string.h>

#include "mail/lex.h"

/* What one value's reading needs.  Its functions answer RC_OK or set `err`. */
struct reader {
    struct lex lex;
    struct arena *a;
    struct err *err;
    bool lenient; /* a result that cannot be read is passed over */
};

static enum rc bad(const struct reader *r, const char *what)
{
    return err_set(r->err, RC_BAD, "Authentication-Results: %s at byte %zu", what, r->lex.at);
}

static enum rc authres_read_no_memory(const struct reader *r)
{
    return err_set(r->err, RC_NOMEM, "no memory for an Authentication-Results field");
}

static enum rc cfws(struct reader *r)
{
    return lex_cfws(&r->lex) ? RC_OK : bad(r, "a comment that is not closed, too deep or holds NUL");
}

/* Keyword = Ldh-str (RFC 8601 section 2.2), and "_", which occurs */
static bool is_keyword_char(char c)
{
    return char_is_alnum(c) || c == '-' || c == '_';
}

/* What stands for a value unquoted: more than tokens, as many leave out the quotes of base64 and IPv6. */
static bool is_value_char(char c)
{
    return (c > ' ' && c != 0x7f && strchr(";()\"\\", c) == NULL) || (unsigned char)c >= 0x80;
}

static enum rc keyword(struct reader *r, struct str *out)
{
    struct str word = lex_span(&r->lex, is_keyword_char);

    if (word.n == 0)
        return bad(r, "a keyword is missing");
    *out = (struct str){str_dup_lower(r->a, word), word.n};
    return out->p == NULL ? authres_read_no_memory(r) : RC_OK;
}

/* [CFWS] `c` [CFWS] */
static enum rc separator(struct reader *r, char c, const char *missing)
{
    enum rc rc = cfws(r);

    if (rc != RC_OK)
        return rc;
    return lex_take(&r->lex, c) ? cfws(r) : bad(r, missing);
}

static bool authres_read_digits(struct reader *r, unsigned *out)
{
    uint32_t number;

    if (!str_to_u32(lex_span(&r->lex, char_is_digit), &number))
        return false;
    *out = number;
    return true;
}

static enum rc authres_read_unquoted(struct reader *r, struct str *out)
{
    struct str inner;

    if (!lex_quoted(&r->lex, &inner))
        return bad(r, "a quoted-string that is not closed or holds NUL");
    *out = lex_unquote(r->a, inner);
    return out->p == NULL ? authres_read_no_memory(r) : RC_OK;
}

/* `local` as written, "@" and the domain that is next */
static enum rc identity(struct reader *r, struct str local, struct str *out)
{
    struct str domain;
    struct strbuf b;

    lex_take(&r->lex, '@');
    domain = lex_span(&r->lex, lex_is_domain);
    b = strbuf_new(r->a, local.n + 1 + domain.n);
    if (b.over)
        return authres_read_no_memory(r);
    strbuf_put(&b, local);
    strbuf_putc(&b, '@');
    strbuf_put(&b, domain);
    *out = strbuf_str(&b);
    return RC_OK;
}

/* pvalue = [CFWS] ( value / [ [ local-part ] "@" ] domain-name ) [CFWS] ; a reason's value is one without "@" */
static enum rc pvalue(struct reader *r, struct str *out)
{
    size_t from = r->lex.at;
    struct str raw;
    enum rc rc = RC_OK;

    if (lex_sees(&r->lex, '"'))
        rc = authres_read_unquoted(r, out);
    else
        *out = lex_span(&r->lex, is_value_char);
    if (rc != RC_OK)
        return rc;
    raw = str_slice(r->lex.s, from, r->lex.at);
    rc = cfws(r);
    if (rc == RC_OK && raw.n > 0 && lex_sees(&r->lex, '@')) {
        rc = identity(r, raw, out);
        if (rc == RC_OK)
            rc = cfws(r);
    }
    return rc;
}

/*
 * reasonspec = "reason" [CFWS] "=" [CFWS] value
 * propspec = ptype [CFWS] "." [CFWS] property [CFWS] "=" pvalue
 * What has no ptype and is no reason is passed over.
 */
static enum rc reason_or_prop(struct reader *r, struct authres_result *result, struct authres_prop *props)
{
    struct authres_prop p = {0};
    enum rc rc = keyword(r, &p.ptype);

    if (rc == RC_OK)
        rc = cfws(r);
    if (rc == RC_OK && lex_sees(&r->lex, '.')) {
        rc = separator(r, '.', "");
        if (rc == RC_OK)
            rc = keyword(r, &p.property);
    }
    if (rc == RC_OK)
        rc = separator(r, '=', "\"=\" is missing");
    if (rc == RC_OK)
        rc = pvalue(r, &p.value);
    if (rc != RC_OK)
        return rc;
    if (p.property.n == 0) {
        if (str_eq(p.ptype, STR("reason")) && result->reason.n == 0)
            result->reason = p.value;
        return RC_OK;
    }
    if (result->prop_count == AUTHRES_PROPS_MAX)
        return err_set(r->err, RC_LIMIT, "Authentication-Results: more than %d properties", AUTHRES_PROPS_MAX);
    props[result->prop_count++] = p;
    return RC_OK;
}

/* methodspec = [CFWS] method [CFWS] "=" [CFWS] result ; method = Keyword [ [CFWS] "/" [CFWS] method-version ] */
static enum rc methodspec(struct reader *r, struct authres_result *out)
{
    enum rc rc = keyword(r, &out->method);

    out->version = 1;
    if (rc == RC_OK)
        rc = cfws(r);
    if (rc == RC_OK && lex_sees(&r->lex, '/')) {
        rc = separator(r, '/', "");
        if (rc == RC_OK && !authres_read_digits(r, &out->version))
            return bad(r, "a method version that is no number");
    }
    if (rc == RC_OK)
        rc = separator(r, '=', "\"=\" is missing");
    return rc == RC_OK ? keyword(r, &out->result) : rc;
}

/* resinfo = [CFWS] ";" methodspec [ CFWS reasonspec ] [ CFWS 1*propspec ] ; the ";" was passed */
static enum rc resinfo(struct reader *r, struct authres_result *out)
{
    struct authres_prop props[AUTHRES_PROPS_MAX];
    enum rc rc = methodspec(r, out);

    if (rc == RC_OK)
        rc = cfws(r);
    while (rc == RC_OK && !lex_end(&r->lex) && !lex_sees(&r->lex, ';'))
        rc = reason_or_prop(r, out, props);
    if (rc != RC_OK || out->prop_count == 0)
        return rc;
    out->prop = arena_array(r->a, out->prop_count, sizeof *props);
    if (out->prop == NULL)
        return authres_read_no_memory(r);
    memcpy(out->prop, props, out->prop_count * sizeof *props);
    return RC_OK;
}

/* no-result = [CFWS] ";" [CFWS] "none" ; the ";" was passed.  Passes it when it is all there is. */
static bool no_result(struct reader *r)
{
    struct lex ahead = r->lex;

    if (!str_eq_nocase(lex_span(&ahead, is_keyword_char), STR("none")) || !lex_cfws(&ahead))
        return false;
    lex_take(&ahead, ';');
    if (!lex_cfws(&ahead) || !lex_end(&ahead))
        return false;
    r->lex = ahead;
    return true;
}

/* To the ";" that ends a result which cannot be read, quoted strings and comments aside. */
static void skip_result(struct reader *r)
{
    unsigned depth = 0;
    bool quoted = false;

    for (; r->lex.at < r->lex.s.n; r->lex.at++) {
        char c = r->lex.s.p[r->lex.at];

        if (c == '\\')
            r->lex.at++;
        else if (c == '"' && depth == 0)
            quoted = !quoted;
        else if (!quoted && c == '(')
            depth++;
        else if (!quoted && c == ')' && depth > 0)
            depth--;
        else if (!quoted && depth == 0 && c == ';')
            return;
    }
    r->lex.at = r->lex.s.n;
}

static enum rc results(struct reader *r, struct authres *out)
{
    struct authres_result list[AUTHRES_RESULTS_MAX];
    bool none = false;

    while (!none) {
        enum rc rc = cfws(r);
        size_t from = r->lex.at;

        if (rc != RC_OK)
            return rc;
        if (lex_end(&r->lex))
            break;
        none = out->n == 0 && no_result(r);
        if (none || lex_take(&r->lex, ';'))
            continue;
        if (out->n == AUTHRES_RESULTS_MAX)
            return err_set(r->err, RC_LIMIT, "Authentication-Results: more than %d results", AUTHRES_RESULTS_MAX);
        list[out->n] = (struct authres_result){0};
        rc = resinfo(r, &list[out->n]);
        if (rc == RC_BAD && r->lenient) {
            r->lex.at = from;
            skip_result(r);
            continue;
        }
        if (rc != RC_OK)
            return rc;
        out->n++;
    }
    if (out->n == 0)
        return none ? RC_OK : bad(r, "no result, nor \"none\"");
    out->result = arena_array(r->a, out->n, sizeof *list);
    if (out->result == NULL)
        return authres_read_no_memory(r);
    memcpy(out->result, list, out->n * sizeof *list);
    return RC_OK;
}

/* [CFWS] authserv-id [ CFWS authres-version ] ; `out->id` stays empty when a result stands in its place */
static enum rc id_and_version(struct reader *r, struct authres *out)
{
    enum rc rc = cfws(r);
    size_t from = r->lex.at;

    if (rc != RC_OK)
        return rc;
    if (lex_sees(&r->lex, '"'))
        rc = authres_read_unquoted(r, &out->id);
    else
        out->id = lex_span(&r->lex, lex_is_authserv_id);
    if (rc == RC_OK && out->id.n == 0)
        return bad(r, "the authserv-id is missing");
    if (rc == RC_OK)
        rc = cfws(r);
    if (rc != RC_OK)
        return rc;
    if (lex_sees(&r->lex, '=')) {
        r->lex.at = from;
        out->id = STR_NONE;
        return RC_OK;
    }
    if (!lex_end(&r->lex) && char_is_digit(r->lex.s.p[r->lex.at])
        && (!authres_read_digits(r, &out->version) || out->version != 1))
        return bad(r, "an unknown version");
    return separator(r, ';', "\";\" is missing");
}

static enum rc parse(struct arena *a, struct str value, bool lenient, struct authres *out, struct err *e)
{
    struct reader r = {.lex = lex_on(value), .a = a, .err = e, .lenient = lenient};
    enum rc rc;

    *out = (struct authres){.version = 1};
    if (value.n > AUTHRES_BYTES_MAX)
        return err_set(e, RC_LIMIT, "Authentication-Results: longer than %d bytes", AUTHRES_BYTES_MAX);
    rc = id_and_version(&r, out);
    return rc == RC_OK ? results(&r, out) : rc;
}

enum rc authres_parse(struct arena *a, struct str value, struct authres *out, struct err *e)
{
    return parse(a, value, false, out, e);
}

enum rc authres_parse_readable(struct arena *a, struct str value, struct authres *out, struct err *e)
{
    return parse(a, value, true, out, e);
}

bool authres_is_field(struct str name)
{
    return lex_is_name(name, STR("Authentication-Results"));
}
