#include "output/ref.h"

static const char alphabet[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

enum { LETTERS = sizeof alphabet - 1 };

const char *ref_make(struct arena *a, uint64_t random)
{
    char *text = arena_alloc(a, REF_LENGTH + 1);

    for (size_t i = 0; text != NULL && i < REF_LENGTH; i++, random /= LETTERS)
        text[i] = alphabet[random % LETTERS];
    return text;
}

bool ref_is(struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = char_lower(text.p[i]);

        if (!char_is_alnum(c) || c == '0' || c == '1' || c == 'i' || c == 'l' || c == 'o' || c == 'u')
            return false;
    }
    return text.n == REF_LENGTH;
}
