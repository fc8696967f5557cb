/*
 * assay-pdf - blocks of a client's report on standard input, the PDF on standard output.
 *
 * A program of its own, so that nothing else carries cairo and pango, and that
 * what they do with a stranger's letters happens where there is nothing to take.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "clientreport/pdf.h"

/* For a build with AddressSanitizer: fontconfig keeps what it learnt of fonts until the process ends. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:libpango\n";
}

static int pdf_fail(int code, const char *why)
{
    (void)fprintf(stderr, "assay-pdf: %s\n", why);
    return code;
}

static int pdf_draw(struct arena *a, char *bytes)
{
    struct document d;
    struct err e = ERR_NONE;
    size_t n;

    if (a == NULL || bytes == NULL)
        return pdf_fail(EX_OSERR, "out of memory");
    n = fread(bytes, 1, BLOCKS_BYTES_MAX + 1, stdin);
    if (blocks_decode(a, (struct str){bytes, n}, &d, &e) != RC_OK)
        return pdf_fail(EX_DATAERR, e.text);
    return report_pdf(&d, stdout, &e) == RC_OK ? EX_OK : pdf_fail(EX_SOFTWARE, e.text);
}

int main(int argc, char **argv)
{
    struct arena *a;
    char *bytes;
    int code;

    if (argc > 1) {
        (void)puts("usage: assay-pdf < blocks > pdf\n\nassay report-client runs it; see assay(1).");
        return strcmp(argv[1], "--help") == 0 ? EX_OK : EX_USAGE;
    }
    a = arena_new((size_t)16 * BLOCKS_BYTES_MAX);
    bytes = malloc(BLOCKS_BYTES_MAX + 1);
    code = pdf_draw(a, bytes);
    free(bytes);
    arena_free(a);
    return code;
}
