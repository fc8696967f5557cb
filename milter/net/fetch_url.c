/* What of HTTPS is text alone: URLs, recorded answers, addresses. */
#include <string.h>

#include "mail/domain.h"
#include "net/fetch.h"

static const char *const troubles[] = {"answered", "resolve", "refused", "timeout", "certificate", "tls", "address",
                                       "too-large", "url"};
const struct enum_names fetch_trouble_names = ENUM_NAMES(troubles);

bool fetch_address_private(const struct ip *ip)
{
    static const char *const nets[] = {
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", "::/127", "fc00::/7", "fe80::/10", "ff00::/8",
    };
    static const struct {
        const char *net;
        size_t at; /* where the IPv4 address stands */
    } forms[] = {{"::ffff:0:0/96", 12}, {"64:ff9b::/96", 12}, {"2002::/16", 2}};

    for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++) {
        struct ip_net net;

        if (ip_net_parse(str_of(nets[i]), &net) && net.addr.family == ip->family && ip_in_net(ip, &net))
            return true;
    }
    for (size_t i = 0; ip->family == IP_V6 && i < sizeof forms / sizeof forms[0]; i++) {
        struct ip_net net;
        struct ip inner = {.family = IP_V4};

        memcpy(inner.b, ip->b + forms[i].at, 4);
        if (ip_net_parse(str_of(forms[i].net), &net) && net.addr.family == IP_V6 && ip_in_net(ip, &net) &&
            fetch_address_private(&inner))
            return true;
    }
    return false;
}

bool fetch_url_parse(struct arena *a, struct str url, struct fetch_url *out)
{
    struct str rest = str_slice(url, 8, url.n), host;
    size_t slash;
    struct ip ip;

    if (url.n > FETCH_URL_MAX || !str_starts_nocase(url, STR("https://")))
        return false;
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] <= 0x20 || url.p[i] >= 0x7f || url.p[i] == '"' || url.p[i] == '<' || url.p[i] == '>' ||
            url.p[i] == '\\')
            return false;
    slash = str_find(rest, '/');
    host = str_slice(rest, 0, slash);
    rest = str_slice(rest, slash, rest.n);
    rest = str_slice(rest, 0, str_find(rest, '#'));
    if (ip_parse(host, &ip) || str_find(host, '.') == host.n || domain_normalize(a, host, &out->host) != RC_OK)
        return false; /* with a login or a port it is no name */
    out->path = rest.n == 0 ? "/" : str_dup(a, rest);
    return out->path != NULL;
}

/* ---- answers ---- */

static struct str line_next(struct str *rest)
{
    size_t end = str_find(*rest, '\n');
    struct str line = str_slice(*rest, 0, end);

    *rest = str_slice(*rest, end + 1, rest->n);
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

static bool read_error(struct str line, struct fetch_answer *out)
{
    int n;

    if (!enum_value(&fetch_trouble_names, str_trim(str_slice(line, 6, line.n)), &n) || n == FETCH_ANSWERED)
        return false;
    out->trouble = (enum fetch_trouble)n;
    return true;
}

bool fetch_answer_read(struct arena *a, struct str text, size_t max, struct fetch_answer *out)
{
    struct str rest = text, line = line_next(&rest);
    uint32_t status;
    size_t blank = str_find(line, ' ');
    bool ended = false;

    *out = (struct fetch_answer){.detail = "", .type = ""};
    if (str_starts_nocase(line, STR("ERROR ")))
        return read_error(line, out);
    if (!str_starts_nocase(line, STR("HTTP/")) || !str_to_u32(str_slice(line, blank + 1, blank + 4), &status) ||
        status < 100 || status > 599)
        return false;
    out->status = (int)status;
    while (rest.n > 0 && !ended) {
        line = line_next(&rest);
        ended = line.n == 0;
        if (str_starts_nocase(line, STR("content-type:"))) {
            out->type = str_dup(a, str_trim(str_slice(line, 13, line.n)));
            out->type = out->type == NULL ? "" : out->type;
        }
    }
    if (!ended || text.n - rest.n > FETCH_FIELDS_MAX)
        return false;
    if (rest.n > max) {
        out->trouble = FETCH_TOO_LARGE;
        return true;
    }
    out->body = (struct str){str_dup(a, rest), rest.n};
    return out->body.p != NULL;
}
