#include "desk/bounce_text.h"

#include <string.h>

#include "mail/domain.h"

enum { CHECK_REACH = 120, CODE_MAX = 24 };

/* ---- looking into text ---- */

/* Where `word` begins in `text`, case aside; text.n when it does not. */
static size_t find_word(struct str text, const char *word)
{
    struct str w = str_of(word);

    for (size_t i = 0; i + w.n <= text.n; i++)
        if (char_lower(text.p[i]) == char_lower(w.p[0]) && str_eq_nocase(str_slice(text, i, i + w.n), w))
            return i;
    return text.n;
}

static bool bounce_text_has(struct str text, const char *word)
{
    return word == NULL || find_word(text, word) < text.n;
}

/* ---- the texts that are known ---- */

static const char fix_spf[] =
    "have the service that sent it added to the SPF record of the domain, or the record corrected";
static const char fix_dkim[] = "have the service that sent it sign for the domain (DKIM), and its key published";
static const char fix_align[] = "have the service that sent it sign for the domain in From, or use a return path of it";
static const char fix_both[] =
    "find the service that sent it; have it sign for the domain in From (DKIM), and the domain's SPF record permit it";
static const char not_ours[] =
    "this is not about SPF, DKIM or DMARC: refer it to the mail administrator of the sending server";

