/* A table of networks that the site gives: whatever is in it, a sentence, or answers that stand in it. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "intake/as_table.h"

static void ask(const struct as_table *n, struct str text, const char *address)
{
    struct network found = {.number = 0};
    struct ip ip;

    HOLDS(ip_parse(str_of(address), &ip));
    if (!as_table_find(n, &ip, &found))
        return;
    HOLDS(found.number > 0 && found.number <= UINT32_MAX);
    HOLDS(found.country.n < AS_TABLE_LINE_MAX && found.name.n < AS_TABLE_LINE_MAX);
    HOLDS(memmem(text.p, text.n, found.country.p, found.country.n) != NULL);
    HOLDS(memmem(text.p, text.n, found.name.p, found.name.n) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const addresses[] = {"0.0.0.0", "10.0.0.1", "10.0.5.0", "192.0.2.127", "192.0.2.128",
                                            "255.255.255.255", "::", "2001:db8::9", "ffff::"};
    char path[60];
    struct as_table *n;
    struct err e = ERR_NONE;
    int fd = memfd_create("as_table", MFD_CLOEXEC);

    HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (as_table_open(path, &n, &e) == RC_OK)
        for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
            ask(n, fuzz_str(data, size), addresses[i]);
    else
        HOLDS(n == NULL && strncmp(e.text, path, strlen(path)) == 0);
    as_table_close(n);
    HOLDS(close(fd) == 0);
    return 0;
}
