#include "base/domain_name.h"

size_t domain_name_labels(struct str name)
{
    size_t labels = 1, label = 0;

    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (c == '.' && label > 0) {
            label = 0;
            labels++;
        } else if ((!char_is_alnum(c) && c != '-' && c != '_') || ++label > DOMAIN_NAME_LABEL_MAX) {
            return 0;
        }
    }
    return label > 0 && name.n <= DOMAIN_NAME_MAX ? labels : 0;
}
