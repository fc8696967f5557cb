/*
 * list.h - lists as configuration files hold them.
 */
#ifndef ASSAY_SYNTAX_LIST_H
#define ASSAY_SYNTAX_LIST_H

#include <stddef.h>

#include "base/ip.h"

struct string_list {
    const char **item;
    size_t n;
};

struct net_list {
    struct ip_net *item;
    size_t n;
};

#endif
