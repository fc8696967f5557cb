#include "inventory/networks.h"

#include <string.h>

static unsigned networks_width(const struct ip_net *net)
{
    return net->addr.family == IP_V4 ? 32 : 128;
}

/* The first address of the network: all bits behind the prefix are 0. */
static struct ip networks_first(const struct ip_net *net)
{
    struct ip first = net->addr;

    for (unsigned bit = net->bits; bit < networks_width(net); bit++)
        first.b[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
    return first;
}

static enum rc networks_one(struct str word, struct ip_net *net, struct err *e)
{
    char shown[160], first[IP_TEXT_MAX];
    struct strbuf b = STRBUF_ON(shown);
    unsigned least;
    struct ip start;

    strbuf_put_escaped(&b, word, 60);
    if (!ip_net_parse(word, net))
        return err_set(e, RC_BAD, "\"%s\" is not an address or a network; write it as 203.0.113.0/28", shown);
    least = net->addr.family == IP_V4 ? NETWORKS_V4_BITS_MIN : NETWORKS_V6_BITS_MIN;
    if (net->bits < least)
        return err_set(e, RC_BAD, "\"%s\" is too wide for one service: /%u at least; name each of its networks", shown,
                       least);
    start = networks_first(net);
    if (!ip_eq(&start, &net->addr))
        return err_set(e, RC_BAD, "\"%s\" has an address inside the network; the network is %s/%u", shown,
                       ip_text(&start, first), (unsigned)net->bits);
    return RC_OK;
}

enum rc networks_read(struct str text, struct ip_net net[NETWORKS_MAX], size_t *n, struct err *e)
{
    enum rc rc = RC_OK;

    *n = 0;
    for (size_t i = 0; rc == RC_OK && i < text.n;) {
        size_t end = i;

        while (end < text.n && strchr(", \t;", text.p[end]) == NULL)
            end++;
        if (end == i) {
            i++;
            continue;
        }
        if (*n == NETWORKS_MAX)
            return err_set(e, RC_LIMIT, "more than %d networks; write them shorter, or as two services", NETWORKS_MAX);
        rc = networks_one(str_slice(text, i, end), &net[(*n)++], e);
        i = end;
    }
    return rc;
}

const char *networks_text(struct arena *a, const struct ip_net *net, size_t n)
{
    struct strbuf b = strbuf_new(a, 1 + n * (IP_TEXT_MAX + sizeof "/128, "));
    char text[IP_TEXT_MAX];

    for (size_t i = 0; i < n; i++) {
        strbuf_putf(&b, "%s%s", i > 0 ? ", " : "", ip_text(&net[i].addr, text));
        if (net[i].bits < networks_width(&net[i]))
            strbuf_putf(&b, "/%u", (unsigned)net[i].bits);
    }
    return b.max == 0 ? NULL : b.p;
}
