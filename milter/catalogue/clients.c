#include "catalogue/clients.h"

#include <stdlib.h>
#include <string.h>

#include "catalogue/suffix.h"
#include "syntax/sections.h"

enum {
    FIELD_DOMAINS, FIELD_PARKED, FIELD_LOOKALIKES, FIELD_TITLE, FIELD_CONTACTS, FIELD_DNS_OWNER, FIELD_NOTE, FIELD_LOGO,
    FIELD_RUNBOOK,
    FIELD_COUNT = FIELD_RUNBOOK + RUNBOOK_FIELDS
};

static const struct section_field fields[FIELD_RUNBOOK] = {
    [FIELD_DOMAINS] = {"Domains", true}, [FIELD_PARKED] = {"Parked", true}, [FIELD_LOOKALIKES] = {"Lookalikes", true},
    [FIELD_TITLE] = {"Title", false}, [FIELD_CONTACTS] = {"Contacts", true}, [FIELD_DNS_OWNER] = {"DNSOwner", false},
    [FIELD_NOTE] = {"Note", false}, [FIELD_LOGO] = {"Logo", false},
};

enum { NAME_BYTES = 40, ARENA_BYTES = 64 << 20 };

/* What stands behind a domain. */
struct claim {
    const struct client *client;
    enum client_domain kind;
    unsigned line; /* where */
};

struct clients {
    struct arena *arena;
    struct client *client;
    size_t n;
    struct suffixes domains;
};

static enum rc clients_no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory for the clients");
}

static enum rc clients_check_name(const struct sections *f, const struct section *s, struct err *e)
{
    size_t n = strlen(s->title);
    bool good = n > 0 && n <= NAME_BYTES && char_is_alnum(s->title[0]);

    for (size_t i = 0; i < n; i++)
        if (!char_is_alnum(s->title[i]) && strchr("-_.", s->title[i]) == NULL)
            good = false;
    if (good)
        return RC_OK;
    return sections_bad(f, s->place, e, "this is no name for a client; write at most %d letters, digits, hyphens, "
                        "underscores and dots, and the full name as Title", NAME_BYTES);
}

static enum rc clients_read_texts(struct arena *a, const struct section *s, struct client *out, struct err *e)
{
    out->name = str_dup(a, str_of(s->title));
    out->title = section_text(a, s, FIELD_TITLE);
    out->dns_owner = section_text(a, s, FIELD_DNS_OWNER);
    out->note = section_text(a, s, FIELD_NOTE);
    out->logo = section_text(a, s, FIELD_LOGO);
    if (out->logo == NULL || out->name == NULL || out->title == NULL || out->dns_owner == NULL || out->note == NULL ||
        section_texts(a, s, FIELD_CONTACTS, &out->contacts) != RC_OK)
        return clients_no_memory(e);
    if (out->title[0] == '\0')
        out->title = out->name;
    return RC_OK;
}

/* Claims the domains of one list for `client`. */
static enum rc claim(struct clients *c, const struct client *client, enum client_domain kind,
                     const struct sections *f, const struct section *s, size_t field, struct string_list *out,
                     struct err *e)
{
    enum rc rc = section_domains(c->arena, f, s, field, out, e);

    for (size_t i = 0; rc == RC_OK && i < out->n; i++) {
        struct place at = s->value[field].item[i].place;
        struct claim *mine = arena_alloc(c->arena, sizeof *mine);
        const struct claim *other;
        bool full = true;

        if (mine == NULL)
            return clients_no_memory(e);
        *mine = (struct claim){client, kind, at.line};
        other = suffixes_add(&c->domains, c->arena, out->item[i], mine, &full);
        if (full)
            return clients_no_memory(e);
        if (other != NULL)
            rc = sections_bad(f, at, e, "%s: %s is in line %u already, for %s; a domain has one place, so take it out "
                              "of one", fields[field].name, out->item[i], other->line, other->client->name);
    }
    return rc;
}

static enum rc read_client(struct clients *c, const struct sections *f, const struct section *s, struct client *out,
                           struct err *e)
{
    enum rc rc = clients_check_name(f, s, e);

    if (rc == RC_OK)
        rc = clients_read_texts(c->arena, s, out, e);
    if (rc == RC_OK)
        rc = claim(c, out, CLIENT_DOMAIN_OWN, f, s, FIELD_DOMAINS, &out->domains, e);
    if (rc == RC_OK)
        rc = claim(c, out, CLIENT_DOMAIN_PARKED, f, s, FIELD_PARKED, &out->parked, e);
    if (rc == RC_OK)
        rc = claim(c, out, CLIENT_DOMAIN_LOOKALIKE, f, s, FIELD_LOOKALIKES, &out->lookalikes, e);
    return rc == RC_OK ? runbook_read(c->arena, f, s, FIELD_RUNBOOK, &out->runbook, e) : rc;
}

static enum rc clients_load_all(struct clients *c, struct arena *scratch, const char *file, struct err *e)
{
    struct section_field field[FIELD_COUNT]; /* the client's own, and those of its runbook */
    const struct section_kind kind = {"client", "clients.conf(5)", field, FIELD_COUNT};
    struct sections f;
    enum rc rc;

    memcpy(field, fields, sizeof fields);
    memcpy(field + FIELD_RUNBOOK, runbook_fields(), RUNBOOK_FIELDS * sizeof *field);
    rc = sections_read(scratch, file, &kind, &f, e);
    if (rc != RC_OK)
        return rc;
    c->client = arena_array(c->arena, f.n, sizeof *c->client);
    if (f.n > 0 && c->client == NULL)
        return clients_no_memory(e);
    for (; rc == RC_OK && c->n < f.n; c->n++)
        rc = read_client(c, &f, &f.section[c->n], &c->client[c->n], e);
    return rc;
}

enum rc clients_load(const char *file, struct clients **out, struct err *e)
{
    struct clients *c = calloc(1, sizeof *c);
    struct arena *scratch = arena_new(ARENA_BYTES);
    enum rc rc = RC_OK;

    *out = NULL;
    if (c != NULL)
        c->arena = arena_new(ARENA_BYTES);
    if (c == NULL || c->arena == NULL || scratch == NULL)
        rc = clients_no_memory(e);
    else if (file[0] != '\0')
        rc = clients_load_all(c, scratch, file, e);
    arena_free(scratch);
    if (rc == RC_OK)
        *out = c;
    else
        clients_free(c);
    return rc;
}

void clients_free(struct clients *c)
{
    if (c == NULL)
        return;
    suffixes_free(&c->domains);
    arena_free(c->arena);
    free(c);
}

size_t clients_count(const struct clients *c)
{
    return c->n;
}

const struct client *clients_at(const struct clients *c, size_t i)
{
    MUST(i < c->n);
    return &c->client[i];
}

const struct client *clients_of(const struct clients *c, const char *domain, enum client_domain *kind)
{
    const struct claim *found = suffixes_find(&c->domains, domain);

    *kind = found == NULL ? CLIENT_DOMAIN_NONE : found->kind;
    return found == NULL ? NULL : found->client;
}

static bool clients_has(const struct string_list *list, const char *domain)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->item[i], domain) == 0)
            return true;
    return false;
}

const struct client *clients_listing(const struct clients *c, const char *domain, bool *parked)
{
    for (size_t i = 0; i < clients_count(c); i++) {
        const struct client *client = clients_at(c, i);

        *parked = clients_has(&client->parked, domain);
        if (*parked || clients_has(&client->domains, domain))
            return client;
    }
    *parked = false;
    return NULL;
}
