#include "clientreport/run_pdf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Sanitizers reserve terabytes of addresses, and use few. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RUN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RUN_SANITIZED 1
#endif
#endif

enum { RUN_PATH_MAX = 4096, RUN_MEMORY = 1 << 30, RUN_EXEC_FAILED = 127 };

/* The program in the folder of the one that runs. */
static bool run_path(char path[static RUN_PATH_MAX])
{
    static const char name[] = "/assay-pdf";
    ssize_t n = readlink("/proc/self/exe", path, RUN_PATH_MAX - sizeof name);
    char *slash;

    if (n <= 0)
        return false;
    path[n] = '\0';
    slash = strrchr(path, '/');
    if (slash == NULL)
        return false;
    memcpy(slash, name, sizeof name);
    return true;
}

/* In the child: what it may use, and then it becomes the program. */
static void run_become(const char *path, int in, int out)
{
    char *const argv[] = {(char *)"assay-pdf", NULL};
    char *const environment[] = {(char *)"LC_ALL=C.UTF-8", NULL};
    const struct rlimit memory = {RUN_MEMORY, RUN_MEMORY}, time = {RUN_PDF_SECONDS, RUN_PDF_SECONDS},
                        file = {RUN_PDF_BYTES_MAX, RUN_PDF_BYTES_MAX};

#ifndef RUN_SANITIZED
    (void)setrlimit(RLIMIT_AS, &memory);
#else
    (void)memory;
#endif
    (void)setrlimit(RLIMIT_CPU, &time);
    (void)setrlimit(RLIMIT_FSIZE, &file);
    (void)alarm(RUN_PDF_SECONDS);
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        (void)execve(path, argv, environment);
    _exit(RUN_EXEC_FAILED);
}

static enum rc run_wait(pid_t child, struct err *e)
{
    int status = 0;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return err_errno(e, RC_IO, errno, "assay-pdf");
    if (WIFEXITED(status) && WEXITSTATUS(status) == RUN_EXEC_FAILED)
        return err_set(e, RC_NOTFOUND, "assay-pdf is not installed beside this program: there is no PDF");
    if (WIFSIGNALED(status))
        return err_set(e, RC_INTERNAL, "assay-pdf was ended by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status) == 0 ? RC_OK
                                    : err_set(e, RC_INTERNAL, "assay-pdf failed with status %d", WEXITSTATUS(status));
}

static enum rc run_read(struct arena *a, FILE *f, struct str *out, struct err *e)
{
    long size = fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    char *bytes = size <= 0 || size > RUN_PDF_BYTES_MAX ? NULL : arena_alloc(a, (size_t)size);

    rewind(f);
    if (bytes == NULL || fread(bytes, 1, (size_t)size, f) != (size_t)size)
        return err_set(e, RC_INTERNAL, "assay-pdf wrote nothing that can be kept");
    *out = (struct str){bytes, (size_t)size};
    return str_starts_nocase(*out, STR("%PDF-")) ? RC_OK : err_set(e, RC_INTERNAL, "assay-pdf wrote no PDF");
}

enum rc run_pdf(struct arena *a, struct str blocks, struct str *out, struct err *e)
{
    char path[RUN_PATH_MAX];
    FILE *in = tmpfile(), *to = tmpfile();
    pid_t child = -1;
    enum rc rc = RC_OK;

    *out = STR_NONE;
    if (in == NULL || to == NULL || !run_path(path) || fwrite(blocks.p, 1, blocks.n, in) != blocks.n ||
        fflush(in) != 0 || lseek(fileno(in), 0, SEEK_SET) != 0)
        rc = err_errno(e, RC_IO, errno, "no file for assay-pdf");
    else if (access(path, X_OK) != 0)
        rc = err_set(e, RC_NOTFOUND, "%s is not there: there is no PDF", path);
    else if ((child = fork()) < 0)
        rc = err_errno(e, RC_IO, errno, "assay-pdf");
    if (child == 0)
        run_become(path, fileno(in), fileno(to));
    if (child > 0)
        rc = run_wait(child, e);
    if (rc == RC_OK)
        rc = run_read(a, to, out, e);
    if (in != NULL)
        (void)fclose(in);
    if (to != NULL)
        (void)fclose(to);
    return rc;
}
