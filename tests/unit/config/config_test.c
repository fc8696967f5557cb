#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

static char path[] = "/tmp/assay-config-XXXXXX";

static int make_file(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static struct config *load(const char *text, struct err *e)
{
    struct config *c = NULL;
    FILE *f = fopen(path, "w");
    enum rc rc;

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
    *e = ERR_NONE;
    rc = config_load(path, NULL, 0, &c, e);
    assert_true((rc == RC_OK) == (c != NULL));
    return c;
}

static void defaults(void **state)
{
    struct err e = ERR_NONE;
    struct config *c;
    char host[256] = "";

    (void)state;
    assert_int_equal(config_load(NULL, NULL, 0, &c, &e), RC_OK);
    assert_string_equal(c->socket, "unix:/run/assay/assay.sock");
    assert_int_equal(c->umask, 7);
    assert_int_equal(c->max_header_bytes, 1 << 20);
    assert_int_equal(c->ignore_hosts.n, 2);
    assert_int_equal(c->ignore_hosts.item[0].bits, 8);
    assert_int_equal(c->nameservers.n, 0);
    assert_int_equal(c->log_level, LOG_LEVEL_INFO);
    assert_int_equal(c->database_sync, 1);
    assert_int_equal(c->on_internal_error, 0);
    assert_true(c->syslog && c->iprev && !c->auth_login);
    assert_string_equal(c->file, "");
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    assert_string_equal(c->authserv_id, host);
    config_free(c);
}

/* OpenDMARC's word for the host's name, alone and among the trusted. */
static void hostname(void **state)
{
    static const char *const overrides[] = {"AuthservID=HOSTNAME", "TrustedAuthservIDs=HOSTNAME,b.example"};
    struct err e = ERR_NONE;
    struct config *c;
    char host[256] = "";

    (void)state;
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    assert_int_equal(config_load(NULL, overrides, 2, &c, &e), RC_OK);
    assert_string_equal(c->authserv_id, host);
    assert_string_equal(c->trusted_authserv_ids.item[0], host);
    assert_string_equal(c->trusted_authserv_ids.item[1], "b.example");
    config_free(c);
}

static void values(void **state)
{
    struct err e;
    struct config *c = load("# all kinds\n"
                            "Socket = \"inet:8893@localhost\"\r\n"
                            "umask=022 syslog = no # two on a line\n"
                            "LogLevel = Debug /* a block\n comment */ DNSTimeout = 1m\n"
                            "MaxHeaderBytes = 64K\n"
                            "IgnoreHosts = {192.0.2.0/24, \"2001:db8::/32\",}\n"
                            "Nameservers = 127.0.0.1@5353\n"
                            "Nameservers += {'::1'}\n"
                            "TrustedAuthservIDs = \"a.example, b.example\"\n"
                            "AuthservID = mx.example.com\n", &e);

    (void)state;
    assert_string_equal(e.text, "");
    assert_non_null(c);
    assert_string_equal(c->socket, "inet:8893@localhost");
    assert_int_equal(c->umask, 022);
    assert_false(c->syslog);
    assert_int_equal(c->log_level, LOG_LEVEL_DEBUG);
    assert_int_equal(c->dns_timeout, 60);
    assert_int_equal(c->max_header_bytes, 65536);
    assert_int_equal(c->ignore_hosts.n, 2);
    assert_int_equal(c->ignore_hosts.item[1].addr.family, IP_V6);
    assert_int_equal(c->nameservers.n, 2);
    assert_string_equal(c->nameservers.item[0], "127.0.0.1@5353");
    assert_string_equal(c->nameservers.item[1], "::1");
    assert_int_equal(c->trusted_authserv_ids.n, 2);
    assert_string_equal(c->trusted_authserv_ids.item[1], "b.example");
    assert_string_equal(c->authserv_id, "mx.example.com");
    assert_string_equal(c->file, path);
    config_free(c);
}

static void empty_list_replaces_default(void **state)
{
    struct err e;
    struct config *c = load("IgnoreHosts = {}\n", &e);

    (void)state;
    assert_non_null(c);
    assert_int_equal(c->ignore_hosts.n, 0);
    config_free(c);
}

/* Each gives one sentence with file, line, what is wrong and what to do. */
static void complaints(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"\n\nIgnorHosts = {}", ":3: there is no option IgnorHosts; did you mean IgnoreHosts?"},
        {"Colour = blue", ":1: there is no option Colour; assay.conf(5) lists them all"},
        {"UMask = 8", ":1: UMask: \"8\" is not an octal number; write an octal number from 0 to 0777"},
        {"Syslog = no\nDNSTimeout = 61",
         ":2: DNSTimeout: \"61\" is out of bounds; write a number from 1 to 60 seconds"},
        {"MaxHeaders = 5000000000", "not a number"},
        {"MaxHeaderBytes = 5000M", "not a number"},
        {"MinimumKeyBits = 512",
         ":1: MinimumKeyBits: \"512\" is out of bounds; write a number from 1024 to 4096"},
        {"IgnoreHosts = {\n 10.0.0.0/8,\n 10.0.0.0/33 }",
         ":3: IgnoreHosts: \"10.0.0.0/33\" is not a network; write"},
        {"Nameservers = {recursive, 127.0.0.1}", ": Nameservers: \"recursive\" asks the root itself"},
        {"Nameservers = 127.0.0.1:53",
         ":1: Nameservers: \"127.0.0.1:53\" is not understood; write addresses"},
        {"Socket = run/assay.sock", ":1: Socket: \"run/assay.sock\" is not understood; write unix:PATH"},
        {"Socket = inet:localhost:8893", "the port comes first"},
        {"Socket = unix:assay.sock", "an absolute path"},
        {"Syslog = maybe", ":1: Syslog: \"maybe\" is neither yes nor no; write yes or no"},
        {"LogLevel = loud", ":1: LogLevel: \"loud\" is not one of its values; write error, warning, info or debug"},
        {"SyslogFacility = post", "facility"},
        {"UserID = \"no body\"", "write a user"},
        {"AuthservID = \"a;b\"", "write a host or domain name"},
        {"Database = records.db", "absolute path"},
        {"Syslog yes", ":1: missing equal sign after option 'Syslog'; write NAME = VALUE"},
        {"Syslog = yes\nUMask = 022\nSyslog = no",
         ":3: Syslog was set in line 1 already; keep one of the two"},
        {"Nameservers = {\"::1\"", "premature end of file"},
        {"Syslog = {yes}", ":1: unexpected token '{'"},
        {"include(\"/etc/passwd\")", ":1: there is no option include"},
        {"PidFile = \"/run/${HOME}\"", ":1: variables are not expanded; write the value itself"},
        {"PidFile = \"/run/a", ":1: the string is not closed on its line"},
        {"\nPidFile = '/run/a\\'b'", ":2: backslashes mean nothing here"},
        {"Syslog = \x1b[31m", ":1: control character"},
        {"/* never\nclosed", ":1: this comment is never closed"},
        {"PidFile = /run/x\nDatabase = /run/x", ": Socket, PidFile and Database name the same file"},
        {"Colour\x80\xff = blue", ":1: there is no option Colour\\x80\\xff;"},
        {"= = =", "unexpected token"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct err e;
        struct config *c = load(row->name, &e);

        ASSERT_ROW(c == NULL, row);
        if (strstr(e.text, row->want) == NULL || strncmp(e.text, path, strlen(path)) != 0) {
            print_error("got \"%s\"\n", e.text);
            fail_msg("row \"%s\" wants \"%s\"", row->name, row->want);
        }
        ASSERT_ROW(strchr(e.text, '\n') == NULL && strchr(e.text, ';') != NULL, row);
    }
}

