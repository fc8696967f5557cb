#include "post/mime.h"

#include <string.h>

#include <gmime/gmime.h>

enum { FOLD_AT = 76, PARTS_MAX = 50, STATUS_FIELDS_MAX = 64 * 1024, DIAGNOSTIC_MAX = 300 };

void mime_init(void)
{
    g_mime_init(); /* counted, and for good: GMime leaks, and may crash, where it is shut down and begun again */
}

/* ---- header ---- */

/*
 * GMime would encode long words and split long file names over parameters
 * (RFC 2231), which few readers of reports put together again.
 */
static void set_raw(GMimeObject *object, const char *name, const char *value)
{
    GMimeHeaderList *list = g_mime_object_get_header_list(object);
    GMimeHeader *header;

    g_mime_object_set_header(object, name, "x", NULL);
    header = g_mime_header_list_get_header(list, name);
    if (header != NULL)
        g_mime_header_set_raw_value(header, value);
}

/* " value\n", folded at blanks (RFC 5322 section 2.2.3); `used` is the width of what stands before it. */
static char *folded(size_t used, const char *value)
{
    GString *out = g_string_new(NULL);
    size_t column = used;

    for (const char *word = value; *word != '\0';) {
        size_t n = strcspn(word, " ");

        if (out->len > 0 && column + 1 + n > FOLD_AT) {
            g_string_append_c(out, '\n');
            column = 0;
        }
        g_string_append_c(out, ' ');
        g_string_append_len(out, word, (gssize)n);
        column += 1 + n;
        word += n;
        word += strspn(word, " ");
    }
    g_string_append_c(out, '\n');
    return g_string_free(out, FALSE);
}

static void fill_header(GMimeMessage *message, const struct mime_mail *mail)
{
    char *subject = folded(strlen("Subject:"), mail->subject);
    GDateTime *date = g_date_time_new_from_unix_utc(mail->date_s);

    g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM, mail->from_name[0] == '\0' ? NULL : mail->from_name,
                               mail->from);
    g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO, NULL, mail->to);
    if (str_is_ascii(str_of(mail->subject)))
        set_raw(GMIME_OBJECT(message), "Subject", subject);
    else
        g_mime_message_set_subject(message, mail->subject, "utf-8"); /* RFC 2047 */
    if (date != NULL) {
        g_mime_message_set_date(message, date);
        g_date_time_unref(date);
    }
    g_mime_message_set_message_id(message, mail->message_id);
    g_mime_object_set_header(GMIME_OBJECT(message), "Auto-Submitted", "auto-generated", NULL); /* RFC 3834 */
    g_free(subject);
}

/* ---- parts ---- */

static GMimePart *part_new(const char *type, const char *subtype, struct str body, GMimeContentEncoding encoding)
{
    GMimePart *part = g_mime_part_new_with_type(type, subtype);
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(body.p, body.n);
    GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);

    g_mime_part_set_content(part, content);
    g_mime_part_set_content_encoding(part, encoding);
    g_object_unref(content);
    g_object_unref(stream);
    return part;
}

static void add_part(GMimeMultipart *multipart, GMimePart *part)
{
    g_mime_multipart_add(multipart, GMIME_OBJECT(part));
    g_object_unref(part);
}

static GMimePart *text_part(const char *text)
{
    bool ascii = str_is_ascii(str_of(text));
    GMimePart *part = part_new("text", "plain", str_of(text), ascii ? GMIME_CONTENT_ENCODING_7BIT
                                                                   : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);

    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", ascii ? "us-ascii" : "utf-8");
    return part;
}

static GMimeMultipart *multipart_new(const char *subtype, const struct mime_mail *mail)
{
    GMimeMultipart *multipart = g_mime_multipart_new_with_subtype(subtype);

    g_mime_multipart_set_boundary(multipart, mail->boundary);
    add_part(multipart, text_part(mail->text));
    return multipart;
}

/* ---- the whole ---- */

static enum rc write_out(struct arena *a, GMimeMessage *message, struct str *out, struct err *e)
{
    GMimeFormatOptions *options = g_mime_format_options_new();
    GMimeStream *stream = g_mime_stream_mem_new();
    GByteArray *bytes;
    char *copy = NULL;

