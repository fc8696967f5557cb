/* The list of causes: its words, and what each means. */
#include "verdict/cause.h"

#include "base/err.h"

static const char *const causes[CAUSE_COUNT] = {
    "", "lookalike", "parked", "dns-temporary", "author-unreadable", "mailing-list", "forwarded", "dns-changed",
    "dkim-broken", "dkim-weak-key", "dkim-no-key", "dkim-invalid", "spf-multiple", "spf-syntax", "spf-limit",
    "spf-no-include", "dkim-unaligned", "dkim-absent", "spf-unaligned", "unauthorized",
};
const struct enum_names cause_names = ENUM_NAMES(causes);

static const char *const playbooks[] = {"", "new-sender", "spf-fail", "dkim-fail", "misalign", "spoofing"};
const struct enum_names playbook_names = ENUM_NAMES(playbooks);

static const char *const risks[] = {"", "spf-only", "dkim-only", "weak-key", "testing-key"};
const struct enum_names risk_names = ENUM_NAMES(risks);

/* Sentences without a full stop; "the author" is the domain in the From line. */
static const struct cause_about about[CAUSE_COUNT] = {
    [CAUSE_NONE] = {"", "", "", PLAYBOOK_NONE},
    [CAUSE_LOOKALIKE] = {
        "clients.conf lists the author under Lookalikes, whatever DMARC says",
        "The domain in the From line imitates a client's domain and belongs to somebody else",
        "Warn the recipients, block the name, and have it taken down", PLAYBOOK_SPOOFING},
    [CAUSE_PARKED] = {
        "clients.conf lists the author under Parked, whatever DMARC says",
        "The client owns this domain but never sends mail from it, so somebody else did",
        "Treat the message as forged", PLAYBOOK_SPOOFING},
    [CAUSE_DNS_TEMPORARY] = {
        "dmarc=temperror, and DNS gave no answer for the DMARC record, for SPF of the author, or for the key of a "
        "signature of the author",
        "DNS did not answer, so it is not known whether the message is genuine",
        "Wait; if it goes on, tell whoever runs the name servers of that domain", PLAYBOOK_NONE},
    [CAUSE_AUTHOR_UNREADABLE] = {
        "dmarc=permerror: no From field, several, or none that names one domain (RFC 9989 section 5.3.1)",
        "The message has no From line from which its author can be read",
        "Have the program that wrote it corrected", PLAYBOOK_NONE},
    [CAUSE_MAILING_LIST] = {
        "The sender is a list service of senders.conf; or there is a List-Post or List-Id (and no one-click "
        "unsubscribing, and no sending service), and the author's signature was broken and another one or a seal "
        "(ARC) vouches for the new text, or a seal says that the author passed, or the list's own name passed",
        "A mailing list changed the message before passing it on, as lists do",
        "There is nothing to repair; tell the recipient", PLAYBOOK_NONE},
    [CAUSE_FORWARDED] = {
        "The sender is a forwarding service of senders.conf; or a seal (ARC) of another hop says that the author "
        "passed; or SPF passes for a rewritten return path (SRS) that names the author; or the author's signature "
        "was broken and another hop's signature, its return path or fields of forwarding tell of it",
        "The message was forwarded, and its authentication did not survive that",
        "There is nothing to repair at the sender; have mail sent directly to the final address", PLAYBOOK_NONE},
    [CAUSE_DNS_CHANGED] = {
        "Within the last 48 hours the record changed that fails or is missing now: the key of a signature of the "
        "author, the SPF record of the author (for a host that has to do with the author), or the DMARC record when "
        "only its strictness is in the way",
        "A DNS record was changed recently, and not everybody sees or uses the new one yet",
        "Wait until the old record has expired from all caches (its TTL), then test again", PLAYBOOK_DKIM_FAIL},
    [CAUSE_DKIM_BROKEN] = {
        "A signature of the author has a usable key and does not verify: the body changed, or the header",
        "The message was signed by the author's domain and changed afterwards, or signed with a key other than the "
        "published one",
        "Find what changes it after signing, or publish the key that signs", PLAYBOOK_DKIM_FAIL},
    [CAUSE_DKIM_WEAK_KEY] = {
        "A signature of the author was made with a key under 1024 bits (or MinimumKeyBits) or with rsa-sha1 (RFC 8301)",
        "The message is signed in a way that is no longer safe, so it counts as not signed",
        "Make a new key of 2048 bits and publish it", PLAYBOOK_DKIM_FAIL},
    [CAUSE_DKIM_NO_KEY] = {
        "A signature of the author names a selector where no key is published, or one that was withdrawn or cannot "
        "be used",
        "The message is signed, but the key for that signature is not published where it should be",
        "Publish the key at the name that the signature gives", PLAYBOOK_DKIM_FAIL},
    [CAUSE_DKIM_INVALID] = {
        "A signature of the author is malformed, has expired, or does not cover the From field",
        "The message has a signature that is malformed, expired or does not cover the From line",
        "Repair the program that signs", PLAYBOOK_DKIM_FAIL},
    [CAUSE_SPF_MULTIPLE] = {
        "The return path is of the author, and there are several SPF records at its domain or one that it includes",
        "The domain has more than one SPF record, so that none of them counts",
        "Merge the records into one", PLAYBOOK_SPF_FAIL},
    [CAUSE_SPF_SYNTAX] = {
        "The return path is of the author, and its SPF record breaks the grammar, or includes a domain that has none",
        "The SPF record has an error in it, so that it does not count",
        "Correct the record", PLAYBOOK_SPF_FAIL},
    [CAUSE_SPF_LIMIT] = {
        "The return path is of the author, and its SPF record needs more than 10 lookups, or more than 2 that find "
        "nothing (RFC 7208 section 4.6.4)",
        "The SPF record needs more DNS lookups than receivers make, so that it does not count",
        "Remove from the record what is no longer used", PLAYBOOK_SPF_FAIL},
    [CAUSE_SPF_NO_INCLUDE] = {
        "A service of senders.conf sent it with the author's domain in the return path, and that domain's SPF record "
        "lacks the service's include",
        "It was sent by a service that the domain's SPF record does not permit",
        "Add the service's include to the record, once its owner has confirmed it", PLAYBOOK_SPF_FAIL},
    [CAUSE_DKIM_UNALIGNED] = {
        "A signature passes, and none of the author's domain",
        "The message is signed, but not by the domain in the From line",
        "Set up the author's domain at the service, so that it signs with it", PLAYBOOK_MISALIGN},
    [CAUSE_DKIM_ABSENT] = {
        "A service of senders.conf sent it, no signature passes, and there is none of the author's domain",
        "The service that sent it does not sign for the author's domain",
        "Turn on signing at the service", PLAYBOOK_DKIM_FAIL},
    [CAUSE_SPF_UNALIGNED] = {
        "SPF passes, and not for the author's domain",
        "SPF passes for the return path, which is not in the domain of the From line",
        "Have it sign for the author's domain, or use a return path of the author's", PLAYBOOK_MISALIGN},
    [CAUSE_UNAUTHORIZED] = {
        "DMARC fails, and nothing of the above: nothing passes, and nothing names a known sender",
        "Nothing shows that the message is from the domain in its From line; most likely it is forged",
        "Treat the message as forged", PLAYBOOK_SPOOFING},
};

const struct cause_about *cause_about(enum cause cause)
{
    MUST(cause >= CAUSE_NONE && cause < CAUSE_COUNT);
    return &about[cause];
}
