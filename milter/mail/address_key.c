#include "mail/address_key.h"

#include <unicase.h>
#include <uninorm.h>
#include <stdlib.h>
#include <unistr.h>

#include "base/arena.h"
#include "mail/domain.h"

enum { SCRATCH = 16 * 1024 };

static size_t address_key_lower(struct str s, char *out, size_t max)
{
    size_t n = s.n < max ? s.n : max;

    for (size_t i = 0; i < n; i++)
        out[i] = char_lower(s.p[i]);
    return n;
}

static bool address_key_is_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

static size_t address_key_fold(struct str s, char *out, size_t max)
{
    uint8_t mem[ADDRESS_KEY_MAX];
    size_t n = sizeof mem;
    const uint8_t *in = (const uint8_t *)s.p;
    uint8_t *folded;

    if (s.n > ADDRESS_KEY_MAX / 2 || u8_check(in, s.n) != NULL)
        return address_key_lower(s, out, max);
    folded = u8_casefold(in, s.n, NULL, UNINORM_NFC, mem, &n);
    if (folded != mem) { /* no memory, or it grew beyond what is kept */
        free(folded);
        return address_key_lower(s, out, max);
    }
    return address_key_lower((struct str){(const char *)mem, n}, out, max);
}

static size_t address_key_domain(struct str s, char *out, size_t max)
{
    struct arena *a = arena_new(SCRATCH);
    const char *name = NULL;
    size_t n;

    if (a == NULL || domain_normalize(a, s, &name) != RC_OK)
        n = address_key_fold(s, out, max);
    else
        n = address_key_lower(str_of(name), out, max);
    arena_free(a);
    return n;
}

/* The last one: a quoted local part may have others. */
static size_t address_key_at(struct str s)
{
    size_t at = s.n;

    while (at > 0 && s.p[at - 1] != '@')
        at--;
    return at > 0 ? at - 1 : s.n;
}

size_t address_key(struct str address, char *out, size_t max)
{
    size_t at, n;

    if (address_key_is_ascii(address))
        return address_key_lower(address, out, max);
    at = address_key_at(address);
    n = address_key_fold(str_slice(address, 0, at), out, max);
    if (at < address.n && n < max) {
        out[n++] = '@';
        n += address_key_domain(str_slice(address, at + 1, address.n), out + n, max - n);
    }
    return n;
}
