/*
 * Reports of single failures as mail: of a record with hostile columns, as a database of unknown age may hold it.  The
 * first lines are the failure's columns, those after them the record's; "\n" and "\r" in one are line breaks.
 */
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "db/db.h"
#include "dns/dns.h"
#include "fuzz.h"
#include "output/failure.h"
#include "post/failure_mail.h"
#include "post/mime.h"
#include "records/messages.h"
#include "records/schema.h"

enum { LINE_MAX_BYTES = 998, NOW_S = 1700000000 };

static char path[] = "/tmp/assay-failure-fuzz.XXXXXX";

static void remove_files(void)
{
    static const char *const names[] = {"db", "db-wal", "db-shm", "zone"};
    char name[100];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(name, sizeof name, "%s/%s", path, names[i]);
        (void)unlink(name);
    }
    (void)rmdir(path);
}

/* Opened once. */
static struct {
    struct db *db;
    struct dns *dns;
    struct config *config;
} given;

static void begin(void)
{
    static const char *const overrides[] = {
        "AuthservID=mx.receiver.example", "Database=", "SendersFile=", "SendersFolder=", "ClientsFile=",
        "ReportEmail=dmarc@receiver.example", "FailureReports=d.example"};
    struct err e = ERR_NONE;
    char name[100];
    FILE *f;

    if (given.db != NULL)
        return;
    mime_init();
    HOLDS(mkdtemp(path) != NULL && atexit(remove_files) == 0);
    (void)snprintf(name, sizeof name, "%s/db", path);
    HOLDS(db_open_write(name, &records_schema, false, &given.db, &e) == RC_OK);
    (void)snprintf(name, sizeof name, "%s/zone", path);
    f = fopen(name, "w");
    HOLDS(f != NULL && fputs("d.example. TXT \"v=spf1 -all\"\n", f) > 0 && fclose(f) == 0);
    given.dns = dns_open_zone(name, &e);
    if (config_load(NULL, overrides, sizeof overrides / sizeof overrides[0], &given.config, &e) != RC_OK)
        (void)fprintf(stderr, "%s\n", e.text);
    HOLDS(given.dns != NULL && given.config != NULL);
}

/* The redacted header has line feeds and no other control characters (output/redact.h). */
static const char *without_cr(char *text)
{
    for (char *p = text; *p != '\0'; p++)
        if (*p == '\r')
            *p = '?';
    return text;
}

static char *column(struct arena *a, struct str *rest)
{
    struct str line = fuzz_take(rest, '\n');
    char *text = arena_alloc(a, line.n + 1);
    size_t n = 0;

    HOLDS(text != NULL);
    for (size_t i = 0; i < line.n; i++) {
        bool broken = line.p[i] == '\\' && i + 1 < line.n && (line.p[i + 1] == 'n' || line.p[i + 1] == 'r');

        if (line.p[i] == '\0')
            break;
        text[n++] = !broken ? line.p[i] : line.p[++i] == 'n' ? '\n' : '\r';
    }
    text[n] = '\0';
    return text;
}

/* A line a field or a boundary; nothing that is not text; no second field of those that say who it is from and for. */
static void check_mail(struct str mail)
{
    size_t from = 0, to = 0, line = 0;
    bool header = true;

    for (size_t at = 0; at < mail.n; at += line + 2) {
        struct str rest = str_slice(mail, at, mail.n), text;

        line = str_find(rest, '\r');
        HOLDS(line <= LINE_MAX_BYTES && line + 1 < rest.n && rest.p[line + 1] == '\n');
        text = str_slice(rest, 0, line);
        HOLDS(str_find(text, '\n') == text.n && str_find(text, '\0') == text.n);
        header = header && text.n > 0;
        from += header && str_starts_nocase(text, STR("From:"));
        to += header && (str_starts_nocase(text, STR("To:")) || str_starts_nocase(text, STR("Cc:")) ||
                         str_starts_nocase(text, STR("Bcc:")));
    }
    HOLDS(from == 1 && to == 1);
}

#define TAKE_FAILURE(name, help) f.name = column(a, &rest);
#define TAKE_TEXT(name) r.name = column(a, &rest);
#define TAKE_INT(name)
#define TAKE(kind, name, help) TAKE_##kind(name)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct str rest = fuzz_str(data, size), mail;
    struct failure f;
    struct record r = {.time_ms = NOW_S * INT64_C(1000), .failure = &f};
    const struct record *rows[] = {&r};
    struct delivery to = {.address = "owner@d.example", .verp = "k", .message_id = "id@receiver.example"};
    struct parcel parcel;
    struct dns_scope *dns;
    struct err e = ERR_NONE;
    int64_t id = 0;

    begin();
    FAILURE_COLUMNS(TAKE_FAILURE)
    f.headers = without_cr(str_dup(a, str_of(f.headers)));
    RECORD_COLUMNS(TAKE)
    f.policy_domain = "d.example"; /* who asks for it is ours to know */
    dns = dns_scope_new(given.dns, 1000);
    HOLDS(db_run(given.db, "BEGIN", &e) == RC_OK && dns != NULL);
    if (messages_insert(given.db, rows, 1, &e) == RC_OK &&
        db_ask(given.db, "SELECT max(id) FROM failure", &id, &e) == RC_OK && id > 0 &&
        failure_mail_open(given.db, a, id, given.config, dns, &parcel, &e) == RC_OK &&
        parcel_compose(a, &parcel, &to, given.config, NULL, r.time_ms, &mail, &e) == RC_OK)
        check_mail(mail);
    db_roll_back(given.db);
    dns_scope_free(dns);
    arena_free(a);
    return 0;
}
