/* Files and mail with reports in them: what the reading process says is what the other end takes. */
#include <string.h>

#include "fuzz.h"
#include "incoming/walk.h"
#include "incoming/words.h"

struct seen {
    bool done, open;
    uint64_t rows;
    struct wire_report report;
    struct incoming_row row;
    unsigned char *kept;
};

static bool on_frame(void *arg, enum wire_kind kind, const unsigned char *payload, size_t n)
{
    struct seen *s = arg;
    struct wire w;

    HOLDS(n <= WIRE_FRAME_MAX && !s->done);
    memcpy(s->kept, payload, n);
    w = wire_reader(s->kept, n);
    if (kind == WIRE_REPORT) {
        HOLDS(!s->open);
        memset(&s->report, 0, sizeof s->report);
        wire_report(&w, &s->report);
        HOLDS(!w.bad && w.at == n);
        s->open = true;
        s->rows = 0;
    } else if (kind == WIRE_ROW) {
        wire_row(&w, &s->row);
        HOLDS(!w.bad && w.at == n && s->open);
        s->rows++;
    } else if (kind == WIRE_END) {
        HOLDS(s->open);
        s->open = false;
    } else if (kind == WIRE_DONE) {
        HOLDS(!s->open);
        s->done = true;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct incoming_request request = {.bytes = fuzz_str(data, size), .name = "a!b.example!1!2.gz", .arrival_s = 1800000000};
    struct seen *s = calloc(1, sizeof *s);

    HOLDS(s != NULL && (s->kept = malloc(WIRE_FRAME_MAX)) != NULL);
    walk_run(&request, NULL, on_frame, NULL, s);
    HOLDS(s->done);
    free(s->kept);
    free(s);
    return 0;
}
