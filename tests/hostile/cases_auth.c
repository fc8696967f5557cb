/* Letters whose signatures, body or domains' DNS try to cost more than they may. */
#include "cases.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { KB = 1024, MB = 1024 * 1024 };

static const struct signing simple = {.header = DKIM_CANON_SIMPLE, .body = DKIM_CANON_SIMPLE};
static const struct signing relaxed = {.header = DKIM_CANON_RELAXED, .body = DKIM_CANON_RELAXED};

/* ---- signatures ---- */

static void signatures(struct letter *l, size_t n, const struct signing *how)
{
    letter_usual(l);
    for (size_t i = 0; i < n; i++)
        letter_sign(l, how);
}

static void signatures_200(struct letter *l) { signatures(l, 200, &simple); }
static void signatures_900(struct letter *l) { signatures(l, 900, &relaxed); }

/* Each covers the others, so that those not checked must be hashed over too. */
static void signatures_of_signatures(struct letter *l)
{
    signatures(l, 200, &(struct signing){.names = "from:dkim-signature:dkim-signature:dkim-signature:dkim-signature",
                                         .header = DKIM_CANON_RELAXED});
}

/* As much as a signature can hold, read whether or not it is checked. */
static void signatures_fat(struct letter *l)
{
    char *names = letter_many("a:", 255);

    letter_usual(l);
    for (int i = 0; i < 900; i++)
        letter_put(l, "DKIM-Signature", " v=1; a=rsa-sha256; s=s; d=example.com; bh=AAAA; b=AAAA; h=%sfrom; x1=; x2=; x3=; x4=; "
                   "x5=; x6=; x7=; x8=; x9=; y1=; y2=; y3=; y4=; y5=; y6=; y7=; y8=; y9=; z1=; z2=; z3=; z4=; z5=; z6=; "
                   "z7=; z8=; z9=; w1=; w2=; w3=; w4=; w5=; w6=; w7=; w8=; w9=", names);
    free(names);
}

static void signatures_foreign(struct letter *l)
{
    letter_usual(l);
    for (int i = 0; i < 200; i++) {
        char domain[40];

        (void)snprintf(domain, sizeof domain, "d%d.example.net", i);
        letter_key(l, domain);
        letter_sign(l, &(struct signing){.domain = domain, .body = DKIM_CANON_RELAXED});
    }
}

/* A copy of the header beside, as RFC 6376 section 3.5 allows: odd, and good all the same. */
static void signature_fat_z(struct letter *l)
{
    char *copy = letter_many("x", 66 * KB), *z = NULL;

    MUST(asprintf(&z, "z=From:%s; ", copy) >= 0);
    letter_usual(l);
    letter_sign(l, &(struct signing){.header = DKIM_CANON_RELAXED, .extra = z});
    free(z);
    free(copy);
}

/* So that telling them apart by the beginnings of b= (RFC 8601 section 2.7.1) takes all of it, and does not succeed. */
static void signatures_same_b(struct letter *l)
{
    char *b = letter_many("A", 684);

    letter_usual(l);
    for (int i = 0; i < 900; i++)
        letter_put(l, "DKIM-Signature", " v=1; a=rsa-sha256; s=s; d=d%d.example; h=from; bh=%.43s=; b=%s", i, b, b);
    free(b);
}

static void many_tags(struct letter *l)
{
    char *tags = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&tags, &size);

    MUST(f != NULL);
    for (int i = 0; i < 8000; i++)
        (void)fprintf(f, "t%d=x; ", i);
    (void)fclose(f);
    letter_usual(l);
    for (int i = 0; i < 12; i++)
        letter_put(l, "DKIM-Signature", " v=1; a=ed25519-sha256; d=example.com; %sb=AAAA", tags);
    letter_sign(l, &simple);
    free(tags);
}

/* Ten bodies: each l= is a hash of its own. */
static void lengths(struct letter *l, size_t size)
{
    letter_usual(l);
    letter_text(l, LETTER_LINE, size);
    for (unsigned i = 0; i < 10; i++)
        letter_sign(l, &(struct signing){.has_length = true, .length = (i % 2 == 0 ? size / 2 : 0) + i * 100,
                                         .header = DKIM_CANON_RELAXED, .body = i % 3 != 0});
}

static void lengths_5m(struct letter *l) { lengths(l, 5 * MB); }
static void lengths_50m(struct letter *l) { lengths(l, 50 * MB); }

/* One signature of each kind, and a chain, over one body. */
static void body_of(struct letter *l, const char *unit, size_t size)
{
    letter_usual(l);
    letter_text(l, unit, size);
    letter_sign(l, &simple);
    letter_sign(l, &relaxed);
    letter_seal(l, 1, "mx.example.net; spf=pass", &relaxed);
    letter_seal(l, 2, "mx.example.net; spf=pass", &simple);
}

