#include "incoming/look.h"

#include <string.h>

static bool look_begins(struct str s, const char *bytes, size_t n)
{
    return s.n >= n && memcmp(s.p, bytes, n) == 0;
}

static bool holds(struct str s, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= s.n; i++)
        if (str_starts_nocase(str_slice(s, i, s.n), (struct str){word, n}))
            return true;
    return false;
}

/* Without byte order mark and blanks. */
static struct str stripped(struct str s)
{
    if (look_begins(s, "\xef\xbb\xbf", 3))
        s = str_slice(s, 3, s.n);
    while (s.n > 0 && (char_is_fws(s.p[0]) || s.p[0] == '\0'))
        s = str_slice(s, 1, s.n);
    return s;
}

/* UTF-16 has a NUL at every other byte: "<" "f" "e" … */
static bool is_utf16_feedback(struct str head)
{
    char mem[LOOK_AHEAD / 2 + 1];
    struct strbuf b = STRBUF_ON(mem);

    if (!look_begins(head, "\xff\xfe", 2) && !look_begins(head, "\xfe\xff", 2) && !look_begins(head, "<\0", 2) &&
        !look_begins(head, "\0<", 2))
        return false;
    for (size_t i = 0; i < head.n; i++)
        if (head.p[i] != '\0')
            strbuf_putc(&b, head.p[i]);
    return holds(strbuf_str(&b), "feedback");
}

static bool is_base64(struct str s)
{
    if (!look_begins(s, "H4sI", 4) && !look_begins(s, "UEsD", 4) && !look_begins(s, "PD94", 4) &&
        !look_begins(s, "PGZl", 4))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!char_is_alnum(s.p[i]) && !char_is_fws(s.p[i]) && s.p[i] != '+' && s.p[i] != '/' && s.p[i] != '=')
            return false;
    return true;
}

/* "Name:" at the beginning of a line; its length, 0 none. */
static size_t field_name(struct str line)
{
    size_t n = 0;

    while (n < line.n && line.p[n] > ' ' && line.p[n] < 0x7f && line.p[n] != ':')
        n++;
    while (n < line.n && n > 0 && char_is_wsp(line.p[n]))
        n++;
    return n > 0 && n < line.n && line.p[n] == ':' ? n : 0;
}

static bool is_mail_field(struct str name)
{
    static const char *const known[] = {
        "From", "To", "Subject", "Date", "Received", "Return-Path", "MIME-Version", "Content-Type", "Message-ID",
        "DKIM-Signature", "Delivered-To", "Authentication-Results", "ContentType", "X-Original-To",
        "Content-Transfer-Encoding", "Sender", "Reply-To",
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_eq_nocase(str_trim(name), str_of(known[i])))
            return true;
    return false;
}

/* A header block: every line a field or folded, and one of those that mail has; a "From " line may stand before. */
static bool is_mail(struct str s)
{
    bool first = true;

    if (str_starts_nocase(s, STR("From ")) || look_begins(s, ">From ", 6)) {
        s = str_slice(s, str_find(s, '\n') + 1, s.n);
        first = false;
    }
    while (s.n > 0) {
        struct str line = str_slice(s, 0, str_find(s, '\n'));
        size_t n = field_name(line);

        s = str_slice(s, line.n + 1, s.n);
        if (str_trim(line).n == 0)
            return false;
        if (n > 0 && is_mail_field(str_slice(line, 0, n)))
            return true;
        if (n == 0 && (first || !char_is_wsp(line.p[0])))
            return false;
        first = false;
    }
    return false;
}

/* One report, as parsedmarc writes it; LOOK_OTHER. */
static enum look of_parsedmarc(struct str s)
{
    if (str_starts_nocase(s, STR("xml_schema,org_name,")))
        return LOOK_PARSEDMARC_CSV;
    if (s.n == 0 || s.p[0] != '{')
        return LOOK_OTHER;
    if (holds(s, "\"report_metadata\"") && holds(s, "\"org_name\""))
        return LOOK_PARSEDMARC_JSON;
    if (holds(s, "\"feedback_type\"") && holds(s, "\"arrival_date\""))
        return LOOK_PARSEDMARC_FAILURE;
    return LOOK_OTHER;
}

static bool is_tar(struct str head)
{
    return head.n >= 263 && memcmp(head.p + 257, "ustar", 5) == 0;
}

enum look look_at(struct str head)
{
    struct str s = stripped(head);

