#include "base/spare.h"

#include <errno.h>
#include <stdlib.h>

#include "base/shelf.h"

static const size_t spare_sizes[SPARE_SIZES] = {[SPARE_4K] = 4096, [SPARE_16K] = 16 * 1024};
static struct shelf spare_shelves[SPARE_SIZES];

size_t spare_size(enum spare which)
{
    return spare_sizes[which];
}

void *spare_take(enum spare which)
{
    void *block = shelf_take(&spare_shelves[which]);

    return block != NULL ? block : malloc(spare_sizes[which]);
}

void spare_give(enum spare which, void *block)
{
    int error = errno;

    if (block != NULL && !shelf_put(&spare_shelves[which], block))
        free(block);
    errno = error;
}