static void body_5m(struct letter *l) { body_of(l, LETTER_LINE, 5 * MB); }
static void body_25m(struct letter *l) { body_of(l, LETTER_LINE, 25 * MB); }
static void body_line(struct letter *l) { body_of(l, "x", 10 * MB); }
static void body_blanks(struct letter *l) { body_of(l, " ", 10 * MB); }
static void body_blank_lines(struct letter *l) { body_of(l, "\r\n", 10 * MB); }
static void body_cr(struct letter *l) { body_of(l, "x\r", 5 * MB); }
static void body_lf(struct letter *l) { body_of(l, "x\n", 10 * MB); }
static void body_short_words(struct letter *l) { body_of(l, "x ", 5 * MB); }
static void body_octets(struct letter *l) { body_of(l, "\xff\x01\x80\r\n.\r\n", 5 * MB); }

/* No MIME, no text, no line ends. */
static void body_nul(struct letter *l)
{
    letter_body(l, calloc(60, KB), 60 * KB, 100);
    letter_plain(l);
    letter_sign(l, &simple);
}

/* ---- ARC ---- */

static void chain(struct letter *l, unsigned sets, const char *results, const struct signing *how)
{
    letter_usual(l);
    for (unsigned i = 1; i <= sets; i++)
        letter_seal(l, i, results, how);
}

static void chain_50(struct letter *l) { chain(l, 50, "mx.example.net; spf=pass; dkim=pass; dmarc=pass", &relaxed); }

static void chain_51(struct letter *l)
{
    chain_50(l);
    letter_raw(l, "ARC-Seal", " i=51; a=ed25519-sha256; s=s; cv=pass; d=example.com; b=AAAA");
    letter_raw(l, "ARC-Message-Signature", " i=51; a=ed25519-sha256; s=s; d=example.com; h=from; bh=AAAA; b=AAAA");
    letter_raw(l, "ARC-Authentication-Results", " i=51; x; spf=pass");
}

static void chain_64k(struct letter *l)
{
    char *results = letter_many("mx.example.net (((x))); ", 2600);

    chain(l, 15, results, &relaxed);
    free(results);
}

/* Results that take as much memory as they can once they are read. */
static char *fat_results(size_t n)
{
    char *props = letter_many(" a.b=c", 30), *one = NULL, *all;

    MUST(asprintf(&one, "; spf=pass%s", props) >= 0);
    all = letter_many(one, n);
    free(one);
    MUST(asprintf(&one, "mx.example.net%s", all) >= 0);
    free(all);
    free(props);
    return one;
}

static void chain_fat(struct letter *l)
{
    char *results = fat_results(94);

    chain(l, 50, results, &relaxed);
    free(results);
}

static void chain_of_large_header(struct letter *l)
{
    letter_usual(l);
    for (int i = 0; i < 10; i++)
        letter_long(l, "X", "", "lorem ipsum ", 8000, "");
    for (unsigned i = 1; i <= 50; i++)
        letter_seal(l, i, "mx.example.net; spf=pass",
                    &(struct signing){.names = "from:x:x:x:x:x:x:x:x:x:x", .header = DKIM_CANON_RELAXED});
}

static void chain_garbage(struct letter *l)
{
    letter_plain(l);
    letter_repeat(l, 300, "ARC-Seal", " i=1; cv=none; a=rsa-sha256");
    letter_repeat(l, 300, "ARC-Message-Signature", " i=99;");
    letter_repeat(l, 300, "ARC-Authentication-Results", " i=((((((((((((((((");
}

/* ---- DNS ---- */

static void key_60k(struct letter *l)
{
    char *junk = letter_many("n=xxxxxxxxxxxxxxxxxxxxxxxxx", 2300), *text = NULL;

    MUST(asprintf(&text, "v=DKIM1; k=ed25519; %s; p=AAAA", junk) >= 0);
    letter_usual(l);
    letter_txt(l, "s._domainkey.big.example", text, 255);
    letter_sign(l, &(struct signing){.domain = "big.example"});
    free(junk);
    free(text);
}

static void key_1000_strings(struct letter *l)
{
    char *junk = letter_many("x", 900), *text = NULL;

    MUST(asprintf(&text, "v=DKIM1; k=ed25519; n=%s; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", junk) >= 0);
    letter_usual(l);
    letter_txt(l, "s._domainkey.big.example", text, 1);
    letter_sign(l, &(struct signing){.domain = "big.example"});
    free(junk);
    free(text);
}

