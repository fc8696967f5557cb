#include "catalogue/senders.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1

#include "base/hashtable.h"
#include "catalogue/sender_entry.h"
#include "catalogue/suffix.h"

enum { FILES_MAX = 500, ARENA_BYTES = 64 << 20 };

/* An entry, and where it comes from while the catalogue is being made. */
struct entry {
    struct sender sender; /* first, so that the one is found from the other */
    UT_hash_handle hh;    /* by name */
    unsigned file_number; /* in the order read */
    const struct sections *file;
    const struct section *section;
};

/* A published network; `outer` is the one around it, -1 none. */
struct range {
    struct ip_net net;
    const struct entry *entry;
    size_t item; /* of its list */
    long outer;
};

struct senders {
    struct arena *arena;
    struct entry **entry; /* in the order read */
    size_t n, room;
    unsigned files;
    struct entry *by_name;
    struct suffixes by[SENDER_MARK_COUNT];
    struct range *range; /* in the order of addresses, a network before those inside it */
    size_t ranges;
};

static enum rc senders_no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory for the catalogue of senders");
}

/* ---- one file ---- */

static struct entry *entry_named(const struct senders *s, struct str name)
{
    char lower[SENDER_NAME_MAX + 1];
    struct entry *found = NULL;

    if (name.n > SENDER_NAME_MAX)
        return NULL;
    for (size_t i = 0; i < name.n; i++)
        lower[i] = char_lower(name.p[i]);
    HASH_FIND(hh, s->by_name, lower, (unsigned)name.n, found);
    return found;
}

/* The entry called `name` (which stays where it is), new or one to be replaced; NULL without memory. */
static struct entry *entry_for(struct senders *s, const char *name)
{
    struct entry *entry = entry_named(s, str_of(name));

    if (entry != NULL)
        return entry;
    entry = arena_alloc(s->arena, sizeof *entry);
    if (entry == NULL)
        return NULL;
    MUST(s->n < s->room);
    HASH_ADD_KEYPTR(hh, s->by_name, name, (unsigned)strlen(name), entry);
    if (entry->hh.tbl == NULL)
        return NULL;
    s->entry[s->n++] = entry;
    return entry;
}

static enum rc senders_make_room(struct senders *s, size_t more, struct err *e)
{
    struct entry **all = arena_array(s->arena, s->n + more, sizeof(struct entry *));

    if (all == NULL)
        return senders_no_memory(e);
    if (s->n > 0)
        memcpy(all, s->entry, s->n * sizeof(struct entry *));
    s->entry = all;
    s->room = s->n + more;
    return RC_OK;
}

/* Adds what `path` says; `scratch` holds its text until the catalogue is made. */
static enum rc add_file(struct senders *s, struct arena *scratch, const char *path, struct err *e)
{
    struct sections *f = arena_alloc(scratch, sizeof *f);
    enum rc rc = f == NULL ? senders_no_memory(e) : sections_read(scratch, path, &sender_sections, f, e);

    if (rc == RC_OK)
        rc = senders_make_room(s, f->n, e);
    for (size_t i = 0; rc == RC_OK && i < f->n; i++) {
        struct sender sender;
        struct entry *entry;

        rc = sender_read(s->arena, f, &f->section[i], &sender, e);
        if (rc != RC_OK)
            return rc;
        entry = entry_for(s, sender.name);
        if (entry == NULL)
            return senders_no_memory(e);
        entry->sender = sender;
        entry->file_number = s->files;
        entry->file = f;
        entry->section = &f->section[i];
    }
    s->files++;
    return rc;
}

/* ---- the folder ---- */

static int is_conf(const struct dirent *d)
{
    struct str name = str_of(d->d_name);

    return name.n > 5 && name.p[0] != '.' && str_eq(str_slice(name, name.n - 5, name.n), STR(".conf"));
}

static int senders_by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum rc add_folder(struct senders *s, struct arena *scratch, const char *folder, struct err *e)
{
    struct dirent **name = NULL;
    int n = scandir(folder, &name, is_conf, senders_by_bytes);
    enum rc rc = RC_OK;

    if (n < 0)
        return err_set(e, errno == ENOENT ? RC_NOTFOUND : RC_BAD, "%s: cannot be read: %s; check path and permissions",
                       folder, strerror(errno));
    if (n > FILES_MAX)
        rc = err_set(e, RC_LIMIT, "%s: holds more than %d files; join some", folder, FILES_MAX);
    for (int i = 0; i < n; i++) {
        struct strbuf path = strbuf_new(scratch, strlen(folder) + 1 + strlen(name[i]->d_name));

        strbuf_putf(&path, "%s/%s", folder, name[i]->d_name);
        if (rc == RC_OK)
            rc = path.over ? senders_no_memory(e) : add_file(s, scratch, path.p, e);
        free(name[i]);
    }
    free(name);
    return rc;
}

