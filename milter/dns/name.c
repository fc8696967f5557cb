#include "dns/name.h"

#include <string.h>

#include "base/str.h"

/* Letters, digits and the punctuation that means nothing in a master file. */
static bool stands_as_is(unsigned char c)
{
    switch (c) {
    case '.':
    case '\\':
    case '"':
    case '(':
    case ')':
    case ';':
    case '@':
    case '$': return false;
    default: return c > ' ' && c < 0x7f;
    }
}

static size_t name_put_byte(char *out, unsigned char c)
{
    if (stands_as_is(c)) {
        out[0] = char_lower((char)c);
        return 1;
    }
    out[0] = '\\';
    out[1] = (char)('0' + c / 100);
    out[2] = (char)('0' + c / 10 % 10);
    out[3] = (char)('0' + c % 10);
    return 4;
}

bool name_of_plain(const char *plain, char out[static NAME_TEXT_SIZE], size_t *n)
{
    size_t label = 0, used = 0, i;

    for (i = 0; plain[i] != '\0'; i++) {
        if (i == NAME_PLAIN_MAX)
            return false;
        if (plain[i] == '.') {
            if (label == 0)
                return false;
            label = 0;
            out[used++] = '.';
        } else {
            if (++label > NAME_LABEL_MAX)
                return false;
            used += name_put_byte(out + used, (unsigned char)plain[i]);
        }
    }
    out[used] = '\0';
    *n = used;
    return label > 0;
}

bool name_of_wire(const uint8_t *wire, size_t size, char out[static NAME_TEXT_SIZE], size_t *n)
{
    size_t used = 0, at = 0;

    if (size == 0 || size > NAME_PLAIN_MAX + 2)
        return false;
    while (wire[at] != 0) {
        size_t label = wire[at++];

        if (label > NAME_LABEL_MAX || label >= size - at) /* the root's byte must follow */
            return false;
        if (used > 0)
            out[used++] = '.';
        while (label-- > 0)
            used += name_put_byte(out + used, wire[at++]);
    }
    out[used] = '\0';
    *n = used;
    return at + 1 == size;
}

const char *name_parent(const char *name)
{
    const char *dot = strchr(name, '.');

    if (name[0] == '\0')
        return NULL;
    return dot == NULL ? name + strlen(name) : dot + 1;
}
