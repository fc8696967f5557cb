#include "unit.h"

#include "mail/address.h"

static void splitting(void **state)
{
    static const struct { const char *name, *local, *domain, *normal; } rows[] = {
        {"", "", "", NULL},
        {"user", "user", "", NULL},
        {"postmaster", "postmaster", "", NULL},
        {"user@", "user", "", NULL},
        {"@", "", "", NULL},
        {"@example.com", "", "example.com", "example.com"},
        {"user@Example.COM", "user", "Example.COM", "example.com"},
        {"user@example.com.", "user", "example.com.", "example.com"},
        {"\"a@b\"@example.com", "\"a@b\"", "example.com", "example.com"},
        {"\"a\\\"@b\"@example.com", "\"a\\\"@b\"", "example.com", "example.com"},
        {"\"unclosed@example.com", "\"unclosed@example.com", "", NULL},
        {"a@b@example.com", "a@b", "example.com", "example.com"},
        {"@relay.example:user@example.com", "user", "example.com", "example.com"},
        {"@a.example,@b.example:user@example.com", "user", "example.com", "example.com"},
        {"@[IPv6:2001:db8::1]:user@example.com", "user", "example.com", "example.com"},
        {"user:x@example.com", "user:x", "example.com", "example.com"},
        {"user@[192.0.2.1]", "user", "[192.0.2.1]", NULL},
        {"user@[IPv6:2001:db8::1]", "user", "[IPv6:2001:db8::1]", NULL},
        {"user@b\xc3\xbc" "cher.example", "user", "b\xc3\xbc" "cher.example", "xn--bcher-kva.example"},
        {"user@exa mple.com", "user", "exa mple.com", NULL},
        {"user@example..com", "user", "example..com", NULL},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(64 * 1024);
        struct address parts;
        const char *normal = address_domain(a, str_of(row->name));

        address_split(str_of(row->name), &parts);
        ASSERT_ROW(str_eq(parts.local, str_of(row->local)), row);
        ASSERT_ROW(str_eq(parts.domain, str_of(row->domain)), row);
        ASSERT_ROW(str_eq(str_of(normal), str_of(row->normal)), row);
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(splitting)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
