#include "base/shelf.h"

#include <sched.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define SHELF_NONE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SHELF_NONE 1
#endif
#endif
#ifndef SHELF_NONE
#define SHELF_NONE 0
#endif

static _Atomic(void *) *shelf_here(struct shelf *s)
{
    int processor = sched_getcpu();

    return s->kept[processor < 0 ? 0 : processor % SHELF_PROCESSORS];
}

void *shelf_take(struct shelf *s)
{
    _Atomic(void *) *here = shelf_here(s);

    for (size_t i = 0; i < SHELF_EACH; i++) {
        void *thing = atomic_load_explicit(&here[i], memory_order_relaxed);

        if (thing != NULL)
            thing = atomic_exchange_explicit(&here[i], NULL, memory_order_acquire);
        if (thing != NULL)
            return thing;
    }
    return NULL;
}

bool shelf_put(struct shelf *s, void *thing)
{
    _Atomic(void *) *here = shelf_here(s);

    for (size_t i = 0; i < SHELF_EACH && !SHELF_NONE; i++) {
        void *none = NULL;

        if (atomic_load_explicit(&here[i], memory_order_relaxed) == NULL &&
            atomic_compare_exchange_strong_explicit(&here[i], &none, thing, memory_order_release,
                                                    memory_order_relaxed))
            return true;
    }
    return false;
}
