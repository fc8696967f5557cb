/* URLs and recorded answers of HTTPS: the body is never longer than it may be. */
#include "fuzz.h"

#include "net/fetch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = fuzz_str(data, size);
    struct arena *a = arena_new(4 << 20);
    struct fetch_answer answer;
    struct fetch_url url;

    if (a == NULL)
        return 0;
    if (fetch_answer_read(a, text, 1000, &answer))
        HOLDS(answer.body.n <= 1000 && (answer.trouble == FETCH_ANSWERED || answer.body.n == 0));
    if (fetch_url_parse(a, text, &url))
        HOLDS(url.host[0] != '\0' && url.path[0] == '/');
    arena_free(a);
    return 0;
}
