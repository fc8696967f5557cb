/*
 * dice.h - numbers nobody can guess, from the system.
 */
#ifndef ASSAY_BASE_DICE_H
#define ASSAY_BASE_DICE_H

#include <stdint.h>

/* Any 64 bits; never waits.  Threads: any. */
uint64_t dice_roll(void);

#endif
