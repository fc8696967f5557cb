/* The log line: the interface most people see; fixed order, one a message. */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "output/record.h"

/*
 * What a value may take of the line at most, escapes included, so that the
 * whole stays under the limit whatever the sender wrote.
 */
enum { VALUE_DOMAIN = 100, VALUE_SHORT = 48, VALUE_LIMITS = 50, VALUE_WORD = 20 };
enum { VALUE_ID = 80, VALUE_ID_MOST = 500, AFTER_ID = 250 /* what follows it at most, advice aside */ };
enum { VALUE_ADVICE = 220, VALUE_ADVICE_MIN = 60 };
enum { QUEUE_ID_ROOM = 40, LINE_MOST = LOG_LINE_MAX - QUEUE_ID_ROOM };

static bool logline_is_plain(char c)
{
    switch (c) {
    case '.':
    case '-':
    case '_':
    case ':':
    case '@':
    case '/':
    case '<':
    case '>':
    case '+':
    case '%':
    case ',':
    case '*':
    case '!':
    case '$':
    case '&':
    case '\'':
    case '~': return true;
    default: return char_is_alnum(c);
    }
}

static bool logline_bare(const char *value)
{
    if (value[0] == '\0')
        return false;
    for (; *value != '\0'; value++)
        if (!logline_is_plain(*value))
            return false;
    return true;
}

static void logline_key(struct strbuf *out, const char *key)
{
    strbuf_putc(out, ' ');
    strbuf_puts(out, key);
    strbuf_putc(out, '=');
}

/* key=value, quoted and escaped when it is more than a word; cut to `most` bytes. */
static void logline_put(struct strbuf *out, const char *key, const char *value, size_t most)
{
    char mem[VALUE_ID_MOST + 4];
    struct strbuf text = strbuf_on(mem, most + 1);

    if (logline_bare(value) && strlen(value) <= most) {
        logline_key(out, key);
        strbuf_puts(out, value);
        return;
    }
    for (; *value != '\0' && text.n + 8 < most; value++)
        strbuf_put_escaped(&text, (struct str){value, 1}, 1);
    logline_key(out, key);
    strbuf_putc(out, '"');
    strbuf_put(out, strbuf_str(&text));
    strbuf_puts(out, *value == '\0' ? "\"" : "...\"");
}

static void put_if(struct strbuf *out, const char *key, const char *value, size_t most)
{
    if (value[0] != '\0')
        logline_put(out, key, value, most);
}

static const char *logline_yes_no(int64_t flag)
{
    return flag != 0 ? "yes" : "no";
}

/* The signature worth a mention: the first that passed, else the first. */
static void logline_put_dkim(struct arena *a, const struct record *r, struct strbuf *out)
{
    struct record_dkim *sig = NULL;
    size_t n = 0, best = 0;

    if (r->dkim[0] == '\0') {
        strbuf_puts(out, " dkim=none");
    } else if (record_dkim_parse(a, r->dkim, &sig, &n) == RC_OK) { /* else no memory, and nothing is said */
        char domain[VALUE_DOMAIN + 1];
        struct strbuf b = STRBUF_ON(domain);

        for (size_t i = n; i-- > 0;)
            if (sig[i].result == DKIM_PASS)
                best = i;
        strbuf_put(&b, sig[best].domain);
        logline_put(out, "dkim", enum_name(&dkim_result_names, (int)sig[best].result), VALUE_SHORT);
        logline_put(out, "dkim_domain", domain, VALUE_SHORT);
    }
    logline_put(out, "dkim_aligned", logline_yes_no(r->dkim_aligned), VALUE_WORD);
}

static void logline_put_spf(const struct record *r, struct strbuf *out)
{
    logline_put(out, "spf", r->spf[0] == '\0' ? "none" : r->spf, VALUE_WORD);
    put_if(out, "spf_domain", r->spf_domain, VALUE_SHORT);
    logline_put(out, "spf_aligned", logline_yes_no(r->spf_aligned), VALUE_WORD);
}

/* Who sent it, whose it is, why it failed. */
static void put_finding(const struct record *r, struct strbuf *out)
{
    put_if(out, "source", r->source, VALUE_SHORT);
    put_if(out, "status", r->status, VALUE_WORD);
    put_if(out, "client", r->client, VALUE_SHORT);
    put_if(out, "cause", r->cause, VALUE_WORD);
    put_if(out, "playbook", r->playbook, VALUE_WORD);
    put_if(out, "risk", r->risk, VALUE_WORD);
    put_if(out, "ref", r->ref, VALUE_WORD);
    put_if(out, "ticket", r->ticket, VALUE_SHORT);
}

/* Which rule decided, where one did more than let it go; what would have been done, where it was not. */
static void put_decision(const struct record *r, struct strbuf *out)
{
    bool done = strcmp(r->enforcement, enum_name(&enforcement_names, ENFORCEMENT_YES)) == 0;

    if (r->rule[0] == '\0' || (strcmp(r->rule, "default") == 0 && strcmp(r->action, "none") == 0))
        return;
    if (!done)
        logline_put(out, "would", r->action, VALUE_WORD);
    logline_put(out, "rule", r->rule, VALUE_SHORT);
    if (!done && strcmp(r->enforcement, enum_name(&enforcement_names, ENFORCEMENT_REHEARSE)) != 0)
        logline_put(out, "enforcement", r->enforcement, VALUE_WORD);
}

/* Last, in what is left of the line: what to do, or else what was found. */
static void put_advice(const struct record *r, struct strbuf *out)
{
    size_t room = out->n + VALUE_ADVICE_MIN < LINE_MOST ? LINE_MOST - out->n - sizeof " next=\"...\"" : 0;
    bool next = r->next[0] != '\0';

    if (room >= VALUE_ADVICE_MIN)
        put_if(out, next ? "next" : "why", next ? r->next : r->why, room < VALUE_ADVICE ? room : VALUE_ADVICE);
}

/* A Message-ID is what people search for: it may have what the line has left but for what must follow. */
static size_t id_room(const struct strbuf *out)
{
    size_t used = out->n + AFTER_ID, left = used < LINE_MOST ? LINE_MOST - used : 0;

    if (left < VALUE_ID)
        return VALUE_ID;
    return left < VALUE_ID_MOST ? left : VALUE_ID_MOST;
}

void logline_make(struct arena *a, const struct record *r, struct strbuf *out)
{
    char msgid[VALUE_ID_MOST + 4];
    struct strbuf b = STRBUF_ON(msgid);

    strbuf_putf(out, "dmarc=%s", r->dmarc);
    put_if(out, "from", r->author_domain, VALUE_DOMAIN);
    put_if(out, "policy", r->policy, VALUE_WORD);
    logline_put(out, "disposition", r->disposition, VALUE_WORD);
    put_decision(r, out);
    logline_put_spf(r, out);
    logline_put_dkim(a, r, out);
    logline_put(out, "arc", r->arc, VALUE_WORD);
    logline_put(out, "ip", r->client_ip, VALUE_SHORT);
    put_if(out, "ptr", r->client_name, VALUE_SHORT);
    put_finding(r, out);
    strbuf_putf(&b, "<%s>", r->message_id);
    logline_put(out, "msgid", msgid, id_room(out));
    strbuf_putf(out, " rcpts=%" PRId64 " dns_ms=%" PRId64 " total_ms=%" PRId64, r->rcpts, r->dns_ms, r->total_ms);
    if (r->forged_headers > 0)
        strbuf_putf(out, " forged=%" PRId64, r->forged_headers);
    put_if(out, "limits", r->limits, VALUE_LIMITS);
    put_advice(r, out);
}
