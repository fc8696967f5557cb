#include "incoming/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "formats/mail_parts.h"
#include "formats/mbox.h"
#include "incoming/failure.h"
#include "incoming/look.h"
#include "incoming/markup.h"
#include "incoming/parsedmarc.h"
#include "incoming/stream.h"
#include "incoming/subject.h"
#include "incoming/walk_report.h"

enum {
    PACKS_MAX = 2,           /* a gzip in a zip, and so on */
    MAIL_MEMORY = 96 << 20,
    ARF_MAX = 1 << 20,
    NAME_SHOWN = 250
};

/* ---- documents, packed or not ---- */

static void look_bytes(struct walker *w, struct str bytes, const struct walk_place *at);

/* What parsedmarc wrote of one report. */
static void look_parsedmarc(struct walker *w, const struct walk_place *at, enum look look, struct str text)
{
    struct arena *a = arena_new((size_t)PARSEDMARC_MAX * 3);
    struct stream s = {.kind = STREAM_PLAIN, .origin = "written by parsedmarc; its times are taken as UTC"};
    struct str fields, sample;
    struct err e = ERR_NONE;
    enum rc rc = a == NULL ? RC_NOMEM : RC_OK;

    if (rc == RC_OK && look == LOOK_PARSEDMARC_FAILURE) {
        rc = parsedmarc_failure(a, text, &fields, &sample, &e);
        if (rc == RC_OK)
            walk_failure(w, at, fields, sample, false);
    } else if (rc == RC_OK) {
        rc = look == LOOK_PARSEDMARC_CSV ? parsedmarc_csv(text, &s.bytes, &e) : parsedmarc_json(text, &s.bytes, &e);
        if (rc == RC_OK)
            walk_aggregate(w, at, &s, str_slice(s.bytes, 0, LOOK_AHEAD));
        free((void *)(uintptr_t)s.bytes.p);
    }
    if (rc != RC_OK)
        walk_tell_error(w, at, rc, e.text);
    arena_free(a);
}

/* A document whose first bytes are known not to be a packing. */
static void look_document(struct walker *w, const struct walk_place *at, struct stream *s, struct str head)
{
    enum look look = look_at(head);
    bool exim = failure_is_text(head);
    struct str text = STR_NONE;
    struct err e = ERR_NONE;
    enum rc rc;

    if (!walk_begin_leaf(w, at->name))
        return;
    if (look == LOOK_FEEDBACK) {
        walk_aggregate(w, at, s, head);
    } else if (look == LOOK_TLS) {
        walk_tls(w, at, s);
    } else if (look == LOOK_PARSEDMARC_JSON || look == LOOK_PARSEDMARC_CSV || look == LOOK_PARSEDMARC_FAILURE) {
        rc = stream_whole(s, PARSEDMARC_MAX, &text, &e);
        if (rc == RC_OK)
            look_parsedmarc(w, at, look, text);
        else
            walk_tell_error(w, at, rc, e.text);
        free((void *)(uintptr_t)text.p);
    } else if (look == LOOK_UNUSED) {
        walk_tell(w, at, INCOMING_AGGREGATE, INCOMING_EMPTY, "its content is the word \"unused\"");
    } else if (look == LOOK_ARF || exim) {
        rc = stream_whole(s, ARF_MAX, &text, &e);
        if (rc == RC_OK)
            walk_failure(w, at, text, STR_NONE, look != LOOK_ARF);
        else
            walk_tell_error(w, at, rc, e.text);
        free((void *)(uintptr_t)text.p);
    } else {
        walk_tell_other(w, at, look_words(head));
    }
}

static bool is_container(enum look look)
{
    return look == LOOK_GZIP || look == LOOK_ZIP || look == LOOK_BASE64 || look == LOOK_MAIL;
}

static enum rc walk_drop(void *arg, struct str bytes, struct err *e)
{
    (void)arg, (void)bytes, (void)e;
    return RC_OK;
}

