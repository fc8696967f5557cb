#include "base/enumname.h"

#include "base/err.h"

const char *enum_name(const struct enum_names *names, int value)
{
    MUST(value >= 0 && value < names->count);
    return names->name[value];
}

bool enum_value(const struct enum_names *names, struct str name, int *value)
{
    for (int i = 0; i < names->count; i++) {
        if (str_eq_nocase(str_of(names->name[i]), name)) {
            *value = i;
            return true;
        }
    }
    return false;
}
