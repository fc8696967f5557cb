/* Which page an address is, and which forms are ours. */
#include "unit.h"
#include "web/door.h"

static void forms_of_elsewhere(void **state)
{
    static const struct { const char *site, *origin, *host; bool want; } rows[] = {
        {"same-origin", "", "", true}, {"cross-site", "https://a.example", "a.example", false},
        {"same-site", "", "", false}, {"none", "", "", false},
        {"", "https://a.example", "a.example", true}, {"", "https://a.example:8", "a.example:8", true},
        {"", "https://b.example", "a.example", false}, {"", "", "a.example", false}, {"", "null", "a.example", false},
        {"", "https://a.example.evil", "a.example", false}, {"", "https://", "", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(door_same_origin(rows[i].site, rows[i].origin, rows[i].host), rows[i].want);
}

static const char *route_of(struct arena *a, const char *uri, bool posts, bool *known)
{
    struct request_target t;
    const struct route *r;
    struct err e = ERR_NONE;

    assert_int_equal(request_read_target(a, str_of(uri), &t, &e), RC_OK);
    r = route_find(&t, posts, known);
    return r == NULL ? "" : r->path;
}

static void finds_routes(void **state)
{
    static const struct { const char *uri; bool posts; const char *want; bool known; } rows[] = {
        {"/", false, "/", false}, {"/clients", false, "/clients", false}, {"/clients/", false, "/clients", false},
        {"/client/acme", false, "/client/+", false}, {"/client", false, "", false}, {"/client//", false, "", false},
        {"/source/a.example/x", true, "/source/+/+", false}, {"/source/a.example", false, "", false},
        {"/message/q/4cAA", false, "/message/q/+", false}, {"/signout", false, "", true}, {"/clients", true, "", true},
        {"/Clients", false, "", false}, {"/clients/x", false, "", false}, {"/%2e%2e/etc", false, "", false},
    };
    struct arena *a = arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool known;

        assert_string_equal(route_of(a, rows[i].uri, rows[i].posts, &known), rows[i].want);
        assert_int_equal(known, rows[i].known);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(forms_of_elsewhere), cmocka_unit_test(finds_routes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
