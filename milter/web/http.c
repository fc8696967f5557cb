#include "web/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "web/reaper.h"
#include "web/request.h"

enum {
    CONNECTIONS_MAX = 2000, /* more than those who only drip are cut off in ten seconds; 32 KiB each at most */
    WAITING_MAX = 64,          /* requests that wait for a worker */
    MEMORY = 32 * 1024,        /* of a connection: its header and URL */
    TIMES = 1000
};

static const char usual_policy[] = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                                   "frame-ancestors 'none'; base-uri 'none'";

struct job {
    struct job *next;
    struct http *http;
    struct MHD_Connection *mhd;
    struct connection *connection;
    char *uri, *body;
    size_t body_n, body_size;
    bool ready;           /* answer is made */
    bool refused;
    int64_t began_ms;
    struct http_request request;
    struct http_answer answer;
};

struct worker {
    struct http *http;
    unsigned number;
    pthread_t thread;
};

struct http {
    struct http_setup setup;
    struct MHD_Daemon *daemon[2]; /* for visitors, for the proxy */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job *first, **last;
    unsigned waiting;
    bool stop;
    struct reaper *reaper;
    struct worker *worker;
    unsigned workers;
    struct http_counts counts;
    unsigned times[TIMES];
};

void http_field(struct http_answer *a, const char *name, const char *value)
{
    struct strbuf b;

    if (a->fields == HTTP_FIELDS_MAX || a->field == NULL)
        return;
    b = strbuf_on(a->field[a->fields].value, HTTP_FIELD_MAX);
    for (; *value != '\0' && (unsigned char)*value >= 0x20; value++)
        strbuf_putc(&b, *value);
    a->field[a->fields++].name = name;
}

/* ---- connections ---- */

static void http_connected(struct http *h, struct MHD_Connection *mhd, void **context, bool by_proxy)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

    *context = reaper_add(h->reaper, info->connect_fd, by_proxy);
}

static void http_disconnected(struct http *h, void **context)
{
    reaper_remove(h->reaper, *context);
    *context = NULL;
}

static void http_notify(void *arg, struct MHD_Connection *mhd, void **context, enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        http_connected(arg, mhd, context, false);
    else
        http_disconnected(arg, context);
}

static void http_notify_proxy(void *arg, struct MHD_Connection *mhd, void **context,
                              enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        http_connected(arg, mhd, context, true);
    else
        http_disconnected(arg, context);
}

/* ---- jobs ---- */

static void job_free(struct job *j)
{
    if (j == NULL)
        return;
    if (j->body != NULL)
        explicit_bzero(j->body, j->body_size); /* passwords */
    html_free(&j->answer.body);
    free(j->answer.field);
    free(j->body);
    free(j->uri);
    free(j);
}

/* Called with the request line, before anything else. */
static void *http_begin(void *arg, const char *uri, struct MHD_Connection *mhd)
{
    struct job *j = calloc(1, sizeof *j);

    if (j == NULL)
        return NULL;
    j->http = arg;
    j->mhd = mhd;
    j->uri = strdup(uri);
    j->began_ms = clock_mono_ms();
    j->answer.field = calloc(HTTP_FIELDS_MAX, sizeof *j->answer.field);
    if (j->uri != NULL && j->answer.field != NULL)
        return j;
    job_free(j);
    return NULL;
}

static void http_done(void *arg, struct MHD_Connection *mhd, void **context, enum MHD_RequestTerminationCode code)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http *h = arg;

    (void)code;
    job_free(*context);
    *context = NULL;
    if (info != NULL && info->socket_context != NULL)
        reaper_phase(h->reaper, info->socket_context, PHASE_IDLE);
}

static void http_count_time(struct http *h, int64_t ms)
{
    h->times[h->counts.requests++ % TIMES] = ms > 1000000 ? 1000000 : (unsigned)ms;
}