static void keys_500(struct letter *l)
{
    char *junk = letter_many("a=b;", 1000);

    letter_usual(l);
    for (int i = 0; i < 500; i++) {
        char text[4200];

        (void)snprintf(text, sizeof text, "v=DKIM1; n=%d; %s", i, junk);
        letter_txt(l, "s._domainkey.big.example", text, 255);
    }
    for (int i = 0; i < 10; i++)
        letter_sign(l, &(struct signing){.domain = "big.example"});
    free(junk);
}

/* A chain of includes, each record as large as a TXT can be; `term` fills it. */
static void spf_fan(struct letter *l, const char *term, size_t n, bool nested)
{
    char *junk = letter_many(term, n);

    letter_plain(l);
    l->mail_from[1] = 'b';
    free(l->mail_from);
    l->mail_from = strdup("<b@fan.example>");
    letter_zone(l, "*.fan.example. A 192.0.2.99");
    for (int i = 0; i < 12; i++) {
        char name[40], *text = NULL;

        (void)snprintf(name, sizeof name, i == 0 ? "fan.example" : "r%d.fan.example", i);
        if (nested)
            MUST(asprintf(&text, "v=spf1%s include:r%d.fan.example ?all", junk, i + 1) >= 0);
        else
            MUST(asprintf(&text, i == 0 ? "v=spf1%s%s" : "v=spf1%s%s", i == 0 ?
                 " include:r1.fan.example include:r2.fan.example include:r3.fan.example include:r4.fan.example"
                 " include:r5.fan.example include:r6.fan.example include:r7.fan.example include:r8.fan.example"
                 " include:r9.fan.example" : "", junk) >= 0);
        letter_txt(l, name, text, 255);
        free(text);
    }
    free(junk);
}

static void spf_nested(struct letter *l) { spf_fan(l, " ip4:198.51.100.1", 3500, true); }
static void spf_wide(struct letter *l) { spf_fan(l, " ip4:198.51.100.1", 3500, false); }
static void spf_terms(struct letter *l) { spf_fan(l, " +a", 15000, false); }
static void spf_macros(struct letter *l) { spf_fan(l, " exists:%{s1r-+=._/}%{i}%{h}%{l}%{p}.fan.example", 1200, false); }
static void spf_modifiers(struct letter *l) { spf_fan(l, " x=%{s}%{s}%{s}", 3500, false); }

/* Both at once, and the whole of the policy with it. */
static void chain_and_spf(struct letter *l)
{
    char *results = fat_results(94);

    spf_fan(l, " ip4:198.51.100.1", 4090, true);
    for (unsigned i = 1; i <= 50; i++)
        letter_seal(l, i, results, &relaxed);
    free(results);
}

static void spf_mx_500(struct letter *l)
{
    letter_plain(l);
    free(l->mail_from);
    l->mail_from = strdup("<b@fan.example>");
    letter_zone(l, "fan.example. TXT \"v=spf1 mx ptr -all\"");
    for (int i = 0; i < 500; i++) {
        letter_zone(l, "fan.example. MX %d m%d.fan.example.", i, i);
        letter_zone(l, "m%d.fan.example. A 192.0.2.99", i);
    }
}

static void ptr_500(struct letter *l)
{
    letter_plain(l);
    l->ip = "192.0.2.77";
    for (int i = 0; i < 500; i++) {
        letter_zone(l, "77.2.0.192.in-addr.arpa. PTR p%d.fan.example.", i);
        letter_zone(l, "p%d.fan.example. A 192.0.2.99", i);
    }
}

static void record_of(struct letter *l, const char *head, const char *unit, size_t n)
{
    char *junk = letter_many(unit, n), *text = NULL;

    letter_usual(l);
    free(l->field[0].value);
    l->field[0].value = strdup(" a@big.example");
    MUST(asprintf(&text, "%s%s", head, junk) >= 0);
    letter_txt(l, "_dmarc.big.example", text, 255);
    letter_sign(l, &relaxed);
    free(junk);
    free(text);
}

static void record_60k(struct letter *l) { record_of(l, "v=DMARC1; p=reject; n=", "x", 60000); }
static void record_rua(struct letter *l) { record_of(l, "v=DMARC1; p=reject; rua=mailto:a@b.example", ",mailto:a@b.example", 500); }
static void record_tags(struct letter *l) { record_of(l, "v=DMARC1; p=reject", ";p=none", 2000); }

static void records_500(struct letter *l)
{
    letter_plain(l);
    for (int i = 0; i < 500; i++)
        letter_zone(l, "_dmarc.example.com. TXT \"v=DMARC1; p=none; n=%d\"", i);
}

/* ---- all at once ---- */