    g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
    if (g_mime_object_write_to_stream(GMIME_OBJECT(message), options, stream) >= 0) {
        bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
        *out = (struct str){(const char *)bytes->data, bytes->len};
        copy = str_dup(a, *out);
        out->p = copy;
    }
    g_object_unref(stream);
    g_mime_format_options_free(options);
    return copy == NULL ? err_set(e, RC_NOMEM, "no memory to compose a report") : RC_OK;
}

static enum rc mime_finish(struct arena *a, const struct mime_mail *mail, GMimeObject *body, struct str *out,
                           struct err *e)
{
    GMimeMessage *message = g_mime_message_new(TRUE);
    enum rc rc;

    fill_header(message, mail);
    g_mime_message_set_mime_part(message, body);
    rc = write_out(a, message, out, e);
    g_object_unref(body);
    g_object_unref(message);
    return rc;
}

static enum rc attached(struct arena *a, const struct mime_mail *mail, const char *type, const char *subtype,
                        const char *filename, struct str file, struct str *out, struct err *e)
{
    GMimeMultipart *multipart = multipart_new("mixed", mail);
    GMimePart *part = part_new(type, subtype, file, GMIME_CONTENT_ENCODING_BASE64);
    char *disposition = g_strdup_printf(" attachment;\n filename=\"%s\"\n", filename);

    set_raw(GMIME_OBJECT(part), "Content-Disposition", disposition);
    g_free(disposition);
    add_part(multipart, part);
    return mime_finish(a, mail, GMIME_OBJECT(multipart), out, e);
}

enum rc mime_aggregate(struct arena *a, const struct mime_mail *mail, const char *filename, struct str file,
                       struct str *out, struct err *e)
{
    bool gzip = str_ends_nocase(str_of(filename), STR(".gz"));

    return attached(a, mail, gzip ? "application" : "text", gzip ? "gzip" : "xml", filename, file, out, e);
}

enum rc mime_document(struct arena *a, const struct mime_mail *mail, const char *filename, struct str file,
                      struct str *out, struct err *e)
{
    return attached(a, mail, "application", "pdf", filename, file, out, e);
}

enum rc mime_failure(struct arena *a, const struct mime_mail *mail, const char *fields, const char *headers,
                     struct str *out, struct err *e)
{
    GMimeMultipart *multipart = multipart_new("report", mail);

    g_mime_object_set_content_type_parameter(GMIME_OBJECT(multipart), "report-type", "feedback-report");
    add_part(multipart, part_new("message", "feedback-report", str_of(fields), GMIME_CONTENT_ENCODING_7BIT));
    add_part(multipart, part_new("text", "rfc822-headers", str_of(headers), GMIME_CONTENT_ENCODING_7BIT));
    return mime_finish(a, mail, GMIME_OBJECT(multipart), out, e);
}

enum rc mime_text(struct arena *a, const struct mime_mail *mail, struct str *out, struct err *e)
{
    return mime_finish(a, mail, GMIME_OBJECT(text_part(mail->text)), out, e);
}

/* ---- bounces ---- */

/* Addresses of a field that names to whom the message came. */
static void add_recipients(struct arena *a, struct mime_bounce *out, const char *value)
{
    InternetAddressList *list = value == NULL ? NULL : internet_address_list_parse(NULL, value);
    int n = list == NULL ? 0 : internet_address_list_length(list);

    for (int i = 0; i < n && out->recipients < MIME_RECIPIENTS_MAX; i++) {
        InternetAddress *address = internet_address_list_get_address(list, i);
        const char *text = INTERNET_ADDRESS_IS_MAILBOX(address)
                               ? internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address))
                               : NULL;
        char *copy = text == NULL ? NULL : str_dup(a, str_of(text));

        if (copy != NULL)
            out->recipient[out->recipients++] = copy;
    }
    if (list != NULL)
        g_object_unref(list);
}

static void read_recipients(struct arena *a, struct mime_bounce *out, GMimeMessage *message)
{
    static const char *const names[] = {"X-Original-To", "Delivered-To", "To"};
    GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(message));
    int n = g_mime_header_list_get_count(list);

    for (size_t which = 0; which < sizeof names / sizeof names[0]; which++)
        for (int i = 0; i < n; i++) {
            GMimeHeader *h = g_mime_header_list_get_header_at(list, i);

            if (g_ascii_strcasecmp(g_mime_header_get_name(h), names[which]) == 0)
                add_recipients(a, out, g_mime_header_get_value(h));
        }
}

