/*
 * locked.h - how every engine says that another program's lock is in the way: db_is_lock knows it by these words.
 */
#ifndef ASSAY_DB_LOCKED_H
#define ASSAY_DB_LOCKED_H

#define LOCKED_WORDS "locked by another program; end that program's transaction"

#endif
