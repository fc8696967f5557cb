/*
 * without - linked with assay-milter: the daemon, with features taken out at the start (make bench-features).
 *
 * ASSAY_WITHOUT in the environment names them, separated by commas.  The linker leads calls of the functions below here
 * (--wrap in local.mk), and what is not taken out goes on to the function itself; so nothing in the daemon knows of this.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkim/sigverify.h"
#include "inventory/dnstext.h"
#include "inventory/inventory.h"
#include "records/digest.h"
#include "records/lookup.h"
#include "service/known.h"

static struct {
    bool dns_memory, volumes, keys, digest, background, second_look;
} without;

/* Before main, since nothing of ours is called before that. */
__attribute__((constructor)) static void without_read(void)
{
    static const struct {
        const char *name;
        bool *out;
    } features[] = {
        {"dns-memory", &without.dns_memory}, {"volumes", &without.volumes}, {"keys", &without.keys},
        {"digest", &without.digest}, {"background", &without.background}, {"second-look", &without.second_look},
    };
    const char *given = getenv("ASSAY_WITHOUT");
    char *list = given == NULL ? NULL : strdup(given), *at = list, *name;

    while (at != NULL && (name = strsep(&at, ",")) != NULL) {
        bool known = name[0] == '\0';

        for (size_t i = 0; i < sizeof features / sizeof features[0]; i++)
            if (strcmp(name, features[i].name) == 0)
                known = *features[i].out = true;
        if (!known) {
            (void)fprintf(stderr, "ASSAY_WITHOUT: there is no \"%s\"\n", name);
            exit(64);
        }
    }
    free(list);
}

#define WRAP(type, function, ...) \
    type __real_##function(__VA_ARGS__); /* NOLINT: the linker's names */ \
    type __wrap_##function(__VA_ARGS__); /* NOLINT */ \
    type __wrap_##function(__VA_ARGS__)

WRAP(enum rc, dnstext_note, struct dnstext *t, struct db *d, const unsigned char secret[SIPHASH_KEY_BYTES],
     const struct dns_seen *seen, int64_t now_ms, struct err *e)
{
    return without.dns_memory ? RC_OK : __real_dnstext_note(t, d, secret, seen, now_ms, e);
}

WRAP(enum rc, inventory_count, struct db *d, const struct inventory_seen *seen, struct err *e)
{
    return without.volumes ? RC_OK : __real_inventory_count(d, seen, e);
}

WRAP(enum rc, lookup_add, struct lookup_batch *b, const unsigned char secret[SIPHASH_KEY_BYTES], int64_t id,
     const struct record *r)
{
    return without.keys ? RC_OK : __real_lookup_add(b, secret, id, r);
}

WRAP(enum rc, lookup_write, struct db *d, const struct lookup_batch *b, struct err *e)
{
    return without.keys ? RC_OK : __real_lookup_write(d, b, e);
}

WRAP(void, digest_add, struct digest *g, const struct record *const *rows, size_t n, int64_t first_id)
{
    if (!without.digest)
        __real_digest_add(g, rows, n, first_id);
}

WRAP(struct background *, known_current, struct known *k)
{
    return without.background ? NULL : __real_known_current(k);
}

WRAP(void, sigverify_header, struct sigverify *v, const struct dkim_sig *sig, const struct header *own,
     const struct dkim_key *key, struct sigverify_outcome *out)
{
    if (without.second_look)
        *out = (struct sigverify_outcome){.result = SIGVERIFY_SIGNATURE, .reason = "not looked at again"};
    else
        __real_sigverify_header(v, sig, own, key, out);
}
