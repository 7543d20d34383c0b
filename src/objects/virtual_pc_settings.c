#include "objects/virtual_pc.h"

#include <stdlib.h>
#include <string.h>
#include "config/machine_config.h"
#include "objects/limits.h"
#include "objects/out.h"
#include "objects/setting_change.h"
#include "objects/variant.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

/* A key of our own: the documentation names the property and not where it is kept. */
#define KEY_CONFIGURATION_PATH "virtual_machines/default_configuration_path"

/* A key as a client gives it, in *key (out, new memory). NULL: E_POINTER; empty: `empty`. */
static HRESULT virtual_pc_key(BSTR text, HRESULT empty, char **key)
{
    struct vpc_error err;
    *key = NULL;
    if (!text)
        return com_null_pointer(&virtual_pc_class, "preferenceKey");
    if (!SysStringLen(text))
        return com_fail(&virtual_pc_class, empty, "the preference key is empty");
    if (text_from_bstr(text, key, &err))
        return S_OK;
    if (err.cause == VPC_INVALID_NAME)
        return com_fail(&virtual_pc_class, empty, "%s", err.text);
    return com_fail_error(&virtual_pc_class, &err);
}

/* Sets one preference, or removes it when `value` is NULL. */
static HRESULT virtual_pc_store(IVMVirtualPC *iface, const char *key, const struct setting *value)
{
    struct setting_change change = {.key = key, .value = value};
    struct vpc_error err;
    if (catalog_change_options(&home_from_IVMVirtualPC(iface)->catalog, setting_change_apply, &change, &err))
        return S_OK;
    return com_fail_error(&virtual_pc_class, &err);
}

HRESULT WINAPI virtual_pc_GetConfigurationValue(IVMVirtualPC *iface, BSTR preferenceKey, VARIANT *preferenceValue)
{
    struct settings *options = NULL;
    struct setting value = {0};
    struct vpc_error err;
    char *key;
    HRESULT hr;
    if (FAILED(hr = out_variant(&virtual_pc_class, "preferenceValue", preferenceValue)) ||
        FAILED(hr = virtual_pc_key(preferenceKey, VM_E_PREF_NOT_FOUND, &key)))
        return hr;
    if (!catalog_options(&home_from_IVMVirtualPC(iface)->catalog, &options, &err) ||
        !settings_get(options, key, &value, &err) || !variant_from_setting(&value, preferenceValue, &err)) {
        /* A key that is no key path is not there either: E_INVALIDARG is not documented here. */
        if (err.cause == VPC_INVALID_ARGUMENT)
            err.cause = VPC_KEY_NOT_FOUND;
        hr = com_fail_error(&virtual_pc_class, &err);
    }
    setting_clear(&value);
    settings_free(options);
    free(key);
    return hr;
}

HRESULT WINAPI virtual_pc_SetConfigurationValue(IVMVirtualPC *iface, BSTR preferenceKey, VARIANT preferenceValue)
{
    struct setting value = {0};
    struct vpc_error err;
    char *key;
    HRESULT hr;
    if (FAILED(hr = virtual_pc_key(preferenceKey, E_INVALIDARG, &key)))
        return hr;
    if (variant_is_nothing(&preferenceValue))
        hr = com_fail(&virtual_pc_class, E_POINTER, "preferenceValue has no value");
    else if (setting_from_variant(&preferenceValue, &value, &err))
        hr = virtual_pc_store(iface, key, &value);
    else
        hr = com_fail_error(&virtual_pc_class, &err);
    setting_clear(&value);
    free(key);
    return hr;
}

HRESULT WINAPI virtual_pc_RemoveConfigurationValue(IVMVirtualPC *iface, BSTR preferenceKey)
{
    char *key;
    HRESULT hr;
    if (FAILED(hr = virtual_pc_key(preferenceKey, E_INVALIDARG, &key)))
        return hr;
    hr = virtual_pc_store(iface, key, NULL);
    free(key);
    return hr;
}

static HRESULT give_limit(const char *parameter, LONG limit, LONG *out)
{
    HRESULT hr = out_long(&virtual_pc_class, parameter, out);
    if (SUCCEEDED(hr))
        *out = limit;
    return hr;
}

