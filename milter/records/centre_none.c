/* Built without libpq: there is no centre to ask. */
#include <stddef.h>

#include "records/centre.h"

const struct store_engine *const centre_engine = NULL;
