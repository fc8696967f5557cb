#include "intake/imap.h"
#include "intake/imap_answer.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/clock.h"

enum { CONNECT_S = 30, REPLY_S = 120, ALL_S = 900, RUN_S = 2 * 3600 };
enum { URL_MAX = 1000, NAME_MAX_BYTES = 200, LINE_MAX_BYTES = 512 * 1024 };

struct bytes {
    char *p;
    size_t n, room, max;
};

struct imap {
    CURL *curl;
    const struct imap_settings *settings;
    char url[URL_MAX];   /* of the folder, without user */
    char *user, *password;
    char done[2 * NAME_MAX_BYTES + 3]; /* quoted */
    char problem[CURL_ERROR_SIZE];
    bool made_done;
    struct bytes answer;
    size_t n;
    uint32_t uid[IMAP_BATCH + IMAP_STUCK_MAX];
    size_t stuck_n;
    uint32_t stuck[IMAP_STUCK_MAX]; /* that cannot be fetched: left where they are */
    struct imap_run gone;
    int64_t until_ms;
    struct bytes message[IMAP_BATCH];
};

/* ---- the URL ---- */

struct parts {
    struct str scheme, user, place, folder;
};

static bool split_url(const char *url, struct parts *p)
{
    struct str rest = str_of(url);
    size_t slash;

    p->scheme = str_starts_nocase(rest, STR("imaps://")) ? STR("imaps") : STR("imap");
    if (!str_starts_nocase(rest, STR("imaps://")) && !str_starts_nocase(rest, STR("imap://")))
        return false;
    rest = str_slice(rest, p->scheme.n + 3, rest.n);
    slash = str_find(rest, '/');
    p->folder = str_slice(rest, slash + 1, rest.n);
    rest = str_slice(rest, 0, slash);
    p->user = STR_NONE;
    for (size_t i = rest.n; i-- > 0 && p->user.n == 0;)
        if (rest.p[i] == '@') { /* the last: a user may have one in it */
            p->user = str_slice(rest, 0, i);
            p->place = str_slice(rest, i + 1, rest.n);
        }
    for (const char *c = url; *c != '\0'; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == ';')
            return false;
    return p->user.n > 0 && p->place.n > 0 && p->folder.n > 0;
}

/* The password of the line "USER:PASSWORD" for that user. */
static char *find_password(const char *text, struct str user)
{
    while (*text != '\0') {
        size_t n = strcspn(text, "\r\n");

        if (n > user.n + 1 && text[user.n] == ':' && memcmp(text, user.p, user.n) == 0)
            return strndup(text + user.n + 1, n - user.n - 1);
        text += n;
        text += strspn(text, "\r\n");
    }
    return NULL;
}

/* A mailbox name as a quoted string. */
static bool quote(const char *name, char *out, size_t size)
{
    struct strbuf b = strbuf_on(out, size);

    strbuf_putc(&b, '"');
    for (; *name != '\0'; name++) {
        if ((unsigned char)*name < ' ' || (unsigned char)*name >= 0x7f)
            return false;
        if (*name == '"' || *name == '\\')
            strbuf_putc(&b, '\\');
        strbuf_putc(&b, *name);
    }
    strbuf_putc(&b, '"');
    return !b.over && b.n > 2;
}

/* ---- libcurl ---- */

static size_t take_bytes(char *data, size_t size, size_t count, void *arg)
{
    struct bytes *b = arg;
    size_t n = size * count, fits = b->n >= b->max ? 0 : b->max - b->n;

    if (fits > n)
        fits = n;
    if (b->n + fits > b->room) {
        size_t room = 2 * (b->n + fits);
        char *more = realloc(b->p, room);

        if (more == NULL)
            return 0;
        b->p = more;
        b->room = room;
    }
    if (fits > 0)
        memcpy(b->p + b->n, data, fits);
    b->n += fits;
    return n; /* what is too much is read and dropped, so that the server is not left in the middle */
}

#define SET(...) (bad = bad != CURLE_OK ? bad : curl_easy_setopt(__VA_ARGS__))

