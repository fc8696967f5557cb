/*
 * report_show.h - a report's two ways onto the screen.
 */
#ifndef ASSAY_CLI_REPORT_REPORT_SHOW_H
#define ASSAY_CLI_REPORT_REPORT_SHOW_H

#include "formats/json.h"
#include "incoming/incoming.h"

/* What was found as lines, its rows or policies and details as lines of a table. */
void report_show_begin(const struct incoming_report *r);
void report_show_row(const struct incoming_row *row);
void report_show_policy(const struct incoming_tls_policy *p);
void report_show_detail(const struct incoming_tls_detail *d);

/* Each of these as an object. */
struct jnode *report_json_begin(const struct incoming_report *r);
struct jnode *report_json_row(const struct incoming_row *row);
struct jnode *report_json_policy(const struct incoming_tls_policy *p);
struct jnode *report_json_detail(const struct incoming_tls_detail *d);

#endif
