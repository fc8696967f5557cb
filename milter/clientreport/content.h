/*
 * content.h - turns the figures of a client's report into its blocks: all words and numbers, final.
 *
 * Pure but for the language, which words_speak has set.
 */
#ifndef ASSAY_CLIENTREPORT_CONTENT_H
#define ASSAY_CLIENTREPORT_CONTENT_H

#include "clientreport/blocks.h"
#include "clientreport/figures.h"

/* What an edition is called and who makes it. */
struct content_about {
    const char *id;        /* "acme-2026-11" */
    int64_t edition;       /* 1, 2, … */
    int64_t made_ms;
    const char *by, *contact, *language;
    struct str logo;
    struct {               /* the edition before; made_ms 0: none */
        int64_t made_ms, messages, confirmed, own, forged;
    } earlier;
};

/* The whole document, in the arena.  RC_NOMEM, RC_LIMIT. */
enum rc content_make(struct arena *a, const struct figures *f, const struct content_about *about, struct document *out,
                     struct err *e);

/* ---- for the files content_*.c ---- */

struct content {
    struct arena *a;
    const struct figures *f;
    const struct content_about *about;
    struct document *d;
    int64_t decisions;     /* asked for so far */
};

/* A new block with room for so many rows; it is never NULL, and lost where there is no room. */
struct block *content_block(struct content *c, enum block_kind kind, const char *text, const char *columns,
                            size_t rows);
/* A row of it with so many cells, all empty; never NULL, as above. */
struct block_row *content_row(struct content *c, struct block *b, enum block_row_kind kind, size_t cells);
/* A row of one, two or three texts; NULL ends them. */
void content_texts(struct content *c, struct block *b, const char *one, const char *two, const char *three);

/* The state of a source as of the report: the open failure of it, or NULL. */
const struct episode *content_failure(const struct content *c, const char *source);
/* Sources that wait for a decision and send so much that it is asked for. */
bool content_is_asked(const struct figures_source *s);
/* A source's name to a client. */
const char *content_source(const struct content *c, const struct figures_source *s);
/* "Quarantine, on trial" and so on. */
const char *content_stage(enum watch_stage stage);

/* The parts of the report, in the order in which they stand. */
void content_short(struct content *c);
void content_tiles(struct content *c);
void content_chart(struct content *c);
void content_domains(struct content *c);
void content_sources(struct content *c);
void content_forged(struct content *c);
void content_done(struct content *c);
void content_open(struct content *c);
void content_accepted(struct content *c);
void content_next(struct content *c);
void content_words(struct content *c);
void content_note(struct content *c);

#endif
