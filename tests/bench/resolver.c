/*
 * resolver - a caching resolver as milters see one: answers at once, or each after the same delay.
 *
 * Knows the names of ZONE, lines of "name TAB type TAB data" (A, AAAA, MX, PTR,
 * TXT), and denies all others.  UDP alone; no caching and no recursion, so
 * that what is measured beside it is the milter.
 *
 *   resolver ZONE ADDRESS PORT DELAY_MS
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <uthash.h>

enum { PACKET_MAX = 1400, NAME_SIZE = 256, RECORDS_MAX = 8, HEADER_SIZE = 12, TTL = 3600, SOA = 6, WAITING_MAX = 65536 };

struct record {
    uint16_t type, size;
    unsigned char *data;
};

struct name {
    UT_hash_handle hh;
    struct record record[RECORDS_MAX];
    unsigned records;
    char text[NAME_SIZE];
};

static struct name *names;

/* Answers on their way, oldest first: the delay is the same for all. */
static struct waiting {
    struct sockaddr_in to;
    int64_t due_ms;
    size_t n;
    unsigned char packet[PACKET_MAX];
} *waiting;
static size_t first, count;

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct name *name_get(const char *text)
{
    struct name *n;

    HASH_FIND_STR(names, text, n);
    if (n != NULL)
        return n;
    n = calloc(1, sizeof *n);
    if (n == NULL)
        die("no memory");
    (void)snprintf(n->text, sizeof n->text, "%s", text);
    HASH_ADD_STR(names, text, n);
    return n;
}

/* A name in wire form; its length. */
static size_t wire_name(const char *text, unsigned char *to)
{
    size_t n = 0;

    while (*text != '\0') {
        size_t label = strcspn(text, ".");

        to[n++] = (unsigned char)label;
        memcpy(to + n, text, label);
        n += label;
        text += label + (text[label] == '.');
    }
    to[n++] = 0;
    return n;
}

/* RDATA of a line of the zone; its type. */
static uint16_t wire_data(const char *type, const char *text, unsigned char *to, size_t *n)
{
    size_t left = strlen(text);
    char *host;

    *n = 0;
    if (strcmp(type, "A") == 0 || strcmp(type, "AAAA") == 0) {
        *n = type[1] == '\0' ? 4 : 16;
        return inet_pton(*n == 4 ? AF_INET : AF_INET6, text, to) == 1 ? *n == 4 ? 1 : 28 : 0;
    }
    if (strcmp(type, "PTR") == 0) {
        *n = wire_name(text, to);
        return 12;
    }
    if (strcmp(type, "MX") == 0) {
        uint16_t preference = htons((uint16_t)strtoul(text, &host, 10));

        memcpy(to, &preference, 2);
        *n = 2 + wire_name(host + 1, to + 2);
        return 15;
    }
    for (size_t piece; strcmp(type, "TXT") == 0 && left > 0; left -= piece, text += piece) {
        piece = left < 255 ? left : 255;
        to[(*n)++] = (unsigned char)piece;
        memcpy(to + *n, text, piece);
        *n += piece;
    }
    return strcmp(type, "TXT") == 0 ? 16 : 0;
}

static void read_zone(const char *path)
{
    static char line[4096];
    static unsigned char data[4200];
    FILE *f = fopen(path, "r");

    if (f == NULL)
        die(path);
    while (fgets(line, sizeof line, f) != NULL) {
        char *at = line;
        const char *name = strsep(&at, "\t"), *type = strsep(&at, "\t"), *text = strsep(&at, "\n");
        struct name *n = name_get(name);
        size_t size;
        uint16_t code = text == NULL ? 0 : wire_data(type, text, data, &size);
        struct record *r = &n->record[n->records];

        if (code == 0 || size > PACKET_MAX || n->records == RECORDS_MAX) {
            (void)fprintf(stderr, "resolver: %s: a line of %s cannot be used\n", path, name);
            exit(1);
        }
        *r = (struct record){.type = code, .size = (uint16_t)size, .data = malloc(size)};
        if (r->data == NULL)
            die("no memory");
        memcpy(r->data, data, size);
        n->records++;
        while ((name = strchr(name, '.')) != NULL) /* names above it exist, too */
            (void)name_get(++name);
    }
    (void)fclose(f);
}

