#include "dmarc/dmarc_record.h"

static const char *const policy_names[] = {"none", "quarantine", "reject"};
const struct enum_names dmarc_policy_names = ENUM_NAMES(policy_names);

static const char *const psd_names[] = {"u", "y", "n"};
const struct enum_names dmarc_psd_names = ENUM_NAMES(psd_names);

static const char *const error_names[] = {
    "p", "sp", "np", "adkim", "aspf", "psd", "t", "rua", "ruf", "fo", "malformed", "duplicate", "limit",
};
const struct enum_names dmarc_record_error_names = ENUM_NAMES(error_names);

/* The tags of the registry (section 9.3) that mean something to us; pct is historic. */
enum known_tag {
    KNOWN_V, KNOWN_P, KNOWN_SP, KNOWN_NP, KNOWN_ADKIM, KNOWN_ASPF, KNOWN_PSD, KNOWN_T, KNOWN_RUA, KNOWN_RUF,
    KNOWN_FO, KNOWN_PCT
};
static const char *const known_tag_list[] = {
    "v", "p", "sp", "np", "adkim", "aspf", "psd", "t", "rua", "ruf", "fo", "pct",
};
static const struct enum_names known_tag_names = ENUM_NAMES(known_tag_list);

static void dmarc_record_note(struct dmarc_record *r, enum dmarc_record_error error)
{
    r->errors |= 1u << error;
}

/* WSP of RFC 5234; line ends are not part of it. */
static struct str trim_wsp(struct str s)
{
    while (s.n > 0 && char_is_wsp(s.p[0]))
        s = str_slice(s, 1, s.n);
    while (s.n > 0 && char_is_wsp(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* sep = *WSP ";" *WSP: takes what stands before the next one off `rest`. */
static struct str next_spec(struct str *rest)
{
    size_t end = str_find(*rest, ';');
    struct str spec = trim_wsp(str_slice(*rest, 0, end));

    *rest = str_slice(*rest, end + 1, rest->n);
    return spec;
}

/*
 * tag-spec = 1*ALPHA *WSP "=" *WSP value; the value is judged by its tag.
 * Names are taken in any case, as ABNF strings are [C].
 */
static bool split_spec(struct str spec, struct str *name, struct str *value)
{
    size_t eq = str_find(spec, '=');

    if (eq == spec.n)
        return false;
    *name = trim_wsp(str_slice(spec, 0, eq));
    *value = trim_wsp(str_slice(spec, eq + 1, spec.n));
    for (size_t i = 0; i < name->n; i++)
        if (!char_is_alpha(name->p[i]))
            return false;
    return name->n > 0;
}

/* 1*value-char, value-char = %x20-3A / %x3C-7E */
static bool dmarc_record_value_valid(struct str value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] < 0x20 || value.p[i] > 0x7e || value.p[i] == ';')
            return false;
    return value.n > 0;
}

/* ---- section 4.7: the tags ---- */

static void dmarc_record_read_policy(struct dmarc_record *r, struct str value, struct dmarc_policy_tag *tag,
                                     enum dmarc_record_error error)
{
    int policy = DMARC_P_NONE;

