#include "auth/evidence.h"

#include <string.h>

static const char *const iprev_names[] = {"none", "pass", "fail", "temperror", "permerror"};
const struct enum_names iprev_result_names = ENUM_NAMES(iprev_names);

/* Adds the identifier, or lets a pass replace the temperror of the same one. */
static void add(struct dmarc_identifier *ids, size_t *n, struct dmarc_identifier id)
{
    for (size_t i = 0; i < *n; i++) {
        if (ids[i].dkim == id.dkim && strcmp(ids[i].domain, id.domain) == 0) {
            ids[i].pass = ids[i].pass || id.pass;
            return;
        }
    }
    ids[(*n)++] = id;
}

enum rc evidence_identifiers(struct arena *a, const struct evidence *e, struct dmarc_identifier **out, size_t *n)
{
    struct dmarc_identifier *ids = arena_array(a, e->dkim.n + 1, sizeof *ids);
    const struct spf_evidence *spf = &e->spf;

    *n = 0;
    if (ids == NULL)
        return RC_NOMEM;
    if (spf->checked && (spf->result == SPF_PASS || spf->result == SPF_TEMPERROR) && spf->domain[0] != '\0')
        add(ids, n, (struct dmarc_identifier){.domain = spf->domain, .pass = spf->result == SPF_PASS});
    for (size_t i = 0; i < e->dkim.n; i++) {
        const struct dkim_signature *s = &e->dkim.sig[i];

        if ((s->result == DKIM_PASS || s->result == DKIM_TEMPERROR) && s->domain[0] != '\0')
            add(ids, n, (struct dmarc_identifier){.domain = s->domain, .dkim = true, .pass = s->result == DKIM_PASS});
    }
    *out = ids;
    return RC_OK;
}
