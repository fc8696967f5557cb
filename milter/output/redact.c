#include "output/redact.h"

#include <string.h>

#include "dkim/arc_crypto.h"

enum { BLOCK_SIZE = 64, VALUE_MAX = 4096, FOLD_AT = 72, LINE_HARD_MAX = 900 };

/* How a field is shown. */
enum showing { SHOWN, SHOWN_TAGS, SHOWN_WHOLE, SHOWN_ADDRESSES };

static const struct {
    const char *name;
    enum showing how;
} fields[] = {
    {"Received", SHOWN}, {"Received-SPF", SHOWN_TAGS}, {"Authentication-Results", SHOWN_TAGS},
    {"DKIM-Signature", SHOWN_TAGS}, {"ARC-Seal", SHOWN_TAGS}, {"ARC-Message-Signature", SHOWN_TAGS},
    {"ARC-Authentication-Results", SHOWN_TAGS},
    {"From", SHOWN}, {"Sender", SHOWN}, {"Reply-To", SHOWN}, {"Resent-From", SHOWN}, {"Resent-Sender", SHOWN},
    {"To", SHOWN_ADDRESSES}, {"Cc", SHOWN_ADDRESSES}, {"Resent-To", SHOWN_ADDRESSES}, {"Resent-Cc", SHOWN_ADDRESSES},
    {"Subject", SHOWN}, {"Date", SHOWN}, {"Resent-Date", SHOWN}, {"Message-ID", SHOWN_WHOLE},
    {"MIME-Version", SHOWN}, {"Content-Type", SHOWN}, {"List-Id", SHOWN}, {"User-Agent", SHOWN}, {"X-Mailer", SHOWN},
};

/* ---- tokens ---- */

/* HMAC of RFC 2104: H(key ^ opad, H(key ^ ipad, text)); false without memory. */
static bool digest(const struct redact_key *key, unsigned char pad, struct str text,
                   unsigned char out[CRYPTO_SHA256_SIZE])
{
    struct crypto_hash *h = crypto_hash_new();
    char block[BLOCK_SIZE];

    if (h == NULL)
        return false;
    for (size_t i = 0; i < BLOCK_SIZE; i++)
        block[i] = (char)((i < REDACT_KEY_SIZE ? key->bytes[i] : 0) ^ pad);
    crypto_hash_add(h, (struct str){block, sizeof block});
    crypto_hash_add(h, text);
    crypto_hash_peek(h, out);
    crypto_hash_free(h);
    return true;
}

/* RFC 6590 section 4: local-parts are compared as the site does, which is nearly always case aside. */
static void put_token(struct strbuf *out, struct str local, const struct redact_key *key)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    unsigned char inner[CRYPTO_SHA256_SIZE], mac[CRYPTO_SHA256_SIZE] = {0};
    char lower[VALUE_MAX];
    size_t n = local.n < sizeof lower ? local.n : sizeof lower;

    for (size_t i = 0; i < n; i++)
        lower[i] = char_lower(local.p[i]);
    if (!digest(key, 0x36, (struct str){lower, n}, inner) ||
        !digest(key, 0x5c, (struct str){(const char *)inner, sizeof inner}, mac))
        return; /* no token tells nothing, which is right, too */
    for (size_t i = 0; i < REDACT_TOKEN_SIZE; i++)
        strbuf_putc(out, alphabet[mac[i] & 31]);
}

/* ---- addresses in text ---- */

static bool local_char(char c)
{
    return char_is_alnum(c) || (unsigned char)c >= 0x80 || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

/* Where the local-part that ends before `at` begins, not before `from`; an unquoted one or one in quotes. */
static size_t local_begin(struct str text, size_t from, size_t at)
{
    size_t i = at;

    if (at > from + 1 && text.p[at - 1] == '"') {
        for (i = at - 1; i > from && text.p[i - 1] != '"'; i--)
            ;
        return i > from ? i - 1 : from;
    }
    while (i > from && local_char(text.p[i - 1]))
        i--;
    return i;
}

static bool domain_char(char c)
{
    return char_is_alnum(c) || c == '-' || c == '.' || c == '_' || (unsigned char)c >= 0x80;
}

static void redact_put_plain(struct strbuf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (str_starts_nocase(str_slice(text, i, text.n), STR("http"))) {
            strbuf_puts(out, "hxxp");
            i += 3;
        } else if (c != '\r' && c != '\n') { /* of a fold its blank is left */
            strbuf_putc(out, c == '\t' ? ' ' : c < 0x20 || c > 0x7e ? '?' : c);
        }
    }
}

