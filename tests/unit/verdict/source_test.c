/* Who sent it: each rank, what it must not be fooled by, and what wins where several prove something. */
#include "unit.h"

#include <string.h>

#include "catalogue.h"
#include "verdict/source.h"

static const char catalogue[] =
    "sender news { Kind = marketing DKIM = {mcsv.net} SPF = {servers.mcsv.net, spf.news.example}\n"
    "  ReturnPath = {mcsv.net} PTR = {mcsv.net} KeyCNAME = {dkim.mcsv.net} Networks = {198.2.128.0/18} }\n"
    "sender guess { Kind = crm DKIM = {guess.example} SPF = {spf.guess.example} ReturnPath = {guess.example}\n"
    "  PTR = {guess.example} KeyCNAME = {keys.guess.example} Networks = {203.0.113.0/24}\n"
    "  Unconfirmed = {DKIM, SPF, PTR, KeyCNAME, Networks} }\n"
    "sender carrier { Kind = transactional DKIM = {carrier.example} SPF = {carrier.example} PTR = {carrier.example} }\n"
    "sender mail { Kind = mailbox DKIM = {mail.example} SPF = {_spf.mail.example} ReturnPath = {mail.example} }\n"
    "sender filter { Kind = gateway DKIM = {filter.example} Unconfirmed = DKIM }\n";

struct row {
    const char *name;
    const char *dkim;         /* "pass d[@host]; fail d …" */
    enum spf_result spf;
    const char *term, *term_domain, *leaf_domain, *path; /* of SPF; "" unless told */
    const char *ip;           /* 192.0.2.9 unless told */
    const char *published_by;
    const char *ptr;          /* with a "?" before it when not confirmed */
    const char *want;         /* "name proof detail" */
};

