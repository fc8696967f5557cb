#include "net/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <curl/curl.h>

enum { ADDRESSES_MAX = 16, PATH_BYTES_MAX = 1500, FILE_MAX = FETCH_CERTIFICATE_MAX + FETCH_FIELDS_MAX + 1024 };

struct fetcher {
    CURL *curl;               /* NULL: recorded answers alone */
    char *folder, *record;    /* NULL none */
    bool allow_private;
    unsigned port;
    char *ca_file;
    /* the file at hand */
    struct strbuf body;
    struct arena *arena;
    size_t max, fields;
    const char *type;
    bool over, private;       /* bounded by us; an address that is refused */
    char problem[CURL_ERROR_SIZE];
};

/* ---- what libcurl tells on the way ---- */

static size_t fetch_take_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct fetcher *f = arg;
    size_t n = size * count;

    if (n > f->max - f->body.n || n / (size == 0 ? 1 : size) != count) {
        f->over = true;
        return 0;
    }
    strbuf_put(&f->body, (struct str){bytes, n});
    return f->body.over ? 0 : n;
}

static size_t fetch_take_field(char *bytes, size_t size, size_t count, void *arg)
{
    struct fetcher *f = arg;
    struct str line = {bytes, size * count};

    f->fields += line.n;
    if (f->fields > FETCH_FIELDS_MAX) {
        f->over = true;
        return 0;
    }
    if (str_starts_nocase(line, STR("content-type:"))) {
        const char *type = str_dup(f->arena, str_trim(str_slice(line, 13, line.n)));

        f->type = type == NULL ? "" : type;
    }
    return line.n;
}

/* The one place where the address itself is seen, whatever names and answers said. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct fetcher *f = arg;
    struct ip ip = {.family = IP_NONE};

    (void)purpose;
    if (to->family == AF_INET) {
        ip.family = IP_V4;
        memcpy(ip.b, &((const struct sockaddr_in *)(const void *)&to->addr)->sin_addr, 4);
    } else if (to->family == AF_INET6) {
        ip.family = IP_V6;
        memcpy(ip.b, &((const struct sockaddr_in6 *)(const void *)&to->addr)->sin6_addr, 16);
    }
    if (ip.family == IP_NONE || (!f->allow_private && fetch_address_private(&ip))) {
        f->private = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* ---- opening ---- */

#define SET(...) (bad = bad != CURLE_OK ? bad : curl_easy_setopt(__VA_ARGS__))