/* `tags`: "i=ann@a.example" is a tag and an address, and not one with an odd local-part. */
static void put_redacted(struct strbuf *out, struct str text, bool tags, const struct redact_key *key)
{
    size_t from = 0;

    for (size_t at = 0; at < text.n; at++) {
        size_t begin = text.p[at] == '@' ? local_begin(text, from, at) : at;
        size_t tag = str_find(str_slice(text, begin, at), '=');

        if (tags && begin + tag < at)
            begin += tag + 1;
        if (begin == at)
            continue;
        redact_put_plain(out, str_slice(text, from, begin));
        put_token(out, str_slice(text, begin, at), key);
        from = at;
    }
    redact_put_plain(out, str_slice(text, from, text.n));
}

/* Of a list of recipients the addresses alone: display names are people's names. */
static void redact_put_addresses(struct strbuf *out, struct str text, const struct redact_key *key)
{
    size_t from = 0;

    for (size_t at = 0; at < text.n; at++) {
        size_t begin = text.p[at] == '@' ? local_begin(text, from, at) : at;

        if (begin == at)
            continue;
        for (from = at + 1; from < text.n && domain_char(text.p[from]); from++)
            ;
        strbuf_puts(out, out->n == 0 ? "" : ", ");
        put_token(out, str_slice(text, begin, at), key);
        redact_put_plain(out, str_slice(text, at, from));
        at = from - 1;
    }
}

const char *redact_text(struct arena *a, struct str text, const struct redact_key *key)
{
    struct strbuf b;

    text = str_slice(text, 0, VALUE_MAX);
    b = strbuf_new(a, text.n * (REDACT_TOKEN_SIZE + 2) / 2 + 1); /* "x@x@…" */
    put_redacted(&b, text, false, key);
    return b.p;
}

/* ---- fields ---- */

/* "Name: value\n", folded at blanks, and where there are none before a line gets too long for SMTP. */
static void redact_put_field(struct strbuf *out, const char *name, struct str value)
{
    size_t column = strlen(name) + 1;

    strbuf_putf(out, "%s:", name);
    if (value.n > 0 && value.p[0] != ' ')
        strbuf_putc(out, ' ');
    for (size_t i = 0; i < value.n; i++) {
        if ((value.p[i] == ' ' && column > FOLD_AT && i + 1 < value.n && value.p[i + 1] != ' ') ||
            column > LINE_HARD_MAX) {
            strbuf_puts(out, "\n ");
            column = 1;
            if (value.p[i] == ' ')
                continue;
        }
        strbuf_putc(out, value.p[i]);
        column++;
    }
    strbuf_putc(out, '\n');
}

static void put_header(struct strbuf *out, const struct header *h, size_t which, const struct redact_key *key)
{
    char mem[VALUE_MAX + 1];
    struct strbuf value = STRBUF_ON(mem);
    struct str text = str_trim(str_slice(h->value, 0, VALUE_MAX));

    switch (fields[which].how) {
    case SHOWN: put_redacted(&value, text, false, key); break;
    case SHOWN_TAGS: put_redacted(&value, text, true, key); break;
    case SHOWN_WHOLE: redact_put_plain(&value, text); break;
    case SHOWN_ADDRESSES: redact_put_addresses(&value, text, key); break;
    }
    redact_put_field(out, fields[which].name, str_trim(strbuf_str(&value)));
}

const char *redact_headers(struct arena *a, const struct message *m, const struct redact_key *key)
{
    struct strbuf out = strbuf_new(a, REDACT_HEADERS_MAX);

    for (size_t i = 0; i < m->header_count; i++) {
        size_t whole = out.n;

        for (size_t k = 0; k < sizeof fields / sizeof fields[0]; k++)
            if (message_header_is(&m->headers[i], fields[k].name))
                put_header(&out, &m->headers[i], k, key);
        if (!out.over)
            continue;
        out.n = whole; /* no half a field */
        out.p[whole] = '\0';
        break;
    }
    return out.p;
}
