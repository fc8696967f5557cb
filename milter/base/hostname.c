#include "base/hostname.h"

#include <stdio.h>
#include <unistd.h>

const char *hostname_of(const char *configured, char to[static HOSTNAME_SIZE])
{
    if (configured[0] != '\0')
        (void)snprintf(to, HOSTNAME_SIZE, "%s", configured);
    else if (gethostname(to, HOSTNAME_SIZE) != 0)
        to[0] = '\0';
    to[HOSTNAME_SIZE - 1] = '\0';
    return to;
}