/* The first whose marks are all in the text; the specific ones come first. */
static const struct known_text {
    const char *receiver, *mark[3];
    enum cause cause;
    const char *says, *next;
} known[] = {
    {"Microsoft (Outlook.com, Hotmail)", {"5.7.515"}, CAUSE_DKIM_UNALIGNED,
     "Microsoft takes mail of senders of many messages only when SPF and DKIM pass and DMARC passes", fix_both},
    {"Microsoft 365", {"5.7.509"}, CAUSE_DKIM_UNALIGNED,
     "the domain's own DMARC policy asks for mail that fails to be refused, and this message failed", fix_align},
    {"Microsoft 365", {"5.7.23", "sender policy framework"}, CAUSE_SPF_NO_INCLUDE,
     "the SPF record of the return path's domain does not permit the server that sent it", fix_spf},
    {"Microsoft 365", {"5.7.708"}, CAUSE_NONE, "the sending address is not trusted", not_ours},
    {"Google", {"5.7.26", "unauthenticated email from"}, CAUSE_DKIM_UNALIGNED,
     "the domain's own DMARC policy asks for mail that fails to be refused, and this message failed", fix_align},
    {"Google", {"7.26", "sender is unauthenticated"}, CAUSE_DKIM_ABSENT,
     "Google takes mail only when SPF or DKIM passes, and neither did", fix_both},
    {"Google", {"7.26", "gsmtp"}, CAUSE_DKIM_ABSENT, "the message failed SPF and DKIM", fix_both},
    {"Google", {"7.27", "spf"}, CAUSE_SPF_NO_INCLUDE,
     "Google wants SPF to pass for senders of many messages, and it did not", fix_spf},
    {"Google", {"7.30", "dkim"}, CAUSE_DKIM_ABSENT,
     "Google wants DKIM to pass for senders of many messages, and it did not", fix_dkim},
    {"Google", {"7.32", "align"}, CAUSE_DKIM_UNALIGNED,
     "the domain in From is neither the one that SPF nor the one that DKIM passed for", fix_align},
    {"Google", {"7.25", "ptr"}, CAUSE_NONE,
     "the sending address has no name in reverse DNS that leads back to it", not_ours},
    {"Google", {"7.29", "tls"}, CAUSE_NONE, "Google wants mail of senders of many messages over TLS", not_ours},
    {"Yahoo", {"5.7.9", "yahoo"}, CAUSE_DKIM_UNALIGNED,
     "Yahoo refuses what its policies do not allow, in most cases mail that fails the domain's DMARC policy",
     fix_align},
    {"Yahoo", {"5.7.9", "not accepted for policy reasons"}, CAUSE_DKIM_UNALIGNED,
     "Yahoo refuses what its policies do not allow, in most cases mail that fails the domain's DMARC policy",
     fix_align},
    {"Apple (iCloud)", {"dmarc policy", "icloud"}, CAUSE_DKIM_UNALIGNED,
     "the domain's own DMARC policy asks for mail that fails to be refused, and this message failed", fix_align},
    {"Mimecast", {"dmarc sender invalid"}, CAUSE_DKIM_UNALIGNED,
     "the message failed the domain's DMARC policy", fix_align},
    {"Mimecast", {"spf sender invalid"}, CAUSE_SPF_NO_INCLUDE,
     "the SPF record of the return path's domain does not permit the server that sent it", fix_spf},
    {"Mimecast", {"dkim sender invalid"}, CAUSE_DKIM_BROKEN, "a signature of the message does not verify", fix_dkim},
    {"the receiver", {"5.7.20"}, CAUSE_DKIM_ABSENT, "no DKIM signature of the message passed (RFC 7372)", fix_dkim},
    {"the receiver", {"5.7.21"}, CAUSE_DKIM_ABSENT, "no DKIM signature that the receiver accepts (RFC 7372)", fix_dkim},
    {"the receiver", {"5.7.22"}, CAUSE_DKIM_UNALIGNED,
     "no DKIM signature of the author's domain passed (RFC 7372)", fix_align},
    {"the receiver", {"5.7.23"}, CAUSE_SPF_NO_INCLUDE, "SPF failed (RFC 7372)", fix_spf},
    {"the receiver", {"5.7.24"}, CAUSE_SPF_SYNTAX, "the SPF record has an error in it (RFC 7372)", fix_spf},
    {"the receiver", {"5.7.25"}, CAUSE_NONE,
     "the sending address has no good name in reverse DNS (RFC 7372)", not_ours},
    {"the receiver", {"5.7.26"}, CAUSE_DKIM_ABSENT, "several checks of the sender failed (RFC 7372)", fix_both},
    {"the receiver", {"dmarc", "policy"}, CAUSE_DKIM_UNALIGNED,
     "the message failed the domain's DMARC policy", fix_align},
    {"the receiver", {"dmarc"}, CAUSE_DKIM_UNALIGNED, "the message failed DMARC", fix_align},
    {"the receiver", {"dkim"}, CAUSE_DKIM_ABSENT, "the message failed DKIM", fix_dkim},
    {"the receiver", {"spf"}, CAUSE_SPF_NO_INCLUDE, "the message failed SPF", fix_spf},
    {"the receiver", {"unauthenticated"}, CAUSE_DKIM_ABSENT, "nothing confirms who sent the message", fix_both},
    {"the receiver", {"user unknown"}, CAUSE_NONE, "there is no such mailbox", "correct the recipient's address"},
    {"the receiver", {"5.1.1"}, CAUSE_NONE, "there is no such mailbox", "correct the recipient's address"},
    {"the receiver", {"mailbox full"}, CAUSE_NONE,
     "the recipient's mailbox is full", "tell the recipient by other means"},
    {"the receiver", {"spamhaus"}, CAUSE_NONE, "the sending address is on a block list", not_ours},
    {"the receiver", {"block list"}, CAUSE_NONE, "the sending address is on a block list", not_ours},
    {"the receiver", {"blocklist"}, CAUSE_NONE, "the sending address is on a block list", not_ours},
    {"the receiver", {"blacklist"}, CAUSE_NONE, "the sending address is on a block list", not_ours},
    {"the receiver", {"greylist"}, CAUSE_NONE,
     "the receiver defers mail from senders that it sees for the first time", "wait"},
};

/* ---- the code ---- */

static bool digits(struct str text, size_t at, size_t n)
{
    for (size_t i = at; i < at + n; i++)
        if (i >= text.n || !char_is_digit(text.p[i]))
            return false;
    return true;
}

