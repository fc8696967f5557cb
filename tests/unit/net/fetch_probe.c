/* fetch_probe ZONE CA PORT PRIVATE URL...: what fetch_get makes of each, a line each; for https. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/fetch.h"

int main(int argc, char **argv)
{
    struct err e = ERR_NONE;
    struct arena *a = arena_new(8 << 20);
    struct dns *dns = argc < 6 ? NULL : dns_open_zone(argv[1], &e);
    struct fetch_settings settings = {.ca_file = argc < 6 ? NULL : argv[2],
                                      .port = argc < 6 ? 0 : (unsigned)strtoul(argv[3], NULL, 10),
                                      .allow_private = argc >= 6 && strcmp(argv[4], "private") == 0};
    struct fetcher *f = dns == NULL ? NULL : fetcher_new(&settings, &e);

    if (f == NULL || a == NULL) {
        (void)fprintf(stderr, "fetch_probe: %s\n", e.text);
        return 1;
    }
    for (int i = 5; i < argc; i++) {
        struct dns_scope *scope = dns_scope_new(dns, 5000);
        struct fetch_answer out;

        fetch_get(f, a, scope, argv[i], FETCH_BODY_MAX, &out);
        (void)printf("%s %d %zu %s\n", enum_name(&fetch_trouble_names, (int)out.trouble), out.status, out.body.n,
                     out.type);
        dns_scope_free(scope);
        arena_reset(a);
    }
    fetcher_free(f);
    dns_close(dns);
    arena_free(a);
    return 0;
}
