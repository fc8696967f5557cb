#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void die(const char *what, const char *which)
{
    (void)fprintf(stderr, "load: %s: ", which);
    perror(what);
    exit(1);
}

static char *read_file(const char *folder, const char *name, size_t *size)
{
    char path[1024], *text;
    FILE *f;
    long n;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "r");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0)
        die("cannot read it", path);
    text = malloc((size_t)n + 1);
    if (text == NULL || fread(text, 1, (size_t)n, f) != (size_t)n || fclose(f) != 0)
        die("cannot read it", path);
    text[n] = '\0';
    if (size != NULL)
        *size = (size_t)n;
    return text;
}

/* Cuts the header into fields; a field's lines are parted by LF, as milters get them. */
static void parse_message(struct message *m, char *text, size_t size)
{
    char *body = strstr(text, "\r\n\r\n"), *line = text;

    if (body == NULL)
        die("has no body", "a message");
    m->body = body + 4;
    m->body_size = size - (size_t)(m->body - text);
    *body = '\0';
    while (line != NULL && m->fields < FIELDS_MAX) {
        char *end = line, *to;

        do
            end = strstr(end + 1, "\r\n");
        while (end != NULL && (end[2] == ' ' || end[2] == '\t'));
        if (end != NULL)
            *end = '\0';
        m->field[m->fields].name = line;
        line = strchr(line, ':');
        *line++ = '\0';
        m->field[m->fields++].value = line;
        for (to = line; *line != '\0'; line++)
            if (*line != '\r')
                *to++ = *line;
        *to = '\0';
        line = end == NULL ? NULL : end + 2;
    }
}

/* index.tsv: file, client's address, its name, HELO, reverse-path. */
void corpus_read(const char *folder, struct corpus *out)
{
    char *index = read_file(folder, "index.tsv", NULL), *line;

    while ((line = strsep(&index, "\n")) != NULL && *line != '\0') {
        const char *column[5];
        size_t size;
        char *text;
        struct message *m;

        for (int i = 0; i < 5; i++)
            column[i] = strsep(&line, "\t");
        if (out->n % 256 == 0)
            out->message = realloc(out->message, (out->n + 256) * sizeof *out->message);
        if (out->message == NULL || column[4] == NULL)
            die("cannot read it", "index.tsv");
        m = &out->message[out->n++];
        *m = (struct message){.ip = column[1], .client = column[2], .helo = column[3], .from = column[4]};
        text = read_file(folder, column[0], &size);
        parse_message(m, text, size);
    }
}
