#include "mail/domain.h"

#include <idn2.h>
#include <string.h>

static bool label_char(char c)
{
    return char_is_alnum(c) || c == '-' || c == '_';
}

/* `name` is lower case ASCII without trailing dot. */
static bool is_normal(struct str name)
{
    if (name.n == 0 || name.n > DOMAIN_MAX)
        return false;
    while (name.n > 0) {
        size_t dot = str_find(name, '.');

        if (dot == 0 || dot > DOMAIN_LABEL_MAX || dot + 1 == name.n)
            return false;
        for (size_t i = 0; i < dot; i++)
            if (!label_char(name.p[i]))
                return false;
        name = str_slice(name, dot + 1, name.n);
    }
    return true;
}

static bool is_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80 || s.p[i] == '\0')
            return false;
    return true;
}

/* RFC 5891 section 5, with the UTS 46 mapping that mail programs apply. */
static enum rc to_a_labels(struct arena *a, struct str text, struct str *out)
{
    const char *z = str_dup(a, text);
    char *ascii = NULL;

    if (z == NULL)
        return RC_NOMEM;
    if (strlen(z) != text.n || idn2_to_ascii_8z(z, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        return RC_BAD;
    *out = str_of(str_dup(a, str_of(ascii)));
    idn2_free(ascii);
    return out->p == NULL ? RC_NOMEM : RC_OK;
}

enum rc domain_normalize(struct arena *a, struct str text, const char **out)
{
    const char *name;

    if (text.n > 0 && text.p[text.n - 1] == '.')
        text.n--;
    if (text.n == 0 || text.n > 4 * DOMAIN_MAX)
        return RC_BAD;
    if (!is_ascii(text)) {
        enum rc rc = to_a_labels(a, text, &text);

        if (rc != RC_OK)
            return rc;
    }
    if (!is_normal(text))
        return RC_BAD;
    name = str_dup_lower(a, text);
    if (name == NULL)
        return RC_NOMEM;
    *out = name; /* only now: who asked may have put a default there */
    return RC_OK;
}

size_t domain_labels(const char *name)
{
    size_t n = 1;

    for (; *name != '\0'; name++)
        n += *name == '.';
    return n;
}

const char *domain_rightmost(const char *name, size_t count)
{
    size_t have = domain_labels(name);

    MUST(count > 0);
    for (; have > count; have--)
        name = strchr(name, '.') + 1;
    return name;
}

bool domain_is_within(const char *name, const char *parent)
{
    size_t n = strlen(name), m = strlen(parent);

    if (n < m || strcmp(name + (n - m), parent) != 0)
        return false;
    return n == m || name[n - m - 1] == '.';
}
