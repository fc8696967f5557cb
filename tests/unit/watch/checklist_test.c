/* A checklist lists what is missing, or says that memory is: it never lists too little. */
#include "unit.h"

#include "records/schema.h"
#include "samples.h"
#include "watch/checklist.h"

static void without_memory(void **state)
{
    struct client client = {.name = "acme", .title = "", .dns_owner = "", .note = ""};
    struct scratch at = scratch_make();
    struct watch_round round = {.bounds = &watch_usual_bounds, .client = "acme", .now_ms = 20000LL * 86400000, .days = 90};
    struct err e = ERR_NONE;
    size_t whole = 0, told = 0;

    (void)state;
    client.runbook = (struct runbook){.mail_owner = "", .marketing_owner = "", .ticketing_owner = "", .portals_owner = "",
                                      .success = "", .language = ""};
    for (int i = 0; i < RUNBOOK_CHANGES; i++)
        client.runbook.approver[i] = "";
    assert_int_equal(db_open_write(at.db, &records_schema, false, &round.db, &e), RC_OK);
    for (size_t limit = 64 * 1024; limit > 256; limit -= 256) { /* the first has enough */
        struct arena *a = arena_new(limit);
        struct checklist list;
        enum rc rc = checklist_of(&round, &client, a, &list, &e);

        assert_true(rc == RC_OK || rc == RC_NOMEM);
        if (whole == 0)
            whole = list.missing;
        if (rc == RC_OK)
            assert_int_equal(list.missing, whole);
        else
            told++;
        arena_free(a);
    }
    assert_true(whole > 5 && told > 0);
    db_close(round.db);
    scratch_remove(&at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(without_memory)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
