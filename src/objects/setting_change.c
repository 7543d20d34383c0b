#include "objects/setting_change.h"

bool setting_change_apply(struct settings *settings, void *change, struct vpc_error *err)
{
    const struct setting_change *one = change;
    return one->value ? settings_set(settings, one->key, one->value, err) : settings_remove(settings, one->key, err);
}

bool setting_remove_if_there(struct settings *settings, const char *key, struct vpc_error *err)
{
    return settings_remove(settings, key, err) || err->cause == VPC_KEY_NOT_FOUND;
}