/* The question's name in lower case, and where its type stands; 0 when it is none. */
static size_t read_question(const unsigned char *p, size_t n, char text[NAME_SIZE])
{
    size_t at = HEADER_SIZE, to = 0;

    while (at < n && p[at] != 0) {
        size_t label = p[at++];

        if (label > 63 || at + label >= n || to + label + 2 > NAME_SIZE)
            return 0;
        for (size_t i = 0; i < label; i++)
            text[to++] = (char)(p[at + i] | (p[at + i] >= 'A' && p[at + i] <= 'Z' ? 0x20 : 0));
        text[to++] = '.';
        at += label;
    }
    text[to > 0 ? to - 1 : 0] = '\0';
    return at + 5 <= n ? at + 1 : 0;
}

static size_t put16(unsigned char *p, size_t at, uint32_t value)
{
    p[at] = (unsigned char)(value >> 8);
    p[at + 1] = (unsigned char)value;
    return at + 2;
}

/* A record behind its owner's name. */
static size_t put_record(unsigned char *p, size_t at, uint16_t type, const void *data, uint16_t size)
{
    at = put16(p, at, type);
    at = put16(p, at, 1);
    at = put16(p, at, 0);
    at = put16(p, at, TTL);
    at = put16(p, at, size);
    memcpy(p + at, data, size);
    return at + size;
}

/* Turns the query of `n` bytes into its answer; the answer's length, 0 for none. */
static size_t answer(unsigned char *p, size_t n)
{
    static const unsigned char soa[] = {0, 0, 0, 0, 0, 1, 0, 0, 14, 16, 0, 0, 3, 132, 0, 9, 58, 128, 0, 0, 14, 16};
    char text[NAME_SIZE];
    size_t at = n >= HEADER_SIZE ? read_question(p, n, text) : 0;
    uint32_t type, found = 0;
    struct name *name;

    if (at == 0)
        return 0;
    type = (uint32_t)p[at] << 8 | p[at + 1];
    at += 4;
    HASH_FIND_STR(names, text, name);
    for (unsigned i = 0; name != NULL && i < name->records; i++) {
        const struct record *r = &name->record[i];

        if (r->type != type || at + 12 + r->size > PACKET_MAX)
            continue;
        at = put16(p, at, 0xc000 | HEADER_SIZE);
        at = put_record(p, at, r->type, r->data, r->size);
        found++;
    }
    if (found == 0) { /* the root's SOA says for how long */
        p[at++] = 0;
        at = put_record(p, at, SOA, soa, sizeof soa);
    }
    (void)put16(p, 2, 0x8180u | (p[2] & 1u) << 8 | (name == NULL ? 3 : 0));
    (void)put16(p, 4, 1);
    (void)put16(p, 6, found);
    (void)put16(p, 8, found == 0);
    (void)put16(p, 10, 0);
    return at;
}

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void take_queries(int fd, int64_t delay_ms)
{
    while (count < WAITING_MAX) {
        struct waiting *w = &waiting[(first + count) % WAITING_MAX];
        socklen_t size = sizeof w->to;
        ssize_t n = recvfrom(fd, w->packet, sizeof w->packet, MSG_DONTWAIT, (struct sockaddr *)&w->to, &size);

        if (n < 0)
            return;
        w->n = answer(w->packet, (size_t)n);
        w->due_ms = now_ms() + delay_ms;
        count += w->n > 0;
    }
}

/* Sends what is due; milliseconds until the next is, -1 for none. */
static int send_answers(int fd)
{
    while (count > 0) {
        const struct waiting *w = &waiting[first];
        int64_t left = w->due_ms - now_ms();

        if (left > 0)
            return (int)left;
        (void)sendto(fd, w->packet, w->n, 0, (const struct sockaddr *)&w->to, sizeof w->to);
        first = (first + 1) % WAITING_MAX;
        count--;
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), room = 8 << 20;

    if (argc != 5 || inet_pton(AF_INET, argv[2], &here.sin_addr) != 1) {
        (void)fprintf(stderr, "usage: resolver ZONE ADDRESS PORT DELAY_MS\n");
        return 64;
    }
    here.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
    read_zone(argv[1]);
    waiting = calloc(WAITING_MAX, sizeof *waiting);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (waiting == NULL || fd < 0 || bind(fd, (const struct sockaddr *)&here, sizeof here) != 0)
        die("resolver");
    (void)printf("ready\n");
    (void)fflush(stdout);
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};

        (void)poll(&p, 1, send_answers(fd));
        take_queries(fd, strtol(argv[4], NULL, 10));
    }
}
