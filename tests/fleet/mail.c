/*
 * mail - keeps the records that standard input lists, as assay-milter keeps those of messages.
 *
 *     mail DATABASE
 *
 * A line a record: NAME=VALUE of its columns (output/record.h), separated by tabs; and of at most one DNS text,
 * dns_kind=, dns_name=, dns_text=, dns_ttl=.  The disk is not waited for.  What is made of them is made when it ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "records/schema.h"
#include "records/store.h"

enum { LINE_MAX_BYTES = 65536, PUT_MS = 10000 };

static char empty[] = "";

static void set_column(struct record *r, const struct db_column *column, char *value)
{
    char *at = (char *)r + column->offset;

    if (column->is_text)
        memcpy(at, &value, sizeof value);
    else
        *(int64_t *)(void *)at = strtoll(value, NULL, 10);
}

static bool set_word(struct record *r, struct dns_seen *seen, const char *name, char *value)
{
    int kind;

    for (size_t i = 0; i < SCHEMA_COLUMNS; i++)
        if (strcmp(schema_column[i].name, name) == 0) {
            set_column(r, &schema_column[i], value);
            return true;
        }
    if (strcmp(name, "dns_name") == 0)
        seen->name = value;
    else if (strcmp(name, "dns_text") == 0)
        seen->text = value;
    else if (strcmp(name, "dns_ttl") == 0)
        seen->ttl = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "dns_kind") == 0 && enum_value(&dns_kind_names, str_of(value), &kind))
        seen->kind = (enum dns_kind)kind;
    else
        return false;
    return true;
}

static bool read_line(char *line, struct record *r, struct dns_seen *seen)
{
    line[strcspn(line, "\n")] = '\0';
    record_blank(r);
    *seen = (struct dns_seen){.kind = DNS_KIND_DMARC, .name = "", .text = empty};
    while (*line != '\0') {
        size_t n = strcspn(line, "\t");
        char *next = line[n] == '\0' ? line + n : line + n + 1, *equals;

        line[n] = '\0';
        equals = strchr(line, '=');
        if (equals == NULL)
            return false;
        *equals = '\0';
        if (!set_word(r, seen, line, equals + 1))
            return false;
        line = next;
    }
    return true;
}

int main(int argc, char **argv)
{
    static char line[LINE_MAX_BYTES];
    struct err e = ERR_NONE;
    struct store *s;
    long n = 0;

    if (argc != 2 || store_open(argv[1], STORE_WRITE, false, &s, &e) != RC_OK) {
        (void)fprintf(stderr, "mail: %s\n", argc != 2 ? "DATABASE" : e.text);
        return 64;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct record r;
        struct dns_seen seen;
        struct store_item item = {.record = &r, .seen = &seen};

        n++;
        if (!read_line(line, &r, &seen)) {
            (void)fprintf(stderr, "mail: line %ld is none of NAME=VALUE\n", n);
            return 65;
        }
        item.seen_count = seen.name[0] != '\0';
        if (store_put(s, &item, PUT_MS, &e) != RC_OK) {
            (void)fprintf(stderr, "mail: line %ld: %s\n", n, e.text);
            return 75;
        }
    }
    store_close(s);
    return 0;
}
