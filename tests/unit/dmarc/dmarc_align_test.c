#include "unit.h"

#include "dmarc/dmarc_align.h"
#include "dmarc_rig.h"
#include "walks.h"

enum { NO = DMARC_ALIGN_NO, YES = DMARC_ALIGN_YES, UNKNOWN = DMARC_ALIGN_UNKNOWN, AUTHOR = DMARC_ALIGN_AUTHOR_WALK,
       OWN = DMARC_ALIGN_OWN_WALK };

/* `name` is the identifier; `own` its walk, NULL when not made yet */
static void one_identifier(void **state)
{
    static const struct { const char *name, *author; bool strict; const char *own; int want; } rows[] = {
        /* identical needs nothing */
        {"example.com", "example.com=p=none|", false, NULL, YES},
        {"example.com", "example.com=p=none|", true, NULL, YES},
        {"example.com", "example.com=p=none|com=!", false, NULL, YES},
        /* strict is string comparison */
        {"mail.example.com", "example.com=p=none|", true, NULL, NO},
        {"example.com", "a.example.com=p=none|example.com=!", true, NULL, NO},
        /* another top-level domain can never be the same organization */
        {"example.net", "example.com=p=none|", false, NULL, NO},
        {"example.net", "example.com=p=none|com=!", false, NULL, NO},
        {"example.net", "example.com=!", false, NULL, NO},
        /* the author's walk first, then, inside its organization only, the identifier's */
        {"mail.example.com", "example.com=p=none|", false, NULL, AUTHOR},
        {"mail.example.com", "example.com=p=none|com=!", false, NULL, UNKNOWN},
        {"mail.example.com", "example.com=p=none|com", false, NULL, OWN},
        {"other.com", "example.com=p=none|com", false, NULL, NO},
        {"notexample.com", "example.com=p=none|com", false, NULL, NO},
        {"com", "example.com=p=none|com", false, NULL, NO},
        {"mail.example.com", "example.com=p=none|com", false, "mail.example.com|example.com=p=none|com", YES},
        {"mail.example.com", "example.com=p=none|com", false, "mail.example.com=psd=n", NO},
        {"mail.example.com", "example.com=p=none|com", false, "mail.example.com|example.com=!", UNKNOWN},
        {"mail.bank.example", "bank.example=psd=y", false, "mail.bank.example|bank.example=psd=y", NO},
        {"example.com", "a.example.com|example.com=p=none|com", false, "example.com=p=none|com", YES},
        {"example.com", "a.example.com=p=none|example.com|com", false, NULL, NO},
        /* what libopendmarc lets through: one-letter first labels are not dropped */
        {"evil.com", "x.com=p=none|com", false, NULL, NO},
        {"evil.com", "x.com=p=none|com", true, NULL, NO},
        {"x.evil.com", "x.com=p=none|com", false, NULL, NO},
        {"com", "x.com=p=none|com", false, NULL, NO},
        {"f.example.com", "e.example.com=p=none|", true, NULL, NO},
        {"f.example.com", "e.example.com=p=none|example.com|com", false, NULL, NO},
        /* a record of the top-level domain without psd makes it the organization (section 11.8) */
        {"bar.example", "foo.example|example=p=none", false, "bar.example|example=p=none", YES},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1024 * 1024);
        struct dmarc_walk author = walk_of(a, row->author), own = {.start = ""};

        if (row->own != NULL)
            own = walk_of(a, row->own);
        ASSERT_ROW((int)dmarc_align(&author, row->strict, row->name, row->own == NULL ? NULL : &own) == row->want,
                   row);
        arena_free(a);
    }
}

