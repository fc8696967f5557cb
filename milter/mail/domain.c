#include "mail/domain.h"

#include <idn2.h>
#include <string.h>

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
    if (domain_name_labels(text) == 0)
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

const char *domain_registered(const char *name)
{
    enum { SUFFIX_LABEL_MAX = 3, COUNTRY = 2 };
    const char *two = domain_rightmost(name, 2), *dot = strchr(two, '.');

    /* a short label below a country's is a suffix of that country's, far more often than not */
    if (dot == NULL || strlen(dot + 1) != COUNTRY || dot - two > SUFFIX_LABEL_MAX)
        return two;
    return domain_rightmost(name, 3);
}

bool domain_is_within(const char *name, const char *parent)
{
    size_t n = strlen(name), m = strlen(parent);

    if (n < m || strcmp(name + (n - m), parent) != 0)
        return false;
    return n == m || name[n - m - 1] == '.';
}
