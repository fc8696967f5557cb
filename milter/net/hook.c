#include "net/hook.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "net/hmac.h"

enum { HOOK_FIELD_MAX = 4096, HOOK_SAID_MAX = 200 };

struct hook {
    CURL *curl;
    char *authorization;       /* the whole field; NULL none */
    char *key;                 /* NULL none */
    size_t key_size;
    struct strbuf answer;      /* of the document at hand */
    char problem[CURL_ERROR_SIZE];
};

/* What is beyond the bound is dropped: a good answer is short, and only its beginning is looked at. */
static size_t hook_take(char *bytes, size_t size, size_t count, void *arg)
{
    struct hook *h = arg;

    strbuf_put(&h->answer, (struct str){bytes, size * count});
    return size * count;
}

/* Goes on once one failed; `bad` has the first that did. */
#define SET(...) (bad = bad != CURLE_OK ? bad : curl_easy_setopt(__VA_ARGS__))

static bool hook_set_up(struct hook *h, const struct hook_settings *settings)
{
    CURLcode bad = CURLE_OK;
    CURL *c = h->curl;

    SET(c, CURLOPT_URL, settings->url);
    SET(c, CURLOPT_PROTOCOLS_STR, str_starts_nocase(str_of(settings->url), STR("https:")) ? "https" : "http");
    SET(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(c, CURLOPT_SSL_VERIFYPEER, 1L);
    SET(c, CURLOPT_SSL_VERIFYHOST, 2L);
    if (settings->ca_file[0] != '\0')
        SET(c, CURLOPT_CAINFO, settings->ca_file);
    SET(c, CURLOPT_PROXY, ""); /* whatever the environment says */
    SET(c, CURLOPT_FOLLOWLOCATION, 0L);
    SET(c, CURLOPT_NOSIGNAL, 1L);
    SET(c, CURLOPT_CONNECTTIMEOUT, (long)HOOK_CONNECT_S);
    SET(c, CURLOPT_TIMEOUT, (long)HOOK_ALL_S);
    SET(c, CURLOPT_ERRORBUFFER, h->problem);
    SET(c, CURLOPT_USERAGENT, "assay");
    SET(c, CURLOPT_WRITEFUNCTION, hook_take);
    SET(c, CURLOPT_WRITEDATA, h);
    SET(c, CURLOPT_POST, 1L);
    return bad == CURLE_OK;
}

/* A field's value has no control bytes, else it would be several fields. */
static bool hook_is_value(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < ' ' || text.p[i] == 127)
            return false;
    return text.n <= HOOK_FIELD_MAX;
}

static bool hook_keep(struct hook *h, const struct hook_settings *settings)
{
    static const char field[] = "Authorization: ";
    size_t size = sizeof field + settings->authorization.n;

    if (settings->authorization.n > 0) {
        h->authorization = malloc(size);
        if (h->authorization == NULL)
            return false;
        (void)snprintf(h->authorization, size, "%s%.*s", field, STR_FMT(settings->authorization));
    }
    if (settings->key.n > 0) {
        h->key = malloc(settings->key.n);
        if (h->key == NULL)
            return false;
        memcpy(h->key, settings->key.p, settings->key.n);
        h->key_size = settings->key.n;
    }
    return true;
}

enum rc hook_open(const struct hook_settings *settings, struct hook **out, struct err *e)
{
    struct hook *h;

    *out = NULL;
    if (!hook_url_is_good(str_of(settings->url)))
        return err_set(e, RC_BAD, "\"%s\" is no address that is posted to; write https://HOST/PATH", settings->url);
    if (!hook_is_value(settings->authorization))
        return err_set(e, RC_BAD, "the value of the field Authorization is too long, or not one line");
    h = calloc(1, sizeof *h);
    if (h == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
        free(h);
        return err_set(e, RC_NOMEM, "libcurl cannot be set up: no memory, or it lacks TLS");
    }
    h->curl = curl_easy_init();
    if (h->curl == NULL || !hook_set_up(h, settings) || !hook_keep(h, settings)) {
        hook_close(h);
        return err_set(e, RC_NOMEM, "libcurl cannot be set up: no memory, or it lacks TLS");
    }
    *out = h;
    return RC_OK;
}

