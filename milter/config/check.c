#include "config/check.h"

#include <string.h>

#include "base/database_url.h"
#include "base/domain_name.h"
#include "base/ip.h"
#include "base/log.h"
#include "config/config.h"
#include "config/socket_spec.h"
#include "net/hook.h"

enum { PORT_MAX = 65535, USER_MAX = 64, PATH_LENGTH_MAX = 1023 };

static bool number_between(struct str s, uint32_t min, uint32_t max)
{
    uint32_t n;

    return str_to_u32(s, &n) && n >= min && n <= max;
}

/* Splits at the first `c`; false when there is none. */
static bool check_split(struct str s, char c, struct str *left, struct str *right)
{
    size_t at = str_find(s, c);

    *left = str_slice(s, 0, at);
    *right = str_slice(s, at + 1, s.n);
    return at < s.n;
}

bool check_socket(struct str value, const char **want)
{
    struct socket_spec spec;

    return socket_spec_parse(value, &spec, want);
}

static bool account_name(struct str s)
{
    if (s.n == 0 || s.n > USER_MAX || s.p[0] == '-')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!char_is_alnum(s.p[i]) && strchr("._-$", s.p[i]) == NULL)
            return false;
    return true;
}

bool check_user(struct str value, const char **want)
{
    struct str user, group;
    bool has_group = check_split(value, ':', &user, &group);

    *want = "write a user, or user:group, or \"\" to stay who starts it";
    return value.n == 0 || (account_name(user) && (!has_group || account_name(group)));
}

bool check_path(struct str value, const char **want)
{
    *want = "write an absolute path, which begins with \"/\", or \"\" for none";
    return value.n == 0 || (value.p[0] == '/' && value.n <= PATH_LENGTH_MAX);
}

bool check_centre(struct str value, const char **want)
{
    *want = "write, between quotes, \"postgresql://HOST/DATABASE\" or \"service=NAME\", or \"\" for none";
    if (value.n == 0)
        return true;
    if (database_url_has_password(value))
        *want = "leave the password out, which belongs into ~/.pgpass or a service file";
    return database_url_is(value) && value.n <= PATH_LENGTH_MAX && !database_url_has_password(value);
}

bool check_store(struct str value, const char **want)
{
    return database_url_is(value) ? check_centre(value, want) : check_path(value, want);
}

bool check_fleet_host(struct str value, const char **want)
{
    *want = "write a name of at most 64 letters, digits, dots, hyphens and underscores";
    for (size_t i = 0; i < value.n; i++)
        if (!char_is_alnum(value.p[i]) && strchr("._-", value.p[i]) == NULL)
            return false;
    return value.n <= CONFIG_FLEET_HOST_MAX;
}

bool check_beside(struct str value, const char **want)
{
    *want = "write a path of at most 1023 bytes, or \"\" for none";
    return value.n <= PATH_LENGTH_MAX;
}

/* It goes into an SMTP reply of 512 bytes (RFC 5321 section 4.5.3.1.5), beside words of our own. */
bool check_help_text(struct str value, const char **want)
{
    *want = "write one line of at most 200 printable ASCII characters";
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] < 0x20 || value.p[i] > 0x7e)
            return false;
    return value.n <= CONFIG_HELP_TEXT_MAX;
}

bool check_facility(struct str value, const char **want)
{
    *want = "write a facility of syslog.conf(5), such as mail or local3";
    return log_facility_known(value);
}

/* RFC 8601 section 2.2: authserv-id = value; of which we write only the token form (RFC 2045 section 5.1) */
bool check_trusted_authserv_id(struct str value, const char **want)
{
    enum { AUTHSERV_ID_MAX = 255 };

    *want = "write a host or domain name, such as mx.example.com";
    if (value.n == 0 || value.n > AUTHSERV_ID_MAX)
        return false;
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] <= ' ' || value.p[i] >= 0x7f || strchr("()<>@,;:\\\"/[]?=", value.p[i]) != NULL)
            return false;
    return true;
}

bool check_authserv_id(struct str value, const char **want)
{
    return value.n == 0 || check_trusted_authserv_id(value, want);
}

/* What every mail program takes: dot-atom@domain, US-ASCII (RFC 5321 section 4.1.2 without its rarer forms). */
bool check_mailbox(struct str value, const char **want)
{
    enum { LOCAL_MAX = 64, HOST_MAX = 253 };
    struct str local, host;

    *want = "write a plain address, such as dmarc-reports@example.com";
    if (value.n == 0)
        return true;
    if (!check_split(value, '@', &local, &host) || local.n == 0 || local.n > LOCAL_MAX || host.n == 0 ||
        host.n > HOST_MAX)
        return false;
    for (size_t i = 0; i < local.n; i++)
        if (!char_is_alnum(local.p[i]) && strchr("!#$%&'*+-/=?^_`{|}~.", local.p[i]) == NULL)
            return false;
    for (size_t i = 0; i < host.n; i++)
        if (!char_is_alnum(host.p[i]) && host.p[i] != '-' && host.p[i] != '.')
            return false;
    return local.p[0] != '.' && local.p[local.n - 1] != '.' && host.p[0] != '.' && str_find(host, '.') < host.n;
}

bool check_hook(struct str value, const char **want)
{
    *want = "write https://HOST/PATH, or http:// for a program on this host (127.0.0.1, [::1], localhost); "
            "a password belongs into AlertAuth";
    return value.n == 0 || hook_url_is_good(value);
}

