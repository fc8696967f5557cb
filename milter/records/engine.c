#include "records/engine.h"

#include <stddef.h>

static const struct store_engine *engine_in_use;

void store_engine_use(const struct store_engine *engine)
{
    engine_in_use = engine;
    db_server_use(engine == NULL ? NULL : engine->server);
}

const struct store_engine *store_engine(void)
{
    MUST(engine_in_use != NULL);
    return engine_in_use;
}

enum rc store_engine_open(const char *where, enum store_mode mode, struct centre **out, struct err *e)
{
    *out = NULL;
    if (mode != STORE_READ && mode != STORE_EDIT)
        return err_set(e, RC_BAD, "%s: records of the centre of a fleet are written by \"assay fleet run\" alone; "
                       "name a file (Database, --database)", where);
    if (engine_in_use == NULL)
        return err_set(e, RC_BAD, "%s: this program was built without PostgreSQL, or asks files alone; name a file "
                       "(Database, --database)", where);
    return engine_in_use->open(where, out, e);
}

void store_engine_close(struct centre *c)
{
    if (c != NULL)
        store_engine()->close(c);
}