void hook_close(struct hook *h)
{
    if (h == NULL)
        return;
    curl_easy_cleanup(h->curl);
    curl_global_cleanup();
    if (h->key != NULL)
        explicit_bzero(h->key, h->key_size);
    if (h->authorization != NULL)
        explicit_bzero(h->authorization, strlen(h->authorization));
    free(h->key);
    free(h->authorization);
    free(h);
}

/* One more field; false without memory, with the list as it was. */
static bool hook_field(struct curl_slist **list, const char *field)
{
    struct curl_slist *longer = curl_slist_append(*list, field);

    if (longer == NULL)
        return false;
    *list = longer;
    return true;
}

static bool hook_fields(const struct hook *h, struct arena *a, const char *id, struct str body, int64_t now_s,
                        struct curl_slist **list)
{
    struct strbuf key = strbuf_new(a, 200), text = strbuf_new(a, body.n + 40), signature = strbuf_new(a, 200);
    char hex[HMAC_HEX];

    strbuf_putf(&key, "Idempotency-Key: %s", id);
    if (key.over || !hook_field(list, key.p) || !hook_field(list, "Content-Type: application/json") ||
        !hook_field(list, "Expect:") || (h->authorization != NULL && !hook_field(list, h->authorization)))
        return false;
    if (h->key == NULL)
        return true;
    strbuf_putf(&text, "%" PRId64 ".", now_s);
    strbuf_put(&text, body);
    if (text.over || !hmac_sha256((struct str){h->key, h->key_size}, strbuf_str(&text), hex))
        return false;
    strbuf_putf(&signature, "Assay-Signature: t=%" PRId64 ",v1=%s", now_s, hex);
    return !signature.over && hook_field(list, signature.p);
}

static enum hook_outcome hook_judge(const struct hook *h, CURLcode code, struct str answer, struct err *e)
{
    char said[HOOK_SAID_MAX + 1];
    struct strbuf b = STRBUF_ON(said);
    long status = 0;

    (void)curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK) {
        (void)err_set(e, RC_TEMP, "%s", h->problem[0] != '\0' ? h->problem : curl_easy_strerror(code));
        return HOOK_LATER;
    }
    if (status >= 200 && status < 300)
        return HOOK_TAKEN;
    strbuf_put_escaped(&b, answer, HOOK_SAID_MAX / 4);
    (void)err_set(e, RC_TEMP, "it answers %ld: %s", status, said);
    return status == 400 || status == 413 || status == 422 ? HOOK_REFUSED : HOOK_LATER;
}

enum hook_outcome hook_send(struct hook *h, struct arena *a, const char *id, struct str body, int64_t now_s,
                            struct str *answer, struct err *e)
{
    struct curl_slist *fields = NULL;
    CURLcode bad = CURLE_OK, code = CURLE_OUT_OF_MEMORY;
    enum hook_outcome outcome;

    h->answer = strbuf_new(a, HOOK_ANSWER_MAX);
    h->problem[0] = '\0';
    if (h->answer.p != NULL && hook_fields(h, a, id, body, now_s, &fields)) {
        SET(h->curl, CURLOPT_HTTPHEADER, fields);
        SET(h->curl, CURLOPT_POSTFIELDS, body.p);
        SET(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
        code = bad == CURLE_OK ? curl_easy_perform(h->curl) : bad;
    }
    *answer = h->answer.p == NULL ? STR_NONE : strbuf_str(&h->answer);
    outcome = hook_judge(h, code, *answer, e);
    (void)curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(fields);
    return outcome;
}
