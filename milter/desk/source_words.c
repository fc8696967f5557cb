/* What may stand in the inventory, and what its words promise. */
#include <string.h>

#include "desk/source_words.h"
#include "inventory/networks.h"
#include "mail/domain.h"
#include "verdict/background.h"

static enum rc source_check_domain(struct arena *a, struct inventory_edit *x, struct err *e)
{
    struct str text = str_trim(str_of(x->domain));
    char shown[160];
    struct strbuf b = STRBUF_ON(shown);
    enum rc rc = domain_normalize(a, text, &x->domain);

    strbuf_put_escaped(&b, text, 80);
    if (rc == RC_OK && strchr(x->domain, '.') == NULL)
        return err_set(e, RC_BAD, "\"%s\" is not a whole domain name; write it with its last part, as in acme.example",
                       shown);
    return rc == RC_OK ? rc : err_set(e, rc, "\"%s\" is not a domain name", shown);
}

/* Hosts that no service of senders.conf is told by, as received reports group them (intake/classify.h). */
static bool is_group(struct str source)
{
    return str_starts_nocase(source, STR("ptr:")) || str_starts_nocase(source, STR("as:")) ||
           str_starts_nocase(source, STR("net:"));
}

static enum rc check_source(struct arena *a, struct inventory_edit *x, struct err *e)
{
    struct str text = str_trim(str_of(x->source));
    bool good = text.n > 0 && text.n <= INVENTORY_SOURCE_MAX, group = is_group(text);
    char shown[160];
    struct strbuf b = STRBUF_ON(shown);

    for (size_t i = 0; i < text.n; i++)
        good = good && (char_is_alnum(text.p[i]) || strchr(group ? "-_.:/" : "-_.", text.p[i]) != NULL);
    strbuf_put_escaped(&b, text, 80);
    if (!good)
        return err_set(e, RC_BAD, "\"%s\" is not a name of a source: letters, digits, - _ . and at most %d of them",
                       shown, INVENTORY_SOURCE_MAX);
    x->source = str_dup_lower(a, text);
    return x->source == NULL ? RC_NOMEM : RC_OK;
}

/* Addresses make a name of its own: the rest of the internet and groups that others made are none. */
static enum rc check_networks(struct arena *a, struct inventory_edit *x, struct err *e)
{
    struct ip_net net[NETWORKS_MAX];
    struct err why = ERR_NONE;
    size_t n;
    enum rc rc = networks_read(str_of(x->field[INVENTORY_network]), net, &n, &why);

    if (rc != RC_OK)
        return err_set(e, rc, "network: %s", why.text);
    if (n > 0 && (strcmp(x->source, SOURCE_UNKNOWN) == 0 || is_group(str_of(x->source))))
        return err_set(e, RC_BAD, "\"%s\" is not a name of a service; give its addresses a name of their own, such as "
                       "crm-server", x->source);
    x->field[INVENTORY_network] = networks_text(a, net, n);
    return x->field[INVENTORY_network] == NULL ? RC_NOMEM : RC_OK;
}

/* What people type goes to log lines and terminals: printable, one line, UTF-8. */
static enum rc check_text(struct arena *a, const char *name, const char **text, struct err *e)
{
    struct str s = str_trim(str_of(*text));
    char mem[4 * INVENTORY_TEXT_MAX + 1];
    struct strbuf clean = STRBUF_ON(mem);

    if (s.n > INVENTORY_TEXT_MAX)
        return err_set(e, RC_LIMIT, "%s is longer than %d bytes; shorten it", name, INVENTORY_TEXT_MAX);
    strbuf_put_clean(&clean, s, sizeof mem - 1);
    if (!str_eq(strbuf_str(&clean), s))
        return err_set(e, RC_BAD, "%s holds control characters or is not UTF-8; write it in one line", name);
    *text = str_dup(a, s);
    return *text == NULL ? RC_NOMEM : RC_OK;
}

static enum rc check_status(struct inventory_edit *x, struct err *e)
{
    struct str text = str_of(x->field[INVENTORY_status]);
    char shown[80];
    struct strbuf b = STRBUF_ON(shown);
    int value;

    if (enum_value(&source_status_names, text.n == 0 ? STR("unknown") : text, &value)) {
        if (value != STATUS_UNKNOWN && strcmp(x->source, SOURCE_UNKNOWN) == 0)
            return err_set(e, RC_BAD, "\"unknown\" is every host that nobody has named, a forger's too, and cannot be "
                           "%s: give the service's addresses a name of their own, such as assay source set %s "
                           "crm-server --network 203.0.113.0/28 --status %s", enum_name(&source_status_names, value),
                           x->domain, enum_name(&source_status_names, value));
        x->field[INVENTORY_status] = enum_name(&source_status_names, value);
        return RC_OK;
    }
    strbuf_put_escaped(&b, text, 40);
    return err_set(e, RC_BAD, "\"%s\" is not a status: approved, unknown, retired, malicious or pending", shown);
}

enum rc source_words_check(struct arena *a, struct inventory_edit *x, struct err *e)
{
    enum rc rc = source_check_domain(a, x, e);

    if (rc == RC_OK)
        rc = check_source(a, x, e);
    for (int i = 0; rc == RC_OK && i < INVENTORY_FIELD_COUNT; i++)
        if (x->field[i] != NULL)
            rc = check_text(a, inventory_field_name[i], &x->field[i], e);
    if (rc == RC_OK && x->field[INVENTORY_network] != NULL)
        rc = check_networks(a, x, e);
    if (rc == RC_OK && x->field[INVENTORY_status] != NULL)
        rc = check_status(x, e);
    return rc;
}

const char *source_words_remark(const struct inventory_row *row)
{
    bool owned = row->field[INVENTORY_owner][0] != '\0';

    if (strcmp(row->field[INVENTORY_status], "approved") != 0 || (owned && row->passed > 0))
        return NULL;
    if (owned)
        return "approved, but no message of it has passed DMARC yet: its SPF or DKIM must align first";
    return row->passed > 0 ? "approved, but nobody is named as its business owner (--owner)"
                           : "approved, but it has neither a business owner (--owner) nor a message that passed DMARC";
}
