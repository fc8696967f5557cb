/*
 * empty - a milter that takes every event and does nothing: what libmilter costs by itself (make bench).
 *
 * It asks of the MTA what assay-milter asks (mta/session.c, mta/carry.c): the same answers waived, the same macros.  The
 * libmilter is the system's, with nothing renamed.
 *
 *   empty SOCKET
 */
#include <libmilter/mfapi.h>
#include <stdio.h>

static const unsigned long actions = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_SETSYMLIST;
static const unsigned long steps =
    SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY |
    SMFIP_HDR_LEADSPC | SMFIP_NODATA | SMFIP_NOUNKNOWN;

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2, unsigned long f3,
                             unsigned long *pf0, unsigned long *pf1, unsigned long *pf2, unsigned long *pf3)
{
    static const struct {
        int stage;
        const char *names;
    } macros[] = {
        {SMFIM_CONNECT, "j {daemon_name} {client_addr} {client_port} {client_name} {client_ptr} {client_resolve}"},
        {SMFIM_HELO, "{tls_version}"}, {SMFIM_ENVFROM, "{auth_authen} {tls_version}"},
        {SMFIM_ENVRCPT, "i"}, {SMFIM_EOH, "i"}, {SMFIM_EOM, "i"},
    };

    (void)f2;
    (void)f3;
    *pf0 = f0 & actions;
    *pf1 = f1 & steps;
    *pf2 = *pf3 = 0;
    for (size_t i = 0; (*pf0 & SMFIF_SETSYMLIST) != 0 && i < sizeof macros / sizeof macros[0]; i++)
        (void)smfi_setsymlist(ctx, macros[i].stage, (char *)macros[i].names);
    return SMFIS_CONTINUE;
}

static sfsistat on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
    (void)ctx;
    (void)name;
    (void)address;
    return SMFIS_NOREPLY;
}

static sfsistat on_helo(SMFICTX *ctx, char *name)
{
    (void)ctx;
    (void)name;
    return SMFIS_NOREPLY;
}

static sfsistat on_path(SMFICTX *ctx, char **argv)
{
    (void)ctx;
    (void)argv;
    return SMFIS_NOREPLY;
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value)
{
    (void)ctx;
    (void)name;
    (void)value;
    return SMFIS_NOREPLY;
}

static sfsistat on_eoh(SMFICTX *ctx)
{
    (void)ctx;
    return SMFIS_NOREPLY;
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *bytes, size_t n)
{
    (void)ctx;
    (void)bytes;
    (void)n;
    return SMFIS_NOREPLY;
}

static sfsistat on_eom(SMFICTX *ctx)
{
    (void)ctx;
    return SMFIS_CONTINUE;
}

int main(int argc, char **argv)
{
    struct smfiDesc filter = {
        .xxfi_name = (char *)"empty", .xxfi_version = SMFI_VERSION, .xxfi_flags = actions,
        .xxfi_connect = on_connect, .xxfi_helo = on_helo, .xxfi_envfrom = on_path, .xxfi_envrcpt = on_path,
        .xxfi_header = on_header, .xxfi_eoh = on_eoh, .xxfi_body = on_body, .xxfi_eom = on_eom,
        .xxfi_negotiate = on_negotiate,
    };
    char where[1024];

    if (argc != 2) {
        (void)fprintf(stderr, "usage: empty SOCKET\n");
        return 64;
    }
    (void)snprintf(where, sizeof where, "local:%s", argv[1]);
    (void)smfi_setbacklog(512);
    if (smfi_register(filter) != MI_SUCCESS || smfi_setconn(where) != MI_SUCCESS)
        return 1;
    return smfi_main() == MI_SUCCESS ? 0 : 1;
}
