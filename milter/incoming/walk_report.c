#include "incoming/walk_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "incoming/aggregate.h"
#include "incoming/charset.h"
#include "incoming/failure.h"
#include "incoming/look.h"
#include "incoming/tls.h"

enum {
    ROOTS_MAX = 20,          /* reports in one document */
    REPORT_MEMORY = 8 << 20  /* texts of one report's head */
};

/* ---- frames ---- */

static void emit(struct walker *w, enum wire_kind kind, const struct wire *wire)
{
    if (wire->bad || !w->emit(w->arg, kind, w->frame, wire->at))
        w->gone = true;
}

static struct wire frame(struct walker *w)
{
    return wire_writer(w->frame, WIRE_FRAME_MAX);
}

void walk_emit_bare(struct walker *w, enum wire_kind kind)
{
    struct wire wire = frame(w);

    emit(w, kind, &wire);
}

/* No more is read; a document may still have all its reports, and a word of what is behind them. */
static bool is_full(const struct walker *w) { return w->told + ROOTS_MAX + 2 > INCOMING_REPORTS_MAX; }

static void tell_full(struct walker *w, const char *name)
{
    static const char words[] =
        "one file or mail with more reports than are read at once: this one and those behind it were not";
    struct walk_place at = {.name = name, .media_type = "", .says = {.receiver = "", .domain = ""}};
    bool told = w->full;

    w->full = true; /* which lets it have the last place */
    if (!told)
        walk_tell(w, &at, INCOMING_NONE, INCOMING_LIMITED, words);
}

/* One that an earlier process looked at; the last of them killed it. */
static void pass_over(struct walker *w)
{
    for (size_t i = 0; i < w->before->reports; i++)
        w->met += w->before->of[i] == w->leaf;
    w->passing = w->leaf < w->before->things;
}

bool walk_begin_leaf(struct walker *w, const char *name)
{
    struct wire wire = frame(w);
    int64_t leaf = (int64_t)++w->leaf;

    if (w->before != NULL && w->leaf <= w->before->things) {
        pass_over(w);
        return false;
    }
    if (is_full(w)) {
        tell_full(w, name);
        return false;
    }
    wire_number(&wire, &leaf, 0, INT32_MAX);
    wire_text(&wire, &name);
    emit(w, WIRE_LEAF, &wire);
    if (w->begin != NULL)
        w->begin(w->arg);
    return !w->gone;
}

/* ---- telling ---- */

static void walk_report_put_list(const struct notes *from, size_t *n, const char *to[static INCOMING_NOTES_MAX])
{
    *n = from->n;
    for (size_t i = 0; i < from->n; i++)
        to[i] = from->text[i];
}

static void blank_report(const struct walker *w, const struct walk_place *at, struct wire_report *r)
{
    memset(r, 0, sizeof *r);
    r->report.name = at->name;
    r->report.media_type = at->media_type;
    r->report.reason = "";
    r->report.file_receiver = at->says.receiver;
    r->report.file_domain = at->says.domain;
    r->report.mail = w->mail;
    if (w->mail != NULL)
        r->mail = *w->mail;
}

static void emit_report(struct walker *w, struct wire_report *r)
{
    struct wire wire = frame(w);

    if (w->gone || w->told >= INCOMING_REPORTS_MAX)
        return;
    w->told++;
    w->met++;
    wire_report(&wire, r);
    emit(w, WIRE_REPORT, &wire);
}

void walk_tell(struct walker *w, const struct walk_place *at, enum incoming_kind kind, enum incoming_outcome outcome,
                 const char *reason)
{
    struct arena *a;
    struct wire_report r;
    bool dropped = false;
    const char *clean;

    if (w->passing) {
        w->met++;
        return;
    }
    if (w->told + !w->full >= INCOMING_REPORTS_MAX) {
        tell_full(w, at->name);
        return;
    }
    a = arena_new(64 * 1024);
    clean = a == NULL ? NULL : words_clean(a, str_of(reason), 500, &dropped);
    blank_report(w, at, &r);
    r.report.kind = kind;
    r.report.outcome = outcome;
    r.report.reason = clean == NULL ? "" : clean;
    emit_report(w, &r);
    if (!w->gone)
        walk_emit_bare(w, WIRE_END);
    arena_free(a);
}

