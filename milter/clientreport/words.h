/*
 * words.h - the words of client reports in a client's language; out of catalogues that msgfmt made.
 *
 * The texts in the sources are the English ones.  What is written differently
 * from language to language beside that, numbers, shares and dates, comes out
 * of the same catalogue.
 *
 * Threads: one at a time, since the language is the process's.
 */
#ifndef ASSAY_CLIENTREPORT_WORDS_H
#define ASSAY_CLIENTREPORT_WORDS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* Languages that there are, "en" first; the last is NULL. */
extern const char *const words_languages[];

/*
 * Speaks that language from now on, out of `dir`/LANGUAGE/LC_MESSAGES.
 * RC_NOTFOUND: there is no such catalogue.
 */
enum rc words_speak(const char *dir, const char *language, struct err *e);

/* A text of this language, and of two texts that for `n` of them; the next words_speak() takes it away. */
const char *words_say(const char *english) __attribute__((format_arg(1)));
const char *words_say_n(const char *one, const char *many, int64_t n) __attribute__((format_arg(1), format_arg(2)));
#define _(english) words_say(english)
#define N_(english) (english) /* marked for the catalogue, said later */

/* "1,518"; "93.8 %", or the word for no mail; all in the arena, "" without memory. */
const char *words_number(struct arena *a, int64_t n);
const char *words_share(struct arena *a, int64_t part, int64_t whole);

/* Days since the epoch: "3 December 2026", "3 December", "3 Dec"; "November 2026", "November". */
const char *words_date(struct arena *a, int64_t day);
const char *words_day(struct arena *a, int64_t day);
const char *words_day_short(struct arena *a, int64_t day);
const char *words_month(struct arena *a, int64_t day);
const char *words_month_alone(int64_t day);

/* As printf, into the arena; "" without memory. */
const char *words_put(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
