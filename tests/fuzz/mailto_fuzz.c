/* mailto URIs out of a stranger's record: what comes out can stand in an SMTP command and a header field. */
#include <string.h>

#include "fuzz.h"
#include "mail/domain.h"
#include "post/mailto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str uri = fuzz_str(data, size);
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct err e = ERR_NONE;
    struct mailto to, again;
    const char *domain = NULL;
    enum rc rc = mailto_parse(a, uri, &to, &e);

    if (rc == RC_OK) {
        struct strbuf b = strbuf_new(a, 2 * MAILTO_ADDRESS_MAX);

        HOLDS(strlen(to.address) <= MAILTO_ADDRESS_MAX && strlen(to.local) <= MAILTO_LOCAL_MAX);
        HOLDS(strlen(to.address) == strlen(to.local) + 1 + strlen(to.domain));
        HOLDS(strpbrk(to.address, " \t\r\n<>,;:\"\\()[]%!") == NULL && str_is_ascii(str_of(to.address)));
        HOLDS(strchr(to.address, '@') == strrchr(to.address, '@'));
        HOLDS(domain_normalize(a, str_of(to.domain), &domain) == RC_OK && strcmp(domain, to.domain) == 0);
        strbuf_putf(&b, "mailto:%s", to.address);
        if (strchr(to.local, '?') == NULL) /* a decoded "?" would end the address */
            HOLDS(mailto_parse(a, strbuf_str(&b), &again, &e) == RC_OK && strcmp(again.address, to.address) == 0);
    } else {
        HOLDS(e.text[0] != '\0' && str_is_ascii(str_of(e.text)) && to.address != NULL);
    }
    arena_free(a);
    return 0;
}
