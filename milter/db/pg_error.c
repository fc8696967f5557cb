#include "db/pg_error.h"

#include <string.h>

#include "base/str.h"

enum rc pg_error_rc(const char *state, const char *words)
{
    static const struct {
        const char *class;
        enum rc rc;
    } known[] = {
        {"08", RC_TEMP},    {"57", RC_TEMP},       {"53", RC_TEMP},       {"55P03", RC_TEMP}, {"40", RC_TEMP},
        {"25P03", RC_TEMP}, {"25006", RC_TEMP},    {"58", RC_TEMP},       {"22", RC_BAD},     {"23", RC_BAD},
        {"28", RC_IO},      {"42501", RC_IO},      {"3D000", RC_NOTFOUND}, {"3F000", RC_NOTFOUND},
        {"42P01", RC_NOTFOUND},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strncmp(state, known[i].class, strlen(known[i].class)) == 0)
            return known[i].rc;
    return strcmp(state, "XX000") == 0 && strstr(words, "tuple concurrently ") != NULL ? RC_TEMP : RC_INTERNAL;
}

bool pg_error_is_lock(const char *state)
{
    return strcmp(state, "55P03") == 0 || strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0;
}

const char *pg_error_remedy(const char *state)
{
    if (strcmp(state, "42501") == 0)
        return "; the role that logged in may not do that: \"assay fleet role\" in assay(1) says who may what";
    if (strcmp(state, "42P01") == 0 || strcmp(state, "3F000") == 0)
        return "; tables of Assay lack there: assay fleet init makes them, assay fleet migrate adds the newer ones";
    return "";
}

enum rc pg_error_say(const char *where, enum rc rc, const char *words, const char *remedy, struct err *e)
{
    char text[ERR_TEXT_MAX];
    struct strbuf b = STRBUF_ON(text);
    struct str rest = str_trim(str_of(words));

    while (rest.n > 0) {
        size_t end = str_find(rest, '\n');

        strbuf_put_clean(&b, str_trim(str_slice(rest, 0, end)), sizeof text);
        rest = str_slice(rest, end + 1, rest.n);
        strbuf_puts(&b, rest.n > 0 ? "; " : "");
    }
    return err_set(e, rc, "%.100s: %.240s%s", where, b.p, remedy);
}