/* Where the beginning says nothing: the damage may stand behind it. */
static bool is_damaged(struct stream *s)
{
    struct err e = ERR_NONE;

    return stream_is_cut(s) || (stream_run(s, walk_drop, NULL, &e) == RC_OK && stream_is_cut(s));
}

/* What comes out of a gzip, or of one file of a zip. */
static void look_packed(struct walker *w, const struct walk_place *at, struct stream *s)
{
    char mem[LOOK_AHEAD];
    struct str head = {mem, 0}, whole;
    struct err e = ERR_NONE;
    enum rc rc = stream_peek(s, mem, sizeof mem, &head.n, &e);

    if (rc == RC_OK && look_at(head) == LOOK_OTHER && is_damaged(s)) {
        walk_tell(w, at, INCOMING_NONE, INCOMING_UNREADABLE, head.n == 0
                      ? "a packed file that is damaged from its beginning"
                      : "a packed file that is damaged, and no report as far as it can be told");
    } else if (rc == RC_OK && is_container(look_at(head))) {
        rc = stream_whole(s, INCOMING_FILE_MAX, &whole, &e);
        if (rc == RC_OK)
            look_bytes(w, whole, at);
        if (rc == RC_OK)
            free((void *)(uintptr_t)whole.p);
    } else if (rc == RC_OK) {
        look_document(w, at, s, head);
    }
    if (rc != RC_OK)
        walk_tell_error(w, at, rc, e.text);
}

/* "outer/inner", clean and short enough to show. */
static const char *join(struct arena *a, const char *outer, const char *inner)
{
    char mem[2 * NAME_SHOWN + 2];
    struct strbuf b = STRBUF_ON(mem);
    bool dropped = false;
    const char *clean = words_clean(a, str_of(inner), NAME_SHOWN, &dropped), *copy;

    strbuf_put(&b, str_slice(str_of(outer), 0, NAME_SHOWN));
    if (outer[0] != '\0' && clean != NULL && clean[0] != '\0')
        strbuf_putc(&b, '/');
    strbuf_puts(&b, clean == NULL ? "" : clean);
    copy = words_clean(a, strbuf_str(&b), sizeof mem, &dropped);
    return copy == NULL ? "" : copy;
}

static void name_place(struct arena *a, struct walk_place *at, const char *inner)
{
    struct words_name says;

    words_file_name(a, str_of(inner), &says);
    if (says.domain[0] != '\0')
        at->says = says;
    at->name = join(a, at->name, inner);
}

static bool is_litter(const char *name)
{
    const char *slash = strrchr(name, '/');

    return strncmp(name, "__MACOSX/", 9) == 0 || strncmp(slash == NULL ? name : slash + 1, "._", 2) == 0;
}

/* RC_NOTFOUND: there is no such file, or none that can be read from here on, which was told. */
static enum rc zip_one(struct walker *w, struct str bytes, size_t nth, const struct walk_place *at)
{
    struct arena *a = arena_new(256 * 1024);
    struct stream s = {.kind = STREAM_ZIP, .bytes = bytes, .nth = nth};
    struct walk_place in = *at;
    struct err e = ERR_NONE;
    char byte;
    size_t n;
    enum rc rc = a == NULL ? RC_NOMEM : stream_peek(&s, &byte, 1, &n, &e);

    if (rc == RC_NOTFOUND || (rc == RC_OK && is_litter(s.zip.name))) {
        arena_free(a);
        return rc;
    }
    in.packs = at->packs + 1;
    in.quiet = true;
    if (a != NULL)
        name_place(a, &in, s.zip.name);
    if (rc != RC_OK)
        walk_tell_error(w, at, rc, e.text);
    else if (s.zip.encrypted)
        walk_tell(w, &in, INCOMING_NONE, INCOMING_UNREADABLE, "encrypted: what is in it is not known");
    else
        look_packed(w, &in, &s);
    arena_free(a);
    return rc == RC_OK || s.zip.name[0] != '\0' ? RC_OK : RC_NOTFOUND;
}

static bool zip_has_more(struct str bytes)
{
    struct stream s = {.kind = STREAM_ZIP, .bytes = bytes, .nth = ZIP_FILES_MAX};
    struct err e = ERR_NONE;
    char byte;
    size_t n;

    return stream_peek(&s, &byte, 1, &n, &e) != RC_NOTFOUND;
}

