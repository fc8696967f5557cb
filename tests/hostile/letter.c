#include "letter.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { CHUNK = 65535 }; /* libmilter's */

void letter_begin(struct letter *l)
{
    *l = (struct letter){.ip = "192.0.2.1", .name = "mail.example.com", .helo = "mail.example.com", .rcpts = 1};
    l->mail_from = strdup("<a@example.com>");
    l->zone = open_memstream(&l->zone_text, &l->zone_size);
    MUST(l->mail_from != NULL && l->zone != NULL);
    letter_body(l, letter_many("hello\r\n", 1), 7, 1);
}

void letter_end(struct letter *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->field[i].name);
        free(l->field[i].value);
    }
    free(l->field);
    free(l->mail_from);
    free((char *)(uintptr_t)l->piece.p);
    if (l->zone != NULL)
        (void)fclose(l->zone);
    free(l->zone_text);
}

char *letter_many(const char *x, size_t n)
{
    size_t size = strlen(x);
    char *text = malloc(size * n + 1);

    MUST(text != NULL);
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * size, x, size);
    text[size * n] = '\0';
    return text;
}

/* Takes `value` over. */
static void add(struct letter *l, const char *name, char *value)
{
    if (l->count == l->cap) {
        l->cap = l->cap == 0 ? 64 : 2 * l->cap;
        l->field = realloc(l->field, l->cap * sizeof *l->field);
        MUST(l->field != NULL);
    }
    l->field[l->count].name = strdup(name);
    l->field[l->count].value = value;
    MUST(l->field[l->count].name != NULL && value != NULL);
    l->count++;
}

void letter_raw(struct letter *l, const char *name, const char *value)
{
    add(l, name, strdup(value));
}

void letter_put(struct letter *l, const char *name, const char *fmt, ...)
{
    char *value = NULL;
    va_list ap;

    va_start(ap, fmt);
    MUST(vasprintf(&value, fmt, ap) >= 0);
    va_end(ap);
    add(l, name, value);
}

void letter_repeat(struct letter *l, size_t n, const char *name, const char *value)
{
    for (size_t i = 0; i < n; i++)
        letter_raw(l, name, value);
}

void letter_long(struct letter *l, const char *name, const char *head, const char *unit, size_t n, const char *tail)
{
    char *middle = letter_many(unit, n);

    letter_put(l, name, " %s%s%s", head, middle, tail);
    free(middle);
}

void letter_body(struct letter *l, char *piece, size_t size, size_t pieces)
{
    free((char *)(uintptr_t)l->piece.p);
    l->piece = (struct str){piece, size};
    l->pieces = pieces;
}

void letter_text(struct letter *l, const char *unit, size_t size)
{
    size_t n = strlen(unit), chunk = size < CHUNK ? size : CHUNK, times = chunk / n > 0 ? chunk / n : 1;

    letter_body(l, letter_many(unit, times), times * n, size / (times * n) > 0 ? size / (times * n) : 1);
}

void letter_zone(struct letter *l, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)vfprintf(l->zone, fmt, ap);
    va_end(ap);
    (void)fputc('\n', l->zone);
}

void letter_txt(struct letter *l, const char *name, const char *text, size_t step)
{
    size_t n = strlen(text);

    (void)fprintf(l->zone, "%s. TXT", name);
    for (size_t at = 0; at == 0 || at < n; at += step)
        (void)fprintf(l->zone, " \"%.*s\"", (int)step, text + at);
    (void)fputc('\n', l->zone);
}
