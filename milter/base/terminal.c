#include "base/terminal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/str.h"

enum { PIECE = 256, LEFT_MAX = 4, WORDS_MAX = 200 };

/* One of the two, and the beginning of a character whose end has not been written yet. */
struct channel {
    int fd;
    size_t left;
    char piece[LEFT_MAX + PIECE];
};

static struct channel channels[2] = {{.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};

static bool terminal_write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

/* Bytes at the end that may be the beginning of a character, or a CR whose newline is to come. */
static size_t terminal_unfinished(struct str s)
{
    if (s.n > 0 && s.p[s.n - 1] == '\r')
        return 1;
    for (size_t back = 1; back <= 3 && back <= s.n; back++) {
        unsigned char c = (unsigned char)s.p[s.n - back];

        if (c >= 0xc2 && c < 0xf5)
            return back < (c < 0xe0 ? 2u : c < 0xf0 ? 3u : 4u) ? back : 0;
        if ((c & 0xc0) != 0x80)
            return 0;
    }
    return 0;
}

/* What may go out as it is: newlines, tabs, CR before a newline. */
static size_t terminal_layout(struct str s)
{
    if (s.p[0] == '\n' || s.p[0] == '\t')
        return 1;
    return s.p[0] == '\r' && s.n > 1 && s.p[1] == '\n' ? 2 : 0;
}

static bool terminal_put(int fd, struct str s)
{
    char out[4 * (LEFT_MAX + PIECE) + 1];
    struct strbuf b = STRBUF_ON(out);

    while (s.n > 0) {
        size_t n = terminal_layout(s);

        if (n > 0) {
            strbuf_put(&b, str_slice(s, 0, n));
        } else {
            for (n = 1; n < s.n && s.p[n] != '\n' && s.p[n] != '\t' && s.p[n] != '\r'; n++)
                ;
            strbuf_put_clean(&b, str_slice(s, 0, n), sizeof out);
        }
        s = str_slice(s, n, s.n);
    }
    return terminal_write_all(fd, b.p, b.n);
}

static ssize_t terminal_write(void *cookie, const char *bytes, size_t n)
{
    struct channel *c = cookie;
    size_t done = 0;

    while (done < n) {
        size_t take = n - done < PIECE ? n - done : PIECE, all, left;

        memcpy(c->piece + c->left, bytes + done, take);
        all = c->left + take;
        left = terminal_unfinished((struct str){c->piece, all});
        if (!terminal_put(c->fd, (struct str){c->piece, all - left}))
            return 0;
        memmove(c->piece, c->piece + all - left, left);
        c->left = left;
        done += take;
    }
    return (ssize_t)n;
}

static int terminal_close(void *cookie)
{
    struct channel *c = cookie;

    return terminal_put(c->fd, (struct str){c->piece, c->left}) && close(c->fd) == 0 ? 0 : EOF;
}

void terminal_guard(void)
{
    const cookie_io_functions_t functions = {.write = terminal_write, .close = terminal_close};
    FILE *out = fopencookie(&channels[0], "w", functions), *err = fopencookie(&channels[1], "w", functions);

    if (out == NULL || err == NULL)
        return;
    (void)setvbuf(out, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, BUFSIZ);
    (void)setvbuf(err, NULL, _IONBF, 0);
    stdout = out;
    stderr = err;
}

bool terminal_copy(const void *bytes, size_t n)
{
    if (isatty(STDOUT_FILENO))
        return fwrite(bytes, 1, n, stdout) == n;
    return fflush(stdout) == 0 && terminal_write_all(STDOUT_FILENO, bytes, n);
}

void terminal_style(const char *sequence)
{
    if (fflush(stdout) == 0)
        (void)terminal_write_all(STDOUT_FILENO, sequence, strlen(sequence));
}

void terminal_progress(const char *fmt, ...)
{
    char words[WORDS_MAX];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(words, sizeof words, fmt, ap);
    va_end(ap);
    (void)fflush(stderr);
    if (n > 0)
        (void)terminal_write_all(STDERR_FILENO, words, (size_t)n < sizeof words ? (size_t)n : sizeof words - 1);
}
