#include "incoming/subject.h"

#include "incoming/words.h"

static const char *subject_clean(struct arena *a, struct str text)
{
    bool dropped = false;
    const char *made = words_clean(a, text, INCOMING_TEXT_MAX, &dropped);

    return made == NULL ? "" : made;
}

/* The word behind `label`; "" when the subject has no such label. */
static const char *word_behind(struct arena *a, struct str subject, struct str label)
{
    size_t n = 0;

    while (subject.n > 0 && !str_starts_nocase(subject, label))
        subject = str_slice(subject, 1, subject.n);
    subject = str_trim(str_slice(subject, label.n, subject.n));
    while (n < subject.n && !char_is_fws(subject.p[n]))
        n++;
    subject = str_slice(subject, 0, n);
    if (subject.n > 1 && subject.p[0] == '<' && subject.p[subject.n - 1] == '>')
        subject = str_slice(subject, 1, subject.n - 1);
    return subject_clean(a, subject);
}

static const char *domain(struct arena *a, const char *text)
{
    const char *name = words_domain(a, str_of(text));

    return name == NULL ? "" : name;
}

void subject_read(struct arena *a, const struct mail_head *head, struct incoming_mail *out)
{
    out->from = subject_clean(a, str_of(head->from));
    out->from_domain = domain(a, out->from);
    out->subject = subject_clean(a, str_of(head->subject));
    out->message_id = subject_clean(a, str_of(head->message_id));
    out->submitter = word_behind(a, str_of(out->subject), STR("Submitter:"));
    out->report_domain = domain(a, word_behind(a, str_of(out->subject), STR("Report Domain:")));
    out->report_id = word_behind(a, str_of(out->subject), STR("Report-ID:"));
    out->tls_domain = domain(a, subject_clean(a, str_of(head->tls_domain)));
    out->tls_submitter = domain(a, subject_clean(a, str_of(head->tls_submitter)));
    if (!words_mail_date(str_of(head->date), &out->date_s) || out->date_s < 0)
        out->date_s = 0;
}