static const struct row rows[] = {
    /* each rank */
    {"signature", .dkim = "pass mcsv.net", .want = "news dkim d=mcsv.net"},
    {"signature of a name below", .dkim = "pass mail5.mcsv.net", .want = "news dkim d=mail5.mcsv.net"},
    {"key at an alias", .dkim = "pass customer.example@dkim.mcsv.net",
     .want = "news dkim d=customer.example, key at dkim.mcsv.net"},
    {"include", .spf = SPF_PASS, .term = "include:servers.mcsv.net", .term_domain = "customer.example",
     .leaf_domain = "servers.mcsv.net", .path = "customer.example", .want = "news spf include:servers.mcsv.net"},
    {"include of an include", .spf = SPF_PASS, .term = "include:flat.example", .term_domain = "customer.example",
     .leaf_domain = "spf.news.example", .path = "customer.example", .want = "news spf record of spf.news.example"},
    {"the service's own record", .spf = SPF_PASS, .term = "ip4:192.0.2.9", .term_domain = "carrier.example",
     .leaf_domain = "carrier.example", .path = "carrier.example", .want = "carrier spf record of carrier.example"},
    {"networks", .ip = "198.2.130.1", .want = "news address 198.2.130.1 in its networks"},
    {"its own SPF record", .published_by = "carrier", .want = "carrier address 192.0.2.9 in its own SPF record"},
    {"reverse name", .ptr = "mail7.mcsv.net", .want = "news ptr mail7.mcsv.net"},
    {"return path", .spf = SPF_PASS, .term = "ip4:192.0.2.9", .term_domain = "bounce.mcsv.net",
     .leaf_domain = "bounce.mcsv.net", .path = "bounce.mcsv.net", .want = "news return-path bounce.mcsv.net"},
    /* each unconfirmed */
    {"unconfirmed signature", .dkim = "pass guess.example", .want = "guess dkim d=guess.example (unconfirmed)"},
    {"unconfirmed key", .dkim = "pass c.example@keys.guess.example",
     .want = "guess dkim d=c.example, key at keys.guess.example (unconfirmed)"},
    {"unconfirmed include", .spf = SPF_PASS, .term = "include:spf.guess.example",
     .want = "guess spf include:spf.guess.example (unconfirmed)"},
    {"unconfirmed networks", .ip = "203.0.113.1", .want = "guess address 203.0.113.1 in its networks (unconfirmed)"},
    {"unconfirmed record", .published_by = "guess",
     .want = "guess address 192.0.2.9 in its own SPF record (unconfirmed)"},
    {"unconfirmed reverse name", .ptr = "a.guess.example", .want = "guess ptr a.guess.example (unconfirmed)"},
    {"confirmed return path", .spf = SPF_PASS, .path = "guess.example", .want = "guess return-path guess.example"},
    /* hints alone */
    {"nothing", .want = "unknown  "},
    {"failed signature", .dkim = "fail mcsv.net", .want = "unknown  "},
    {"failed signature, its key", .dkim = "fail c.example@dkim.mcsv.net", .want = "unknown  "},
    {"reverse name not confirmed", .ptr = "?mail7.mcsv.net", .want = "unknown  "},
    {"return path without a pass", .spf = SPF_SOFTFAIL, .term = "~all", .term_domain = "mcsv.net",
     .leaf_domain = "mcsv.net", .path = "mcsv.net", .want = "unknown  "},
    {"include that does not match", .spf = SPF_FAIL, .term = "-include:servers.mcsv.net", .want = "unknown  "},
    {"exists", .spf = SPF_PASS, .term = "exists:servers.mcsv.net", .term_domain = "evil.example",
     .leaf_domain = "evil.example", .path = "evil.example", .want = "unknown  "},
    /* look-alikes */
    {"suffix as prefix", .dkim = "pass mcsv.net.evil.example", .ptr = "mcsv.net.evil.example", .want = "unknown  "},
    {"without its dot", .dkim = "pass evilmcsv.net", .ptr = "mail.evilmcsv.net", .want = "unknown  "},
    {"key alias look-alike", .dkim = "pass c.example@dkim.mcsv.net.evil.example", .want = "unknown  "},
    {"include look-alike", .spf = SPF_PASS, .term = "include:servers.mcsv.net.evil.example",
     .leaf_domain = "servers.mcsv.net.evil.example", .path = "evil.example", .want = "unknown  "},
    {"above the mark", .spf = SPF_PASS, .term = "include:mcsv.net", .leaf_domain = "mcsv.net", .want = "unknown  "},
    {"no such service", .published_by = "nobody", .want = "unknown  "},
    /* ranks against each other */
    {"signature before include", .dkim = "pass mail.example", .spf = SPF_PASS, .term = "include:servers.mcsv.net",
     .want = "mail dkim d=mail.example"},
    {"unconfirmed signature before confirmed include", .dkim = "pass guess.example", .spf = SPF_PASS,
     .term = "include:servers.mcsv.net", .want = "guess dkim d=guess.example (unconfirmed)"},
    {"include before address", .spf = SPF_PASS, .term = "include:carrier.example", .ip = "198.2.130.1",
     .want = "carrier spf include:carrier.example"},
    {"address before reverse name", .ip = "198.2.130.1", .ptr = "a.carrier.example",
     .want = "news address 198.2.130.1 in its networks"},
    {"reverse name before return path", .ptr = "a.carrier.example", .spf = SPF_PASS, .path = "mcsv.net",
     .want = "carrier ptr a.carrier.example"},
    /* within a rank */
    {"service before carrier", .dkim = "pass carrier.example; pass guess.example",
     .want = "guess dkim d=guess.example (unconfirmed)"},
    {"carrier before mailbox", .dkim = "pass mail.example; pass carrier.example", .want = "carrier dkim d=carrier.example"},
    {"service before gateway", .dkim = "pass filter.example; pass c.example@dkim.mcsv.net",
     .want = "news dkim d=c.example, key at dkim.mcsv.net"},
    {"confirmed before not", .dkim = "pass guess.example; pass mcsv.net", .want = "news dkim d=mcsv.net"},
    {"confirmed before not, generic ones", .dkim = "pass filter.example; pass mail.example",
     .want = "mail dkim d=mail.example"},
    {"first of equals", .dkim = "fail guess.example; pass mcsv.net; pass news.mcsv.net", .want = "news dkim d=mcsv.net"},
    {"service's include before its carrier's record", .spf = SPF_PASS, .term = "include:servers.mcsv.net",
     .leaf_domain = "carrier.example", .want = "news spf include:servers.mcsv.net"},
    {"mailbox's include, service inside", .spf = SPF_PASS, .term = "include:_spf.mail.example",
     .leaf_domain = "spf.news.example", .want = "news spf record of spf.news.example"},
    {"networks unconfirmed, own record not", .ip = "203.0.113.1", .published_by = "news",
     .want = "news address 203.0.113.1 in its own SPF record"},
};

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static void signatures(struct arena *a, const char *text, struct dkim_evidence *out)
{
    struct str rest = str_of(text);

    out->sig = arena_array(a, 4, sizeof *out->sig);
    while (rest.n > 0) {
        size_t end = str_find(rest, ';');
        struct str one = str_trim(str_slice(rest, 0, end)), domain = str_slice(one, 5, one.n);
        size_t at = str_find(domain, '@');

        out->sig[out->n++] = (struct dkim_signature){
            .result = one.p[0] == 'p' ? DKIM_PASS : DKIM_FAIL,
            .domain = str_dup(a, str_slice(domain, 0, at)),
            .key_host = str_dup(a, str_slice(domain, at + 1, domain.n)),
        };
        rest = str_slice(rest, end + 1, rest.n);
    }
}