static void look_zip(struct walker *w, struct str bytes, const struct walk_place *at)
{
    size_t met = w->met, n = 0;
    char words[400];

    if (!at->quiet)
        w->other[0] = '\0';
    while (n < ZIP_FILES_MAX && !w->gone && zip_one(w, bytes, n, at) != RC_NOTFOUND)
        n++;
    if (n == ZIP_FILES_MAX && zip_has_more(bytes))
        walk_tell(w, at, INCOMING_NONE, INCOMING_LIMITED,
                  "a zip archive with more files than are read: those behind were not");
    if (w->met > met || w->gone)
        return;
    if (n == 0)
        (void)snprintf(words, sizeof words, "an empty or broken zip archive");
    else if (w->other[0] != '\0')
        (void)snprintf(words, sizeof words, "a zip archive without a report: %s", w->other);
    else
        (void)snprintf(words, sizeof words, "a zip archive without a report");
    walk_tell_other(w, at, words);
}

static void look_gzip(struct walker *w, struct str bytes, const struct walk_place *at)
{
    struct stream s = {.kind = STREAM_GZIP, .bytes = bytes};
    struct walk_place in = *at;

    in.packs = at->packs + 1;
    look_packed(w, &in, &s);
}

/* Whole text in base64, that no transfer encoding announced. */
static void look_base64(struct walker *w, struct str bytes, const struct walk_place *at)
{
    struct arena *a = arena_new(2 * bytes.n + 64 * 1024);
    struct strbuf b = a == NULL ? (struct strbuf){.over = true} : strbuf_new(a, bytes.n);
    struct walk_place in = *at;
    struct str out = STR_NONE;

    for (size_t i = 0; i < bytes.n && !b.over; i++)
        if (!char_is_fws(bytes.p[i]))
            strbuf_putc(&b, bytes.p[i]);
    if (!b.over) {
        out.n = base64_size(strbuf_str(&b));
        out.p = (const char *)base64_decode(a, strbuf_str(&b));
    }
    in.packs = at->packs + 1;
    if (out.p == NULL || out.n == 0)
        walk_tell_other(w, at, "base64 text that cannot be decoded");
    else
        look_bytes(w, out, &in);
    arena_free(a);
}

/* ---- mail ---- */

/* The header of the message that an ARF is about: the next part that is one. */
static struct str sample_of(const struct mail_part *part, size_t i, size_t n)
{
    for (i++; i < n; i++)
        if (part[i].message || strstr(part[i].type, "rfc822") != NULL) /* the latter: packed, or its header alone */
            return part[i].content;
    return STR_NONE;
}

static void look_part(struct walker *w, struct arena *a, const struct mail_part *part, const struct walk_place *mail)
{
    struct walk_place at = *mail;
    bool dropped = false;
    const char *type = words_clean(a, str_of(part->type), 100, &dropped);

    if (part->message || part->content.n == 0)
        return;
    at.media_type = type == NULL ? "" : type;
    at.quiet = true;
    name_place(a, &at, part->name[0] == '\0' ? at.media_type : part->name);
    if (strcmp(part->type, "message/partial") == 0)
        walk_tell_other(w, &at, "a piece of a mail that was sent in several: put them together, and give the whole");
    else
        look_bytes(w, part->content, &at);
}

static bool is_arf(const struct mail_part *part)
{
    return strcmp(part->type, "message/feedback-report") == 0 ||
           ((strncmp(part->type, "text/", 5) == 0 || strcmp(part->type, "application/octet-stream") == 0) &&
            look_at(str_slice(part->content, 0, LOOK_AHEAD)) == LOOK_ARF);
}

/* A mail has one feedback report (RFC 5965 section 2); another before the message that it is about is told. */
static void tell_second(struct walker *w, const struct mail_part *part, size_t i, size_t n, const struct walk_place *at)
{
    for (i++; i < n && !part[i].message; i++)
        if (strcmp(part[i].type, "message/feedback-report") == 0) {
            walk_tell(w, at, INCOMING_NONE, INCOMING_LIMITED,
                      "a mail with several feedback reports: the first is read, and those behind it are not");
            return;
        }
}

