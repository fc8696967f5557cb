/* What somebody mails or hands in: taken apart into mails and files, and whether each is from whom it says. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "intake/feed.h"
#include "intake/trust.h"

static char folder[] = "/tmp/assay-intake-fuzz.XXXXXX";
static char path[sizeof folder + 10];

static void remove_folder(void)
{
    (void)unlink(path);
    (void)rmdir(folder);
}

static struct config *load_settings(void)
{
    const char *const overrides[] = {"AuthservID=mx.example", "PolicyFile=", "SendersFile=", "ClientsFile="};
    struct config *config;
    struct err e = ERR_NONE;

    HOLDS(config_load(NULL, overrides, 4, &config, &e) == RC_OK);
    HOLDS(mkdtemp(folder) != NULL && atexit(remove_folder) == 0);
    (void)snprintf(path, sizeof path, "%s/mail", folder);
    return config;
}

struct fed {
    const struct config *config;
    struct str whole;
    size_t bytes, items;
    bool imported;
};

static bool says_results(struct str mail)
{
    static const char name[] = "authentication-results";

    for (size_t i = 0; i + sizeof name - 1 <= mail.n; i++)
        if (str_eq_nocase(str_slice(mail, i, i + sizeof name - 1), STR("authentication-results")))
            return true;
    return false;
}

/* Without record and DNS only a field of our own can say who sent it. */
static enum rc take(void *arg, const struct feed_item *item, struct err *e)
{
    struct fed *f = arg;
    const struct incoming_mail head = {.from = "a@bank.example", .from_domain = "bank.example", .subject = "",
                                       .message_id = "1@bank.example", .submitter = "", .report_domain = "",
                                       .report_id = "", .tls_domain = "", .tls_submitter = ""};
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct intake_dns *l = intake_dns_new(f->config, NULL);
    struct trust_proof proof = {.author = "", .org = "", .by = ""};

    (void)e;
    HOLDS(a != NULL && l != NULL);
    f->items++;
    f->imported = f->imported || strcmp(item->way, "import") == 0;
    f->bytes += item->bytes.n;
    if (trust_find(a, f->config, NULL, NULL, l, item->bytes, &head, &proof) == RC_OK) {
        HOLDS(proof.author != NULL && proof.org != NULL && proof.by != NULL);
        HOLDS(!proof.proven || (proof.by[0] != '\0' && says_results(item->bytes)));
    }
    intake_dns_free(l);
    arena_free(a);
    return RC_OK;
}

static void trouble(void *arg, const char *where, const char *why)
{
    (void)arg;
    HOLDS(where != NULL && why != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config *config;
    struct fed f = {.whole = fuzz_str(data, size)};
    struct err e = ERR_NONE;
    int fd;

    if (config == NULL)
        config = load_settings();
    f.config = config;
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
    HOLDS(feed_path(path, take, trouble, &f, &e) == RC_OK);
    HOLDS(f.items <= size + 1);
    HOLDS(f.bytes <= size || f.imported); /* each byte is in one of them at most; the head of a table is in each */
    return 0;
}