void walk_tell_other(struct walker *w, const struct walk_place *at, const char *words)
{
    bool text = strcmp(words, LOOK_TEXT) == 0 || strcmp(words, LOOK_PAGE) == 0;
    struct strbuf b;

    if (!at->quiet) {
        walk_tell(w, at, INCOMING_NONE, INCOMING_NOT_A_REPORT, words);
    } else if (w->other[0] == '\0' || (w->only_text && !text)) {
        b = STRBUF_ON(w->other);
        strbuf_putf(&b, "%.120s is %s", at->name, words);
        w->only_text = text;
    }
}

void walk_tell_error(struct walker *w, const struct walk_place *at, enum rc rc, const char *why)
{
    if (rc == RC_NOMEM)
        walk_tell(w, at, INCOMING_NONE, INCOMING_LIMITED, "reading it needs more memory than a report may");
    else
        walk_tell(w, at, INCOMING_NONE, rc == RC_LIMIT ? INCOMING_LIMITED : INCOMING_UNREADABLE, why);
}

/* ---- aggregate reports ---- */

static bool emit_row(void *arg, const struct incoming_row *row)
{
    struct walker *w = arg;
    struct wire wire = frame(w);
    struct incoming_row copy = *row;

    wire_row(&wire, &copy);
    emit(w, WIRE_ROW, &wire);
    return !w->gone;
}

static bool has_head(enum incoming_outcome outcome)
{
    return outcome == INCOMING_READ || outcome == INCOMING_REPAIRED || outcome == INCOMING_PARTIAL ||
           outcome == INCOMING_EMPTY;
}

/* Of a report that is going to be handed over; one that is too much for its file or mail is not. */
static void walk_count_rows(struct walker *w, uint64_t rows, enum incoming_outcome *outcome,
                            char reason[static ERR_TEXT_MAX])
{
    if (rows <= INCOMING_ROWS_MAX - w->rows) {
        w->rows += rows;
        return;
    }
    *outcome = INCOMING_LIMITED;
    (void)snprintf(reason, ERR_TEXT_MAX, "it has %" PRIu64 " rows, those before it in the same file or mail %" PRIu64
                   ", and of one no more than %d are read: give it by itself", rows, w->rows, INCOMING_ROWS_MAX);
}

static void emit_aggregate(struct walker *w, const struct walk_place *at, struct stream *s, struct document *doc,
                           struct aggregate *found)
{
    struct wire_report *r = calloc(1, sizeof *r);
    struct err e = ERR_NONE;

    if (r == NULL) {
        walk_tell_error(w, at, RC_NOMEM, "");
        return;
    }
    blank_report(w, at, r);
    stream_tell(s, &found->notes);
    if (has_head(found->outcome))
        walk_count_rows(w, found->head.rows, &found->outcome, found->reason);
    if (found->outcome == INCOMING_PARTIAL && stream_is_cut(s))
        (void)snprintf(found->reason, sizeof found->reason, "its packing is cut off or damaged");
    r->report.kind = INCOMING_AGGREGATE;
    r->report.outcome = found->outcome;
    r->report.reason = found->reason;
    r->report.bytes = s->sum;
    walk_report_put_list(&found->repairs, &r->report.repairs, r->report.repair);
    walk_report_put_list(&found->notes, &r->report.notes, r->report.note);
    r->report.aggregate = has_head(found->outcome) ? &r->aggregate : NULL;
    r->aggregate = found->head;
    emit_report(w, r);
    if (has_head(found->outcome) && found->head.rows > 0 && !w->gone)
        (void)aggregate_rows(doc, found, emit_row, w, &e); /* what does not come is missed at the other end */
    if (!w->gone)
        walk_emit_bare(w, WIRE_END);
    free(r);
}

