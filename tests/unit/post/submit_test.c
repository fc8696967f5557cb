#include "unit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "post/submit.h"

/* A relay that plays a part, one connection after the other, until its listener is shut. */
struct relay {
    int listener;
    const char *rcpt;   /* its answer to the address "bad@…" */
    bool quits;         /* answers QUIT; else it hangs up */
    bool silent;        /* says nothing after the mail */
};

static void play_say(int fd, const char *text)
{
    assert_true(write(fd, text, strlen(text)) >= 0);
}

static const char *play_answer(const struct relay *r, const char *line, bool *data)
{
    if (strncmp(line, "EHLO", 4) == 0)
        return "250 relay\r\n";
    if (strncmp(line, "RCPT", 4) == 0)
        return strstr(line, "bad@") != NULL ? r->rcpt : "250 yes\r\n";
    *data = strncmp(line, "DATA", 4) == 0;
    return *data ? "354 go on\r\n" : "250 ok\r\n";
}

static void play(const struct relay *r, int fd)
{
    FILE *f = fdopen(fd, "r");
    bool data = false;
    char line[2000];

    play_say(fd, "220 relay\r\n");
    while (fgets(line, sizeof line, f) != NULL) {
        bool end = strcmp(line, ".\r\n") == 0;

        if (data && (!end || r->silent))
            continue;
        if (strncmp(line, "QUIT", 4) == 0) {
            if (r->quits)
                play_say(fd, "221 bye\r\n");
            break;
        }
        if (data)
            play_say(fd, "250 taken\r\n");
        if (data)
            data = false;
        else
            play_say(fd, play_answer(r, line, &data));
    }
    (void)fclose(f);
}

static void *be_relay(void *arg)
{
    const struct relay *r = arg;

    for (int fd; (fd = accept(r->listener, NULL, NULL)) >= 0;)
        play(r, fd);
    return NULL;
}

static struct submit *start(struct relay *r, pthread_t *thread)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct submit_settings settings = {.helo = "us.example", .ca_file = "", .reply_s = 6};
    socklen_t size = sizeof sa;
    struct err e = ERR_NONE;
    struct submit *s;
    char url[60];

    r->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(r->listener, (struct sockaddr *)&sa, size), 0);
    assert_int_equal(listen(r->listener, 5), 0);
    assert_int_equal(getsockname(r->listener, (struct sockaddr *)&sa, &size), 0);
    (void)snprintf(url, sizeof url, "smtp://127.0.0.1:%u", (unsigned)ntohs(sa.sin_port));
    settings.relay = url;
    assert_int_equal(pthread_create(thread, NULL, be_relay, r), 0);
    if (submit_open(&settings, &s, &e) != RC_OK)
        fail_msg("%s", e.text);
    return s;
}

static void end(struct relay *r, pthread_t thread, struct submit *s)
{
    submit_close(s);
    (void)shutdown(r->listener, SHUT_RDWR);
    (void)pthread_join(thread, NULL);
    (void)close(r->listener);
}

static enum submit_outcome send_to(struct submit *s, const char *to, struct err *e)
{
    return submit_mail(s, "us@us.example", to, STR("Subject: x\r\n\r\nx\r\n"), e);
}

/* What comes after a refusal, the answer to QUIT or none, takes nothing from it; the others go on. */
static void refusals_at_rcpt(void **state)
{
    static const struct { const char *name, *reply; bool quits; enum submit_outcome outcome; const char *text; } rows[] = {
        {"550, QUIT answered", "550 5.1.1 no such user\r\n", true, SUBMIT_REFUSED, "RCPT: 550 5.1.1 no such user"},
        {"550, hangs up", "550 5.1.1 no such user\r\n", false, SUBMIT_REFUSED, "RCPT: 550 5.1.1 no such user"},
        {"450, QUIT answered", "450 4.2.1 later\r\n", true, SUBMIT_LATER, "RCPT: 450 4.2.1 later"},
        {"450, hangs up", "450 4.2.1 later\r\n", false, SUBMIT_LATER, "RCPT: 450 4.2.1 later"},
        {"of two lines", "550-5.1.1 no\r\n550 5.1.1 user\r\n", true, SUBMIT_REFUSED, "RCPT: 550 5.1.1 user"},
        {"421", "421 4.3.2 going down\r\n", true, SUBMIT_RELAY, "RCPT: 421 4.3.2 going down"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct relay r = {.rcpt = row->reply, .quits = row->quits};
        struct err e = ERR_NONE;
        pthread_t thread;
        struct submit *s = start(&r, &thread);

        ASSERT_ROW(send_to(s, "good@x.example", &e) == SUBMIT_TAKEN, row);
        ASSERT_ROW(send_to(s, "bad@x.example", &e) == row->outcome, row);
        ASSERT_ROW(strcmp(e.text, row->text) == 0, row);
        ASSERT_ROW(send_to(s, "good@x.example", &e) == SUBMIT_TAKEN, row);
        end(&r, thread, s);
    }
}

static void silence_after_data(void **state)
{
    struct relay r = {.rcpt = "250 yes\r\n", .silent = true};
    int64_t began = clock_mono_ms();
    struct err e = ERR_NONE;
    pthread_t thread;
    struct submit *s = start(&r, &thread);

    (void)state;
    assert_int_equal(send_to(s, "good@x.example", &e), SUBMIT_RELAY);
    assert_string_equal(e.text, "DATA: no word from the relay for 6 s");
    end(&r, thread, s);
    assert_in_range(clock_mono_ms() - began, 5900, 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(refusals_at_rcpt), cmocka_unit_test(silence_after_data)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
