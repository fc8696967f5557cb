/*
 * keys.h - by what a record is found: the keys it has, and those a question may mean.
 *
 * Each key is of a kind and has one normal text, so that what a person types
 * meets what was recorded.  Pure.
 */
#ifndef ASSAY_RECORDS_KEYS_H
#define ASSAY_RECORDS_KEYS_H

#include "base/siphash.h"
#include "records/store.h"

enum { KEYS_MAX = 32 /* keys of one record that are kept */ };

/* Their hashes under the database's own key, each once; answers how many. */
size_t keys_hash(const struct record *r, const unsigned char secret[SIPHASH_KEY_BYTES], int64_t hash[static KEYS_MAX]);

/* The same of the keys of one kind alone. */
size_t keys_hash_kind(const struct record *r, enum store_key kind, const unsigned char secret[SIPHASH_KEY_BYTES],
                      int64_t hash[static KEYS_MAX]);

/* The normal text of a question, kind by kind; absent where it cannot be of that kind. */
struct keys_wanted {
    struct str text[STORE_KEY_COUNT];
};

/* `kinds` as in struct store_query; text is in `a` or in what was given.  RC_NOMEM. */
enum rc keys_want(struct arena *a, struct str key, unsigned kinds, struct keys_wanted *out);

/* The hash of one of them. */
int64_t keys_hash_text(enum store_key kind, struct str text, const unsigned char secret[SIPHASH_KEY_BYTES]);

/* Whether the record has one of them. */
bool keys_match(const struct record *r, const struct keys_wanted *wanted);

#endif
