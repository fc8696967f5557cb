/* Whether a report is valid by the schema. */
#include "formats/archive.h"
#include "report/feedback.h"

enum { CHECKED_MAX = 256 * 1024 * 1024 }; /* bytes of XML */

static enum rc push(void *arg, struct str bytes, struct err *e)
{
    return xml_in_push(arg, bytes, e);
}

enum rc feedback_check(struct str file, struct xml_schema *schema, struct err *e)
{
    struct xml_in *xml;
    enum rc rc = xml_in_open(NULL, NULL, schema, &xml, e);

    if (rc != RC_OK)
        return rc;
    rc = archive_unpack(file, CHECKED_MAX, push, xml, e);
    if (rc == RC_OK)
        return xml_in_close(xml, e);
    xml_in_abandon(xml);
    return rc;
}
