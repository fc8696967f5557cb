#include "dkim/dkim_sign.h"

#include <stdlib.h>
#include <string.h>

#include <opendkim/dkim.h>

struct dkim_signer {
    DKIM_LIB *library; /* its own: the one that verifies has options of its own */
    unsigned char *pem;
    size_t pem_size;
    unsigned char *domain, *selector;
};

/* RFC 6376 section 5.4.1; those a second one of which would mislead are signed as absent, too (section 5.4.2). */
static const char *const signed_fields[] = {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version",
                                            "Content-Type", "Auto-Submitted", NULL};
static const char *const oversigned_fields[] = {"From", "To", "Subject", "Date", NULL};

static const char field_name[] = "DKIM-Signature: ";

static unsigned char *dkim_sign_copy(struct str s)
{
    unsigned char *out = malloc(s.n + 1);

    if (out == NULL)
        return NULL;
    if (s.n > 0)
        memcpy(out, s.p, s.n);
    out[s.n] = '\0';
    return out;
}

static bool set_fields(DKIM_LIB *library, dkim_opts_t option, const char *const *fields)
{
    return dkim_options(library, DKIM_OP_SETOPT, option, (void *)(uintptr_t)fields, sizeof fields) == DKIM_STAT_OK;
}

void dkim_signer_free(struct dkim_signer *s)
{
    if (s == NULL)
        return;
    if (s->library != NULL)
        dkim_close(s->library);
    if (s->pem != NULL)
        explicit_bzero(s->pem, s->pem_size);
    free(s->pem);
    free(s->domain);
    free(s->selector);
    free(s);
}

/* ---- one message ---- */

static bool feed_header(DKIM *dkim, struct str header)
{
    while (header.n > 0) {
        size_t end = 0;
        struct str field;

        do /* a field goes on over lines that begin with a blank */
            end += str_find(str_slice(header, end, header.n), '\n') + 1;
        while (end < header.n && char_is_wsp(header.p[end]));
        field = str_trim(str_slice(header, 0, end));
        header = str_slice(header, end, header.n);
        if (field.n > 0 && dkim_header(dkim, (u_char *)(uintptr_t)field.p, field.n) != DKIM_STAT_OK)
            return false;
    }
    return dkim_eoh(dkim) == DKIM_STAT_OK;
}

/* Where the body begins; all of it is header when there is no blank line. */
static size_t body_at(struct str message)
{
    const char *end = memmem(message.p, message.n, "\r\n\r\n", 4);

    return end == NULL ? message.n : (size_t)(end - message.p) + 4;
}

static enum rc put_on_top(DKIM *dkim, struct arena *a, struct str message, struct str *out, struct err *e)
{
    u_char *field;
    size_t n;
    struct strbuf b;

    if (dkim_getsighdr_d(dkim, sizeof field_name - 1, &field, &n) != DKIM_STAT_OK)
        return err_set(e, RC_INTERNAL, "libopendkim gives no signature");
    b = strbuf_new(a, sizeof field_name + n + 2 + message.n);
    strbuf_puts(&b, field_name);
    strbuf_put(&b, (struct str){(const char *)field, n});
    strbuf_puts(&b, "\r\n");
    strbuf_put(&b, message);
    *out = strbuf_str(&b);
    return b.over ? err_set(e, RC_NOMEM, "no memory to sign a report") : RC_OK;
}

static enum rc sign(DKIM *dkim, struct arena *a, struct str message, struct str *out, struct err *e)
{
    size_t at = body_at(message);
    struct str body = str_slice(message, at, message.n);

    if (!feed_header(dkim, str_slice(message, 0, at)) ||
        (body.n > 0 && dkim_body(dkim, (u_char *)(uintptr_t)body.p, body.n) != DKIM_STAT_OK) ||
        dkim_eom(dkim, NULL) != DKIM_STAT_OK)
        return err_set(e, RC_BAD, "libopendkim cannot sign with it: is it an RSA private key of 1024 to 4096 bits?");
    return put_on_top(dkim, a, message, out, e);
}

enum rc dkim_signer_sign(struct dkim_signer *s, struct arena *a, struct str message, struct str *out, struct err *e)
{
    DKIM_STAT status;
    DKIM *dkim = dkim_sign(s->library, (const u_char *)"report", NULL, s->pem, s->selector, s->domain,
                           DKIM_CANON_RELAXED, DKIM_CANON_RELAXED, DKIM_SIGN_RSASHA256, -1, &status);
    enum rc rc;

    if (dkim == NULL)
        return err_set(e, RC_BAD, "libopendkim does not take the key: is it an RSA private key in PEM?");
    rc = sign(dkim, a, message, out, e);
    (void)dkim_free(dkim);
    return rc;
}

/* ---- the key ---- */

static enum rc try_key(struct dkim_signer *s, struct err *e)
{
    struct arena *a = arena_new(64 * 1024);
    struct str out;
    enum rc rc = a == NULL ? err_set(e, RC_NOMEM, "no memory to try the key")
                           : dkim_signer_sign(s, a, STR("From: a@b.example\r\nDate: x\r\n\r\nx\r\n"), &out, e);

    arena_free(a);
    return rc;
}

enum rc dkim_signer_new(struct str pem, const char *domain, const char *selector, struct dkim_signer **out,
                        struct err *e)
{
    struct dkim_signer *s = calloc(1, sizeof *s);
    enum rc rc;

    *out = NULL;
    if (s != NULL) {
        s->library = dkim_init(NULL, NULL);
        s->pem = dkim_sign_copy(pem);
        s->pem_size = pem.n;
        s->domain = dkim_sign_copy(str_of(domain));
        s->selector = dkim_sign_copy(str_of(selector));
    }
    if (s == NULL || s->library == NULL || s->pem == NULL || s->domain == NULL || s->selector == NULL)
        rc = err_set(e, RC_NOMEM, "no memory for the key");
    else if (!set_fields(s->library, DKIM_OPTS_SIGNHDRS, signed_fields) ||
             !set_fields(s->library, DKIM_OPTS_OVERSIGNHDRS, oversigned_fields))
        rc = err_set(e, RC_INTERNAL, "libopendkim does not take its options: is it version 2.11?");
    else
        rc = try_key(s, e);
    if (rc == RC_OK)
        *out = s;
    else
        dkim_signer_free(s);
    return rc;
}
