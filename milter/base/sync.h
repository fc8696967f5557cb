/*
 * sync.h - condition variables whose waits end by clock_mono_ms: a clock that is set forward or back ends none early;
 * and flags that one thread waits for.
 */
#ifndef ASSAY_BASE_SYNC_H
#define ASSAY_BASE_SYNC_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* In place of pthread_cond_init.  Aborts where the system has no room for one. */
void sync_cond_init(pthread_cond_t *cond);

/* Waits, with the lock held, for a signal or (as pthread_cond_wait) for none; false: `until_ms`, monotonic, is over. */
bool sync_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ms);

/* The same, in microseconds (clock_mono_us). */
bool sync_wait_until_us(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_us);

/* ---- flags ---- */

/*
 * One thread waits, another raises, once for each wait that ends so.  No lock
 * is held: who waits on a condition is woken to a lock that the other still
 * holds, and lets go of it with a system call whether or not somebody wants
 * it.  Once the wait has ended the flag may be gone, for the other touches it
 * no more.
 */
struct sync_flag {
    sem_t raised;
    atomic_bool up; /* so that what was written before is read behind it, also as thread checkers see it */
};

/* Its beginning, not raised; its end; and raising it. */
void sync_flag_init(struct sync_flag *f);
void sync_flag_destroy(struct sync_flag *f);
void sync_flag_raise(struct sync_flag *f);

/* Waits until it is raised, and takes it down; false: `until_us`, monotonic, is over. */
bool sync_flag_wait(struct sync_flag *f, int64_t until_us);

/* The same by the clock of the day; NULL: however long it takes. */
bool sync_flag_wait_day(struct sync_flag *f, const struct timespec *until);

#endif