/* "5.7.515" at `at`, bounded by what is no part of it: its length; 0 for none. */
static size_t enhanced(struct str text, size_t at)
{
    size_t i = at, n;

    if ((at > 0 && (char_is_alnum(text.p[at - 1]) || text.p[at - 1] == '.')) || !digits(text, i, 1) ||
        strchr("45", text.p[i]) == NULL)
        return 0;
    for (int part = 0; part < 2; part++) {
        i += part == 0 ? 1 : 0;
        if (i >= text.n || text.p[i] != '.')
            return 0;
        for (n = 0; digits(text, i + 1 + n, 1) && n < 4; n++)
            ;
        if (n == 0 || n > 3)
            return 0;
        i += 1 + n;
    }
    return i < text.n && (char_is_alnum(text.p[i]) || (text.p[i] == '.' && digits(text, i + 1, 1))) ? 0 : i - at;
}

/* Where a reply may begin: a line, or behind "said:" and the like. */
static bool begins_reply(struct str text, size_t at)
{
    while (at > 0 && char_is_wsp(text.p[at - 1]))
        at--;
    return at == 0 || strchr("\n:>\"'(", text.p[at - 1]) != NULL;
}

/* A reply code of SMTP as a word of its own: 4xx or 5xx. */
static bool is_reply(struct str text, size_t at)
{
    return digits(text, at, 3) && (text.p[at] == '4' || text.p[at] == '5') && text.p[at + 1] <= '7' &&
           (at == 0 || !(char_is_alnum(text.p[at - 1]) || strchr(".:-[", text.p[at - 1]) != NULL)) &&
           at + 3 < text.n && (text.p[at + 3] == ' ' || text.p[at + 3] == '-' || text.p[at + 3] == '#');
}

/* The codes of a refusal, "550 5.7.515"; "" for a text without any. */
static const char *bounce_text_code_of(struct arena *a, struct str text)
{
    struct strbuf b = strbuf_new(a, CODE_MAX);
    size_t n = 0, reply = text.n, at = text.n;

    for (size_t i = 0; i < text.n && at == text.n; i++) {
        if (reply == text.n && is_reply(text, i))
            reply = i;
        if ((n = enhanced(text, i)) > 0)
            at = i;
    }
    if (reply < text.n && (at == text.n ? begins_reply(text, reply) : at - reply < CODE_MAX))
        strbuf_putf(&b, "%.3s%s", text.p + reply, at < text.n ? " " : "");
    if (at < text.n)
        strbuf_put(&b, str_slice(text, at, at + n));
    return b.max == 0 ? NULL : b.p;
}

/* ---- what it says of each check ---- */

/* "Spf= Fail", "DKIM = did not pass", "SPF [a.example] with ip: [192.0.2.1] = did not pass" */
static enum bounce_check check_of(struct str text, const char *name)
{
    size_t at = 0, n = strlen(name);

    while ((at += find_word(str_slice(text, at, text.n), name)) < text.n) {
        struct str rest = str_slice(text, at + n, at + n + CHECK_REACH < text.n ? at + n + CHECK_REACH : text.n);
        size_t equals = str_find(rest, '=');
        struct str before = str_slice(rest, 0, equals);

        at += n;
        if (equals == rest.n || find_word(before, "spf") < before.n || find_word(before, "dkim") < before.n ||
            find_word(before, "dmarc") < before.n || str_find(before, ',') < before.n)
            continue;
        rest = str_trim(str_slice(rest, equals + 1, rest.n));
        if (str_starts_nocase(rest, STR("pass")))
            return BOUNCE_PASSED;
        if (str_starts_nocase(rest, STR("did not pass")) || str_starts_nocase(rest, STR("fail")) ||
            str_starts_nocase(rest, STR("softfail")) || str_starts_nocase(rest, STR("none")) ||
            str_starts_nocase(rest, STR("permerror")) || str_starts_nocase(rest, STR("neutral")))
            return BOUNCE_FAILED;
    }
    return BOUNCE_NOT_SAID;
}

/* ---- whose mail ---- */

/* The first word after `mark` that is a domain name with a dot in it; also behind an @. */
static enum rc domain_after(struct arena *a, struct str text, const char *mark, const char **out)
{
    size_t at = find_word(text, mark);
    struct str rest = at == text.n ? STR_NONE : str_trim(str_slice(text, at + strlen(mark), text.n));
    size_t from = 0, to;

