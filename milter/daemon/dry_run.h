/*
 * dry_run.h - `assay-milter -n`: what a start would say, as far as can be seen without starting.
 */
#ifndef ASSAY_DAEMON_DRY_RUN_H
#define ASSAY_DAEMON_DRY_RUN_H

#include "daemon/options.h"
#include "service/site.h"

/*
 * Becomes the user that will run, for good.  Says on standard error what is
 * wrong, or what may not be meant; with -v prints the values in force.
 * Answers the exit code.
 */
int dry_run(const struct options *o, const struct site *site);

#endif
