#include "formats/mail_parts.h"

#include <gmime/gmime.h>

struct taking {
    struct arena *arena;
    struct mail_part *part;
    size_t n;
    bool more, no_memory;
};

static const char *mail_parts_copy(struct taking *t, const char *text)
{
    char *made = text == NULL || text[0] == '\0' ? NULL : str_dup(t->arena, str_of(text));

    if (made == NULL && text != NULL && text[0] != '\0')
        t->no_memory = true;
    return made == NULL ? "" : made;
}

static struct str copy_bytes(struct taking *t, const void *p, size_t n)
{
    char *made = n == 0 ? NULL : str_dup(t->arena, (struct str){p, n});

    if (made == NULL && n > 0)
        t->no_memory = true;
    return made == NULL ? STR_NONE : (struct str){made, n};
}

static const char *type_of(struct taking *t, GMimeObject *object)
{
    GMimeContentType *type = g_mime_object_get_content_type(object);
    char *text = type == NULL ? NULL : g_mime_content_type_get_mime_type(type);
    char *lower = text == NULL ? NULL : str_dup_lower(t->arena, str_of(text));

    g_free(text);
    return lower == NULL ? "" : lower;
}

static struct mail_part *mail_parts_add(struct taking *t, GMimeObject *object)
{
    struct mail_part *p;

    if (t->n == MAIL_PARTS_MAX) {
        t->more = true;
        return NULL;
    }
    p = &t->part[t->n++];
    *p = (struct mail_part){.type = type_of(t, object), .name = ""};
    return p;
}

static void take_leaf(struct taking *t, GMimePart *part)
{
    struct mail_part *p = mail_parts_add(t, GMIME_OBJECT(part));
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    GMimeStream *out;

    if (p == NULL)
        return;
    p->name = mail_parts_copy(t, g_mime_part_get_filename(part));
    if (content == NULL)
        return;
    out = g_mime_stream_mem_new();
    if (g_mime_data_wrapper_write_to_stream(content, out) >= 0) {
        GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out));

        p->content = copy_bytes(t, bytes->data, bytes->len);
    }
    g_object_unref(out);
}

static void take_header(struct taking *t, GMimeObject *object, GMimeMessage *message)
{
    struct mail_part *p = mail_parts_add(t, object);
    char *text = p == NULL ? NULL : g_mime_object_get_headers(GMIME_OBJECT(message), NULL);

    if (text != NULL) {
        p->message = true;
        p->content = copy_bytes(t, text, str_of(text).n);
    }
    g_free(text);
}

/* A multipart whose boundary is missing or never comes: what it has stands before its first part. */
static void take_unparted(struct taking *t, GMimeObject *object)
{
    const char *text = g_mime_multipart_get_prologue(GMIME_MULTIPART(object));
    struct mail_part *p = text == NULL ? NULL : mail_parts_add(t, object);

    if (p != NULL)
        p->content = copy_bytes(t, text, str_of(text).n);
}

static void mail_parts_take(struct taking *t, GMimeObject *object, int depth, int messages)
{
    if (object == NULL || t->no_memory)
        return;
    if (depth > MAIL_DEPTH_MAX || messages > MAIL_MESSAGES_MAX) {
        t->more = true;
    } else if (GMIME_IS_MULTIPART(object)) {
        int n = g_mime_multipart_get_count(GMIME_MULTIPART(object));

        if (n == 0)
            take_unparted(t, object);
        for (int i = 0; i < n && !t->more; i++)
            mail_parts_take(t, g_mime_multipart_get_part(GMIME_MULTIPART(object), i), depth + 1, messages);
    } else if (GMIME_IS_MESSAGE_PART(object)) {
        GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));

        if (inner == NULL)
            return;
        take_header(t, object, inner);
        mail_parts_take(t, g_mime_message_get_mime_part(inner), depth + 1, messages + 1);
    } else if (GMIME_IS_PART(object)) {
        take_leaf(t, GMIME_PART(object));
    }
}

static const char *mail_parts_author(struct taking *t, GMimeMessage *message)
{
    InternetAddressList *list = g_mime_message_get_from(message);
    int n = list == NULL ? 0 : internet_address_list_length(list);

    for (int i = 0; i < n; i++) {
        InternetAddress *one = internet_address_list_get_address(list, i);

        if (INTERNET_ADDRESS_IS_MAILBOX(one))
            return mail_parts_copy(t, internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one)));
    }
    return "";
}

static void mail_parts_fill_head(struct taking *t, GMimeMessage *message, struct mail_head *head)
{
    GMimeObject *object = GMIME_OBJECT(message);

    head->from = mail_parts_author(t, message);
    head->subject = mail_parts_copy(t, g_mime_message_get_subject(message));
    head->message_id = mail_parts_copy(t, g_mime_message_get_message_id(message));
    head->date = mail_parts_copy(t, g_mime_object_get_header(object, "Date"));
    head->tls_domain = mail_parts_copy(t, g_mime_object_get_header(object, "TLS-Report-Domain"));
    head->tls_submitter = mail_parts_copy(t, g_mime_object_get_header(object, "TLS-Report-Submitter"));
}

enum rc mail_parts_read(struct arena *a, struct str message, struct mail_head *head,
                        struct mail_part parts[static MAIL_PARTS_MAX], size_t *n, bool *more, struct err *e)
{
    struct taking t = {.arena = a, .part = parts};
    GMimeStream *stream;
    GMimeParser *parser;
    GMimeMessage *parsed;

    *n = 0;
    *more = false;
    g_mime_init(); /* counted, and for good: GMime does not survive being shut down and begun again */
    stream = g_mime_stream_mem_new_with_buffer(message.p, message.n);
    parser = g_mime_parser_new_with_stream(stream);
    parsed = g_mime_parser_construct_message(parser, NULL);
    if (parsed != NULL) {
        mail_parts_fill_head(&t, parsed, head);
        mail_parts_take(&t, g_mime_message_get_mime_part(parsed), 0, 0);
        g_object_unref(parsed);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    if (parsed == NULL)
        return err_set(e, RC_BAD, "is no mail message");
    *n = t.n;
    *more = t.more;
    return t.no_memory ? err_set(e, RC_NOMEM, "no memory for the parts of a mail") : RC_OK;
}