/* The next line off the front, and the folded ones that belong to it (RFC 3464 section 2.1.1). */
static struct str mime_next_field(struct str *rest)
{
    size_t end = 0;
    struct str field;

    do
        end += str_find(str_slice(*rest, end, rest->n), '\n') + 1;
    while (end < rest->n && char_is_wsp(rest->p[end]));
    field = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end, rest->n);
    return str_trim(field);
}

static const char *kept(struct arena *a, struct str value)
{
    struct strbuf b = strbuf_new(a, DIAGNOSTIC_MAX);

    strbuf_put_escaped(&b, value, DIAGNOSTIC_MAX / 4);
    return b.p;
}

/* Groups of fields, a blank line between; the first is about the message, each further about a recipient. */
static void read_status(struct arena *a, struct mime_bounce *out, struct str fields)
{
    bool failed = false;
    const char *status = "", *diagnostic = "";

    while (fields.n > 0 && !out->failed) {
        struct str field = mime_next_field(&fields), value;
        size_t colon = str_find(field, ':');

        value = str_trim(str_slice(field, colon + 1, field.n));
        field = str_trim(str_slice(field, 0, colon));
        if (str_eq_nocase(field, STR("Action")))
            failed = str_starts_nocase(value, STR("failed"));
        else if (str_eq_nocase(field, STR("Status")))
            status = kept(a, value);
        else if (str_eq_nocase(field, STR("Diagnostic-Code")))
            diagnostic = kept(a, value);
        if (field.n > 0 && fields.n > 0)
            continue;
        if (failed || out->status[0] == '\0') { /* the first that failed, else the first that is told of */
            out->failed = failed;
            out->status = status;
            out->diagnostic = diagnostic;
        }
        failed = false;
        status = diagnostic = "";
    }
}

static struct str part_bytes(struct arena *a, GMimePart *part)
{
    GMimeStream *stream = g_mime_stream_mem_new();
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    struct str text = STR_NONE;

    if (content != NULL && g_mime_data_wrapper_write_to_stream(content, stream) >= 0) {
        GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));

        text = (struct str){(const char *)bytes->data, bytes->len < STATUS_FIELDS_MAX ? bytes->len : STATUS_FIELDS_MAX};
        text.p = str_dup(a, text);
        if (text.p == NULL)
            text = STR_NONE;
    }
    g_object_unref(stream);
    return text;
}

static void read_parts(struct arena *a, struct mime_bounce *out, GMimeMessage *message)
{
    GMimeObject *body = g_mime_message_get_mime_part(message);
    GMimeMultipart *multipart;
    const char *type;

    if (body == NULL || !GMIME_IS_MULTIPART(body))
        return;
    type = g_mime_object_get_content_type_parameter(body, "report-type");
    if (type == NULL || g_ascii_strcasecmp(type, "delivery-status") != 0)
        return;
    multipart = GMIME_MULTIPART(body);
    for (int i = 0; i < g_mime_multipart_get_count(multipart) && i < PARTS_MAX; i++) {
        GMimeObject *part = g_mime_multipart_get_part(multipart, i);
        GMimeContentType *kind = g_mime_object_get_content_type(part);

        if (!GMIME_IS_PART(part) || !(g_mime_content_type_is_type(kind, "message", "delivery-status") ||
                                      g_mime_content_type_is_type(kind, "message", "global-delivery-status")))
            continue;
        out->dsn = true;
        read_status(a, out, part_bytes(a, GMIME_PART(part)));
    }
}

enum rc mime_read_bounce(struct arena *a, struct str message, struct mime_bounce *out, struct err *e)
{
    GMimeStream *stream;
    GMimeParser *parser;
    GMimeMessage *parsed;

    *out = (struct mime_bounce){.status = "", .diagnostic = ""};
    if (message.n > MIME_BOUNCE_MAX)
        return err_set(e, RC_LIMIT, "the message is larger than %d bytes", MIME_BOUNCE_MAX);
    if (message.n == 0)
        return RC_OK;
    stream = g_mime_stream_mem_new_with_buffer(message.p, message.n);
    parser = g_mime_parser_new_with_stream(stream);
    parsed = g_mime_parser_construct_message(parser, NULL);
    if (parsed != NULL) {
        read_recipients(a, out, parsed);
        read_parts(a, out, parsed);
        g_object_unref(parsed);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    return RC_OK;
}