static void look_parts(struct walker *w, struct arena *a, const struct mail_part *part, size_t n,
                       const struct walk_place *at)
{
    for (size_t i = 0; i < n && !w->gone; i++) {
        if (is_arf(&part[i])) {
            struct walk_place in = *at;

            in.media_type = "message/feedback-report";
            if (walk_begin_leaf(w, in.name))
                walk_failure(w, &in, str_slice(part[i].content, 0, ARF_MAX), sample_of(part, i, n), false);
            tell_second(w, part, i, n, &in);
            return; /* what follows is the message it is about */
        }
        look_part(w, a, &part[i], at);
    }
}

/* Lines of nothing but blanks are made empty, where `bytes` has any; NULL: it has none, or no memory. */
static char *without_blank_lines(struct str bytes, size_t *n)
{
    char *copy = markup_find(bytes, "\n ") == bytes.n && markup_find(bytes, "\n\t") == bytes.n ? NULL : malloc(bytes.n);

    *n = 0;
    for (size_t i = 0, size; copy != NULL && i < bytes.n; i += size) {
        struct str line = str_slice(bytes, i, bytes.n);

        size = str_find(line, '\n');
        size += size < line.n;
        line = str_slice(line, 0, size);
        if (str_trim(line).n == 0)
            line = STR("\n");
        memcpy(copy + *n, line.p, line.n);
        *n += line.n;
    }
    return copy;
}

struct opened {
    struct arena *a;
    struct mail_part *part;
    struct mail_head head;
    struct incoming_mail mail;
    size_t n;
    bool more; /* it has more parts than are looked at */
};

static enum rc open_mail(struct opened *o, struct str bytes, struct err *e)
{
    *o = (struct opened){.a = arena_new(MAIL_MEMORY), .part = calloc(MAIL_PARTS_MAX, sizeof *o->part),
                         .head = {"", "", "", "", "", ""}};
    if (o->a == NULL || o->part == NULL)
        return RC_NOMEM;
    return mail_parts_read(o->a, bytes, &o->head, o->part, &o->n, &o->more, e);
}

static void close_mail(struct opened *o)
{
    free(o->part);
    arena_free(o->a);
}

/* The outermost is the one that came, and that proves who sent it. */
static void look_opened(struct walker *w, struct opened *o, const struct walk_place *at)
{
    if (w->mails == 1) {
        subject_read(o->a, &o->head, &o->mail);
        w->mail = &o->mail;
    }
    look_parts(w, o->a, o->part, o->n, at);
}

#define PARTS_LEFT "a mail with more parts, or deeper ones, than are read: those behind were not"

static void tell_no_report(struct walker *w, const struct walk_place *at, bool more)
{
    char words[400];

    (void)snprintf(words, sizeof words, "a mail without a report%s%s", w->other[0] == '\0' ? "" : ": ", w->other);
    walk_tell(w, at, INCOMING_NONE, more ? INCOMING_LIMITED : INCOMING_NOT_A_REPORT,
              more ? PARTS_LEFT : words);
}

static void look_mail(struct walker *w, struct str bytes, const struct walk_place *at)
{
    struct opened mail, again = {.a = NULL};
    size_t met = w->met, n = 0;
    struct err e = ERR_NONE;
    char *copy = NULL;
    enum rc rc = open_mail(&mail, bytes, &e);

    if (w->mails++ == 0)
        w->other[0] = '\0';
    if (rc == RC_OK)
        look_opened(w, &mail, at);
    else
        walk_tell_error(w, at, rc, e.text);
    if (rc == RC_OK && w->met == met && !mail.more && !w->gone)
        copy = without_blank_lines(bytes, &n); /* where an empty line became a blank one, a header has no end */
    if (copy != NULL && open_mail(&again, (struct str){copy, n}, &e) == RC_OK)
        look_opened(w, &again, at);
    if (w->met == met && w->mails == 1 && !w->gone)
        tell_no_report(w, at, mail.more || again.more);
    else if (mail.more || again.more)
        walk_tell(w, at, INCOMING_NONE, INCOMING_LIMITED, PARTS_LEFT);
    if (--w->mails == 0)
        w->mail = NULL;
    free(copy);
    close_mail(&again);
    close_mail(&mail);
}

