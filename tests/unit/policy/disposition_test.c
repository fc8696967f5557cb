/* What becomes of a message: rules as they are written, facts as the record has them. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "policy/disposition.h"

/* 2026-11-25 12:00 UTC */
static const int64_t noon = 1795608000000;

static void set_text(struct record *r, struct str key, const char *value)
{
#define SET_TEXT(name) \
    if (str_eq(key, STR(#name))) \
        r->name = value;
#define SET_INT(name) \
    if (str_eq(key, STR(#name))) \
        r->name = strtoll(value, NULL, 10);
#define SET(kind, name, help) SET_##kind(name)
    RECORD_COLUMNS(SET)
}

/* A plain failing message of example.com, then what "column=value|column=value" changes. */
static struct record record_of(struct arena *a, const char *facts)
{
    struct record r;
    struct str rest = str_of(facts);

#define EMPTY_TEXT(name) r.name = "";
#define EMPTY_INT(name) r.name = 0;
#define EMPTY(kind, name, help) EMPTY_##kind(name)
    RECORD_COLUMNS(EMPTY)
    r.time_ms = noon;
    r.author_domain = "mail.example.com";
    r.client_ip = "198.51.100.7";
    r.rcpt = "ann@receiver.example";
    r.rcpts = 1;
    r.dmarc = "fail";
    r.policy = "reject";
    r.cause = "unauthorized";
    r.source = "unknown";
    while (rest.n > 0) {
        struct str one = str_slice(rest, 0, str_find(rest, '|'));
        size_t equals = str_find(one, '=');

        set_text(&r, str_slice(one, 0, equals), str_dup(a, str_slice(one, equals + 1, one.n)));
        rest = str_slice(rest, one.n + 1, rest.n);
    }
    return r;
}

#define CONFIRMED_NO \
    "rule r {Confirmed = no Result = {none, pass, fail} Policy = {none, quarantine, reject} Action = reject}"

/* "action rule type:comment" */
static const char *decide(struct arena *a, const struct policy *p, const struct disposition_settings *s,
                          const struct record *r)
{
    struct strbuf b = strbuf_new(a, 2000);
    struct decision d;

    assert_int_equal(disposition_decide(a, p, s, (const struct facts[]){facts_recorded(r)}, &d), RC_OK);
    strbuf_putf(&b, "%s %s", enum_name(&policy_action_names, (int)d.action), d.rule);
    for (size_t i = 0; i < d.override_count; i++)
        strbuf_putf(&b, " %s%s%s", enum_name(&override_type_names, (int)d.override[i].type),
                    d.override[i].comment[0] == '\0' ? "" : ":", d.override[i].comment);
    return b.p;
}

enum { HONOUR = 1, INVENTORY = 2, DEFER = 4 };

static struct disposition_settings settings_of(int flags)
{
    return (struct disposition_settings){.honour_reject = (flags & HONOUR) != 0,
                                         .inventory_acts = (flags & INVENTORY) != 0,
                                         .defer_temperror = (flags & DEFER) != 0};
}

#define TAKEN "local_policy:reject is taken for quarantine here"
#define LIST_FACTS "arc_vouch=l.example l.example yes; o.example o.example no|" \
                   "arc_chain=d=l.example s=k2 d=o.example s=k1|arc_origin=192.0.2.1"

struct row { const char *name; int settings; const char *rules, *facts, *want; };

static void try_rows(const struct row *rows, size_t n)
{
    for (const struct row *row = rows; row < rows + n; row++) {
        struct arena *a = arena_new(1 << 20);
        struct policy p = policy_of(a, row->rules);
        struct disposition_settings s = settings_of(row->settings);
        struct record r = record_of(a, row->facts);
        const char *got = decide(a, &p, &s, &r);

        if (strcmp(got, row->want) != 0)
            print_error("got \"%s\", want \"%s\"\n", got, row->want);
        ASSERT_ROW(strcmp(got, row->want) == 0, row);
        arena_free(a);
    }
}

static void table(void **state)
{
    static const struct row rows[] = {
        /* without a rule */
        {"reject asked", 0, "", "", "quarantine default " TAKEN},
        {"reject asked and honoured", HONOUR, "", "", "reject default"},
        {"quarantine asked", HONOUR, "", "policy=quarantine", "quarantine default"},
        {"nothing asked", HONOUR | INVENTORY | DEFER, "", "policy=none", "none default"},
        {"no policy at all", HONOUR | INVENTORY | DEFER, "", "policy=|dmarc=none", "none default"},
        {"a pass", HONOUR | INVENTORY | DEFER, "", "dmarc=pass", "none default"},
        {"permerror", HONOUR, "", "dmarc=permerror", "none default"},
        {"temperror", HONOUR, "", "dmarc=temperror", "none default"},
        {"temperror deferred", DEFER, "", "dmarc=temperror", "tempfail default"},
        {"temperror where nothing is asked", DEFER, "", "dmarc=temperror|policy=none", "none default"},
        {"temperror, what is asked not known", DEFER, "", "dmarc=temperror|policy=", "tempfail default"},
        {"the same, not deferred", 0, "", "dmarc=temperror|policy=", "none default"},
        {"test mode made it quarantine", HONOUR, "", "policy=quarantine|requested_policy=reject", "quarantine default"},
        {"test mode made it none", HONOUR, "", "policy=none|requested_policy=quarantine", "none default"},
        {"words from a newer program", HONOUR, "", "dmarc=odd|policy=odd|status=odd|cause=odd", "none default"},
        /* the inventory */
        {"approved", HONOUR | INVENTORY, "", "status=approved|source=esp|cause=dkim-unaligned",
         "none inventory local_policy:approved source"},
        {"an approval of nobody in particular", HONOUR | INVENTORY, "", "status=approved|cause=dkim-unaligned", "reject default"},
        {"approved, and forged", HONOUR | INVENTORY, "", "status=approved|source=esp", "reject default"},
        {"a rule for the approved, and forged", INVENTORY, "rule r {Status = {approved} Action = none}",
         "status=approved|source=esp", "quarantine default " TAKEN},
        {"approved, not heeded", HONOUR, "", "status=approved|source=esp|cause=dkim-unaligned", "reject default"},
        {"malicious at p=none", INVENTORY, "", "status=malicious|policy=none",
         "reject inventory local_policy:source is not to send"},
        {"malicious at p=reject", INVENTORY, "", "status=malicious", "reject inventory"},
        {"retired", INVENTORY, "", "status=retired|policy=quarantine",
         "reject inventory local_policy:source is not to send"},
        {"malicious, passing", INVENTORY, "", "status=malicious|dmarc=pass", "none default"},
        {"malicious, temporary failure", INVENTORY, "", "status=malicious|dmarc=temperror", "none default"},
        {"pending", INVENTORY, "", "status=pending", "quarantine default " TAKEN},
        {"a rule spares the approved", INVENTORY, "rule r {Action = reject}",
         "status=approved|source=esp|cause=dkim-unaligned", "none inventory local_policy:approved source"},
        {"a rule that names approved does not", INVENTORY, "rule r {Status = {approved} Action = reject}",
         "status=approved|source=esp|cause=dkim-unaligned", "reject r"},
        /* what rules look at */
        {"author domain itself", 0, "rule r {AuthorDomain = {mail.example.com} Action = reject}", "", "reject r"},
        {"author domain above", 0, "rule r {AuthorDomain = {example.com} Action = reject}", "", "reject r"},
        {"author domain beside", 0, "rule r {AuthorDomain = {ample.com} Action = reject}", "", "quarantine default " TAKEN},
        {"author domain below", 0, "rule r {AuthorDomain = {a.mail.example.com} Action = reject}", "",
         "quarantine default " TAKEN},
        {"no author domain", 0, "rule r {AuthorDomain = {example.com} Action = reject}", "author_domain=",
         "quarantine default " TAKEN},
        {"client", 0, "rule r {Client = {acme} Action = reject}", "client=acme", "reject r"},
        {"another client", 0, "rule r {Client = {acme} Action = reject}", "client=other", "quarantine default " TAKEN},
        {"any client", 0, "rule r {Client = {\"*\"} Action = reject}", "client=other", "reject r"},
        {"any client, nobody's", 0, "rule r {Client = {\"*\"} Action = reject}", "", "quarantine default " TAKEN},
        {"cause", 0, "rule r {Cause = {dkim-absent, unauthorized} Action = reject}", "", "reject r"},
        {"secondary cause", 0, "rule r {Cause = {parked} Action = reject}", "secondary=spf-limit,parked", "reject r"},
        {"another cause", 0, "rule r {Cause = {parked} Action = reject}", "", "quarantine default " TAKEN},
        {"source", 0, "rule r {Source = {mailchimp} Action = stamp}", "source=mailchimp", "stamp r local_policy"},
        {"unknown source", 0, "rule r {Source = {unknown} Action = reject}", "", "reject r"},
        {"status", 0, "rule r {Status = {retired, malicious} Action = reject}", "status=retired", "reject r"},
        {"no status", 0, "rule r {Status = {retired, malicious} Action = reject}", "", "quarantine default " TAKEN},
        {"network", 0, "rule r {Network = {198.51.100.0/24} Action = none}", "", "none r local_policy"},
        {"network, IPv6", 0, "rule r {Network = {2001:db8::/32} Action = none}", "client_ip=2001:db8::1",
         "none r local_policy"},
        {"another network", 0, "rule r {Network = {198.51.100.8/29} Action = none}", "", "quarantine default " TAKEN},
        {"no address", 0, "rule r {Network = {198.51.100.0/24, 2001:db8::/32} Action = none}", "client_ip=unknown",
         "quarantine default " TAKEN},
        {"list", 0, "rule r {List = yes Action = none}", "list=1", "none r mailing_list"},
        {"no list", 0, "rule r {List = yes Action = none}", "", "quarantine default " TAKEN},
        {"anything but a list", 0, "rule r {List = no Action = reject}", "", "reject r"},
        {"signed by a forwarder", 0, "rule r {SignedBy = {f.example} Action = none}",
         "dkim=fail example.com s a; pass f.example s rsa-sha256", "none r trusted_forwarder"},
        {"signed by it, not verified", 0, "rule r {SignedBy = {f.example} Action = none}",
         "dkim=fail f.example s rsa-sha256", "quarantine default " TAKEN},
        {"signed by a name below", 0, "rule r {SignedBy = {f.example} Action = none}",
         "dkim=pass a.f.example s rsa-sha256", "quarantine default " TAKEN},
        {"last sealer", 0, "rule r {Sealer = {l.example} Action = none}", LIST_FACTS, "none r local_policy"},
        {"first sealer", 0, "rule r {Sealer = {o.example} Action = none}", LIST_FACTS, "quarantine default " TAKEN},
        {"vouched for by the last", 0, "rule r {VouchedBy = {l.example} Action = none}", LIST_FACTS,
         "none r local_policy:arc=pass as[2].d=l.example as[2].s=k2 as[1].d=o.example as[1].s=k1 "
         "remote-ip[1]=192.0.2.1"},
        {"the run goes on to one that does not vouch", 0, "rule r {VouchedBy = {l.example, o.example} Action = none}",
         LIST_FACTS, "quarantine default " TAKEN},
        {"vouched for behind an unknown one", 0, "rule r {VouchedBy = {o.example} Action = none}",
         "arc_vouch=l.example l.example no; o.example o.example yes", "quarantine default " TAKEN},
        {"sealed by it, signed by another", 0, "rule r {VouchedBy = {l.example} Action = none}",
         "arc_vouch=l.example x.example yes", "quarantine default " TAKEN},
        {"a chain cut short", 0, "rule r {VouchedBy = {l.example} Action = none}", "arc_vouch=l.example l.example y",
         "quarantine default " TAKEN},
        {"recipient", 0, "rule r {Recipient = {receiver.example} Action = reject}", "", "reject r"},
        {"recipient below", 0, "rule r {Recipient = {b.example} Action = reject}", "rcpt=a@C.B.EXAMPLE b@b.example|rcpts=2",
         "reject r"},
        {"one of two recipients", 0, "rule r {Recipient = {receiver.example} Action = reject}",
         "rcpt=a@receiver.example b@other.example|rcpts=2", "quarantine default " TAKEN},
        {"more recipients than are named", 0, "rule r {Recipient = {receiver.example} Action = reject}", "rcpts=11",
         "quarantine default " TAKEN},
        {"recipient that only looks so", 0, "rule r {Recipient = {receiver.example} Action = reject}",
         "rcpt=a@notreceiver.example", "quarantine default " TAKEN},
    };

    try_rows(rows, sizeof rows / sizeof rows[0]);
    (void)state;
}

/* What decides between several rules, when they end, and what is reported of them. */
static void order(void **state)
{
    static const struct row rows[] = {
        /* what they do not name they do not touch */
        {"not at p=none", 0, "rule r {Action = reject}", "policy=none", "none default"},
        {"at p=none when it says so", 0, "rule r {Policy = {none} Action = reject Reason = \"no\"}", "policy=none",
         "reject r local_policy:no"},
        {"not a pass", 0, "rule r {Action = reject}", "dmarc=pass", "none default"},
        {"not a temporary failure", 0, "rule r {Action = reject}", "dmarc=temperror", "none default"},
        {"a temporary failure when it says so", 0, "rule r {Result = {temperror} Action = tempfail}", "dmarc=temperror",
         "tempfail r"},
        /* what confirms the author */
        {"nothing confirms it", 0, CONFIRMED_NO, "policy=none|cause=spf-unaligned|spf=pass|spf_domain=evil.example",
         "reject r local_policy"},
        {"SPF does", 0, CONFIRMED_NO, "dmarc=pass|spf_aligned=1", "none default"},
        {"a domain without a record, nothing", 0, CONFIRMED_NO, "dmarc=none|policy=|spf=pass|spf_domain=evil.example",
         "reject r"},
        {"without a record, SPF", 0, CONFIRMED_NO, "dmarc=none|policy=|spf=pass|spf_domain=bounce.mail.example.com",
         "none default"},
        {"without a record, SPF of another", 0, CONFIRMED_NO, "dmarc=none|policy=|spf=fail|spf_domain=mail.example.com",
         "reject r"},
        {"without a record, DKIM", 0, CONFIRMED_NO, "dmarc=none|policy=|dkim=pass mail.example.com s rsa-sha256",
         "none default"},
        {"without a record, DKIM of the client's domain", 0, CONFIRMED_NO,
         "dmarc=none|policy=|source_domain=example.com|dkim=pass example.com s rsa-sha256", "none default"},
        {"without a record, a junk signature", 0, CONFIRMED_NO,
         "dmarc=none|policy=|dkim=fail mail.example.com s rsa-sha256; pass evil.example s rsa-sha256", "reject r"},
        {"yes", 0, "rule r {Confirmed = yes Result = {pass} Policy = {reject} Action = stamp}", "dmarc=pass|spf_aligned=1",
         "stamp r"},
        /* order, dates, reasons */
        {"the first that matches", 0, "rule a {Source = {x} Action = none} rule b {Action = stamp} rule c {Action = reject}",
         "", "stamp b local_policy"},
        {"its last day", 0, "rule r {Action = none Until = 2026-11-25}", "", "none r local_policy"},
        {"the day after", 0, "rule r {Action = none Until = 2026-11-24}", "", "quarantine default " TAKEN},
        {"reason and type", 0, "rule r {Action = none Override = other Reason = \"ticket HD-1\"}", "",
         "none r other:ticket HD-1"},
        {"no reason where it does what is asked", 0, "rule r {Action = quarantine Reason = \"x\"}", "policy=quarantine",
         "quarantine r"},
        {"a refusal where quarantine is asked", 0, "rule r {Action = reject Reason = \"x\"}", "policy=quarantine",
         "reject r local_policy:x"},
        {"put off is no refusal", 0, "rule r {Action = tempfail}", "", "tempfail r local_policy"},
    };

    try_rows(rows, sizeof rows / sizeof rows[0]);
    (void)state;
}

/* ---- properties, over every combination of a few values ---- */

static const char *const results[] = {"none", "pass", "fail", "temperror", "permerror"};
static const char *const policies[] = {"", "none", "quarantine", "reject"};
static const char *const states[] = {"", "unknown", "approved", "retired", "malicious"};

/* Calls `check` for each combination of settings, result, policy and status. */
static void for_all(const char *rules, void (*check)(struct arena *, const struct policy *,
                                                     const struct disposition_settings *, const struct record *))
{
    for (int i = 0; i < 8 * 5 * 4 * 5; i++) {
        struct arena *a = arena_new(1 << 20);
        struct policy p = policy_of(a, rules);
        struct disposition_settings s = settings_of(i % 8);
        struct record r = record_of(a, "");

        r.dmarc = results[i / 8 % 5];
        r.policy = policies[i / 40 % 4];
        r.status = states[i / 160];
        check(a, &p, &s, &r);
        arena_free(a);
    }
}

static void no_temporary_refusal(struct arena *a, const struct policy *p, const struct disposition_settings *s,
                                 const struct record *r)
{
    struct decision d;

    assert_int_equal(disposition_decide(a, p, s, (const struct facts[]){facts_recorded(r)}, &d), RC_OK);
    if (strcmp(r->dmarc, "temperror") == 0)
        assert_true(d.action == POLICY_NONE || (d.action == POLICY_TEMPFAIL && s->defer_temperror));
}

/* No table of rules turns a temporary failure into a refusal unless it speaks of that very case. */
static void temporary_failures_are_never_refused(void **state)
{
    (void)state;
    for_all("", no_temporary_refusal);
    for_all("rule a {Action = reject}", no_temporary_refusal);
    for_all("rule a {Policy = {none, quarantine, reject} Result = {none, pass, fail, permerror} Action = reject}",
            no_temporary_refusal);
    for_all("rule a {Status = {approved, retired, malicious, unknown} Action = quarantine}", no_temporary_refusal);
    for_all("rule a {Cause = {unauthorized} Network = {198.51.100.0/24} Action = reject}", no_temporary_refusal);
}

static void same_as_default(struct arena *a, const struct policy *p, const struct disposition_settings *s,
                            const struct record *r)
{
    const struct policy empty = {.n = 0};

    assert_string_equal(decide(a, p, s, r), decide(a, &empty, s, r));
}

/* An exception that has expired, or that is for others, has no effect; an empty table is the default. */
static void nothing_beside_the_rules(void **state)
{
    (void)state;
    for_all("", same_as_default);
    for_all("rule a {Result = {none, pass, fail, temperror, permerror} Policy = {none, quarantine, reject} "
            "Action = reject Until = 2026-11-24}", same_as_default);
    for_all("rule a {Result = {none, pass, fail, temperror, permerror} Policy = {none, quarantine, reject} "
            "AuthorDomain = {other.example} Action = none}", same_as_default);
}

static void explained(struct arena *a, const struct policy *p, const struct disposition_settings *s,
                      const struct record *r)
{
    static const char *const asked[] = {"none", "quarantine", "reject"};
    struct decision d;

    assert_int_equal(disposition_decide(a, p, s, (const struct facts[]){facts_recorded(r)}, &d), RC_OK);
    if (strcmp(r->dmarc, "fail") != 0)
        return;
    for (int i = 0; i < 3; i++)
        if (strcmp(asked[i], r->policy[0] == '\0' ? "none" : r->policy) == 0)
            assert_true((d.override_count > 0) ==
                        (strcmp(asked[i], enum_name(&policy_action_names, (int)d.action)) != 0));
}

/* RFC 9990 section 3.1.1.9: who asked for something else is told why, and only he. */
static void every_deviation_has_its_reason(void **state)
{
    (void)state;
    for_all("", explained);
    for_all("rule a {Action = none}", explained);
    for_all("rule a {Policy = {none, quarantine, reject} Action = reject}", explained);
    for_all("rule a {Action = tempfail}", explained);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table), cmocka_unit_test(order), cmocka_unit_test(temporary_failures_are_never_refused),
        cmocka_unit_test(nothing_beside_the_rules), cmocka_unit_test(every_deviation_has_its_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
