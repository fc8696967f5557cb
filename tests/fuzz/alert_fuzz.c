/* What a ticket system answers, the first byte its format: a ticket is short, and nothing in it steers a terminal. */
#include <string.h>

#include "fuzz.h"
#include "post/alert_shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    const char *ticket;

    if (size > 0 && a != NULL) {
        ticket = alert_shape_ticket(a, (enum alert_format)(data[0] % (ALERT_FORMAT_CHAT + 1)),
                                    fuzz_str(data + 1, size - 1));
        HOLDS(ticket != NULL && strlen(ticket) <= ALERT_TICKET_MAX);
        for (size_t i = 0; ticket[i] != '\0'; i++)
            HOLDS((unsigned char)ticket[i] >= ' ' && ticket[i] != 0x7f);
    }
    arena_free(a);
    return 0;
}
