/* Words. */
#include "web/models.h"

static void words_html(struct html *o, const void *m)
{
    page_words_content(o, m);
}

void page_words(struct visit *v)
{
    pages_show(&(struct shell){.v = v, .title = "Words", .content = words_html,
                               .model = &(struct list_model){.v = v, .title = "Words", .text = "", .lead = ""}});
}
