/*
 * playbook_facts.h - what the placeholders of a playbook stand for.
 */
#ifndef ASSAY_DESK_PLAYBOOK_FACTS_H
#define ASSAY_DESK_PLAYBOOK_FACTS_H

#include "desk/playbook.h"

/* The text for placeholder `name`, never NULL, "" for none.  RC_NOTFOUND when there is no such name; RC_NOMEM. */
enum rc playbook_fact(struct arena *a, const struct playbook_subject *s, struct str name, const char **out);

#endif
