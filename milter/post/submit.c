#include "post/submit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/clock.h"

enum { CONNECT_S = 30, REPLY_S = 300, MAIL_S = 900, REPLY_MAX = 300 }; /* RFC 5321 section 4.5.3.2 gives minutes */

/* How far the dialogue has come: what a refusal is about. */
enum stage { STAGE_RELAY, STAGE_MAIL, STAGE_RCPT, STAGE_DATA };

struct submit {
    CURL *curl;
    char *url;
    char *user, *password; /* NULL: no login */
    char problem[CURL_ERROR_SIZE];
    int64_t reply_ms; /* how long the relay may be silent */
    /* the mail at hand */
    struct str rest;
    enum stage stage;
    bool answered;         /* the command of that stage has its reply */
    bool settled;          /* what comes now is about leaving, QUIT perhaps, and says nothing of the mail */
    char reply[REPLY_MAX]; /* the last line of it */
    int64_t moved_ms;      /* when a byte went or came; monotonic */
    bool silent;           /* none did for reply_ms */
};

/* ---- what libcurl tells on the way ---- */

static size_t give_bytes(char *buf, size_t size, size_t count, void *arg)
{
    struct submit *s = arg;
    struct str piece = str_slice(s->rest, 0, size * count);

    if (piece.n > 0)
        memcpy(buf, piece.p, piece.n);
    s->rest = str_slice(s->rest, piece.n, s->rest.n);
    s->moved_ms = clock_mono_ms();
    return piece.n;
}

/* libcurl comes by once a second at least, also while it waits for a reply; its own limits add up. */
static int watch_silence(void *arg, curl_off_t all_down, curl_off_t down, curl_off_t all_up, curl_off_t up)
{
    struct submit *s = arg;

    (void)all_down;
    (void)down;
    (void)all_up;
    (void)up;
    s->silent = s->silent || clock_mono_ms() - s->moved_ms > s->reply_ms;
    return s->silent;
}

static size_t drop_bytes(char *buf, size_t size, size_t count, void *arg)
{
    (void)buf;
    (void)arg;
    return size * count;
}

static void note_command(struct submit *s, struct str line)
{
    if (s->settled)
        return;
    if (str_starts_nocase(line, STR("MAIL FROM:")))
        s->stage = STAGE_MAIL;
    else if (str_starts_nocase(line, STR("RCPT TO:")))
        s->stage = STAGE_RCPT;
    else if (str_starts_nocase(line, STR("DATA")))
        s->stage = STAGE_DATA;
    s->answered = false;
}

static void note_reply(struct submit *s, struct str line)
{
    bool last = line.n < 4 || line.p[3] != '-';
    struct strbuf b;

    if (s->settled)
        return;
    b = STRBUF_ON(s->reply);
    strbuf_put_escaped(&b, str_trim(line), (REPLY_MAX - 10) / 4);
    s->answered = true;
    /* before MAIL another EHLO, AUTH or STARTTLS may follow a refusal; from then on the first one counts */
    s->settled = s->stage >= STAGE_MAIL && last && (s->reply[0] == '4' || s->reply[0] == '5');
}

/* The one way to learn which command a reply belongs to.  Logins pass here, too, and are not kept. */
static int listen_in(CURL *curl, curl_infotype kind, char *data, size_t size, void *arg)
{
    struct str text = {data, size};

    (void)curl;
    if (kind != CURLINFO_TEXT)
        ((struct submit *)arg)->moved_ms = clock_mono_ms();
    if (kind == CURLINFO_HEADER_OUT)
        note_command(arg, text);
    else if (kind == CURLINFO_HEADER_IN)
        note_reply(arg, text);
    return 0;
}

/* ---- opening ---- */

static bool set_login(struct submit *s, const char *auth, struct err *e)
{
    size_t line = strcspn(auth, "\r\n"), colon = strcspn(auth, ":");

    if (colon == 0 || colon >= line) {
        (void)err_set(e, RC_BAD, "it does not hold \"user:password\" in its first line");
        return false;
    }
    s->user = strndup(auth, colon);
    s->password = strndup(auth + colon + 1, line - colon - 1);
    return s->user != NULL && s->password != NULL;
}

static bool set_url(struct submit *s, const struct submit_settings *settings)
{
    size_t size = strlen(settings->relay) + strlen(settings->helo) + 2;
    struct strbuf b;

    s->url = malloc(size);
    if (s->url == NULL)
        return false;
    b = strbuf_on(s->url, size);
    strbuf_putf(&b, "%s/%s", settings->relay, settings->helo); /* libcurl's way to be told the HELO name */
    return true;
}

/* Goes on once one failed; `bad` has the first that did. */
#define SET(...) (bad = bad != CURLE_OK ? bad : curl_easy_setopt(__VA_ARGS__))