    while (from < rest.n && strchr(" \t\"'[(<*", rest.p[from]) != NULL)
        from++;
    for (to = from; to < rest.n && (char_is_alnum(rest.p[to]) || strchr(".-_@", rest.p[to]) != NULL); to++)
        if (rest.p[to] == '@')
            from = to + 1;
    while (to > from && strchr(".-", rest.p[to - 1]) != NULL)
        to--;
    rest = str_slice(rest, from, to);
    if (str_find(rest, '.') == rest.n || domain_normalize(a, rest, out) != RC_OK)
        *out = "";
    return *out == NULL ? RC_NOMEM : RC_OK;
}

static enum rc find_domain(struct arena *a, struct str text, const char **out)
{
    static const char *const marks[] = {
        "sending domain", "sender domain", "email from", "mail from domain", "domain of", "header.from=",
        "administrator of", "due to", "header from", "for domain", "policy for", "policy of", "domain:", "domain",
        "\nfrom:",
    };
    enum rc rc = RC_OK;

    *out = "";
    for (size_t i = 0; rc == RC_OK && (*out)[0] == '\0' && i < sizeof marks / sizeof marks[0]; i++)
        rc = domain_after(a, text, marks[i], out);
    return rc;
}

/* ---- all of it ---- */

/* What the text itself says of the checks decides over what is usual for the code. */
static void refine(struct bounce_text *b)
{
    if (b->cause == CAUSE_NONE)
        return;
    if (b->spf == BOUNCE_PASSED && b->dkim == BOUNCE_PASSED) {
        b->cause = CAUSE_DKIM_UNALIGNED;
        b->next = fix_align;
    } else if (b->spf == BOUNCE_PASSED && b->dkim == BOUNCE_FAILED) {
        b->cause = CAUSE_DKIM_ABSENT;
        b->next = fix_dkim;
    } else if (b->spf == BOUNCE_FAILED && b->dkim == BOUNCE_PASSED) {
        b->cause = b->dmarc == BOUNCE_FAILED ? CAUSE_DKIM_UNALIGNED : CAUSE_SPF_NO_INCLUDE;
        b->next = b->dmarc == BOUNCE_FAILED ? fix_align : fix_spf;
    } else if (b->spf == BOUNCE_FAILED && b->dkim == BOUNCE_FAILED) {
        b->cause = CAUSE_DKIM_ABSENT;
        b->next = fix_both;
    }
}

static const struct known_text *recognize(struct str text)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (bounce_text_has(text, known[i].mark[0]) && bounce_text_has(text, known[i].mark[1]) &&
            bounce_text_has(text, known[i].mark[2]))
            return &known[i];
    return NULL;
}

enum rc bounce_text_read(struct arena *a, struct str text, struct bounce_text *out)
{
    const struct known_text *k;
    enum rc rc;

    text = str_slice(text, 0, text.n < BOUNCE_TEXT_MAX ? text.n : BOUNCE_TEXT_MAX);
    *out = (struct bounce_text){.says = "", .next = "", .domain = ""};
    out->code = bounce_text_code_of(a, text);
    if (out->code == NULL)
        return RC_NOMEM;
    if (out->code[0] == '\0')
        return RC_OK; /* no refusal without a code */
    k = recognize(text);
    out->receiver = k == NULL ? "the receiver" : k->receiver;
    out->says = k == NULL ? "the text does not give a reason that is known here" : k->says;
    out->next = k == NULL ? "ask the receiver's postmaster, with the whole text" : k->next;
    out->cause = k == NULL ? CAUSE_NONE : k->cause;
    out->later = out->code[0] == '4';
    out->spf = check_of(text, "spf");
    out->dkim = check_of(text, "dkim");
    out->dmarc = check_of(text, "dmarc");
    refine(out);
    out->playbook = cause_about(out->cause)->playbook;
    rc = find_domain(a, text, &out->domain);
    return rc;
}