HRESULT WINAPI virtual_pc_get_MinimumMemoryPerVM(IVMVirtualPC *iface, LONG *megabytesOfMemory)
{
    (void)iface;
    return give_limit("megabytesOfMemory", MACHINE_MIN_MEMORY_MB, megabytesOfMemory);
}

HRESULT WINAPI virtual_pc_get_MaximumMemoryPerVM(IVMVirtualPC *iface, LONG *megabytesOfMemory)
{
    (void)iface;
    return give_limit("megabytesOfMemory", limit_memory_most_mb(), megabytesOfMemory);
}

HRESULT WINAPI virtual_pc_get_SuggestedMaximumMemoryPerVM(IVMVirtualPC *iface, LONG *megabytesOfMemory)
{
    (void)iface;
    LONG suggested = limit_memory_suggested_mb();
    HRESULT hr = give_limit("megabytesOfMemory", suggested, megabytesOfMemory);
    if (SUCCEEDED(hr) && suggested == 0)
        hr = com_fail(&virtual_pc_class, DISP_E_EXCEPTION, "the system does not say how much memory is free");
    return hr;
}

HRESULT WINAPI virtual_pc_get_MaximumFloppyDrivesPerVM(IVMVirtualPC *iface, LONG *maxDrives)
{
    (void)iface;
    return give_limit("maxDrives", LIMIT_FLOPPY_DRIVES, maxDrives);
}

HRESULT WINAPI virtual_pc_get_MaximumSerialPortsPerVM(IVMVirtualPC *iface, LONG *maxPorts)
{
    (void)iface;
    return give_limit("maxPorts", LIMIT_SERIAL_PORTS, maxPorts);
}

HRESULT WINAPI virtual_pc_get_MaximumParallelPortsPerVM(IVMVirtualPC *iface, LONG *maxPorts)
{
    (void)iface;
    return give_limit("maxPorts", LIMIT_PARALLEL_PORTS, maxPorts);
}

HRESULT WINAPI virtual_pc_get_MaximumNetworkAdaptersPerVM(IVMVirtualPC *iface, LONG *maxNetworkAdapters)
{
    (void)iface;
    return give_limit("maxNetworkAdapters", MACHINE_MAX_ADAPTERS, maxNetworkAdapters);
}

HRESULT WINAPI virtual_pc_get_MaximumNumberOfIDEBuses(IVMVirtualPC *iface, LONG *maxNumBuses)
{
    (void)iface;
    return give_limit("maxNumBuses", LIMIT_IDE_BUSES, maxNumBuses);
}

HRESULT WINAPI virtual_pc_get_DefaultVMConfigurationPath(IVMVirtualPC *iface, BSTR *configurationPath)
{
    const struct catalog *catalog = &home_from_IVMVirtualPC(iface)->catalog;
    struct settings *options;
    struct vpc_error err;
    HRESULT hr;
    if (FAILED(hr = out_text(&virtual_pc_class, "configurationPath", configurationPath)))
        return hr;
    if (!catalog_options(catalog, &options, &err))
        return com_fail_error(&virtual_pc_class, &err);
    char *path = settings_text(options, KEY_CONFIGURATION_PATH, catalog->machines);
    settings_free(options);
    return give_text_free(&virtual_pc_class, path, configurationPath);
}

/* The folder must be there: which code says that it is not depends on what is missing. */
static bool check_folder(const char *path, struct vpc_error *err)
{
    if (!path_check(path, err))
        return false;
    if (folder_exists(path))
        return true;
    char *above = path_folder(path);
    if (!above)
        return fail_out_of_memory(err);
    enum vpc_cause cause = folder_exists(above) ? VPC_FILE_NOT_FOUND : VPC_PATH_NOT_FOUND;
    free(above);
    return vpc_fail(err, cause, "folder '%s' does not exist", path);
}

HRESULT WINAPI virtual_pc_put_DefaultVMConfigurationPath(IVMVirtualPC *iface, BSTR configurationPath)
{
    struct setting value = {.type = SETTING_STRING};
    struct vpc_error err;
    HRESULT hr;
    if (!configurationPath)
        return com_null_pointer(&virtual_pc_class, "configurationPath");
    if (text_from_bstr(configurationPath, &value.text, &err) && check_folder(value.text, &err))
        hr = virtual_pc_store(iface, KEY_CONFIGURATION_PATH, &value);
    else
        hr = com_fail_error(&virtual_pc_class, &err);
    setting_clear(&value);
    return hr;
}