/* A file that failed leaves nothing behind in the library that harms the next. */
static void good_after_bad(void **state)
{
    static const char *const bad[] = {"Syslog = 'x", "Syslog = {", "Nope = \"", "/*", "UMask = "};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err e;
        struct config *c = load(bad[i], &e);

        assert_null(c);
        c = load("UMask = 011", &e);
        assert_non_null(c);
        assert_int_equal(c->umask, 9);
        config_free(c);
    }
}

static void files(void **state)
{
    struct err e = ERR_NONE;
    struct config *c;

    (void)state;
    assert_int_equal(config_load("/nonexistent/assay.conf", NULL, 0, &c, &e), RC_BAD);
    assert_non_null(strstr(e.text, "assay.conf: cannot be opened: No such file or directory; check"));
    assert_int_equal(config_load("/tmp", NULL, 0, &c, &e), RC_BAD);
    assert_non_null(strstr(e.text, "/tmp: cannot be read: Is a directory;"));
    assert_int_equal(config_load("/dev/zero", NULL, 0, &c, &e), RC_LIMIT);
    c = load("", &e);
    assert_non_null(c);
    config_free(c);
}

static void overrides(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"UMask=077", NULL}, {"umask = 0", NULL}, {"Nameservers=127.0.0.1@5301,::1", NULL},
        {"Nameservers={\"127.0.0.1\", \"::1\"}", NULL}, {"IgnoreHosts=", NULL}, {"Database=", NULL},
        {"Socket=inet:1@localhost", NULL},
        {"UMask", "-o UMask: there is no value; write -o UMask=VALUE"},
        {"UMask=9", "-o UMask: \"9\" is not an octal number; write"},
        {"Umsk=7", "-o Umsk: there is no such option; did you mean UMask?"},
        {"=", "there is no such option"}, {"", "there is no such option"},
        {"PidFile=/a\"b", "-o PidFile: \"/a\\\"b\" is not plain text"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct err e = ERR_NONE;
        struct config *c;
        enum rc rc = config_load(NULL, &row->name, 1, &c, &e);

        ASSERT_ROW((rc == RC_OK) == (row->want == NULL), row);
        ASSERT_ROW(row->want == NULL || strstr(e.text, row->want) != NULL, row);
        config_free(c);
    }
}

