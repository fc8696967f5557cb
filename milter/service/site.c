#include "service/site.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* What `site` is the first member of. */
struct snapshot {
    struct site site;
    atomic_uint holders;
};

static struct snapshot *site_of(struct site *s)
{
    return (struct snapshot *)(void *)s;
}

enum rc site_load(const char *path, const char *const *overrides, size_t override_count, struct site **out,
                  struct err *e)
{
    struct snapshot *s = calloc(1, sizeof *s);
    enum rc rc;

    *out = NULL;
    if (s == NULL)
        return err_set(e, RC_NOMEM, "no memory for the configuration");
    atomic_init(&s->holders, 1);
    rc = config_load(path, overrides, override_count, &s->site.config, e);
    if (rc == RC_OK)
        rc = policy_load(s->site.config->policies, &s->site.policy, e);
    if (rc == RC_OK)
        *out = &s->site;
    else
        site_release(&s->site);
    return rc;
}

struct site *site_hold(struct site *s)
{
    (void)atomic_fetch_add_explicit(&site_of(s)->holders, 1, memory_order_relaxed);
    return s;
}

void site_release(struct site *s)
{
    if (s == NULL || atomic_fetch_sub_explicit(&site_of(s)->holders, 1, memory_order_acq_rel) > 1)
        return;
    policy_free(s->policy);
    config_free(s->config);
    free(site_of(s));
}

static struct {
    pthread_mutex_t lock;
    struct site *site;
} current = {.lock = PTHREAD_MUTEX_INITIALIZER};

void site_publish(struct site *s)
{
    struct site *old;

    pthread_mutex_lock(&current.lock);
    old = current.site;
    current.site = s;
    pthread_mutex_unlock(&current.lock);
    site_release(old);
}

struct site *site_current(void)
{
    struct site *s;

    pthread_mutex_lock(&current.lock);
    s = current.site == NULL ? NULL : site_hold(current.site);
    pthread_mutex_unlock(&current.lock);
    return s;
}

bool site_puts_off(const struct site *site)
{
    return site->config->on_internal_error == CONFIG_TROUBLE_TEMPFAIL || site->config->enforce == CONFIG_ENFORCE_YES;
}

bool site_puts_off_now(void)
{
    struct site *site = site_current();
    bool yes = site_puts_off(site);

    site_release(site);
    return yes;
}
