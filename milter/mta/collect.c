#include "mta/collect.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const char *const ignored_words[] = {
    "examined", "submitted on this host", "from one of IgnoreHosts", "from a client that logged in",
};
const struct enum_names why_ignored_names = ENUM_NAMES(ignored_words);

static struct str collect_cut(const char *text, size_t max)
{
    return (struct str){text, text == NULL ? 0 : strnlen(text, max)};
}

const char *collect_text(struct arena *a, const char *text, size_t max)
{
    if (text == NULL || text[0] == '\0')
        return NULL;
    return str_dup(a, collect_cut(text, max));
}

void collect_address(const struct sockaddr *sa, struct ip *ip, uint16_t *port)
{
    char text[INET6_ADDRSTRLEN] = "";

    *ip = (struct ip){.family = IP_NONE};
    *port = 0;
    if (sa == NULL)
        return;
    if (sa->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)sa;

        ip->family = IP_V4;
        memcpy(ip->b, &in->sin_addr, sizeof in->sin_addr);
        *port = ntohs(in->sin_port);
    } else if (sa->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sa;

        (void)inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
        *port = ntohs(in6->sin6_port);
        (void)ip_parse(str_of(text), ip); /* turns an IPv4-mapped address into IPv4 */
    }
}

void collect_names(struct arena *a, struct conn *c, const char *verified, const char *resolve, const char *claimed)
{
    c->name = NULL;
    if (verified != NULL && verified[0] != '[' && !str_eq_nocase(str_of(verified), STR("unknown")) &&
        (resolve == NULL || str_eq_nocase(str_of(resolve), STR("OK"))))
        c->name = collect_text(a, verified, COLLECT_TEXT_MAX);
    c->ptr = NULL;
    if (claimed != NULL && claimed[0] != '[' && !str_eq_nocase(str_of(claimed), STR("unknown")))
        c->ptr = collect_text(a, claimed, COLLECT_TEXT_MAX);
}

void collect_mail(struct message *m, char **argv)
{
    if (argv == NULL || argv[0] == NULL)
        return;
    m->mail_from = message_path(m->arena, collect_cut(argv[0], COLLECT_PATH_MAX));
    if (m->mail_from.p == NULL)
        message_note_limit(m, MESSAGE_LIMIT_MEMORY);
    for (size_t i = 1; argv[i] != NULL; i++)
        if (str_eq_nocase(str_of(argv[i]), STR("SMTPUTF8"))) /* RFC 6531 section 3.4 */
            m->smtputf8 = true;
}

void collect_rcpt(struct message *m, char **argv)
{
    if (argv != NULL && argv[0] != NULL)
        (void)message_add_rcpt(m, collect_cut(argv[0], COLLECT_PATH_MAX));
}

/* What follows the colon: an MTA that strips the usual blank gets it back. */
static struct str with_space(struct arena *a, const char *value)
{
    struct strbuf b = strbuf_new(a, strlen(value) + 1);

    strbuf_putc(&b, ' ');
    strbuf_puts(&b, value);
    return strbuf_str(&b);
}

void collect_header(struct message *m, const char *name, const char *value, bool leading_space,
                    const struct message_bounds *max)
{
    struct str text = str_of(value);

    if (!leading_space)
        text = with_space(m->arena, text.n == 0 ? "" : text.p);
    if (!leading_space && text.n == 0)
        message_note_limit(m, MESSAGE_LIMIT_MEMORY);
    (void)message_add_header(m, str_of(name), text, max);
}

enum why_ignored collect_ignored(const struct conn *c, bool told, const struct config *config)
{
    if (c->auth_user != NULL && config->ignore_authenticated)
        return IGNORED_LOGIN;
    if (c->ip.family == IP_NONE)
        return told ? IGNORED_LOCAL : IGNORED_NOT;
    for (size_t i = 0; i < config->ignore_hosts.n; i++)
        if (ip_in_net(&c->ip, &config->ignore_hosts.item[i]))
            return IGNORED_HOST;
    return IGNORED_NOT;
}

char *collect_reply(struct arena *a, const char *text)
{
    struct strbuf out = strbuf_new(a, 2 * strlen(text));

    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '%')
            strbuf_putc(&out, '%');
        strbuf_putc(&out, (unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p);
    }
    return out.over ? NULL : out.p;
}