static void override_beats_file(void **state)
{
    static const char *const over[] = {"UMask=01", "umask=02"};
    struct err e;
    struct config *c = load("UMask = 07", &e);

    (void)state;
    config_free(c);
    assert_int_equal(config_load(path, over, 2, &c, &e), RC_OK);
    assert_int_equal(c->umask, 2);
    config_free(c);
}

static void fixed_changes(void **state)
{
    static const char *const other[] = {"UserID=root", "IgnoreHosts=", "Nameservers=::1", "DNSTimeout=3"};
    struct err e = ERR_NONE;
    struct config *a, *b;
    char buf[200], tiny[8];

    (void)state;
    assert_int_equal(config_load(NULL, NULL, 0, &a, &e), RC_OK);
    assert_int_equal(config_load(NULL, other, 4, &b, &e), RC_OK);
    assert_string_equal(config_fixed_changes(a, a, buf, sizeof buf), "");
    assert_string_equal(config_fixed_changes(a, b, buf, sizeof buf), "UserID, Nameservers");
    assert_string_equal(config_fixed_changes(a, b, tiny, sizeof tiny), "UserID,");
    config_free(a);
    config_free(b);
}

/* ---- the files beside it ---- */

static char home[] = "/tmp/assay-beside-XXXXXX";

static const char *in_home(const char *name)
{
    static char buf[4][120];
    static unsigned turn;
    char *out = buf[turn++ % 4];

    (void)snprintf(out, sizeof buf[0], "%s/%s", home, name);
    return out;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(in_home(name), "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
}

static enum rc load_home(const char *override, struct config **out, struct err *e)
{
    *e = ERR_NONE;
    return config_load(in_home("assay.conf"), &override, override == NULL ? 0 : 1, out, e);
}

static void beside(void **state)
{
    static const struct { const char *name, *override, *want; } rows[] = {
        {"read from the folder of the file", NULL, ""},
        {"none wanted", "SendersFile=", ""},
        {"one that is missing", "SendersFile=other.conf",
         "other.conf: cannot be opened: No such file or directory; check path and permissions"},
        {"missing though named in full", "ClientsFile=/nowhere/clients.conf",
         "/nowhere/clients.conf: cannot be opened: No such file or directory; check path and permissions"},
        {"missing folder", "SendersFolder=other.d",
         "other.d: cannot be read: No such file or directory; check path and permissions"},
        {"one that is wrong", "ClientsFile=senders.conf",
         "senders.conf:1:1: there is nothing called sender; write client NAME { ... }; see clients.conf(5)"},
    };
    struct config *c;
    struct err e;

    (void)state;
    assert_non_null(mkdtemp(home));
    put("assay.conf", "Syslog = no\n");
    assert_int_equal(load_home(NULL, &c, &e), RC_OK); /* at their default places they may be missing */
    assert_true(senders_count(c->senders) == 0 && clients_count(c->clients) == 0);
    config_free(c);
    put("senders.conf", "sender news { Kind = marketing DKIM = news.example }\n");
    put("clients.conf", "client acme { Domains = acme.example }\n");
    assert_int_equal(mkdir(in_home("senders.d"), 0700), 0);
    put("senders.d/a.conf", "sender ours { Kind = crm }\n");
    FOR_ROWS(row, rows) {
        enum rc rc = load_home(row->override, &c, &e);

        ASSERT_ROW((rc == RC_OK) == (row->want[0] == '\0'), row);
        if (rc != RC_OK && !str_ends_nocase(str_of(e.text), str_of(row->want)))
            fail_msg("%s: %s", row->name, e.text);
        if (rc != RC_OK)
            continue;
        ASSERT_ROW(senders_count(c->senders) == (row->override == NULL ? 2 : 1), row);
        ASSERT_ROW(clients_count(c->clients) == 1 && senders_find(c->senders, STR("ours")) != NULL, row);
        config_free(c);
    }
    assert_int_equal(unlink(in_home("senders.d/a.conf")), 0);
    assert_int_equal(rmdir(in_home("senders.d")), 0);
    assert_int_equal(unlink(in_home("clients.conf")), 0);
    assert_int_equal(unlink(in_home("senders.conf")), 0);
    assert_int_equal(unlink(in_home("assay.conf")), 0);
    assert_int_equal(rmdir(home), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults), cmocka_unit_test(values),
        cmocka_unit_test(hostname),
        cmocka_unit_test(empty_list_replaces_default),
        cmocka_unit_test(complaints), cmocka_unit_test(good_after_bad), cmocka_unit_test(files),
        cmocka_unit_test(overrides), cmocka_unit_test(override_beats_file), cmocka_unit_test(fixed_changes),
        cmocka_unit_test(beside),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