/* ---- anything ---- */

/* Without what a mail program put before: ends of lines before a packed file or a header, a mark before a header. */
static struct str without_front(struct str bytes)
{
    struct str s = bytes;

    if (s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
        s = str_slice(s, 3, s.n);
    while (s.n > 0 && (s.p[0] == '\r' || s.p[0] == '\n'))
        s = str_slice(s, 1, s.n);
    return is_container(look_at(str_slice(s, 0, LOOK_AHEAD))) ? s : bytes;
}

/* A packed or attached mbox: mail by mail. */
static void look_mailbox(struct walker *w, struct str rest, const struct walk_place *at)
{
    while (rest.n > 0 && !w->gone && !w->full)
        look_mail(w, mbox_next(&rest), at);
}

static void look_bytes(struct walker *w, struct str bytes, const struct walk_place *at)
{
    struct stream s = {.kind = STREAM_PLAIN};
    struct str head;
    enum look look;

    if (w->gone)
        return;
    bytes = s.bytes = without_front(bytes);
    head = str_slice(bytes, 0, LOOK_AHEAD);
    look = look_at(head);
    if (look == LOOK_MAIL && bytes.n > INCOMING_FILE_MAX)
        walk_tell(w, at, INCOMING_NONE, INCOMING_LIMITED, "a mail larger than 32 MiB");
    else if (is_container(look) && look != LOOK_MAIL && bytes.n > INCOMING_FILE_MAX)
        walk_tell(w, at, INCOMING_NONE, INCOMING_LIMITED, "a packed file larger than 32 MiB");
    else if ((look == LOOK_GZIP || look == LOOK_ZIP || look == LOOK_BASE64) && at->packs >= PACKS_MAX)
        walk_tell(w, at, INCOMING_NONE, INCOMING_LIMITED, "packed more than twice");
    else if (look == LOOK_GZIP)
        look_gzip(w, bytes, at);
    else if (look == LOOK_ZIP)
        look_zip(w, bytes, at);
    else if (look == LOOK_BASE64)
        look_base64(w, bytes, at);
    else if (look == LOOK_MAIL && w->mails < MAIL_MESSAGES_MAX && mbox_has_more(bytes))
        look_mailbox(w, bytes, at);
    else if (look == LOOK_MAIL && w->mails < MAIL_MESSAGES_MAX)
        look_mail(w, bytes, at);
    else if (look == LOOK_MAIL)
        walk_tell(w, at, INCOMING_NONE, INCOMING_LIMITED, PARTS_LEFT);
    else
        look_document(w, at, &s, head);
}

void walk_run(const struct incoming_request *request, const struct walk_before *before, walk_emit *emit_frame,
              walk_begin *begin, void *arg)
{
    struct walker w = {.request = request, .emit = emit_frame, .begin = begin, .arg = arg, .before = before,
                       .told = before == NULL ? 0 : before->reports, .passing = before != NULL && before->things > 0,
                       .rows = before == NULL ? 0 : before->rows};
    struct arena *a = arena_new(64 * 1024);
    struct walk_place at = {.name = "", .media_type = "", .says = {"", "", 0, 0}};

    w.frame = malloc(WIRE_FRAME_MAX);
    if (w.frame != NULL && a != NULL) {
        name_place(a, &at, request->name == NULL ? "" : request->name);
        if (request->bytes.n == 0)
            walk_tell(&w, &at, INCOMING_NONE, INCOMING_NOT_A_REPORT, "empty");
        else
            look_bytes(&w, request->bytes, &at);
        if (!w.gone)
            walk_emit_bare(&w, WIRE_DONE);
    }
    free(w.frame);
    arena_free(a);
}