static bool imap_set_options(struct imap *m)
{
    CURLcode bad = CURLE_OK;

    SET(m->curl, CURLOPT_PROTOCOLS_STR, "imap,imaps");
    SET(m->curl, CURLOPT_PROXY, "");
    SET(m->curl, CURLOPT_NOSIGNAL, 1L);
    SET(m->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    SET(m->curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)REPLY_S);
    SET(m->curl, CURLOPT_TIMEOUT, (long)ALL_S);
    SET(m->curl, CURLOPT_BUFFERSIZE, (long)LINE_MAX_BYTES); /* a list of messages is one line */
    SET(m->curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    SET(m->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(m->curl, CURLOPT_SSL_VERIFYPEER, 1L);
    SET(m->curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (m->settings->ca_file[0] != '\0')
        SET(m->curl, CURLOPT_CAINFO, m->settings->ca_file);
    SET(m->curl, CURLOPT_USERNAME, m->user);
    SET(m->curl, CURLOPT_PASSWORD, m->password);
    SET(m->curl, CURLOPT_ERRORBUFFER, m->problem);
    SET(m->curl, CURLOPT_WRITEFUNCTION, take_bytes);
    return bad == CURLE_OK;
}

/* One request; `command` NULL: the message of `url`. */
static CURLcode request(struct imap *m, const char *url, const char *command, struct bytes *to)
{
    CURLcode bad = CURLE_OK;

    m->problem[0] = '\0';
    SET(m->curl, CURLOPT_URL, url);
    SET(m->curl, CURLOPT_CUSTOMREQUEST, command);
    SET(m->curl, CURLOPT_WRITEDATA, to);
    return bad == CURLE_OK ? curl_easy_perform(m->curl) : bad;
}

static enum rc imap_failed(const struct imap *m, const char *what, CURLcode code, struct err *e)
{
    return err_set(e, RC_TEMP, "%s: %s: %s", m->settings->url, what,
                   m->problem[0] != '\0' ? m->problem : curl_easy_strerror(code));
}

/* A command to the folder, whose answer is left in m->answer. */
static CURLcode imap_ask(struct imap *m, const char *command)
{
    m->answer.n = 0;
    m->answer.max = LINE_MAX_BYTES;
    return request(m, m->url, command, &m->answer);
}

/* ---- messages ---- */

/* Whether those that are listed may be taken; a server that lists without end is left. */
static enum rc imap_check_list(struct imap *m, struct err *e)
{
    enum imap_list list = imap_run_list(&m->gone, m->uid, &m->n);

    if (list == IMAP_LIST_AGAIN)
        return err_set(e, RC_TEMP, "%s: messages that were moved are still there", m->settings->url);
    if (list == IMAP_LIST_OVER)
        return err_set(e, RC_TEMP, "%s: %d messages were taken, as many as in one run, and it lists more: they are "
                       "left for the next run", m->settings->url, IMAP_RUN_MAX);
    if (clock_mono_ms() > m->until_ms)
        return err_set(e, RC_TEMP, "%s: it took longer than %d minutes, after %zu messages: what it lists yet is left "
                       "for the next run", m->settings->url, RUN_S / 60, m->gone.n);
    return RC_OK;
}

static bool is_stuck(const struct imap *m, uint32_t uid)
{
    for (size_t i = 0; i < m->stuck_n; i++)
        if (m->stuck[i] == uid)
            return true;
    return false;
}

/* The batch without those that cannot be fetched. */
static void leave_stuck(struct imap *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n && n < IMAP_BATCH; i++)
        if (!is_stuck(m, m->uid[i]))
            m->uid[n++] = m->uid[i];
    m->n = n;
}

static enum rc tell_stuck(const struct imap *m, struct err *e)
{
    return m->stuck_n == 0 ? RC_OK
                           : err_set(e, RC_TEMP, "%s: %zu messages cannot be fetched and are left there, the first "
                                     "with UID %" PRIu32, m->settings->url, m->stuck_n, m->stuck[0]);
}

/* As many as fit a batch; the rest are left for the next, and so is all from the first on that breaks off. */
static enum rc imap_fetch(struct imap *m, struct err *e)
{
    size_t total = 0;

    for (size_t i = 0; i < m->n;) {
        char url[URL_MAX + 40];
        CURLcode code;

        if (total > IMAP_BATCH_BYTES || (i > 0 && clock_mono_ms() > m->until_ms)) {
            m->n = i;
            break;
        }
        (void)snprintf(url, sizeof url, "%s/;UID=%" PRIu32, m->url, m->uid[i]);
        m->message[i] = (struct bytes){.max = IMAP_MESSAGE_MAX};
        code = request(m, url, NULL, &m->message[i]);
        if (code == CURLE_OK) {
            total += m->message[i++].n;
            continue;
        }
        free(m->message[i].p);
        m->message[i] = (struct bytes){.p = NULL};
        if (code == CURLE_REMOTE_FILE_NOT_FOUND && m->stuck_n < IMAP_STUCK_MAX) { /* the server says no to this one */
            m->stuck[m->stuck_n++] = m->uid[i];
            leave_stuck(m);
        } else if (i > 0) {
            m->n = i;
        } else {
            return code == CURLE_REMOTE_FILE_NOT_FOUND ? tell_stuck(m, e)
                                                       : imap_failed(m, "a message cannot be fetched", code, e);
        }
    }
    return RC_OK;
}

static void drop_messages(struct imap *m)
{
    for (size_t i = 0; i < IMAP_BATCH; i++) {
        free(m->message[i].p);
        m->message[i] = (struct bytes){.p = NULL};
    }
}

/* "1,2,3" of the first `n`. */
static void put_set(const struct imap *m, size_t n, struct strbuf *b)
{
    for (size_t i = 0; i < n; i++)
        strbuf_putf(b, "%s%" PRIu32, i > 0 ? "," : "", m->uid[i]);
}

static CURLcode command_on(struct imap *m, size_t n, const char *verb, const char *rest)
{
    char mem[IMAP_BATCH * 12 + sizeof m->done + 60];
    struct strbuf b = STRBUF_ON(mem);

    strbuf_putf(&b, "UID %s ", verb);
    put_set(m, n, &b);
    strbuf_putf(&b, "%s%s", rest[0] == '\0' ? "" : " ", rest);
    return imap_ask(m, b.p);
}

/* By MOVE (RFC 6851), or as it was done before there was one. */
static enum rc move(struct imap *m, size_t n, struct err *e)
{
    char create[sizeof m->done + 10];
    CURLcode code;

    if (n == 0)
        return RC_OK;
    if (!m->made_done) {
        (void)snprintf(create, sizeof create, "CREATE %s", m->done);
        (void)imap_ask(m, create); /* it is there already, mostly */
        m->made_done = true;
    }
    code = command_on(m, n, "MOVE", m->done);
    if (code == CURLE_OK)
        return RC_OK;
    code = command_on(m, n, "COPY", m->done);
    if (code == CURLE_OK)
        code = command_on(m, n, "STORE", "+FLAGS.SILENT (\\Deleted)");
    if (code == CURLE_OK && command_on(m, n, "EXPUNGE", "") != CURLE_OK)
        code = imap_ask(m, "EXPUNGE");
    return code == CURLE_OK ? RC_OK : imap_failed(m, "messages that were taken cannot be moved", code, e);
}

static enum rc take_batch(struct imap *m, feed_taker *take, void *arg, struct err *e)
{
    size_t n = 0;
    enum rc rc = RC_OK, moved;

    while (rc == RC_OK && n < m->n) {
        char name[40];
        struct feed_item item = {.bytes = {m->message[n].p, m->message[n].n}, .name = name, .way = "imap"};

        (void)snprintf(name, sizeof name, "uid-%" PRIu32 ".eml", m->uid[n]);
        rc = take(arg, &item, e);
        n += rc == RC_OK;
    }
    moved = move(m, n, rc == RC_OK ? e : NULL);
    return rc != RC_OK ? rc : moved;
}

static enum rc imap_run(struct imap *m, feed_taker *take, void *arg, struct err *e)
{
    enum rc rc = RC_OK;

    while (rc == RC_OK) {
        CURLcode code = imap_ask(m, "UID SEARCH UNDELETED");

        if (code != CURLE_OK)
            return imap_failed(m, "its messages cannot be listed", code, e);
        m->n = imap_answer_uids((struct str){m->answer.p, m->answer.n}, m->uid, IMAP_BATCH + IMAP_STUCK_MAX);
        leave_stuck(m);
        if (m->n == 0)
            return tell_stuck(m, e);
        rc = imap_check_list(m, e);
        if (rc == RC_OK)
            rc = imap_fetch(m, e);
        if (rc == RC_OK)
            rc = take_batch(m, take, arg, e);
        if (rc == RC_OK)
            imap_run_moved(&m->gone, m->uid, m->n);
        drop_messages(m);
    }
    return rc;
}

static enum rc prepare(struct imap *m, struct err *e)
{
    struct parts p = {0};

    if (!split_url(m->settings->url, &p))
        return err_set(e, RC_BAD, "\"%s\" is no imaps://USER@HOST/FOLDER", m->settings->url);
    (void)snprintf(m->url, sizeof m->url, "%.*s://%.*s/%.*s", STR_FMT(p.scheme), STR_FMT(p.place), STR_FMT(p.folder));
    if (!quote(m->settings->done, m->done, sizeof m->done))
        return err_set(e, RC_BAD, "\"%s\" is no name of a folder", m->settings->done);
    m->user = strndup(p.user.p, p.user.n);
    m->password = find_password(m->settings->passwords, p.user);
    if (m->password == NULL)
        return err_set(e, RC_BAD, "there is no password for %.*s: write a line USER:PASSWORD", STR_FMT(p.user));
    m->curl = curl_easy_init();
    return m->user != NULL && m->curl != NULL && imap_set_options(m)
               ? RC_OK
               : err_set(e, RC_NOMEM, "libcurl does not take what is asked of it, or lacks IMAP or TLS");
}

enum rc imap_feed(const struct imap_settings *settings, feed_taker *take, void *arg, struct err *e)
{
    struct imap *m = calloc(1, sizeof *m);
    enum rc rc;

    if (m == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
        free(m);
        return err_set(e, RC_NOMEM, "libcurl does not start");
    }
    m->settings = settings;
    m->until_ms = clock_mono_ms() + RUN_S * 1000;
    rc = prepare(m, e);
    if (rc == RC_OK)
        rc = imap_run(m, take, arg, e);
    drop_messages(m);
    curl_easy_cleanup(m->curl);
    free(m->answer.p);
    free(m->user);
    if (m->password != NULL)
        explicit_bzero(m->password, strlen(m->password));
    free(m->password);
    free(m);
    curl_global_cleanup();
    return rc;
}