bool check_nameserver(struct str value, const char **want)
{
    struct str address, port;
    bool has_port = check_split(value, '@', &address, &port);
    struct ip ip;

    *want = "write addresses, with @port where it is not 53: 192.0.2.53@5353; or recursive alone";
    if (str_eq_nocase(value, STR("recursive")))
        return true;
    return ip_parse(address, &ip) && (!has_port || number_between(port, 1, PORT_MAX));
}

/* ---- reports ---- */

enum { LOCAL_MAX = 64, EXTENSION_ROOM = 27 };

/* A name as mail/domain.h calls it normal. */
static bool normal_domain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != char_lower(s.p[i]))
            return false;
    return domain_name_labels(s) > 0;
}

/* A dot-atom of letters, digits and a few marks: all that an address of one's own needs. */
static bool plain_local(struct str s, size_t max)
{
    for (size_t i = 0; i < s.n; i++)
        if (!char_is_alnum(s.p[i]) && str_find(STR("-_=."), s.p[i]) == 4)
            return false;
    return s.n > 0 && s.n <= max && s.p[0] != '.' && s.p[s.n - 1] != '.' && memmem(s.p, s.n, "..", 2) == NULL;
}

static bool plain_mailbox(struct str value, size_t local_max)
{
    struct str local, domain;

    return check_split(value, '@', &local, &domain) && plain_local(local, local_max) && normal_domain(domain);
}

bool check_domain(struct str value, const char **want)
{
    *want = "write domain names in lower case, as DNS has them: example.com";
    return normal_domain(value);
}

bool check_report_sender(struct str value, const char **want)
{
    *want = "write a plain address, of at most 37 bytes before its \"@\", without \"+\", and its domain in lower case, "
            "such as bounces@example.com, or \"\" for none";
    return value.n == 0 || plain_mailbox(value, LOCAL_MAX - EXTENSION_ROOM);
}

static bool relay_host(struct str host)
{
    struct ip ip;

    if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        return ip_parse(str_slice(host, 1, host.n - 1), &ip);
    return normal_domain(host);
}

bool check_relay(struct str value, const char **want)
{
    const struct str plain = STR("smtp://"), tls = STR("smtps://");
    struct str rest = str_starts_nocase(value, tls) ? str_slice(value, tls.n, value.n)
                                                    : str_slice(value, plain.n, value.n);
    size_t colon = rest.n;

    *want = "write smtp://HOST:PORT or smtps://HOST:PORT, such as smtp://127.0.0.1:25; an IPv6 address in brackets";
    while (colon > 0 && char_is_digit(rest.p[colon - 1]))
        colon--;
    if (!str_starts_nocase(value, plain) && !str_starts_nocase(value, tls))
        return false;
    if (colon == 0 || colon == rest.n || rest.p[colon - 1] != ':')
        return relay_host(rest);
    return relay_host(str_slice(rest, 0, colon - 1)) && number_between(str_slice(rest, colon, rest.n), 1, PORT_MAX);
}

bool check_selector(struct str value, const char **want)
{
    *want = "write the selector as in DNS, before \"._domainkey\", such as s2026, or \"\" for none";
    return value.n == 0 || normal_domain(value);
}

bool check_opt_out(struct str value, const char **want)
{
    struct str local, host;

    *want = "write domains (example.com), addresses (user@example.com) or hosts (@example.com), domains in lower case";
    if (!check_split(value, '@', &local, &host))
        return normal_domain(value);
    return normal_domain(host) && str_find(local, ' ') == local.n;
}

/* The listening socket of the pages: only who is on this host may reach it. */
bool check_web_socket(struct str value, const char **want)
{
    static const struct str loopback[] = {{"@127.0.0.1", 10}, {"@localhost", 10}, {"@[::1]", 6}, {"@::1", 4}};
    struct str unix_path = STR("unix:/"), inet = STR("inet:"), fd = STR("fd:");
    size_t at = str_find(value, '@');

    *want = "write unix:PATH, fd:N, or for trials inet:PORT@127.0.0.1; a web server in front speaks TLS to the world";
    if (value.n == 0)
        return true;
    if (str_starts_nocase(value, unix_path))
        return value.n > unix_path.n && value.n < 108;
    if (str_starts_nocase(value, fd))
        return number_between(str_slice(value, fd.n, value.n), 3, 65535);
    if (!str_starts_nocase(value, inet) || !number_between(str_slice(value, inet.n, at), 1, PORT_MAX))
        return false;
    for (size_t i = 0; i < sizeof loopback / sizeof loopback[0]; i++)
        if (str_eq_nocase(str_slice(value, at, value.n), loopback[i]))
            return true;
    return str_starts_nocase(str_slice(value, at, value.n), STR("@127.")) && str_find(value, ' ') == value.n;
}

bool check_header_name(struct str value, const char **want)
{
    *want = "write the name of a header field, letters, digits and -, such as X-Remote-User";
    for (size_t i = 0; i < value.n; i++)
        if (!char_is_alnum(value.p[i]) && value.p[i] != '-')
            return false;
    return value.n > 0 && value.n <= 64;
}

bool check_https(struct str value, const char **want)
{
    *want = "write an address that begins with https://, without blanks or quotes, or \"\" for none";
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] <= 0x20 || (unsigned char)value.p[i] >= 0x7f || strchr("\"'<>`\\",
            value.p[i]) != NULL)
            return false;
    return value.n == 0 || (str_starts_nocase(value, STR("https://")) && value.n <= 500);
}

bool check_received(struct str value, const char **want)
{
    bool url = str_starts_nocase(value, STR("imaps://")) || str_starts_nocase(value, STR("imap://"));

    *want = "the path of a Maildir, or imaps://USER@HOST/FOLDER";
    return url ? str_find(value, '@') < value.n : value.n > 0 && value.p[0] == '/';
}