static void *http_work(void *arg)
{
    struct worker *w = arg;
    struct http *h = w->http;

    for (;;) {
        struct job *j;

        (void)pthread_mutex_lock(&h->lock);
        while (h->first == NULL && !h->stop)
            (void)pthread_cond_wait(&h->wake, &h->lock);
        j = h->first;
        if (j != NULL) {
            h->first = j->next;
            if (h->first == NULL)
                h->last = &h->first;
            h->waiting--;
        }
        (void)pthread_mutex_unlock(&h->lock);
        if (j == NULL)
            return NULL;
        h->setup.handle(h->setup.arg, w->number, &j->request, &j->answer);
        j->ready = true;
        (void)pthread_mutex_lock(&h->lock);
        http_count_time(h, clock_mono_ms() - j->began_ms);
        (void)pthread_mutex_unlock(&h->lock);
        MHD_resume_connection(j->mhd);
    }
}

/* ---- answering ---- */

static void http_common_fields(struct MHD_Response *r, const struct http_answer *a)
{
    static const char *const fields[][2] = {
        {"X-Content-Type-Options", "nosniff"}, {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"}, {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
    };

    (void)MHD_add_response_header(r, "Content-Type", a->type);
    (void)MHD_add_response_header(r, "Content-Security-Policy", a->policy != NULL ? a->policy : usual_policy);
    (void)MHD_add_response_header(r, "Cache-Control", a->public ? "public, max-age=31536000, immutable" : "no-store");
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        (void)MHD_add_response_header(r, fields[i][0], fields[i][1]);
    for (size_t i = 0; i < a->fields; i++)
        (void)MHD_add_response_header(r, a->field[i].name, a->field[i].value);
}

static enum MHD_Result http_answer_now(struct job *j)
{
    struct http_answer *a = &j->answer;
    struct MHD_Response *r = MHD_create_response_from_buffer(a->body.n, a->body.p, MHD_RESPMEM_MUST_FREE);
    enum MHD_Result queued;

    if (r == NULL)
        return MHD_NO;
    a->body = (struct html){.most = 0}; /* the library's now */
    http_common_fields(r, a);
    queued = MHD_queue_response(j->mhd, a->status, r);
    MHD_destroy_response(r);
    if (j->connection != NULL)
        reaper_phase(j->http->reaper, j->connection, PHASE_ANSWERING);
    return queued;
}

/* Before a page is made: a line of text. */
static enum MHD_Result http_refuse(struct job *j, unsigned status, const char *text)
{
    struct http *h = j->http;

    (void)pthread_mutex_lock(&h->lock);
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        h->counts.busy++;
    else
        h->counts.refused++;
    (void)pthread_mutex_unlock(&h->lock);
    log_write(LOG_LEVEL_WARNING, NULL, "refused with %u: %s", status, text);
    j->refused = true;
    j->answer.status = status;
    j->answer.type = "text/plain; charset=utf-8";
    html_begin(&j->answer.body, HTML_MAX);
    html_literal(&j->answer.body, text);
    html_literal(&j->answer.body, "\n");
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        http_field(&j->answer, "Retry-After", "2");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        http_field(&j->answer, "Allow", "GET, HEAD, POST");
    http_field(&j->answer, "Connection", "close");
    return http_answer_now(j);
}

static const char *http_header(struct MHD_Connection *mhd, const char *name)
{
    const char *value = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, name);

    return value == NULL ? "" : value;
}

struct counted {
    const char *name;
    unsigned n;
};

static enum MHD_Result http_count_field(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct counted *c = arg;

    (void)kind;
    (void)value;
    c->n += strcasecmp(name, c->name) == 0;
    return MHD_YES;
}

