#include "dns/sockets.h"

#include <sys/resource.h>

size_t sockets_wanted(void)
{
    enum { FEW = 256, MANY = 1024 };
    struct rlimit files;

    return getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur >= 8 * MANY ? MANY : FEW;
}
