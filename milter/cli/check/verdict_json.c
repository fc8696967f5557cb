/* What a verdict says of sender and cause, in the JSON of `assay check`. */
#include "cli/check/check.h"
#include "formats/json.h"

static struct jnode *secondary_node(unsigned causes)
{
    struct jnode *list = jnode_array();

    for (int i = 0; i < CAUSE_COUNT; i++)
        if ((causes & 1u << i) != 0)
            jnode_append_text(list, enum_name(&cause_names, i));
    return list;
}

void verdict_json(struct jnode *o, const struct verdict *v)
{
    const struct finding *f = &v->finding;

    jnode_text(o, "source", v->source.name);
    jnode_text(o, "source_proof", enum_name(&source_proof_names, (int)v->source.proof));
    jnode_text(o, "source_detail", v->source.detail);
    jnode_text(o, "status", verdict_status(v));
    jnode_text(o, "client", v->client == NULL ? "" : v->client->name);
    jnode_text(o, "cause", enum_name(&cause_names, (int)f->cause));
    jnode_text(o, "cause_detail", f->detail);
    jnode_put(o, "secondary", secondary_node(f->secondary));
    jnode_text(o, "playbook", enum_name(&playbook_names, (int)f->playbook));
    jnode_text(o, "ref", v->ref);
    jnode_text(o, "risk", enum_name(&risk_names, (int)f->risk));
    jnode_text(o, "next", f->next);
}
