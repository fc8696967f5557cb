/*
 * files.h - files that go out as they are: compiled in by tools/pagec.c.
 */
#ifndef ASSAY_WEB_FILES_H
#define ASSAY_WEB_FILES_H

#include <stddef.h>

extern const char file_style[], file_mark[];
extern const size_t file_style_size, file_mark_size;

#endif
