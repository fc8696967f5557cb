#include "mail/address.h"

#include "mail/domain.h"

/* Index of the first (or last) `c` outside quoted-strings and literals; s.n when there is none. */
static size_t find_bare(struct str s, char c, bool last)
{
    size_t hit = s.n;
    bool quoted = false, literal = false;

    for (size_t i = 0; i < s.n; i++) {
        if (quoted && s.p[i] == '\\')
            i++;
        else if (s.p[i] == '"' && !literal)
            quoted = !quoted;
        else if (quoted)
            continue;
        else if (s.p[i] == '[' || s.p[i] == ']')
            literal = s.p[i] == '[';
        else if (s.p[i] == c && !literal && (last || hit == s.n))
            hit = i;
    }
    return quoted ? s.n : hit;
}

/* Path = "<" [ A-d-l ":" ] Mailbox ">" ; A-d-l = At-domain *( "," At-domain ), to be ignored (RFC 5321 appendix C) */
void address_split(struct str path, struct address *out)
{
    size_t at;

    if (path.n > 0 && path.p[0] == '@') {
        size_t colon = find_bare(path, ':', false);

        if (colon < path.n)
            path = str_slice(path, colon + 1, path.n);
    }
    at = find_bare(path, '@', true);
    out->local = str_slice(path, 0, at);
    out->domain = str_slice(path, at + 1, path.n);
}

const char *address_domain(struct arena *a, struct str path)
{
    struct address parts;
    const char *domain;

    address_split(path, &parts);
    return domain_normalize(a, parts.domain, &domain) == RC_OK ? domain : NULL;
}
