#include "post/mailto.h"

#include "mail/domain.h"

enum { DECODED_MAX = 1000 };

/* RFC 3986 section 2.1, once: what it decodes to is text, "%40" in it too. */
static enum rc decode(struct str text, struct strbuf *out, struct err *e)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (c == '%') {
            int high = i + 2 < text.n ? char_hex(text.p[i + 1]) : -1;
            int low = high < 0 ? -1 : char_hex(text.p[i + 2]);

            if (low < 0)
                return err_set(e, RC_BAD, "a \"%%\" in it is not followed by two hexadecimal digits");
            c = (char)(high * 16 + low);
            i += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7f)
            return err_set(e, RC_BAD, "it holds a control character, which could begin a header field or command");
        strbuf_putc(out, c);
    }
    return out->over ? err_set(e, RC_BAD, "it is longer than an address can be") : RC_OK;
}

/* RFC 7489 section 6.3: [ "!" 1*DIGIT [ "k" / "m" / "g" / "t" ] ]; obsolete. */
static struct str without_size(struct str to)
{
    size_t end = to.n, digits;

    if (end > 0 && str_find(STR("kmgt"), char_lower(to.p[end - 1])) < 4)
        end--;
    for (digits = end; end > 0 && char_is_digit(to.p[end - 1]); end--)
        ;
    return end > 0 && end < digits && to.p[end - 1] == '!' ? str_slice(to, 0, end - 1) : to;
}

/*
 * dot-atom of RFC 5322 section 3.2.3, but for "%" and "!", by which old
 * relays tell a route: a report must not travel on from the host that was
 * asked for leave.
 */
static enum rc check_local(struct str local, struct err *e)
{
    char before = '.';

    if (local.n > MAILTO_LOCAL_MAX)
        return err_set(e, RC_BAD, "what stands before the \"@\" is longer than %d bytes", MAILTO_LOCAL_MAX);
    for (size_t i = 0; i < local.n; before = local.p[i++]) {
        char c = local.p[i];

        if ((unsigned char)c > 0x7e)
            return err_set(e, RC_BAD, "what stands before the \"@\" is not ASCII");
        if (c == '%' || c == '!' || c == '@')
            return err_set(e, RC_BAD, "a \"%c\" before its \"@\" may be a route to another address", c);
        if (c == '.' ? before == '.' : !char_is_alnum(c) && str_find(STR("#$&'*+-/=?^_`{|}~"), c) == 17)
            return err_set(e, RC_BAD, "what stands before the \"@\" would have to be quoted");
    }
    return before == '.' ? err_set(e, RC_BAD, "what stands before the \"@\" would have to be quoted") : RC_OK;
}

static enum rc mailto_make(struct arena *a, struct str local, struct str domain, struct mailto *out, struct err *e)
{
    struct strbuf address = strbuf_new(a, MAILTO_ADDRESS_MAX);
    enum rc rc = domain_normalize(a, domain, &out->domain);

    if (rc != RC_OK)
        return rc == RC_NOMEM ? rc : err_set(e, RC_BAD, "its host is not a domain name");
    out->local = str_dup(a, local);
    strbuf_putf(&address, "%.*s@%s", STR_FMT(local), out->domain);
    out->address = address.p;
    return out->local == NULL || address.over ? RC_NOMEM : RC_OK;
}

enum rc mailto_parse(struct arena *a, struct str uri, struct mailto *out, struct err *e)
{
    const struct str scheme = STR("mailto:");
    char mem[DECODED_MAX + 1];
    struct strbuf decoded = STRBUF_ON(mem);
    struct str to;
    size_t at;
    enum rc rc;

    *out = (struct mailto){.address = "", .local = "", .domain = ""};
    uri = str_trim(uri);
    if (!str_starts_nocase(uri, scheme))
        return err_set(e, RC_NOTFOUND, "only mailto addresses are supported");
    to = str_slice(uri, scheme.n, uri.n);
    to = without_size(str_slice(to, 0, str_find(to, '?')));
    rc = decode(to, &decoded, e);
    if (rc != RC_OK)
        return rc;
    to = strbuf_str(&decoded);
    for (at = to.n; at > 0 && to.p[at - 1] != '@'; at--)
        ;
    if (at < 2 || at == to.n)
        return err_set(e, RC_BAD, "it names no mailbox");
    rc = check_local(str_slice(to, 0, at - 1), e);
    return rc == RC_OK ? mailto_make(a, str_slice(to, 0, at - 1), str_slice(to, at, to.n), out, e) : rc;
}
