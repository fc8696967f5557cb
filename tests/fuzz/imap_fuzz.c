/* What an IMAP server answers when asked which messages there are: UIDs that are in it, and nothing else. */
#include <string.h>

#include "fuzz.h"
#include "intake/imap_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST = 100 };
    struct str answer = fuzz_str(data, size);
    uint32_t uid[MOST], few[MOST];
    size_t n = imap_answer_uids(answer, uid, MOST), fewer = imap_answer_uids(answer, few, 3);

    HOLDS(n <= MOST && n <= size && fewer == (n < 3 ? n : 3) && memcmp(uid, few, fewer * sizeof *few) == 0);
    for (size_t i = 0; i < n; i++) {
        char text[16];

        HOLDS(uid[i] > 0);
        (void)snprintf(text, sizeof text, "%u", uid[i]);
        HOLDS(memmem(answer.p, answer.n, text, strlen(text)) != NULL);
    }
    return 0;
}