/* ---- finding what is told from ---- */

/*
 * Two entries that claim one mark: of different files the later one has it,
 * of the same file neither can.
 */
static enum rc index_domain(struct senders *s, const struct entry *entry, enum sender_mark by, size_t i,
                            struct err *e)
{
    const char *domain = entry->sender.mark[by].item[i];
    bool full;
    const struct entry *other = suffixes_add(&s->by[by], s->arena, domain, entry, &full);

    if (full)
        return senders_no_memory(e);
    if (other == NULL || other == entry || other->file != entry->file)
        return RC_OK;
    return sections_bad(entry->file, entry->section->value[by].item[i].place, e,
                        "%s: %s tells %s already (line %u); it can tell one sender only, so take it out of one",
                        enum_name(&sender_mark_names, (int)by), domain, other->sender.name,
                        other->section->place.line);
}

static enum rc index_marks(struct senders *s, const struct entry *entry, struct err *e)
{
    enum rc rc = RC_OK;

    for (int by = 0; by < SENDER_MARK_COUNT; by++) {
        if (by == SENDER_BY_SELECTOR) /* s1 and the like are everybody's */
            continue;
        for (size_t i = 0; rc == RC_OK && i < entry->sender.mark[by].n; i++)
            rc = index_domain(s, entry, (enum sender_mark)by, i, e);
    }
    return rc;
}

/* Of later files first, so that what stands in the folder goes before the catalogue. */
static enum rc index_domains(struct senders *s, struct err *e)
{
    enum rc rc = RC_OK;

    for (unsigned file = s->files; file-- > 0;)
        for (size_t i = 0; rc == RC_OK && i < s->n; i++)
            if (s->entry[i]->file_number == file)
                rc = index_marks(s, s->entry[i], e);
    return rc;
}

static int compare_addresses(const struct ip *a, const struct ip *b)
{
    return a->family != b->family ? (int)a->family - (int)b->family : memcmp(a->b, b->b, sizeof a->b);
}

/* By address, wider ones first; of the same network, that of the later file. */
static int compare_ranges(const void *left, const void *right)
{
    const struct range *a = left, *b = right;
    int order = compare_addresses(&a->net.addr, &b->net.addr);

    if (order == 0)
        order = (int)a->net.bits - (int)b->net.bits;
    return order != 0 ? order : (int)b->entry->file_number - (int)a->entry->file_number;
}

static void clear_host_bits(struct ip_net *net)
{
    for (size_t i = 0; i < sizeof net->addr.b; i++) {
        unsigned kept = net->bits > 8 * i ? net->bits - 8 * (unsigned)i : 0;

        if (kept < 8)
            net->addr.b[i] &= (uint8_t)(0xff00u >> kept);
    }
}

static bool same_range(const struct range *a, const struct range *b)
{
    return a->net.bits == b->net.bits && ip_eq(&a->net.addr, &b->net.addr);
}

static enum rc collect_ranges(struct senders *s, struct err *e)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++)
        n += s->entry[i]->sender.networks.n;
    s->range = arena_array(s->arena, n, sizeof *s->range);
    if (n > 0 && s->range == NULL)
        return senders_no_memory(e);
    for (size_t i = 0; i < s->n; i++) {
        const struct net_list *nets = &s->entry[i]->sender.networks;

        for (size_t j = 0; j < nets->n; j++) {
            s->range[s->ranges] = (struct range){.net = nets->item[j], .entry = s->entry[i], .item = j};
            clear_host_bits(&s->range[s->ranges++].net);
        }
    }
    if (n > 0)
        qsort(s->range, n, sizeof *s->range, compare_ranges);
    return RC_OK;
}

/* Drops what a later file has taken over; one network of two senders in one file is a mistake. */
static enum rc drop_doubles(struct senders *s, struct err *e)
{
    size_t n = 0;