static void clean_reason(struct arena *a, char reason[static ERR_TEXT_MAX])
{
    bool dropped = false;
    const char *clean = words_clean(a, str_of(reason), ERR_TEXT_MAX - 1, &dropped);

    (void)snprintf(reason, ERR_TEXT_MAX, "%s", clean == NULL ? "" : clean);
}

/* One root element; true when another follows. */
static bool one_aggregate(struct walker *w, const struct walk_place *at, struct stream *s, struct document *doc,
                          size_t root, const char *head_words)
{
    struct arena *a = arena_new(REPORT_MEMORY);
    struct aggregate *found = calloc(1, sizeof *found);
    struct err e = ERR_NONE;
    enum rc rc = a == NULL || found == NULL ? RC_NOMEM : aggregate_look(a, doc, root, found, &e);
    bool next = false;

    if (rc == RC_OK) {
        clean_reason(a, found->reason);
        next = found->next;
        emit_aggregate(w, at, s, doc, found);
    } else if (rc == RC_NOTFOUND && root == 0) {
        walk_tell_other(w, at, head_words);
    } else if (rc != RC_NOTFOUND) {
        walk_tell_error(w, at, rc, e.text);
    }
    free(found);
    arena_free(a);
    return next && !w->gone;
}

void walk_aggregate(struct walker *w, const struct walk_place *at, struct stream *s, struct str head)
{
    struct document doc = {.run = stream_run, .arg = s, .charset = charset_of(head), .name = at->says};
    struct str begin = str_slice(head, doc.charset.mark, doc.charset.mark + 1);

    doc.arrival_s = w->request->arrival_s;
    doc.blanks = begin.n == 1 && char_is_fws(begin.p[0]);
    for (size_t root = 0; root < ROOTS_MAX; root++)
        if (!one_aggregate(w, at, s, &doc, root, look_words(head)))
            return;
    walk_tell(w, at, INCOMING_NONE, INCOMING_LIMITED,
              "one document with more reports than are read of one: those behind were not");
}

/* ---- TLS reports ---- */

static bool emit_policy(void *arg, const struct incoming_tls_policy *policy)
{
    struct walker *w = arg;
    struct wire wire = frame(w);
    struct incoming_tls_policy copy = *policy;

    wire_policy(&wire, &copy);
    emit(w, WIRE_POLICY, &wire);
    return !w->gone;
}

static bool emit_detail(void *arg, const struct incoming_tls_detail *detail)
{
    struct walker *w = arg;
    struct wire wire = frame(w);
    struct incoming_tls_detail copy = *detail;

    wire_detail(&wire, &copy);
    emit(w, WIRE_DETAIL, &wire);
    return !w->gone;
}

static void emit_tls(struct walker *w, const struct walk_place *at, const struct stream *s, struct arena *a,
                     struct tls_report *found)
{
    static const struct tls_taker taker = {emit_policy, emit_detail};
    struct wire_report r;
    struct arena *scratch = arena_new(4 << 20);

    blank_report(w, at, &r);
    clean_reason(a, found->reason);
    stream_tell(s, &found->notes);
    if (has_head(found->outcome))
        walk_count_rows(w, found->head.policies + found->head.details, &found->outcome, found->reason);
    r.report.kind = INCOMING_TLS;
    r.report.outcome = found->outcome;
    r.report.reason = found->reason;
    r.report.bytes = s->sum;
    walk_report_put_list(&found->notes, &r.report.notes, r.report.note);
    r.report.tls = has_head(found->outcome) ? &r.tls : NULL;
    r.tls = found->head;
    emit_report(w, &r);
    if (has_head(found->outcome) && scratch != NULL && !w->gone)
        (void)tls_hand_over(found, scratch, &taker, w);
    if (!w->gone)
        walk_emit_bare(w, WIRE_END);
    arena_free(scratch);
}

