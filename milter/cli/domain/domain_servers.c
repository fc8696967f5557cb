/* What name servers answered, out of the --known file. */
#include <string.h>

#include "cli/domain/domain_out.h"

enum { RECORDS_MAX = 50 };

static const char *set_of(struct arena *a, const struct jvalue *list)
{
    struct str record[RECORDS_MAX];
    size_t n = 0;

    if (!jvalue_is_list(list))
        return NULL;
    for (size_t i = 0; i < jvalue_length(list) && n < RECORDS_MAX; i++)
        if (jvalue_text(jvalue_at(list, i), &record[n]))
            n++;
    return propagation_set(a, record, n);
}

static void read_server(struct arena *a, const struct propagation *p, const char *address, const struct jvalue *v,
                        struct propagation_server *out)
{
    struct str word = STR_NONE;
    int64_t number;
    int state = PROPAGATION_TIMEOUT;

    *out = (struct propagation_server){.address = str_dup(a, str_of(address))};
    if (jvalue_text(v, &word) || jvalue_text(jvalue_member(v, "error"), &word)) {
        (void)enum_value(&propagation_state_names, word, &state);
        out->state = (enum propagation_state)state;
        return;
    }
    if (jvalue_number(jvalue_member(v, "serial"), &number))
        out->serial = (uint32_t)number;
    if (jvalue_number(jvalue_member(v, "ttl"), &number))
        out->ttl = (uint32_t)number;
    for (size_t i = 0; i < p->names; i++)
        out->set[i] = set_of(a, jvalue_member(v, p->name[i]));
}

static size_t read_servers(struct arena *a, const struct propagation *p, const struct jvalue *o,
                           struct propagation_server *out)
{
    const char *address;
    size_t n = 0;

    for (size_t i = 0; (address = jvalue_name(o, i)) != NULL && n < PROPAGATION_SERVERS_MAX; i++)
        read_server(a, p, address, jvalue_member(o, address), &out[n++]);
    return n;
}

bool domain_known_servers(struct arena *a, const struct jvalue *root, const char *domain, struct propagation *out)
{
    const struct jvalue *names = jvalue_member(root, "names");
    struct str name;

    *out = (struct propagation){.domain = domain};
    for (size_t i = 0; i < jvalue_length(names) && out->names < PROPAGATION_NAMES_MAX; i++)
        if (jvalue_text(jvalue_at(names, i), &name))
            out->name[out->names++] = str_dup(a, name);
    out->servers = read_servers(a, out, jvalue_member(root, "servers"), out->server);
    out->resolvers = read_servers(a, out, jvalue_member(root, "public"), out->resolver);
    return out->servers > 0;
}
