#include "base/ip.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/err.h"

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool ip_parse(struct str text, struct ip *out)
{
    char z[IP_TEXT_MAX];
    uint8_t b[16] = {0};

    if (text.n == 0 || text.n >= sizeof z || str_find(text, '\0') < text.n)
        return false;
    memcpy(z, text.p, text.n);
    z[text.n] = '\0';
    *out = (struct ip){.family = IP_NONE};
    if (inet_pton(AF_INET, z, out->b) == 1) {
        out->family = IP_V4;
        return true;
    }
    if (inet_pton(AF_INET6, z, b) != 1)
        return false;
    if (memcmp(b, mapped_prefix, sizeof mapped_prefix) == 0) {
        memcpy(out->b, b + sizeof mapped_prefix, 4);
        out->family = IP_V4;
    } else {
        memcpy(out->b, b, sizeof b);
        out->family = IP_V6;
    }
    return true;
}

static unsigned family_bits(const struct ip *ip)
{
    return ip->family == IP_V4 ? 32 : 128;
}

bool ip_net_parse(struct str text, struct ip_net *out)
{
    size_t slash = str_find(text, '/');
    uint32_t bits;

    if (!ip_parse(str_slice(text, 0, slash), &out->addr))
        return false;
    bits = family_bits(&out->addr);
    if (slash < text.n) {
        uint32_t given;

        if (!str_to_u32(str_slice(text, slash + 1, text.n), &given) || given > bits)
            return false;
        bits = given;
    }
    out->bits = (uint8_t)bits;
    return true;
}

const char *ip_text(const struct ip *ip, char buf[static IP_TEXT_MAX])
{
    struct strbuf out = strbuf_on(buf, IP_TEXT_MAX);

    if (ip->family == IP_V4)
        strbuf_putf(&out, "%u.%u.%u.%u", ip->b[0], ip->b[1], ip->b[2], ip->b[3]);
    else if (ip->family == IP_NONE || inet_ntop(AF_INET6, ip->b, buf, IP_TEXT_MAX) == NULL)
        strbuf_puts(&out, "unknown");
    return buf;
}

const char *ip_arpa(const struct ip *ip, char buf[static IP_ARPA_MAX])
{
    struct strbuf out = strbuf_on(buf, IP_ARPA_MAX);

    MUST(ip->family != IP_NONE);
    if (ip->family == IP_V4) {
        strbuf_putf(&out, "%u.%u.%u.%u.in-addr.arpa", ip->b[3], ip->b[2], ip->b[1], ip->b[0]);
    } else {
        for (int i = 15; i >= 0; i--)
            strbuf_putf(&out, "%x.%x.", ip->b[i] & 15u, ip->b[i] >> 4);
        strbuf_puts(&out, "ip6.arpa");
    }
    return buf;
}

bool ip_eq(const struct ip *a, const struct ip *b)
{
    return a->family == b->family && memcmp(a->b, b->b, sizeof a->b) == 0;
}

uint64_t ip_client(const struct ip *ip)
{
    uint64_t half = 0, address = 0;

    for (size_t i = 0; i < 8; i++)
        half = half << 8 | ip->b[i];
    for (size_t i = 0; i < 4; i++)
        address = address << 8 | ip->b[i];
    return ip->family == IP_V6 ? half : ip->family == IP_V4 ? 1 + address : 0;
}

bool ip_in_prefix(const struct ip *ip, const struct ip *net, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    if (ip->family != net->family || ip->family == IP_NONE || bits > family_bits(ip))
        return false;
    if (memcmp(ip->b, net->b, whole) != 0)
        return false;
    return rest == 0 || ((ip->b[whole] ^ net->b[whole]) >> (8 - rest)) == 0;
}

bool ip_in_net(const struct ip *ip, const struct ip_net *net)
{
    return ip_in_prefix(ip, &net->addr, net->bits);
}
