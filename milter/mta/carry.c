#include "mta/carry.h"

#include <libmilter/mfapi.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "mta/collect.h"

void carry_ask_macros(SMFICTX *ctx)
{
    static const struct {
        int stage;
        const char *names;
    } lists[] = {
        {SMFIM_CONNECT, "j {daemon_name} {client_addr} {client_port} {client_name} {client_ptr} {client_resolve}"},
        {SMFIM_HELO, "{tls_version}"},
        {SMFIM_ENVFROM, "{auth_authen} {tls_version}"},
        {SMFIM_ENVRCPT, "i"},
        {SMFIM_EOH, "i"},
        {SMFIM_EOM, "i"},
    };

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        (void)smfi_setsymlist(ctx, lists[i].stage, (char *)lists[i].names);
}

static bool carry_delete(SMFICTX *ctx, const struct action *a)
{
    bool ok = true;

    for (unsigned i = a->count; i-- > 0;)
        ok = smfi_chgheader(ctx, (char *)a->name, (int)(a->index + i), NULL) == MI_SUCCESS && ok;
    return ok;
}

static bool carry_insert(SMFICTX *ctx, const struct message *m, bool leading_space, const struct action *a)
{
    struct strbuf value = strbuf_new(m->arena, strlen(a->text) + 1);

    if (leading_space)
        strbuf_putc(&value, ' ');
    strbuf_puts(&value, a->text);
    return !value.over && smfi_insheader(ctx, (int)a->index, (char *)a->name, value.p) == MI_SUCCESS;
}

static sfsistat carry_reply(SMFICTX *ctx, const struct message *m, const struct action *a)
{
    char *text = collect_reply(m->arena, a->text);

    (void)smfi_setreply(ctx, (char *)a->code, (char *)a->xcode, text != NULL ? text : (char *)"Message not accepted");
    return a->code[0] == '4' ? SMFIS_TEMPFAIL : SMFIS_REJECT;
}

sfsistat carry_out(SMFICTX *ctx, const struct message *m, bool leading_space, const struct actions *todo,
                   struct actions *done)
{
    sfsistat answer = SMFIS_CONTINUE;

    done->item = arena_array(m->arena, todo->n, sizeof *done->item);
    for (size_t i = 0; i < todo->n; i++) {
        const struct action *a = &todo->item[i];
        bool ok = true;

        switch (a->kind) {
        case ACTION_DELETE_HEADER: ok = carry_delete(ctx, a); break;
        case ACTION_INSERT_HEADER: ok = carry_insert(ctx, m, leading_space, a); break;
        case ACTION_QUARANTINE: ok = smfi_quarantine(ctx, (char *)a->text) == MI_SUCCESS; break;
        case ACTION_REPLY: answer = carry_reply(ctx, m, a); break;
        }
        if (!ok)
            log_write(LOG_LEVEL_ERROR, m->queue_id, "the MTA did not take %s", a->name != NULL ? a->name : "an action");
        else if (done->item != NULL)
            done->item[done->n++] = *a;
    }
    return answer;
}

void carry_stamp_none(SMFICTX *ctx, const struct message *m, bool leading_space, const char *authserv_id)
{
    char value[1000];
    int n = snprintf(value, sizeof value, "%s%s; none", leading_space ? " " : "", authserv_id);

    if (n < 0 || (size_t)n >= sizeof value || smfi_insheader(ctx, 0, (char *)ACTION_STAMP_FIELD, value) != MI_SUCCESS)
        log_write(LOG_LEVEL_ERROR, m->queue_id, "the MTA did not take %s", ACTION_STAMP_FIELD);
}

sfsistat carry_put_off(SMFICTX *ctx)
{
    (void)smfi_setreply(ctx, (char *)"451", (char *)"4.3.2", (char *)"Too many messages at once, try again later");
    return SMFIS_TEMPFAIL;
}