static void run(const struct row *row, const struct senders *s)
{
    struct arena *a = arena_new(1 << 16);
    struct conn conn = {.ip = {.family = IP_NONE}};
    struct message m = {.arena = a, .conn = &conn};
    struct evidence e = {
        .spf = {.checked = true, .result = row->spf, .domain = or_empty(row->path), .mechanism = or_empty(row->term),
                .leaf = or_empty(row->term), .mechanism_domain = or_empty(row->term_domain),
                .leaf_domain = or_empty(row->leaf_domain)},
        .iprev = {.result = IPREV_PASS, .name = or_empty(row->ptr)},
        .published_by = or_empty(row->published_by),
    };
    struct strbuf got = strbuf_new(a, 600);
    struct source found;

    assert_true(ip_parse(str_of(row->ip == NULL ? "192.0.2.9" : row->ip), &conn.ip));
    signatures(a, or_empty(row->dkim), &e.dkim);
    if (e.iprev.name[0] == '?') {
        e.iprev.result = IPREV_FAIL;
        e.iprev.name++;
    }
    assert_int_equal(source_identify(a, &m, &e, s, &found), RC_OK);
    strbuf_putf(&got, "%s %s %s", found.name, enum_name(&source_proof_names, (int)found.proof), found.detail);
    if (strcmp(got.p, row->want) != 0)
        fail_msg("%s: %s", row->name, got.p);
    ASSERT_ROW((found.sender == NULL) == (found.proof == SOURCE_UNPROVEN), row);
    ASSERT_ROW(found.confirmed == (found.sender != NULL && strstr(found.detail, "(unconfirmed)") == NULL), row);
    assert_int_equal(source_identify(a, &m, &e, NULL, &found), RC_OK);
    assert_string_equal(found.name, "unknown");
    arena_free(a);
}

static void who(void **state)
{
    struct senders *s = catalogue_of(catalogue);

    (void)state;
    FOR_ROWS(row, rows)
        run(row, s);
    senders_free(s);
}

/* A null reverse-path has no domain; that of HELO is no return path. */
static void helo_is_no_return_path(void **state)
{
    struct senders *s = catalogue_of(catalogue);
    struct arena *a = arena_new(1 << 16);
    struct conn conn = {.ip = {.family = IP_NONE}};
    struct message m = {.arena = a, .conn = &conn};
    struct evidence e = {
        .spf = {.checked = true, .result = SPF_PASS, .from_helo = true, .domain = "mcsv.net", .mechanism = "",
                .leaf = "", .mechanism_domain = "", .leaf_domain = ""},
        .iprev = {.name = ""}, .published_by = "",
    };
    struct source found;

    (void)state;
    assert_int_equal(source_identify(a, &m, &e, s, &found), RC_OK);
    assert_string_equal(found.name, "unknown");
    arena_free(a);
    senders_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(who), cmocka_unit_test(helo_is_no_return_path)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