static void http_fill(struct job *j)
{
    struct http_request *q = &j->request;
    struct MHD_Connection *m = j->mhd;
    struct counted users = {.name = j->http->setup.proxy_header};

    q->uri = str_of(j->uri);
    q->host = http_header(m, "Host");
    q->cookie = http_header(m, "Cookie");
    q->origin = http_header(m, "Origin");
    q->fetch_site = http_header(m, "Sec-Fetch-Site");
    q->content_type = http_header(m, "Content-Type");
    q->proxy_key = http_header(m, "X-Assay-Key");
    q->proxy_user = http_header(m, users.name);
    (void)MHD_get_connection_values(m, MHD_HEADER_KIND, http_count_field, &users);
    q->proxy_users = users.n;
    q->by_proxy = j->connection != NULL && j->connection->by_proxy;
    q->peer = j->connection != NULL ? j->connection->peer : (uid_t)-1;
}

/* The header is there: is it one we answer, and how long a body does it announce? */
static enum MHD_Result http_header_is_whole(struct job *j, const char *method)
{
    const char *length = http_header(j->mhd, "Content-Length");
    uint32_t n = 0;

    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 && strcmp(method, "POST") != 0)
        return http_refuse(j, MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET, HEAD and POST are answered.");
    if (strlen(j->uri) > REQUEST_URI_MAX)
        return http_refuse(j, MHD_HTTP_URI_TOO_LONG, "The address is too long.");
    if (length[0] != '\0' && (!str_to_u32(str_of(length), &n) || n > REQUEST_BODY_MAX))
        return http_refuse(j, MHD_HTTP_CONTENT_TOO_LARGE, "The form is larger than 64 KiB.");
    if (http_header(j->mhd, "Transfer-Encoding")[0] != '\0' || (strcmp(method, "POST") == 0 && length[0] == '\0'))
        return http_refuse(j, MHD_HTTP_LENGTH_REQUIRED, "A form must say its length.");
    j->request.method = strcmp(method, "POST") == 0 ? HTTP_POST : strcmp(method, "HEAD") == 0 ? HTTP_HEAD : HTTP_GET;
    j->body_size = n;
    if (n > 0 && (j->body = malloc(n)) == NULL)
        return http_refuse(j, MHD_HTTP_SERVICE_UNAVAILABLE, "No memory; try again.");
    http_fill(j);
    return MHD_YES;
}

static enum MHD_Result http_enqueue(struct job *j)
{
    struct http *h = j->http;
    bool full;

    j->request.body = (struct str){j->body, j->body_n};
    if (j->connection != NULL)
        reaper_phase(h->reaper, j->connection, PHASE_WORKING);
    (void)pthread_mutex_lock(&h->lock);
    full = h->waiting >= WAITING_MAX || h->stop;
    if (!full) {
        MHD_suspend_connection(j->mhd);
        *h->last = j;
        h->last = &j->next;
        h->waiting++;
        (void)pthread_cond_signal(&h->wake);
    }
    (void)pthread_mutex_unlock(&h->lock);
    return full ? http_refuse(j, MHD_HTTP_SERVICE_UNAVAILABLE, "Too many ask at once; try again in a moment.")
        : MHD_YES;
}

static enum MHD_Result http_access(void *arg, struct MHD_Connection *mhd, const char *url, const char *method,
                                   const char *version, const char *data, size_t *size, void **context)
{
    struct job *j = *context;

    (void)arg;
    (void)url;
    (void)version;
    if (j == NULL)
        return MHD_NO;
    if (j->connection == NULL) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

        j->connection = info->socket_context;
        return j->connection == NULL ? MHD_NO : http_header_is_whole(j, method);
    }
    if (*size > 0) {
        if (j->refused || *size > j->body_size - j->body_n) {
            *size = 0;
            return MHD_YES;
        }
        memcpy(j->body + j->body_n, data, *size);
        j->body_n += *size;
        *size = 0;
        return MHD_YES;
    }
    if (j->refused)
        return MHD_YES;
    return j->ready ? http_answer_now(j) : http_enqueue(j);
}

static size_t http_leave_encoded(void *arg, struct MHD_Connection *mhd, char *text)
{
    (void)arg;
    (void)mhd;
    return strlen(text);
}

/* ---- life ---- */