    if (enum_value(&dmarc_policy_names, value, &policy)) {
        *tag = (struct dmarc_policy_tag){.state = DMARC_TAG_VALID, .value = (enum dmarc_policy)policy};
    } else {
        tag->state = DMARC_TAG_INVALID;
        dmarc_record_note(r, error);
    }
}

/* One of two letters; anything else is noted and leaves the default, false. */
static bool read_letter(struct dmarc_record *r, struct str value, const char *yes, const char *no,
                        enum dmarc_record_error error)
{
    if (str_eq_nocase(value, str_of(yes)))
        return true;
    if (!str_eq_nocase(value, str_of(no)))
        dmarc_record_note(r, error);
    return false;
}

static void read_psd(struct dmarc_record *r, struct str value)
{
    int psd = DMARC_PSD_U;

    if (enum_value(&dmarc_psd_names, value, &psd))
        r->psd = (enum dmarc_psd)psd;
    else
        dmarc_record_note(r, DMARC_ERROR_PSD);
}

/* "1" and/or "0", "d", "s" joined by ":", in any order, each once, never 0 with 1 */
static bool fo_valid(struct str value)
{
    static const char letters[] = "01ds";
    unsigned seen = 0;

    if (value.n % 2 == 0)
        return false;
    for (size_t i = 0; i < value.n; i++) {
        size_t which = str_find(STR(letters), char_lower(value.p[i]));

        if (i % 2 == 1) {
            if (value.p[i] != ':')
                return false;
            continue;
        }
        if (which == sizeof letters - 1 || (seen & 1u << which) != 0)
            return false;
        seen |= 1u << which;
    }
    return (seen & 3u) != 3u;
}

/* ---- URIs ---- */

/* The characters of RFC 3986 but "," and "!", which section 4.8 wants encoded, and whole %XX. */
static bool uri_chars_valid(struct str uri)
{
    static const char marks[] = "-._~:/?#[]@$&'()*+=";
    static const char hex[] = "0123456789abcdef";

    for (size_t i = 0; i < uri.n; i++) {
        if (uri.p[i] == '%') {
            for (size_t k = i + 1; k <= i + 2; k++)
                if (k >= uri.n || str_find(STR(hex), char_lower(uri.p[k])) == sizeof hex - 1)
                    return false;
        } else if (!char_is_alnum(uri.p[i]) && str_find(STR(marks), uri.p[i]) == sizeof marks - 1) {
            return false;
        }
    }
    return true;
}

/* scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ), RFC 3986 section 3.1 */
static bool scheme_valid(struct str scheme)
{
    if (scheme.n == 0 || !char_is_alpha(scheme.p[0]))
        return false;
    for (size_t i = 1; i < scheme.n; i++)
        if (!char_is_alnum(scheme.p[i]) && str_find(STR("+-."), scheme.p[i]) == 3)
            return false;
    return true;
}

/* RFC 6068: mailto needs an address here, with something on both sides of its "@". */
static bool mailto_valid(struct str rest)
{
    struct str to = str_slice(rest, 0, str_find(rest, '?'));
    size_t at = str_find(to, '@');

    return at > 0 && at + 1 < to.n;
}

static bool uri_valid(struct str uri)
{
    size_t colon = str_find(uri, ':');
    struct str scheme = str_slice(uri, 0, colon), rest = str_slice(uri, colon + 1, uri.n);

    if (!scheme_valid(scheme) || rest.n == 0 || !uri_chars_valid(uri))
        return false;
    return !str_eq_nocase(scheme, STR("mailto")) || mailto_valid(rest);
}

/* [ "!" 1*DIGIT [ "k" / "m" / "g" / "t" ] ] is obsolete: taken off and forgotten (appendix C.4). */
static struct str dmarc_record_without_size(struct str uri)
{
    size_t end = uri.n;