/* As much of all kinds as the header's bounds let in. */
static void everything_within(struct letter *l)
{
    char *names = letter_names("x", 200);

    spf_fan(l, " ip4:198.51.100.1", 3500, true);
    free(l->field[0].value);
    l->field[0].value = letter_many(" (((x)))a@example.com,\n", 1000);
    letter_text(l, LETTER_LINE, 10 * MB);
    for (int i = 0; i < 8; i++)
        letter_long(l, "X", "", " x\t", 20 * KB, "");
    letter_repeat(l, 200, "X", " x");
    for (unsigned i = 0; i < 30; i++)
        letter_sign(l, &(struct signing){.names = names, .has_length = i < 9, .length = i * 100000, .header = i % 2 == 0,
                                         .body = i % 3 == 0});
    for (unsigned i = 1; i <= 50; i++)
        letter_seal(l, i, "mx.example.net; spf=pass",
                    &(struct signing){.names = "from:x:x:x:x:x:x:x:x", .header = DKIM_CANON_RELAXED, .has_length = i < 50,
                                      .length = i * 10000, .body = i % 2 == 0});
    for (int i = 0; i < 5; i++)
        letter_long(l, "Authentication-Results", "", "((x)y)", 10000, "; dmarc=pass");
    letter_repeat(l, 300, "Authentication-Results", " \xc3\xa4\xc3\xb6.example; dmarc=pass");
    l->rcpts = 1000;
    free(names);
}

/* That, and beyond. */
static void everything(struct letter *l)
{
    everything_within(l);
    for (int i = 0; i < 80; i++)
        letter_long(l, "Authentication-Results", "a", " ", 65000, "; dmarc=pass");
    letter_repeat(l, 10000, "Authentication-Results", " \xc3\xa4\xc3\xb6.example; dmarc=pass");
    letter_repeat(l, 5000, "X-Filler", " x");
}

#define ROW(function, want) {#function, function, want, NULL}

static const struct hostile cases[] = {
    ROW(signatures_200, "limits=signatures dmarc=pass dkim=pass"),
    ROW(signatures_900, "limits=signatures dmarc=pass dkim=pass"),
    ROW(signatures_of_signatures, "limits=signatures dkim=fail"),
    ROW(signatures_fat, "limits=signatures dkim=permerror"),
    ROW(signatures_foreign, "limits=signatures dmarc=fail dkim=pass"),
    ROW(signature_fat_z, "dmarc=pass dkim=pass"),
    ROW(signatures_same_b, "limits=signatures dmarc=fail"),
    ROW(many_tags, "limits=signatures dmarc=pass"),
    ROW(lengths_5m, "dmarc=fail dkim=policy"),
    ROW(lengths_50m, "dmarc=fail dkim=policy"),
    ROW(body_5m, "dmarc=pass arc=pass"),
    ROW(body_25m, "dmarc=pass arc=pass"),
    ROW(body_line, "dmarc=pass arc=pass"),
    ROW(body_blanks, "dmarc=pass arc=pass"),
    ROW(body_blank_lines, "dmarc=pass arc=pass"),
    ROW(body_cr, "dmarc=pass arc=pass"),
    ROW(body_lf, "dmarc=pass arc=pass"),
    ROW(body_short_words, "dmarc=pass arc=pass"),
    ROW(body_octets, "dmarc=pass arc=pass"),
    ROW(body_nul, "dmarc=pass"),
    ROW(chain_50, "arc=pass"),
    ROW(chain_51, "limits=arc arc=fail"),
    ROW(chain_64k, "arc=pass"),
    ROW(chain_fat, "arc=pass dmarc=fail"),
    ROW(chain_of_large_header, "limits=arc arc=pass"),
    ROW(chain_garbage, "limits=arc arc=fail dmarc=pass"),
    ROW(key_60k, "limits=records dkim=permerror"),
    ROW(key_1000_strings, "dkim=fail"),
    ROW(keys_500, "limits=records dkim=permerror"),
    ROW(spf_nested, "spf=permerror dmarc=pass"),
    ROW(spf_wide, "spf=neutral"),
    ROW(spf_terms, "limits=records spf=permerror"),
    ROW(spf_macros, "spf=pass"),
    ROW(spf_modifiers, "spf=neutral"),
    ROW(chain_and_spf, "arc=pass dmarc=pass"),
    ROW(spf_mx_500, "spf=permerror"),
    ROW(ptr_500, "dmarc=pass"),
    ROW(record_60k, "limits=records dmarc=none"),
    ROW(record_rua, "limits=records dmarc=fail"),
    ROW(record_tags, "limits=records dmarc=fail"),
    ROW(records_500, "dmarc=none"),
    ROW(everything_within, "limits=recipients,signatures arc=pass"),
    ROW(everything, "limits=headers,header-bytes,recipients dkim=neutral arc=fail"),
};
const struct hostile_group hostile_auth = {cases, sizeof cases / sizeof cases[0]};
