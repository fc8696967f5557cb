#include "desk/why_list.h"

#include <stdlib.h>
#include <string.h>

enum { SUMS_MAX = 1000, DOMAIN_COLUMN = 24, RCPT_COLUMN = 24, SOURCE_COLUMN = 14, TIGHT = 120 };

/* ---- roles ---- */

/* Whether `text` holds the word, case aside: not as a part of a longer name. */
static bool why_list_holds(const char *text, struct str word)
{
    struct str t = str_of(text);

    for (size_t i = 0; word.n > 0 && i + word.n <= t.n; i++) {
        char before = i == 0 ? ' ' : t.p[i - 1], after = i + word.n == t.n ? ' ' : t.p[i + word.n];

        if (!char_is_alnum(before) && strchr("-_", before) == NULL && !char_is_alnum(after) &&
            strchr("-_", after) == NULL && str_eq_nocase(str_slice(t, i, i + word.n), word) &&
            !(after == '.' && i + word.n + 1 < t.n && char_is_alnum(t.p[i + word.n + 1])))
            return true;
    }
    return false;
}

static bool why_list_same(const char *text, struct str word)
{
    return text[0] != '\0' && str_eq_nocase(str_of(text), word);
}

unsigned why_roles(const struct record *r, const char *key)
{
    struct str k = str_trim(str_of(key));
    unsigned roles = 0;

    if (k.n > 2 && k.p[0] == '<' && k.p[k.n - 1] == '>')
        k = str_slice(k, 1, k.n - 1);
    if (k.n == 0)
        return 0;
    if (why_list_same(r->ref, k) || why_list_same(r->queue_id, k) || why_list_same(r->message_id, k))
        roles |= 1u << WHY_ITSELF;
    if (why_list_same(r->author_domain, k) || why_list_same(r->org_domain, k) || why_list_holds(r->header_from, k))
        roles |= 1u << WHY_AUTHOR;
    if (why_list_holds(r->mail_from, k))
        roles |= 1u << WHY_RETURN_PATH;
    if (why_list_holds(r->rcpt, k))
        roles |= 1u << WHY_RECIPIENT;
    if (why_list_same(r->client_ip, k))
        roles |= 1u << WHY_CLIENT;
    if (why_list_same(r->source, k))
        roles |= 1u << WHY_SOURCE;
    if (why_list_same(r->ticket, k))
        roles |= 1u << WHY_TICKET;
    return roles;
}

const char *why_role_word(unsigned roles)
{
    static const char *const words[WHY_ROLE_COUNT] = {
        [WHY_AUTHOR] = "author", [WHY_RETURN_PATH] = "return path", [WHY_RECIPIENT] = "recipient",
        [WHY_CLIENT] = "client", [WHY_SOURCE] = "source", [WHY_TICKET] = "ticket", [WHY_ITSELF] = "message",
    };

    for (int i = 0; i < WHY_ROLE_COUNT; i++)
        if ((roles & 1u << i) != 0)
            return words[i];
    return "";
}

const char *why_fate(const struct record *r)
{
    static const struct { const char *disposition, *word; } rows[] = {
        {"reject", "refused"}, {"quarantine", "held"}, {"tempfail", "deferred"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(r->disposition, rows[i].disposition) == 0)
            return rows[i].word;
    return "passed on";
}

/* ---- sums ---- */

static int by_messages(const void *va, const void *vb)
{
    const struct why_sum *a = va, *b = vb;

    return a->messages != b->messages ? (a->messages < b->messages ? 1 : -1) : strcmp(a->domain, b->domain);
}

enum rc why_sums(struct arena *a, const struct record *r, size_t n, struct why_sum **out, size_t *count)
{
    struct why_sum *sum = arena_array(a, n + 1, sizeof *sum);

    *count = 0;
    *out = sum;
    if (sum == NULL)
        return RC_NOMEM;
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;

        while (j < *count && strcmp(sum[j].domain, r[i].author_domain) != 0)
            j++;
        if (j == *count)
            sum[(*count)++] = (struct why_sum){.domain = r[i].author_domain};
        sum[j].messages++;
        sum[j].passed += strcmp(r[i].dmarc, "pass") == 0;
        sum[j].kept_out += r[i].disposition[0] != '\0' && strcmp(r[i].disposition, "none") != 0;
    }
    if (*count > 1)
        qsort(sum, *count, sizeof *sum, by_messages);
    return RC_OK;
}

/* ---- on the terminal ---- */

/* `text` in a column, cut where it is longer, one blank behind. */
static void why_list_column(const struct sheet *s, const char *text, int width)
{
    const char *shown = sheet_or(s, text, "-");
    size_t n = strlen(shown);

    if (n > (size_t)width)
        (void)fprintf(s->to, "%.*s> ", width - 1, shown);
    else
        (void)fprintf(s->to, "%-*s ", width, shown);
}

static bool is_tight(const struct sheet *s)
{
    return s->width > 0 && s->width < TIGHT;
}

void why_print_heads(const struct sheet *s)
{
    (void)fprintf(s->to, "%-16s %-10s %-9s %-9s %-*s %-*s ", "TIME", "REFERENCE", "DMARC", "FATE", DOMAIN_COLUMN,
                  "AUTHOR", RCPT_COLUMN, "RECIPIENT");
    if (!is_tight(s))
        (void)fprintf(s->to, "%-*s %-11s ", SOURCE_COLUMN, "SOURCE", "FOUND AS");
    (void)fputs("CAUSE\n", s->to);
}

static const char *first_word(const struct sheet *s, const char *text)
{
    const char *word = str_dup(s->a, str_slice(str_of(text), 0, str_find(str_of(text), ' ')));

    return word == NULL ? "" : word;
}

void why_print_line(const struct sheet *s, const struct record *r, const char *key)
{
    char when[SHEET_TIME_MAX];
    const char *id = r->ref[0] != '\0' ? r->ref : r->queue_id;

    (void)fprintf(s->to, "%.16s ", sheet_time(r->time_ms, when));
    why_list_column(s, id, 10);
    why_list_column(s, r->dmarc, 9);
    why_list_column(s, why_fate(r), 9);
    why_list_column(s, r->author_domain, DOMAIN_COLUMN);
    why_list_column(s, first_word(s, r->rcpt), RCPT_COLUMN);
    if (!is_tight(s)) {
        why_list_column(s, r->source, SOURCE_COLUMN);
        why_list_column(s, key == NULL ? "" : why_role_word(why_roles(r, key)), 11);
    }
    if (strcmp(r->cause, "lookalike") == 0)
        (void)fprintf(s->to, "LOOK-ALIKE of %s, not theirs\n", sheet_or(s, r->client, "a client"));
    else
        (void)fprintf(s->to, "%s\n", sheet_or(s, r->cause, sheet_or(s, r->risk, "-")));
}

void why_print_sums(const struct sheet *s, const struct why_sum *sum, size_t n)
{
    sheet_heading(s, "By author domain");
    for (size_t i = 0; i < n && i < SUMS_MAX; i++) {
        (void)fputs("  ", s->to);
        why_list_column(s, sum[i].domain, 32);
        (void)fprintf(s->to, "%6zu message%s %zu passed, %zu failed", sum[i].messages,
                      sum[i].messages == 1 ? ": " : "s:", sum[i].passed, sum[i].messages - sum[i].passed);
        (void)fprintf(s->to, sum[i].kept_out > 0 ? ", %zu refused, held or deferred\n" : "\n", sum[i].kept_out);
    }
}