static bool fetch_set_options(struct fetcher *f)
{
    CURLcode bad = CURLE_OK;

    SET(f->curl, CURLOPT_PROTOCOLS_STR, "https");
    SET(f->curl, CURLOPT_FOLLOWLOCATION, 0L);
    SET(f->curl, CURLOPT_PROXY, "");
    SET(f->curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(f->curl, CURLOPT_HTTP09_ALLOWED, 0L);
    SET(f->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(f->curl, CURLOPT_SSL_VERIFYPEER, 1L);
    SET(f->curl, CURLOPT_SSL_VERIFYHOST, 2L);
    SET(f->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)FETCH_CONNECT_MS);
    SET(f->curl, CURLOPT_TIMEOUT_MS, (long)FETCH_ALL_MS);
    SET(f->curl, CURLOPT_NOSIGNAL, 1L);
    SET(f->curl, CURLOPT_FRESH_CONNECT, 1L);
    SET(f->curl, CURLOPT_FORBID_REUSE, 1L);
    SET(f->curl, CURLOPT_USERAGENT, "assay");
    SET(f->curl, CURLOPT_WRITEFUNCTION, fetch_take_body);
    SET(f->curl, CURLOPT_WRITEDATA, f);
    SET(f->curl, CURLOPT_HEADERFUNCTION, fetch_take_field);
    SET(f->curl, CURLOPT_HEADERDATA, f);
    SET(f->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(f->curl, CURLOPT_OPENSOCKETDATA, f);
    SET(f->curl, CURLOPT_ERRORBUFFER, f->problem);
    if (f->ca_file != NULL)
        SET(f->curl, CURLOPT_CAINFO, f->ca_file);
    return bad == CURLE_OK;
}

static bool copy_text(const char *from, char **to)
{
    *to = from == NULL ? NULL : strdup(from);
    return from == NULL || *to != NULL;
}

struct fetcher *fetcher_new(const struct fetch_settings *settings, struct err *e)
{
    struct fetcher *f = calloc(1, sizeof *f);

    if (f == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
        free(f);
        (void)err_set(e, RC_NOMEM, "libcurl does not start");
        return NULL;
    }
    f->allow_private = settings->allow_private;
    f->port = settings->port;
    if (!copy_text(settings->folder, &f->folder) || !copy_text(settings->record, &f->record) ||
        !copy_text(settings->ca_file, &f->ca_file) ||
        (f->folder == NULL && ((f->curl = curl_easy_init()) == NULL || !fetch_set_options(f)))) {
        (void)err_set(e, RC_NOMEM, "libcurl does not take what is asked of it");
        fetcher_free(f);
        return NULL;
    }
    return f;
}

void fetcher_free(struct fetcher *f)
{
    if (f == NULL)
        return;
    curl_easy_cleanup(f->curl);
    free(f->folder);
    free(f->record);
    free(f->ca_file);
    free(f);
    curl_global_cleanup();
}

/* ---- from the network ---- */

static void fetch_fail(struct fetch_answer *out, enum fetch_trouble trouble, const char *detail)
{
    out->trouble = trouble;
    out->detail = detail;
}

/* "HOST:PORT:A,B": the addresses of our own dns; NULL when there is none that may be used. */
static struct curl_slist *resolve(const struct fetcher *f, struct arena *a, struct dns_scope *dns, const char *host,
                                  struct fetch_answer *out)
{
    const struct dns_answer *of[] = {dns_ask(dns, host, DNS_A), dns_ask(dns, host, DNS_AAAA)};
    struct strbuf b = strbuf_new(a, 300 + ADDRESSES_MAX * (IP_TEXT_MAX + 3));
    size_t open = 0, shut = 0;
    char text[IP_TEXT_MAX];

    strbuf_putf(&b, "%s:%u:", host, f->port == 0 ? 443 : f->port);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < of[k]->count && open < ADDRESSES_MAX; i++) {
            const struct ip *ip = &of[k]->rr[i].addr;

            if (!f->allow_private && fetch_address_private(ip)) {
                shut++;
                continue;
            }
            strbuf_putf(&b, "%s%s%s%s", open++ == 0 ? "" : ",", ip->family == IP_V6 ? "[" : "", ip_text(ip, text),
                        ip->family == IP_V6 ? "]" : "");
        }
    if (open == 0)
        fetch_fail(out, shut > 0 ? FETCH_ADDRESS : FETCH_RESOLVE,
                   shut > 0 ? "only private addresses"
                   : of[0]->status == DNS_TEMPFAIL ? "the question for its address failed" : "the host has no address");
    return open == 0 ? NULL : curl_slist_append(NULL, b.p);
}

static enum fetch_trouble trouble_of(const struct fetcher *f, CURLcode code)
{
    if (f->over)
        return FETCH_TOO_LARGE;
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return FETCH_TIMEOUT;
    case CURLE_COULDNT_RESOLVE_HOST: return FETCH_RESOLVE;
    case CURLE_PEER_FAILED_VERIFICATION: return FETCH_CERTIFICATE;
    case CURLE_SSL_CONNECT_ERROR: return FETCH_TLS;
    case CURLE_URL_MALFORMAT: return FETCH_URL;
    default: return f->private ? FETCH_ADDRESS : FETCH_REFUSED;
    }
}

static const char *fetch_shown(struct arena *a, const char *text)
{
    struct strbuf b = strbuf_new(a, 600);

    strbuf_put_escaped(&b, str_of(text), 140);
    return b.p;
}

static void get_live(struct fetcher *f, struct arena *a, struct dns_scope *dns, const struct fetch_url *url, size_t max,
                     struct fetch_answer *out)
{
    struct curl_slist *names = resolve(f, a, dns, url->host, out);
    struct strbuf full = strbuf_new(a, FETCH_URL_MAX + 300);
    CURLcode bad = CURLE_OK;
    long status = 0;

