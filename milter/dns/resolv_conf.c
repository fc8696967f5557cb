#include "dns/resolv_conf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum { FILE_MAX = 64 << 10, LINE_SIZE = 1024 };

/* ADDRESS, fe80::1%ZONE; and, which only libunbound knows, ADDRESS@PORT. */
static bool resolv_is_address(struct str text)
{
    char address[RESOLV_SERVER_SIZE];
    struct str bare = str_slice(text, 0, str_find(text, '@'));
    struct in6_addr into;

    bare = str_slice(bare, 0, str_find(bare, '%'));
    if (bare.n == 0 || text.n >= sizeof address)
        return false;
    memcpy(address, bare.p, bare.n);
    address[bare.n] = '\0';
    return inet_pton(AF_INET6, address, &into) == 1 ||
           (str_find(text, '%') == text.n && inet_pton(AF_INET, address, &into) == 1);
}

/* The length of the word that `s` begins with. */
static size_t resolv_word(struct str s)
{
    size_t n = 0;

    while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t')
        n++;
    return n;
}

/* "nameserver ADDRESS"; comments begin with ";" or "#". */
static void resolv_line(struct str line, struct resolv_conf *out)
{
    struct str rest, word;
    size_t n;

    line = str_slice(line, 0, str_find(line, '#'));
    line = str_trim(str_slice(line, 0, str_find(line, ';')));
    n = resolv_word(line);
    if (!str_eq(str_slice(line, 0, n), STR("nameserver")) || out->count == RESOLV_SERVERS_MAX)
        return;
    rest = str_trim(str_slice(line, n, line.n));
    word = str_slice(rest, 0, resolv_word(rest));
    if (!resolv_is_address(word))
        return;
    memcpy(out->server[out->count], word.p, word.n);
    out->server[out->count][word.n] = '\0';
    out->count++;
}

enum rc resolv_conf_read(const char *path, struct resolv_conf *out, struct err *e)
{
    const char *name = path == NULL ? RESOLV_CONF_PATH : path;
    FILE *f = fopen(name, "re");
    char line[LINE_SIZE];
    size_t sum = 0;
    bool bad;

    memset(out, 0, sizeof *out);
    if (f == NULL)
        return err_errno(e, RC_IO, errno, "set Nameservers: cannot take name servers from %s", name);
    while (sum < FILE_MAX && fgets(line, sizeof line, f) != NULL) {
        sum += strlen(line) + 1;
        resolv_line(str_of(line), out);
    }
    bad = ferror(f) != 0;
    (void)fclose(f);
    if (bad)
        return err_set(e, RC_IO, "cannot take name servers from %s: it cannot be read; set Nameservers", name);
    if (out->count == 0)
        return err_set(e, RC_IO, "cannot take name servers from %s: it names none; set Nameservers", name);
    return RC_OK;
}

bool resolv_conf_same(const struct resolv_conf *a, const struct resolv_conf *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->server[i], b->server[i]) != 0)
            return false;
    return true;
}
