#include "db/moved.h"

#include "base/log.h"

bool db_drop_moved(struct db **d)
{
    if (*d == NULL || !db_moved(*d))
        return false;
    log_write(LOG_LEVEL_WARNING, NULL, "%s: %s; opening it again", db_path(*d), db_settle_moved(*d));
    db_close(*d);
    *d = NULL;
    return true;
}
