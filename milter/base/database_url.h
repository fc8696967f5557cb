/*
 * database_url.h - a database that is not a file: how a PostgreSQL server is named.  Pure.
 *
 *     postgresql://host.example/assay      service=assay      postgresql:///?service=assay
 */
#ifndef ASSAY_BASE_DATABASE_URL_H
#define ASSAY_BASE_DATABASE_URL_H

#include <stdbool.h>

#include "base/str.h"

/* Whether it names a server, by a URL or by an entry of pg_service.conf; else it is a file's path. */
bool database_url_is(struct str where);

/* Whether it holds a password, which every user of the machine could read in the list of processes. */
bool database_url_has_password(struct str where);

#endif