    for (size_t i = 0; i < s->ranges; i++) {
        const struct range *r = &s->range[i], *before = n == 0 ? NULL : &s->range[n - 1];

        if (before != NULL && same_range(before, r)) {
            if (before->entry != r->entry && before->entry->file == r->entry->file)
                return sections_bad(r->entry->file, r->entry->section->value[SENDER_BY_NETWORK].item[r->item].place,
                                    e, "Networks: this one tells %s already (line %u); it can tell one sender only, "
                                    "so take it out of one", before->entry->sender.name,
                                    before->entry->section->place.line);
            continue;
        }
        s->range[n++] = *r;
    }
    s->ranges = n;
    return RC_OK;
}

static enum rc index_networks(struct senders *s, struct err *e)
{
    enum rc rc = collect_ranges(s, e);

    if (rc == RC_OK)
        rc = drop_doubles(s, e);
    for (size_t i = 0; i < s->ranges; i++) { /* networks nest or are apart, so the one around is among those before */
        long outer = (long)i - 1;

        while (outer >= 0 && (s->range[outer].net.addr.family != s->range[i].net.addr.family ||
                              !ip_in_net(&s->range[i].net.addr, &s->range[outer].net)))
            outer = s->range[outer].outer;
        s->range[i].outer = outer;
    }
    return rc;
}

/* ---- the whole ---- */

static enum rc senders_load_all(struct senders *s, const char *file, const char *folder, struct err *e)
{
    struct arena *scratch = arena_new(ARENA_BYTES);
    enum rc rc = RC_OK;

    if (scratch == NULL)
        return senders_no_memory(e);
    if (file[0] != '\0')
        rc = add_file(s, scratch, file, e);
    if (rc == RC_OK && folder[0] != '\0')
        rc = add_folder(s, scratch, folder, e);
    if (rc == RC_OK)
        rc = index_domains(s, e);
    if (rc == RC_OK)
        rc = index_networks(s, e);
    for (size_t i = 0; i < s->n; i++) { /* what they point to goes */
        s->entry[i]->file = NULL;
        s->entry[i]->section = NULL;
    }
    arena_free(scratch);
    return rc;
}

enum rc senders_load(const char *file, const char *folder, struct senders **out, struct err *e)
{
    struct senders *s = calloc(1, sizeof *s);
    enum rc rc = RC_NOMEM;

    *out = NULL;
    if (s != NULL)
        s->arena = arena_new(ARENA_BYTES);
    if (s == NULL || s->arena == NULL)
        (void)senders_no_memory(e);
    else
        rc = senders_load_all(s, file, folder, e);
    if (rc == RC_OK)
        *out = s;
    else
        senders_free(s);
    return rc;
}

void senders_free(struct senders *s)
{
    if (s == NULL)
        return;
    HASH_CLEAR(hh, s->by_name);
    for (int by = 0; by < SENDER_MARK_COUNT; by++)
        suffixes_free(&s->by[by]);
    arena_free(s->arena);
    free(s);
}

size_t senders_count(const struct senders *s)
{
    return s->n;
}

const struct sender *senders_at(const struct senders *s, size_t i)
{
    MUST(i < s->n);
    return &s->entry[i]->sender;
}

const struct sender *senders_find(const struct senders *s, struct str name)
{
    const struct entry *entry = entry_named(s, name);

    return entry == NULL ? NULL : &entry->sender;
}

static const struct sender *senders_told(const struct entry *entry, enum sender_mark by, bool *confirmed)
{
    *confirmed = entry != NULL && (entry->sender.unconfirmed & 1u << by) == 0;
    return entry == NULL ? NULL : &entry->sender;
}

const struct sender *senders_by_domain(const struct senders *s, enum sender_mark by, const char *domain,
                                       bool *confirmed)
{
    return senders_told(suffixes_find(&s->by[by], domain), by, confirmed);
}

const struct sender *senders_by_address(const struct senders *s, const struct ip *ip, bool *confirmed)
{
    size_t low = 0, high = s->ranges;
    long i;

    while (low < high) { /* the last network that begins at or before `ip` */
        size_t mid = low + (high - low) / 2;

        if (compare_addresses(&s->range[mid].net.addr, ip) <= 0)
            low = mid + 1;
        else
            high = mid;
    }
    i = (long)low - 1;
    while (i >= 0 && (s->range[i].net.addr.family != ip->family || !ip_in_net(ip, &s->range[i].net)))
        i = s->range[i].outer;
    return senders_told(i < 0 ? NULL : s->range[i].entry, SENDER_BY_NETWORK, confirmed);
}
