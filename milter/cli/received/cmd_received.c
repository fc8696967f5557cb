/* assay received - reports that others send about our domains; one file a verb (received_*.c). */
#include <string.h>
#include <time.h>

#include "cli/received/received_cli.h"
#include "records/schema.h"

enum { ARENA_MAX = 256 * 1024 * 1024 };

static const struct subcommand *const verbs[] = {&received_add, &received_fetch, &received_list, &received_show,
                                                 &received_retry, NULL};

static int cmd_received_run(int argc, char **argv)
{
    return cli_verbs(&cmd_received, verbs, argc, argv);
}

const struct subcommand cmd_received = {
    .name = "received",
    .run = cmd_received_run,
    .usage = "VERB",
    .summary = "Reports that others send about our domains: taken in, listed, shown",
    .help = "",
};

/* ---- what the verbs share ---- */

const char *received_database(const struct subcommand *cmd, const struct config *config, const char *file)
{
    const char *path = file != NULL ? file : config->database;

    if (path[0] != '\0')
        return path;
    (void)cli_fail(cmd, EX_CONFIG, "nothing is kept: Database is empty; name a --database");
    return NULL;
}

struct jnode *received_json(const struct received_item *item)
{
    struct jnode *o = jnode_object();

    jnode_int(o, "number", item->id);
    jnode_int(o, "time_ms", item->time_ms);
    jnode_text(o, "way", item->way);
    jnode_text(o, "name", item->name);
    jnode_text(o, "sender", item->sender);
    jnode_text(o, "subject", item->subject);
    jnode_text(o, "message_id", item->message_id);
    jnode_int(o, "size", item->size);
    jnode_text(o, "trust", enum_name(&received_trust_names, (int)item->trust));
    jnode_text(o, "outcome", enum_name(&received_outcome_names, (int)item->outcome));
    jnode_text(o, "reason", item->reason);
    return o;
}

int received_open(const struct subcommand *cmd, const struct cli_common *c, const char *file,
                  struct received_place *out)
{
    struct err e = ERR_NONE;
    const char *path;

    *out = (struct received_place){.config = cli_config(c), .arena = arena_new(ARENA_MAX)};
    if (out->config == NULL)
        return EX_CONFIG;
    if (out->arena == NULL)
        return cli_fail(cmd, EX_OSERR, "out of memory");
    path = received_database(cmd, out->config, file);
    if (path == NULL)
        return EX_CONFIG;
    if (db_open_read(path, &records_schema, &out->db, &e) != RC_OK)
        return cli_fail(cmd, EX_NOINPUT, "%s", e.text);
    return EX_OK;
}

void received_close(struct received_place *p)
{
    db_close(p->db);
    arena_free(p->arena);
    config_free(p->config);
}

void received_say_trouble(const struct subcommand *cmd, const struct intake *in)
{
    const char *trouble = intake_trouble(in);

    if (trouble[0] != '\0')
        (void)cli_fail(cmd, EX_OK, "NetworksFile is not used: %s", trouble);
}

const char *received_title(const struct received_place *p, const char *source)
{
    const struct sender *s = senders_find(p->config->senders, str_of(source));

    if (s != NULL)
        return s->title;
    return strcmp(source, "own-servers") == 0 ? "the domain's own servers" : source;
}

const char *received_minute(int64_t s, char buf[static SHEET_TIME_MAX])
{
    time_t when = (time_t)s;
    struct tm tm;

    if (gmtime_r(&when, &tm) == NULL || strftime(buf, SHEET_TIME_MAX, "%Y-%m-%d %H:%M", &tm) == 0)
        buf[0] = '\0';
    return buf;
}