/* A copy in UTF-8, bytes that are none read as windows-1252; NULL when all are, or without memory. */
static char *mended(struct str s, size_t *n)
{
    size_t good = 0, one = 1;
    char *copy;

    while (good < s.n && (one = str_utf8_length(str_slice(s, good, s.n))) > 0)
        good += one;
    copy = good == s.n ? NULL : malloc(3 * s.n);
    *n = 0;
    while (copy != NULL && s.n > 0) {
        char mem[4];

        one = str_utf8_length(s);
        if (one == 0) {
            size_t made = charset_put(charset_1252((unsigned char)s.p[0]), mem);

            memcpy(copy + *n, mem, made);
            *n += made;
            one = 1;
        } else {
            memcpy(copy + *n, s.p, one);
            *n += one;
        }
        s = str_slice(s, one, s.n);
    }
    return copy;
}

void walk_tls(struct walker *w, const struct walk_place *at, struct stream *s)
{
    struct arena *a = arena_new(REPORT_MEMORY);
    struct tls_report *found = calloc(1, sizeof *found);
    const char *domain = w->mail == NULL ? "" : w->mail->tls_domain;
    struct str text = STR_NONE, body;
    char *copy = NULL;
    size_t n;
    struct err e = ERR_NONE;
    enum rc rc = a == NULL || found == NULL ? RC_NOMEM : stream_whole(s, JSON_READ_MAX, &text, &e);

    body = text;
    if (body.n >= 3 && memcmp(body.p, "\xef\xbb\xbf", 3) == 0)
        body = str_slice(body, 3, body.n);
    while (body.n > 0 && body.p[body.n - 1] == '\0')
        body.n--;
    if (rc == RC_OK && (copy = mended(body, &n)) != NULL)
        body = (struct str){copy, n};
    if (rc == RC_OK)
        rc = tls_look(a, body, &at->says, domain, w->request->arrival_s, found, &e);
    if (rc == RC_OK && copy != NULL)
        notes_add(&found->notes, "bytes that are not UTF-8, read as windows-1252");
    if (rc == RC_OK)
        emit_tls(w, at, s, a, found);
    else
        walk_tell_error(w, at, rc, e.text);
    if (found != NULL)
        tls_free(found);
    free(found);
    free(copy);
    free((void *)(uintptr_t)text.p);
    arena_free(a);
}

/* ---- failure reports ---- */

void walk_failure(struct walker *w, const struct walk_place *at, struct str fields, struct str sample, bool is_text)
{
    struct arena *a = arena_new(REPORT_MEMORY);
    struct failure *found = calloc(1, sizeof *found);
    struct wire_report *r = calloc(1, sizeof *r);
    int64_t date_s = w->mail == NULL ? 0 : w->mail->date_s;

    if (a == NULL || found == NULL || r == NULL) {
        walk_tell_error(w, at, RC_NOMEM, "");
    } else {
        if (is_text)
            failure_read_text(a, fields, date_s, w->request->token_key, found);
        else
            failure_read(a, fields, sample, date_s, w->request->token_key, found);
        clean_reason(a, found->reason);
        blank_report(w, at, r);
        r->report.kind = found->outcome == INCOMING_NOT_A_REPORT ? INCOMING_NONE : INCOMING_FAILURE;
        r->report.outcome = found->outcome;
        r->report.reason = found->reason;
        r->report.bytes = fields.n;
        walk_report_put_list(&found->notes, &r->report.notes, r->report.note);
        r->report.failure = has_head(found->outcome) ? &r->failure : NULL;
        r->failure = found->report;
        emit_report(w, r);
        if (!w->gone)
            walk_emit_bare(w, WIRE_END);
    }
    free(found);
    free(r);
    arena_free(a);
}