    if (names == NULL)
        return;
    f->over = f->private = false;
    f->problem[0] = '\0';
    f->body = strbuf_new(a, max);
    f->arena = a;
    f->max = max;
    f->fields = 0;
    f->type = "";
    if (f->port == 0)
        strbuf_putf(&full, "https://%s%s", url->host, url->path);
    else
        strbuf_putf(&full, "https://%s:%u%s", url->host, f->port, url->path);
    SET(f->curl, CURLOPT_URL, full.p);
    SET(f->curl, CURLOPT_RESOLVE, names);
    if (bad == CURLE_OK)
        bad = curl_easy_perform(f->curl);
    if (bad == CURLE_OK)
        bad = curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_setopt(f->curl, CURLOPT_RESOLVE, NULL);
    curl_slist_free_all(names);
    if (bad != CURLE_OK) {
        fetch_fail(out, trouble_of(f, bad), fetch_shown(a,
                                                        f->problem[0] != '\0' ? f->problem : curl_easy_strerror(bad)));
        return;
    }
    out->status = (int)status;
    out->type = f->type;
    out->body = strbuf_str(&f->body);
}

/* ---- recorded ---- */

/* FOLDER/HOST/PATH; false when that is no path a file can have. */
static bool file_path(const char *folder, const struct fetch_url *url, char mem[PATH_BYTES_MAX])
{
    struct strbuf b = strbuf_on(mem, PATH_BYTES_MAX);
    size_t n = strlen(url->path);

    strbuf_putf(&b, "%s/%s%s%s", folder, url->host, url->path, url->path[n - 1] == '/' ? "index" : "");
    return !b.over && strstr(url->path, "/../") == NULL && strstr(url->path, "//") == NULL &&
           !str_ends_nocase(str_of(url->path), STR("/.."));
}

static void get_recorded(const struct fetcher *f, struct arena *a, const struct fetch_url *url, size_t max,
                         struct fetch_answer *out)
{
    char path[PATH_BYTES_MAX];
    FILE *file = file_path(f->folder, url, path) ? fopen(path, "r") : NULL;
    char *text = file == NULL ? NULL : arena_alloc(a, FILE_MAX);
    size_t n = text == NULL ? 0 : fread(text, 1, FILE_MAX, file);

    if (file == NULL)
        fetch_fail(out, FETCH_RESOLVE, "nothing is recorded of it");
    else if (!fetch_answer_read(a, (struct str){text, n}, max, out))
        fetch_fail(out, FETCH_REFUSED, "what is recorded of it is no answer");
    if (file != NULL)
        (void)fclose(file);
}

/* Writes it, with the folders on the way; what cannot be written is not there later, which is said then. */
static void record(const struct fetcher *f, const struct fetch_url *url, const struct fetch_answer *out)
{
    char path[PATH_BYTES_MAX];
    FILE *file;

    if (!file_path(f->record, url, path))
        return;
    for (char *p = path + strlen(f->record) + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        (void)mkdir(path, 0755);
        *p = '/';
    }
    file = fopen(path, "w");
    if (file == NULL)
        return;
    if (out->trouble != FETCH_ANSWERED)
        (void)fprintf(file, "ERROR %s\n", enum_name(&fetch_trouble_names, (int)out->trouble));
    else
        (void)fprintf(file, "HTTP/1.1 %d\r\nContent-Type: %s\r\n\r\n", out->status, out->type);
    if (out->body.n > 0)
        (void)fwrite(out->body.p, 1, out->body.n, file);
    (void)fclose(file);
}

void fetch_get(struct fetcher *f, struct arena *a, struct dns_scope *dns, const char *url, size_t max,
               struct fetch_answer *out)
{
    struct fetch_url parts;

    *out = (struct fetch_answer){.detail = "", .type = ""};
    if (!fetch_url_parse(a, str_of(url), &parts)) {
        fetch_fail(out, FETCH_URL, "no https URL of a named host");
        return;
    }
    if (f->folder != NULL)
        get_recorded(f, a, &parts, max, out);
    else
        get_live(f, a, dns, &parts, max, out);
    if (f->record != NULL)
        record(f, &parts, out);
}