static bool set_options(struct submit *s, const struct submit_settings *settings)
{
    static const long use_ssl[] = {CURLUSESSL_NONE, CURLUSESSL_TRY, CURLUSESSL_ALL, CURLUSESSL_ALL};
    long verify = settings->tls == REPORT_TLS_VERIFY;
    CURL *c = s->curl;
    CURLcode bad = CURLE_OK;

    SET(c, CURLOPT_URL, s->url);
    SET(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(c, CURLOPT_PROXY, ""); /* whatever the environment says */
    SET(c, CURLOPT_NOSIGNAL, 1L);
    SET(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    SET(c, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)(s->reply_ms / 1000));
    SET(c, CURLOPT_NOPROGRESS, 0L);
    SET(c, CURLOPT_XFERINFOFUNCTION, watch_silence);
    SET(c, CURLOPT_XFERINFODATA, s);
    SET(c, CURLOPT_TIMEOUT, (long)MAIL_S);
    SET(c, CURLOPT_USE_SSL, use_ssl[settings->tls]);
    SET(c, CURLOPT_SSL_VERIFYPEER, verify);
    SET(c, CURLOPT_SSL_VERIFYHOST, verify * 2);
    if (settings->ca_file[0] != '\0')
        SET(c, CURLOPT_CAINFO, settings->ca_file);
    if (s->user != NULL) {
        SET(c, CURLOPT_USERNAME, s->user);
        SET(c, CURLOPT_PASSWORD, s->password);
    }
    SET(c, CURLOPT_ERRORBUFFER, s->problem);
    SET(c, CURLOPT_VERBOSE, 1L); /* for listen_in */
    SET(c, CURLOPT_DEBUGFUNCTION, listen_in);
    SET(c, CURLOPT_DEBUGDATA, s);
    SET(c, CURLOPT_WRITEFUNCTION, drop_bytes);
    SET(c, CURLOPT_READFUNCTION, give_bytes);
    SET(c, CURLOPT_READDATA, s);
    SET(c, CURLOPT_UPLOAD, 1L);
    return bad == CURLE_OK;
}

enum rc submit_open(const struct submit_settings *settings, struct submit **out, struct err *e)
{
    struct submit *s = calloc(1, sizeof *s);

    *out = NULL;
    (void)err_set(e, RC_NOMEM, "libcurl cannot be set up: no memory, or it lacks SMTP or TLS");
    if (s == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
        free(s);
        return RC_NOMEM;
    }
    s->reply_ms = 1000 * (int64_t)(settings->reply_s > 0 ? settings->reply_s : REPLY_S);
    s->curl = curl_easy_init();
    if (s->curl == NULL || !set_url(s, settings) || (settings->auth != NULL && !set_login(s, settings->auth, e)) ||
        !set_options(s, settings)) {
        submit_close(s);
        return RC_BAD;
    }
    *out = s;
    return RC_OK;
}

void submit_close(struct submit *s)
{
    if (s == NULL)
        return;
    curl_easy_cleanup(s->curl);
    curl_global_cleanup();
    if (s->password != NULL)
        explicit_bzero(s->password, strlen(s->password));
    free(s->password);
    free(s->user);
    free(s->url);
    free(s);
}

/* ---- one mail ---- */

/* RFC 5321 section 4.2.1: the first digit tells; 421 is about the connection, 552 to MAIL about our SIZE. */
static enum submit_outcome submit_judge(const struct submit *s, CURLcode code)
{
    bool silent = !s->settled && (s->silent || code == CURLE_OPERATION_TIMEDOUT);
    struct str reply = str_of(s->reply);
    bool about_mail = s->stage >= STAGE_RCPT || str_starts_nocase(reply, STR("552"));

    if (silent)
        return SUBMIT_RELAY; /* the next mail would fare no better */
    if (!s->answered)
        return s->stage == STAGE_DATA ? SUBMIT_LATER : SUBMIT_RELAY;
    if (!about_mail || str_starts_nocase(reply, STR("421")))
        return SUBMIT_RELAY;
    return reply.p[0] == '5' ? SUBMIT_REFUSED : SUBMIT_LATER;
}

static void submit_say(const struct submit *s, CURLcode code, struct err *e)
{
    static const char *const about[] = {"the relay", "MAIL", "RCPT", "DATA"};

    if (s->silent && !s->settled)
        (void)err_set(e, RC_TEMP, "%s: no word from the relay for %d s", about[s->stage], (int)(s->reply_ms / 1000));
    else if (s->answered && (s->reply[0] == '4' || s->reply[0] == '5'))
        (void)err_set(e, RC_TEMP, "%s: %s", about[s->stage], s->reply);
    else
        (void)err_set(e, RC_TEMP, "%s: %s", about[s->stage],
                      s->problem[0] != '\0' ? s->problem : curl_easy_strerror(code));
}

static CURLcode attempt(struct submit *s, struct str message, bool fresh)
{
    CURLcode code = curl_easy_setopt(s->curl, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);

    s->rest = message;
    s->stage = STAGE_RELAY;
    s->answered = s->settled = s->silent = false;
    s->moved_ms = clock_mono_ms();
    s->reply[0] = s->problem[0] = '\0';
    return code == CURLE_OK ? curl_easy_perform(s->curl) : code;
}

/* A relay may end a connection after so many mails or minutes: nothing is known of this mail there yet. */
static bool connection_had_ended(const struct submit *s, CURLcode code)
{
    long connects = 1;

    return !s->silent && submit_judge(s, code) == SUBMIT_RELAY &&
           curl_easy_getinfo(s->curl, CURLINFO_NUM_CONNECTS, &connects) == CURLE_OK &&
           connects == 0;
}

enum submit_outcome submit_mail(struct submit *s, const char *from, const char *to, struct str message, struct err *e)
{
    struct curl_slist *rcpt = curl_slist_append(NULL, to);
    CURLcode code = CURLE_OUT_OF_MEMORY;
    CURLcode bad = CURLE_OK;

    SET(s->curl, CURLOPT_MAIL_FROM, from);
    SET(s->curl, CURLOPT_MAIL_RCPT, rcpt);
    SET(s->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)message.n);
    if (rcpt != NULL && bad == CURLE_OK)
        code = attempt(s, message, false);
    if (code != CURLE_OK && code != CURLE_OUT_OF_MEMORY && connection_had_ended(s, code))
        code = attempt(s, message, true);
    curl_slist_free_all(rcpt);
    if (code == CURLE_OK)
        return SUBMIT_TAKEN;
    submit_say(s, code, e);
    return submit_judge(s, code);
}