    if (look_begins(head, "\x1f\x8b", 2))
        return LOOK_GZIP;
    if (look_begins(s, "PK\003\004", 4) || look_begins(s, "PK\005\006", 4))
        return LOOK_ZIP;
    if (is_tar(head))
        return LOOK_OTHER;
    if (is_utf16_feedback(head))
        return LOOK_FEEDBACK;
    if (s.n > 0 && s.p[0] == '<' && holds(s, "feedback") && !str_starts_nocase(s, STR("<html")) &&
        !str_starts_nocase(s, STR("<!doctype html")))
        return LOOK_FEEDBACK;
    if (of_parsedmarc(s) != LOOK_OTHER)
        return of_parsedmarc(s);
    if (s.n > 0 && (s.p[0] == '{' || s.p[0] == '[') && (holds(s, "organization-name") || holds(s, "\"policies\"")))
        return LOOK_TLS;
    if (str_starts_nocase(s, STR("Feedback-Type:")))
        return LOOK_ARF; /* which may have fields as a mail has */
    if (str_eq_nocase(str_trim(s), STR("unused")))
        return LOOK_UNUSED;
    if (is_base64(s))
        return LOOK_BASE64;
    if (is_mail(s))
        return LOOK_MAIL;
    if (holds(str_slice(s, 0, 512), "\nFeedback-Type:"))
        return LOOK_ARF;
    /* a report whose beginning is lost: its elements are there */
    return holds(s, "<report_metadata") || holds(s, "<policy_published") ? LOOK_FEEDBACK : LOOK_OTHER;
}

/* A CMS structure (RFC 5652) as S/MIME sends it: a sequence that begins with the type, signed or enveloped. */
static bool is_smime(struct str head)
{
    static const char type[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07";

    return look_begins(head, "\x30", 1) && memmem(head.p, head.n < 24 ? head.n : 24, type, sizeof type - 1) != NULL;
}

/* "begin 644 name" at the beginning of a line. */
static bool is_uuencoded(struct str s)
{
    while (s.n > 0) {
        struct str line = str_slice(s, 0, str_find(s, '\n'));

        s = str_slice(s, line.n + 1, s.n);
        if (line.n > 10 && look_begins(line, "begin ", 6) && char_is_digit(line.p[6]) && char_is_digit(line.p[7]) &&
            char_is_digit(line.p[8]) && line.p[9] == ' ')
            return true;
    }
    return false;
}

#define UNPACK ", which no receiver sends: unpack it, and give what is in it"

const char *look_words(struct str head)
{
    static const struct {
        const char *begin;
        size_t n;
        const char *words;
    } kinds[] = {
        {"BZh", 3, "a bzip2 file" UNPACK},
        {"\xfd" "7zXZ", 5, "an xz file" UNPACK},
        {"7z\xbc\xaf", 4, "a 7z archive" UNPACK},
        {"Rar!", 4, "a rar archive" UNPACK},
        {"\x28\xb5\x2f\xfd", 4, "a zstd file" UNPACK},
        {"\x78\x9f\x3e\x22", 4, "a winmail.dat (TNEF) of Outlook, which is not opened: give what is in it"},
        {"\xff\xfe", 2, "text in UTF-16, but no XML report: save it as UTF-8"},
        {"\xfe\xff", 2, "text in UTF-16, but no XML report: save it as UTF-8"},
        {"%PDF", 4, "a PDF document"},
        {"{\\rtf", 5, "an RTF document"},
        {"\xd0\xcf\x11\xe0", 4, "an Outlook message (.msg) or OLE file, which is not opened: give what is in it"},
        {"\x89PNG", 4, "a picture"},
        {"GIF8", 4, "a picture"},
        {"\xff\xd8\xff", 3, "a picture"},
        {"\x7f" "ELF", 4, "a program"},
    };
    struct str s = stripped(head);
    bool cut = head.n >= LOOK_AHEAD; /* there may be more */

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (look_begins(head, kinds[i].begin, kinds[i].n))
            return kinds[i].words;
    if (is_tar(head))
        return "a tar archive" UNPACK;
    if (is_smime(head))
        return "an S/MIME message (smime.p7m) signed or encrypted whole, which is not opened: give what is in it";
    if (s.n == 0)
        return cut ? "nothing but blanks in its first 4096 bytes" : "empty";
    if (s.p[0] == '<' && (holds(s, "<html") || holds(s, "<!doctype html") || holds(s, "<body")))
        return LOOK_PAGE;
    if (s.p[0] == '<')
        return cut ? "XML, but no feedback element is in its first 4096 bytes"
                   : "XML, but no feedback element is in it";
    if (str_starts_nocase(s, STR("feedback_type,user_agent,")))
        return "parsedmarc's table of failure reports; its forensic.json or failure.json can be read";
    if ((s.p[0] == '{' || s.p[0] == '[') && holds(s, "\"report_metadata\""))
        return "many reports that parsedmarc wrote; give the file itself, unpacked, to assay received add";
    if (s.p[0] == '{' || s.p[0] == '[')
        return cut ? "JSON, but no sign of a report is in its first 4096 bytes" : "JSON, but no report";
    if (is_uuencoded(s))
        return "uuencoded text, which is not decoded: give what uudecode makes of it";
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 && !char_is_fws(s.p[i]))
            return "a binary file of a kind that no report has";
    return LOOK_TEXT;
}
