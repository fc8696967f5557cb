/*
 * sync.h - condition variables whose waits end by clock_mono_ms: a clock that is set forward or back ends none early.
 */
#ifndef ASSAY_BASE_SYNC_H
#define ASSAY_BASE_SYNC_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* In place of pthread_cond_init.  Aborts where the system has no room for one. */
void sync_cond_init(pthread_cond_t *cond);

/* Waits, with the lock held, for a signal or (as pthread_cond_wait) for none; false: `until_ms`, monotonic, is over. */
bool sync_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ms);

/* The same, in microseconds (clock_mono_us). */
bool sync_wait_until_us(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_us);

#endif