    if (end > 0 && str_find(STR("kmgt"), char_lower(uri.p[end - 1])) < 4)
        end--;
    if (end == 0 || !char_is_digit(uri.p[end - 1]))
        return uri;
    while (end > 0 && char_is_digit(uri.p[end - 1]))
        end--;
    return end > 0 && uri.p[end - 1] == '!' ? str_slice(uri, 0, end - 1) : uri;
}

/* urilist = uri *( *WSP "," *WSP uri ); bad ones are dropped one by one (section 4.7). */
static enum rc read_uris(struct arena *a, struct dmarc_record *r, struct str value, enum dmarc_record_error error,
                         const char ***out, size_t *count)
{
    const char **uris = arena_array(a, DMARC_URIS_MAX, sizeof *uris);
    bool last = false;

    if (uris == NULL)
        return RC_NOMEM;
    *out = uris;
    while (!last) {
        size_t comma = str_find(value, ',');
        struct str uri = dmarc_record_without_size(trim_wsp(str_slice(value, 0, comma)));

        last = comma == value.n;
        value = str_slice(value, comma + 1, value.n);
        if (*count == DMARC_URIS_MAX) {
            dmarc_record_note(r, DMARC_ERROR_LIMIT);
            break;
        }
        if (!uri_valid(uri)) {
            dmarc_record_note(r, error);
            continue;
        }
        uris[*count] = str_dup(a, uri);
        if (uris[*count] == NULL)
            return RC_NOMEM;
        (*count)++;
    }
    return RC_OK;
}

/* ---- the record ---- */

static bool pct_is_zero(struct str value)
{
    uint32_t pct = 1;

    return str_to_u32(value, &pct) && pct == 0;
}

static enum rc read_tag(struct arena *a, struct dmarc_record *r, enum known_tag tag, struct str value, struct str *fo)
{
    switch (tag) {
    case KNOWN_V: break;
    case KNOWN_P: dmarc_record_read_policy(r, value, &r->p, DMARC_ERROR_P); break;
    case KNOWN_SP: dmarc_record_read_policy(r, value, &r->sp, DMARC_ERROR_SP); break;
    case KNOWN_NP: dmarc_record_read_policy(r, value, &r->np, DMARC_ERROR_NP); break;
    case KNOWN_ADKIM: r->adkim_strict = read_letter(r, value, "s", "r", DMARC_ERROR_ADKIM); break;
    case KNOWN_ASPF: r->aspf_strict = read_letter(r, value, "s", "r", DMARC_ERROR_ASPF); break;
    case KNOWN_PSD: read_psd(r, value); break;
    case KNOWN_T: r->testing = read_letter(r, value, "y", "n", DMARC_ERROR_T); break;
    case KNOWN_RUA: return read_uris(a, r, value, DMARC_ERROR_RUA, &r->rua, &r->rua_count);
    case KNOWN_RUF: return read_uris(a, r, value, DMARC_ERROR_RUF, &r->ruf, &r->ruf_count);
    case KNOWN_FO: *fo = value; break;
    case KNOWN_PCT: r->pct_zero = pct_is_zero(value); break;
    }
    return RC_OK;
}

/* fo counts only beside a usable ruf (section 4.7). */
static enum rc settle_fo(struct arena *a, struct dmarc_record *r, struct str fo, bool present)
{
    r->fo = "0";
    if (!present || r->ruf_count == 0)
        return RC_OK;
    if (!fo_valid(fo)) {
        dmarc_record_note(r, DMARC_ERROR_FO);
        return RC_OK;
    }
    r->fo = str_dup_lower(a, fo);
    return r->fo == NULL ? RC_NOMEM : RC_OK;
}

/* What follows "v=DMARC1;".  Empty tags are skipped, of duplicates the first counts [C]. */
static enum rc dmarc_record_read_tags(struct arena *a, struct str rest, struct dmarc_record *r)
{
    unsigned seen = 1u << KNOWN_V;
    struct str fo = STR_NONE;

    for (size_t tags = 0; rest.n > 0;) {
        struct str spec = next_spec(&rest), name, value;
        int tag = 0;
        enum rc rc;

        if (spec.n == 0)
            continue;
        if (++tags > DMARC_TAGS_MAX) {
            dmarc_record_note(r, DMARC_ERROR_LIMIT);
            break;
        }
        if (!split_spec(spec, &name, &value)) {
            dmarc_record_note(r, DMARC_ERROR_MALFORMED);
            continue;
        }
        if (!enum_value(&known_tag_names, name, &tag)) {
            if (!dmarc_record_value_valid(value))
                dmarc_record_note(r, DMARC_ERROR_MALFORMED);
            continue;
        }
        if ((seen & 1u << tag) != 0) {
            dmarc_record_note(r, DMARC_ERROR_DUPLICATE);
            continue;
        }
        seen |= 1u << tag;
        rc = read_tag(a, r, (enum known_tag)tag, value, &fo);
        if (rc != RC_OK)
            return rc;
    }
    return settle_fo(a, r, fo, (seen & 1u << KNOWN_FO) != 0);
}

/* Section 4.8: the first tag is v, its value "DMARC1" in just this case. */
enum rc dmarc_record_parse(struct arena *a, struct str text, struct dmarc_record *out)
{
    struct str rest = trim_wsp(text), name, value;

    *out = (struct dmarc_record){.fo = "0"};
    if (!split_spec(next_spec(&rest), &name, &value) || !str_eq_nocase(name, STR("v")) ||
        !str_eq(value, STR("DMARC1")))
        return RC_NOTFOUND;
    if (text.n > DMARC_RECORD_MAX)
        return RC_LIMIT;
    return dmarc_record_read_tags(a, rest, out);
}

bool dmarc_record_unusable(const struct dmarc_record *r)
{
    return r->p.state != DMARC_TAG_VALID || r->sp.state == DMARC_TAG_INVALID || r->np.state == DMARC_TAG_INVALID;
}
