#include "unit.h"

#include <string.h>

#include "dkim/dkim_plan.h"

#define NOW 1700000000

static const struct message_bounds bounds = {.headers = 1000, .header_bytes = 1 << 20};

static void add(struct message *m, const char *name, const char *value)
{
    assert_int_equal(message_add_header(m, str_of(name), str_of(value), &bounds), RC_OK);
}

static void add_signature(struct message *m, const char *domain, const char *names, const char *more)
{
    char mem[400];
    struct strbuf b = STRBUF_ON(mem);

    strbuf_putf(&b, " v=1; a=rsa-sha256; s=s; bh=AAAA; b=AAAA; d=%s; h=%s; %s", domain, names, more);
    add(m, "DKIM-Signature", mem);
}

/* One letter an entry: C checked, o over the limit, x decided. */
static void letters(const struct dkim_plan *p, char *out)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct dkim_entry *e = &p->entry[i];

        *out++ = e->check ? 'C' : e->over ? 'o' : 'x';
    }
    *out = '\0';
}

/* Domains separated by blanks; "!" is a malformed field, a leading "+" signs DKIM-Signature, too. */
static void choosing(void **state)
{
    static const struct { const char *name, *author; unsigned most; const char *want; } rows[] = {
        {"a.example b.example", NULL, 10, "CC"},
        {"a.example b.example c.example", NULL, 2, "CCo"},
        {"a.example b.example c.example", "c.example", 2, "CoC"},
        {"a.example b.example c.example", "c.example", 1, "ooC"},
        {"a.example mail.c.example c.example", "c.example", 2, "oCC"},
        {"a.example b.c.example c.example", "mail.b.c.example", 2, "oCC"},
        {"a.example badc.example c.example", "c.example", 2, "CoC"},
        {"! a.example ! b.example", NULL, 1, "xCxo"},
        {"! ! !", NULL, 1, "xxx"},
        {"+a.example b.example", NULL, 2, "CC"},
        {"a.example +b.example +c.example", "c.example", 2, "CoC"},
        {"b\xc3\xbc" "cher.example a.example", NULL, 10, "CC"},
        {"", NULL, 10, ""},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct message m = {.arena = arena_new(1 << 20), .arrival_ms = NOW * INT64_C(1000)};
        struct dkimv_limits limits = {.signatures = row->most, .author = row->author};
        struct str rest = str_of(row->name);
        struct dkim_plan plan;
        char got[16];

        while (rest.n > 0) {
            size_t end = str_find(rest, ' ');
            const char *word = str_dup(m.arena, str_slice(rest, 0, end));

            rest = str_slice(rest, end + 1, rest.n);
            if (*word == '!')
                add(&m, "DKIM-Signature", "none");
            else
                add_signature(&m, word + (*word == '+'), *word == '+' ? "from:dkim-signature" : "from", "");
        }
        add(&m, "From", " a@c.example");
        ASSERT_ROW(dkim_plan_make(&m, &limits, &plan) == RC_OK, row);
        letters(&plan, got);
        if (strcmp(got, row->want) != 0)
            print_error("%s is not %s\n", got, row->want);
        ASSERT_ROW(strcmp(got, row->want) == 0, row);
        ASSERT_ROW((m.limits != 0) == (strchr(row->want, 'o') != NULL), row);
        arena_free(m.arena);
    }
}

static void judging(void **state)
{
    static const struct { const char *name, *names; bool check; enum dkim_result result; } rows[] = {
        {"", "from", true, DKIM_NONE},
        {"x=1700000000", "from", true, DKIM_NONE},
        {"x=1699999999", "from", false, DKIM_PERMERROR},
        {"t=1700086400", "from", true, DKIM_NONE},
        {"t=1700086401", "from", false, DKIM_POLICY},
        {"", "to", false, DKIM_POLICY},
        {"t=x", "from", false, DKIM_NEUTRAL},
        {"q=x", "from", false, DKIM_NEUTRAL},
        {"i=@b.example", "from", false, DKIM_PERMERROR},
        {"", "", false, DKIM_PERMERROR},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct message m = {.arena = arena_new(1 << 20), .arrival_ms = NOW * INT64_C(1000)};
        struct dkim_plan plan;

        add(&m, "From", " a@a.example");
        add_signature(&m, "a.example", row->names, row->name);
        ASSERT_ROW(dkim_plan_make(&m, &(struct dkimv_limits){.signatures = 1}, &plan) == RC_OK, row);
        ASSERT_ROW(plan.entry[0].check == row->check, row);
        ASSERT_ROW(row->check || plan.entry[0].result == row->result, row);
        ASSERT_ROW(row->check || plan.entry[0].reason[0] != '\0', row);
        arena_free(m.arena);
    }
}

/* A hostile header: every field a signature, each naming all the others. */
static void bounded(void **state)
{
    struct message m = {.arena = arena_new(16 << 20), .arrival_ms = NOW * INT64_C(1000)};
    const struct message_bounds wide = {.headers = 20000, .header_bytes = 4 << 20};
    struct dkim_plan plan;

    (void)state;
    add(&m, "From", " a@a.example");
    for (int i = 0; i < 10000; i++)
        assert_int_equal(message_add_header(&m, STR("DKIM-Signature"),
                                            STR("v=1;a=rsa-sha256;s=s;bh=AAAA;b=AAAA;d=a.example;h=from:dkim-signature"),
                                            &wide), RC_OK);
    assert_int_equal(dkim_plan_make(&m, &(struct dkimv_limits){.signatures = 10}, &plan), RC_OK);
    assert_int_equal(plan.n, 10000);
    assert_int_equal(plan.checked, 10);
    arena_free(m.arena);
}

/* From, and what a signature that is verified names, however it is written; with very many names everything. */
static void what_a_verifier_needs(void **state)
{
    static const struct { const char *name, *more; bool want; } rows[] = {
        {"From", "", true}, {"subject", "", true}, {"SUBJECT ", "", true}, {"To", "", true}, {"X-Spam", "", false},
        {"Sub", "", false}, {"Expires", "", false} /* of a signature that is over */, {"X-Spam", ":x", true},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct message m = {.arena = arena_new(1 << 20), .arrival_ms = NOW * INT64_C(1000)};
        struct dkimv_limits limits = {.signatures = 2};
        struct header field = {.name = str_of(row->name)};
        struct dkim_plan plan;
        char names[300];
        struct strbuf b = STRBUF_ON(names);

        strbuf_puts(&b, "from:Subject ");
        for (int i = 0; i < 64 && row->more[0] != '\0'; i++)
            strbuf_puts(&b, row->more);
        add_signature(&m, "a.example", names, "");
        add_signature(&m, "b.example", "from:to", "");
        add_signature(&m, "c.example", "from:expires", "");
        add(&m, "From", " a@c.example");
        ASSERT_ROW(dkim_plan_make(&m, &limits, &plan) == RC_OK && plan.checked == 2, row);
        ASSERT_ROW(dkim_plan_needs(&plan, &field) == row->want, row);
        arena_free(m.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(choosing), cmocka_unit_test(what_a_verifier_needs), cmocka_unit_test(judging), cmocka_unit_test(bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