/* The author is a.example.com, in the organization example.com, its walk whole unless `open`. */
static void all_identifiers(void **state)
{
    static const struct { const char *name; bool open; const char *walk, *want; } rows[] = {
        {"", false, NULL, ""},
        {"s+a.example.com d+a.example.com", true, NULL, "spf dkim"},
        {"s+a.example.com d+x.example.net", true, NULL, "spf"},
        {"s+a.example.com d+b.example.com", true, NULL, "spf author"},
        {"d+b.example.com d+a.example.com", true, NULL, "dkim"}, /* the free answer first */
        {"d+b.example.com", false, NULL, "own b.example.com"},
        {"s+c.example.com d+b.example.com", false, NULL, "own c.example.com"}, /* SPF first */
        {"d+b.example.com", false, "b.example.com|example.com=p=none|com", "dkim"},
        {"d+b.example.com", false, "b.example.com=!", "unknown"},
        {"d+b.example.com s+a.example.com", false, "b.example.com=!", "spf"}, /* one pass is enough */
        /* a check that ended in temperror counts only where nothing passes, and if it would align */
        {"d-a.example.com", true, NULL, "unknown"},
        {"d-a.example.com s+a.example.com", true, NULL, "spf"},
        {"d-x.example.net", true, NULL, ""},
        {"d-b.example.com", true, NULL, "author"},
        {"d-b.example.com", false, NULL, "own b.example.com"},
        {"d-b.example.com", false, "b.example.com=psd=n", ""},
        {"d-b.example.com", false, "b.example.com=!", "unknown"},
        {"d-a.example.com d+b.example.com", false, NULL, "own b.example.com"},
        {"d-a.example.com d+b.example.com", false, "b.example.com|example.com=p=none|com", "dkim"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1024 * 1024);
        struct dmarc_identifier ids[8];
        size_t n = rig_ids(a, row->name, ids, 8);
        struct dmarc_walk author = walk_of(a, row->open ? "a.example.com=p=none|" :
                                                          "a.example.com=p=none|example.com=p=none|com");
        struct dmarc_walk own = {.start = ""};
        struct dmarc_alignments found;
        char mem[200];
        struct strbuf b = STRBUF_ON(mem);

        if (row->walk != NULL)
            own = walk_of(a, row->walk);
        found = dmarc_align_all(&author, author.step[0].record, ids, n, &own, row->walk == NULL ? 0 : 1);
        strbuf_puts(&b, found.spf ? " spf" : "");
        strbuf_puts(&b, found.dkim ? " dkim" : "");
        strbuf_puts(&b, found.unknown != NULL ? " unknown" : "");
        strbuf_puts(&b, found.need == DMARC_ALIGN_AUTHOR_WALK ? " author" : "");
        if (found.need == DMARC_ALIGN_OWN_WALK)
            strbuf_putf(&b, " own %s", found.need_domain);
        if (strcmp(str_trim(strbuf_str(&b)).n == 0 ? "" : mem + 1, row->want) != 0)
            print_error("seen \"%s\"\n", mem);
        ASSERT_ROW(strcmp(mem[0] == '\0' ? "" : mem + 1, row->want) == 0, row);
        arena_free(a);
    }
}

/* [C] walks of identifiers are limited; who comes too late does not align, an identical one still does. */
static void too_many_walks(void **state)
{
    struct arena *a = arena_new(1024 * 1024);
    struct dmarc_walk author = walk_of(a, "a.example.com=p=none|example.com=p=none|com");
    struct dmarc_walk walks[DMARC_IDENTIFIER_MAX];
    struct dmarc_identifier ids[8];
    struct dmarc_alignments found;

    (void)state;
    for (size_t i = 0; i < DMARC_IDENTIFIER_MAX; i++)
        walks[i] = walk_of(a, "z.example.com=psd=n");
    found = dmarc_align_all(&author, author.step[0].record, ids, rig_ids(a, "d+b.example.com", ids, 8), walks,
                            DMARC_IDENTIFIER_MAX);
    assert_true(found.over && !found.dkim && found.need == DMARC_ALIGN_NO && found.unknown == NULL);
    found = dmarc_align_all(&author, author.step[0].record, ids, rig_ids(a, "d+b.example.com d+a.example.com", ids, 8),
                            walks, DMARC_IDENTIFIER_MAX);
    assert_true(found.dkim && !found.over);
    found = dmarc_align_all(&author, author.step[0].record, ids, rig_ids(a, "d+b.example.com d-a.example.com", ids, 8),
                            walks, DMARC_IDENTIFIER_MAX);
    assert_true(found.unknown != NULL && !found.dkim);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_identifier), cmocka_unit_test(all_identifiers), cmocka_unit_test(too_many_walks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
