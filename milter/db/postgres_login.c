#include "db/postgres_login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"

/* The first whose words are there; of several causes the one that must be mended first stands first. */
static const struct {
    const char *words, *remedy;
    enum rc rc;
} login_remedies[] = {
    {"URI", "; correct the URL: postgresql://ROLE@HOST:PORT/DATABASE?NAME=VALUE", RC_BAD},
    {"invalid integer value", "; correct the URL: postgresql://ROLE@HOST:PORT/DATABASE?NAME=VALUE", RC_BAD},
    {"invalid port number", "; correct the URL: postgresql://ROLE@HOST:PORT/DATABASE?NAME=VALUE", RC_BAD},
    {" value: \"", "; correct the URL, or the service's entry", RC_BAD},
    {"definition of service", "; name it in the file of PGSERVICEFILE, ~/.pg_service.conf or the system's "
                              "pg_service.conf, or give a URL", RC_IO},
    {"root certificate file", "; put the certificate of the authority that signed the server's there, or name it: "
                              "sslrootcert, PGSSLROOTCERT", RC_IO},
    {"does not match host name", "; connect by a name that stands in the server's certificate, or have one made for "
                                 "this name", RC_IO},
    {"certificate verify failed", "; the server's certificate has expired, or is signed by another authority than "
                                  "sslrootcert holds", RC_IO},
    {"certificate expired", "; our own certificate (sslcert) has expired: have another made", RC_IO},
    {"unknown ca", "; the server does not know the authority of our certificate (sslcert): ssl_ca_file there", RC_IO},
    {"certificate authentication failed", "; the name in our certificate (CN of sslcert) is another than the role's",
     RC_IO},
    {"requires a valid client certificate", "; name ours and its key: sslcert, sslkey", RC_IO},
    {"connection requires a valid", "; name ours and its key: sslcert, sslkey", RC_IO},
    {"private key file", "; the key belongs to who runs this, mode 0600 (sslkey)", RC_IO},
    {"does not support SSL", "; turn TLS on there (ssl = on), or say sslmode=disable where the way is safe", RC_IO},
    {"channel binding", "; the line of pg_hba.conf for us must say scram-sha-256, over hostssl", RC_IO},
    {"no password supplied", "; write it into ~/.pgpass or PGPASSFILE (host:port:database:role:password, mode 0600, or "
                             "it is not read)", RC_IO},
    {"password authentication failed", "; the password in ~/.pgpass or PGPASSFILE is another than the server's, or the "
                                       "role has none: \\password in psql", RC_IO},
    {"no encryption", "; over the network TLS is wanted: sslmode=verify-full", RC_IO},
    {"SSL off", "; over the network TLS is wanted: sslmode=verify-full", RC_IO},
    {"no pg_hba.conf entry", "; pg_hba.conf there has no line for this address, role and database: hostssl … "
                             "scram-sha-256, then reload", RC_IO},
    {"pg_hba.conf rejects", "; pg_hba.conf there says so: over the network, hostssl … scram-sha-256", RC_IO},
    {"Peer authentication failed", "; over the socket, who runs this must have the role's name, or a line of "
                                   "pg_ident.conf", RC_IO},
    {"is not permitted to log in", "; it is a group: log in as a role of your own (assay fleet role add)", RC_IO},
    {"permission denied for database", "; the role has no right there: assay fleet role add", RC_IO},
    {"too many connections for role", "; end another session of this role, or raise its CONNECTION LIMIT there",
     RC_TEMP},
    {"connection slots", "; end idle sessions there, or raise max_connections", RC_TEMP},
    {"too many clients", "; end idle sessions there, or raise max_connections", RC_TEMP},
    {"FATAL:  database \"", "; make it there (createdb), or correct its name in the URL", RC_IO},
    {"authentication failed", "; see pg_hba.conf on the server, and ~/.pgpass here", RC_IO},
    {"role \"", "; make it: assay fleet role add", RC_IO},
    {"certificate", "; see sslrootcert, sslcert and sslkey, and the server's certificate", RC_IO},
};

const char *postgres_login_remedy(const char *words, enum rc *rc)
{
    *rc = RC_TEMP;
    for (size_t i = 0; i < sizeof login_remedies / sizeof login_remedies[0]; i++)
        if (strstr(words, login_remedies[i].words) != NULL) {
            *rc = login_remedies[i].rc;
            return login_remedies[i].remedy;
        }
    return "";
}

/* A line of a service file that sets a password. */
static bool login_is_password(struct str line)
{
    return str_starts_nocase(str_trim(line), STR("password")) || str_starts_nocase(str_trim(line), STR("sslpassword"));
}

static bool login_holds_password(FILE *f)
{
    char line[1024];
    bool holds = false;

    while (!holds && fgets(line, sizeof line, f) != NULL)
        holds = login_is_password(str_of(line));
    return holds;
}

/* libpq looks at the mode of ~/.pgpass, but not of this one. */
enum rc postgres_login_check(const char *where, struct err *e)
{
    const char *named = getenv("PGSERVICEFILE"), *home = getenv("HOME");
    char path[1024];
    struct stat st;
    bool holds;
    FILE *f;

    if (strstr(where, "service=") == NULL && getenv("PGSERVICE") == NULL)
        return RC_OK;
    (void)snprintf(path, sizeof path, "%s%s", named != NULL ? named : home != NULL ? home : "",
                   named != NULL ? "" : "/.pg_service.conf");
    f = fopen(path, "re");
    if (f == NULL)
        return RC_OK; /* whether it is needed libpq knows */
    holds = fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0 &&
            login_holds_password(f);
    (void)fclose(f);
    return holds ? err_set(e, RC_BAD, "%s: it holds a password, and others than its owner may read or change it; chmod "
                           "600", path) : RC_OK;
}

void pg_default_settings(void)
{
    (void)setenv("PGSSLMODE", "verify-full", 0);
    (void)setenv("PGCONNECT_TIMEOUT", "5", 0);
    (void)setenv("PGGSSENCMODE", "disable", 0);
}
