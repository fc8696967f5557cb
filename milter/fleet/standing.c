/* How far a shipper is, for who watches it. */
#include "base/clock.h"
#include "fleet/internal.h"

struct ship_standing ship_standing(struct ship *s)
{
    struct ship_standing out = {.connected = s->pg != NULL, .lag_records = -1, .skew_ms = s->skew_ms};
    const char *queue_id;
    struct life life;
    int64_t time_ms = 0;
    bool there = false;

    if (s->store == 0 || s->db == NULL || life_read(s->db, s->a, &life, NULL) != RC_OK)
        return out;
    out.lag_records = life.newest_id > s->shipped_id ? life.newest_id - s->shipped_id : 0;
    if (out.lag_records == 0 || life_message(s->db, s->a, s->shipped_id, &there, &time_ms, &queue_id, NULL) != RC_OK)
        return out;
    if (!there && life_message(s->db, s->a, life.oldest_id, &there, &time_ms, &queue_id, NULL) != RC_OK)
        return out;
    out.lag_ms = there && clock_wall_ms() > time_ms ? clock_wall_ms() - time_ms : 0;
    return out;
}
