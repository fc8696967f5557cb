/*
 * report_show.h - a report's two ways onto the screen.
 */
#ifndef ASSAY_CLI_REPORT_SHOW_H
#define ASSAY_CLI_REPORT_SHOW_H

#include "cli/json.h"
#include "report/feedback.h"

/* The head as lines, the rows as lines of a table. */
void report_show_head(const struct feedback_head *head, enum feedback_format format);
void report_show_row(const struct feedback_row *row);

/* The head's members into an object; a row as an object. */
void report_json_head(struct jnode *o, const struct feedback_head *head, enum feedback_format format);
struct jnode *report_json_row(const struct feedback_row *row);

#endif
