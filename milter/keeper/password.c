#include "keeper/password.h"

#include <crypt.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/sync.h"

enum { COST = 6, WAITING_MAX = 4, WAIT_MS = 5000 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t freed;
static int at_work, waiting;

static void password_init(void)
{
    sync_cond_init(&freed);
}

/* One of few may go on; false when too many wait already. */
static bool password_enter(void)
{
    int64_t until_ms = clock_mono_ms() + WAIT_MS;
    bool entered;

    (void)pthread_once(&once, password_init);
    (void)pthread_mutex_lock(&lock);
    if (at_work >= PASSWORD_AT_ONCE && waiting < WAITING_MAX) {
        waiting++;
        while (at_work >= PASSWORD_AT_ONCE && sync_wait_until(&freed, &lock, until_ms))
            ;
        waiting--;
    }
    entered = at_work < PASSWORD_AT_ONCE;
    at_work += entered;
    (void)pthread_mutex_unlock(&lock);
    return entered;
}

static void password_leave(void)
{
    (void)pthread_mutex_lock(&lock);
    at_work--;
    (void)pthread_cond_signal(&freed);
    (void)pthread_mutex_unlock(&lock);
}

enum rc password_check(const char *password, const char *name, struct err *e)
{
    size_t n = strlen(password);

    if (n < PASSWORD_MIN || n > PASSWORD_MAX)
        return err_set(e, RC_BAD, "a password has %d to %d characters; three or four words that nobody would guess are "
                       "a good one", PASSWORD_MIN, PASSWORD_MAX);
    if (strcasecmp(password, name) == 0)
        return err_set(e, RC_BAD, "the password must not be the account's name");
    return RC_OK;
}

static enum rc password_crypt(const char *password, const char *setting, char out[static PASSWORD_HASH_MAX],
                              struct err *e)
{
    struct crypt_data *d;
    const char *hash;

    if (!password_enter())
        return err_set(e, RC_TEMP, "too many sign in at once; try again in a moment");
    d = calloc(1, sizeof *d);
    hash = d == NULL ? NULL : crypt_r(password, setting, d);
    out[0] = '\0';
    if (hash != NULL && hash[0] != '*' && strlen(hash) < PASSWORD_HASH_MAX)
        memcpy(out, hash, strlen(hash) + 1);
    if (d != NULL)
        explicit_bzero(d, sizeof *d);
    free(d);
    password_leave();
    return out[0] != '\0' ? RC_OK : err_set(e, RC_NOMEM, "the password cannot be hashed: no memory");
}

enum rc password_hash(const char *password, char out[static PASSWORD_HASH_MAX], struct err *e)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];

    if (crypt_gensalt_rn("$y$", COST, NULL, 0, setting, sizeof setting) == NULL)
        return err_set(e, RC_INTERNAL, "libcrypt knows no yescrypt");
    return password_crypt(password, setting, out, e);
}

enum rc password_verify(const char *password, const char *hash, bool *is, struct err *e)
{
    char now[PASSWORD_HASH_MAX], dummy[CRYPT_GENSALT_OUTPUT_SIZE];
    unsigned char differ = 0;
    enum rc rc;

    *is = false;
    if (hash[0] == '\0' && crypt_gensalt_rn("$y$", COST, NULL, 0, dummy, sizeof dummy) == NULL)
        return err_set(e, RC_INTERNAL, "libcrypt knows no yescrypt");
    rc = password_crypt(password, hash[0] == '\0' ? dummy : hash, now, e);
    if (rc != RC_OK || hash[0] == '\0' || strlen(now) != strlen(hash))
        return rc;
    for (size_t i = 0; hash[i] != '\0'; i++)
        differ |= (unsigned char)(hash[i] ^ now[i]);
    *is = differ == 0;
    return RC_OK;
}
