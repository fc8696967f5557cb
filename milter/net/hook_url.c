/* Which addresses documents are handed over to; apart from the rest, for it needs no libcurl. */
#include <string.h>

#include "net/hook.h"

/* A name before the host, as in http://localhost:80@elsewhere.example/, would make of loopback what is none. */
static bool hook_url_is_plain(struct str url)
{
    size_t from = str_find(url, ':') + 3, end = from;

    while (end < url.n && strchr("/?#", url.p[end]) == NULL)
        end++;
    return str_find(str_slice(url, from, end), '@') == end - from && str_find(url, '#') == url.n;
}

bool hook_url_is_good(struct str url)
{
    static const char *const loopback[] = {"http://127.0.0.1", "http://[::1]", "http://localhost"};

    if (url.n == 0 || url.n > HOOK_URL_MAX)
        return false;
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= ' ' || (unsigned char)url.p[i] >= 127 || strchr("\"<>\\^`{|}", url.p[i]) != NULL)
            return false;
    if (!hook_url_is_plain(url))
        return false;
    if (str_starts_nocase(url, STR("https://")))
        return url.n > 8 && char_is_alnum(url.p[8]);
    for (size_t i = 0; i < sizeof loopback / sizeof loopback[0]; i++) {
        size_t n = strlen(loopback[i]);

        if (str_starts_nocase(url, str_of(loopback[i])) && (url.n == n || url.p[n] == ':' || url.p[n] == '/'))
            return true;
    }
    return false;
}
