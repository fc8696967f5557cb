#include "post/relay.h"

#include "base/secret.h"
#include "report/build.h"

enum rc relay_signer(const struct config *c, struct dkim_signer **out, struct err *e)
{
    struct secret *key;
    struct err why = ERR_NONE;
    enum rc rc;

    *out = NULL;
    if (c->report_key[0] == '\0')
        return RC_OK;
    rc = secret_read(c->report_key, &key, &why);
    if (rc != RC_OK)
        return err_set(e, RC_BAD, "ReportKey: %s", why.text);
    rc = dkim_signer_new(str_of(secret_text(key)), build_receiver(c), c->report_selector, out, &why);
    secret_free(key);
    return rc == RC_OK ? RC_OK : err_set(e, RC_BAD, "ReportKey: %s: %s", c->report_key, why.text);
}

enum rc relay_open(const struct config *c, struct submit **out, struct err *e)
{
    struct submit_settings settings = {.relay = c->report_relay, .helo = c->authserv_id, .tls = c->report_tls,
                                       .ca_file = c->report_ca_file};
    bool login = c->report_relay_auth[0] != '\0';
    struct secret *auth = NULL;
    struct err why = ERR_NONE;
    enum rc rc = RC_OK;

    if (login)
        rc = secret_read(c->report_relay_auth, &auth, &why);
    if (rc != RC_OK)
        return err_set(e, RC_BAD, "ReportRelayAuth: %s", why.text);
    settings.auth = login ? secret_text(auth) : NULL;
    rc = submit_open(&settings, out, &why);
    secret_free(auth);
    return rc == RC_OK ? RC_OK : err_set(e, rc, "%s%s", login ? "ReportRelayAuth: " : "", why.text);
}