static void http_log(void *arg, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
static void http_log(void *arg, const char *fmt, va_list ap)
{
    (void)arg;
    log_write_list(LOG_LEVEL_DEBUG, NULL, fmt, ap);
}

static struct MHD_Daemon *http_daemon(struct http *h, int fd, MHD_NotifyConnectionCallback notify)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, http_access, h,
        MHD_OPTION_EXTERNAL_LOGGER, http_log, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)REAPER_IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY, MHD_OPTION_THREAD_STACK_SIZE, (size_t)(256 * 1024),
        MHD_OPTION_URI_LOG_CALLBACK, http_begin, h, MHD_OPTION_UNESCAPE_CALLBACK, http_leave_encoded, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, http_done, h, MHD_OPTION_NOTIFY_CONNECTION, notify, h,
        MHD_OPTION_END);
}

static enum rc http_start_threads(struct http *h, struct err *e)
{
    h->worker = calloc(h->setup.workers, sizeof *h->worker);
    if (h->worker == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    for (; h->workers < h->setup.workers; h->workers++) {
        struct worker *w = &h->worker[h->workers];

        *w = (struct worker){.http = h, .number = h->workers};
        if (pthread_create(&w->thread, NULL, http_work, w) != 0)
            return err_set(e, RC_NOMEM, "no threads can be made");
    }
    return reaper_start(&h->reaper, e);
}

enum rc http_start(const struct http_setup *s, struct http **out, struct err *e)
{
    struct http *h = calloc(1, sizeof *h);
    enum rc rc;

    *out = h;
    if (h == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    h->setup = *s;
    h->last = &h->first;
    (void)pthread_mutex_init(&h->lock, NULL);
    (void)pthread_cond_init(&h->wake, NULL);
    rc = http_start_threads(h, e);
    if (rc == RC_OK && (h->daemon[0] = http_daemon(h, s->fd, http_notify)) == NULL)
        rc = err_set(e, RC_IO, "the HTTP server could not be started");
    if (rc == RC_OK && s->proxy_fd >= 0 && (h->daemon[1] = http_daemon(h, s->proxy_fd, http_notify_proxy)) == NULL)
        rc = err_set(e, RC_IO, "the HTTP server could not be started for WebProxySocket");
    if (rc != RC_OK) {
        http_stop(h);
        *out = NULL;
    }
    return rc;
}

void http_stop(struct http *h)
{
    if (h == NULL)
        return;
    for (int i = 0; i < 2; i++)
        if (h->daemon[i] != NULL)
            (void)MHD_quiesce_daemon(h->daemon[i]);
    (void)pthread_mutex_lock(&h->lock);
    h->stop = true; /* workers do what waits, and end */
    (void)pthread_cond_broadcast(&h->wake);
    (void)pthread_mutex_unlock(&h->lock);
    for (unsigned i = 0; i < h->workers; i++)
        (void)pthread_join(h->worker[i].thread, NULL);
    for (int i = 0; i < 2; i++)
        if (h->daemon[i] != NULL)
            MHD_stop_daemon(h->daemon[i]);
    reaper_stop(h->reaper);
    (void)pthread_cond_destroy(&h->wake);
    (void)pthread_mutex_destroy(&h->lock);
    free(h->worker);
    free(h);
}

static int http_by_time(const void *x, const void *y)
{
    return (*(const unsigned *)x > *(const unsigned *)y) - (*(const unsigned *)x < *(const unsigned *)y);
}

struct http_counts http_counts(struct http *h)
{
    unsigned times[TIMES];
    struct http_counts c;
    size_t n;

    (void)pthread_mutex_lock(&h->lock);
    c = h->counts;
    memcpy(times, h->times, sizeof times);
    (void)pthread_mutex_unlock(&h->lock);
    n = c.requests < TIMES ? (size_t)c.requests : TIMES;
    qsort(times, n, sizeof times[0], http_by_time);
    c.open = reaper_open(h->reaper);
    c.slowest_ms = n > 0 ? times[n - 1] : 0;
    c.p95_ms = n > 0 ? times[n * 95 / 100] : 0;
    return c;
}
