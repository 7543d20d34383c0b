#include "objects/virtual_machine.h"

#include <stdlib.h>
#include <string.h>
#include "config/machine_config.h"
#include "objects/limits.h"
#include "objects/out.h"
#include "objects/setting_change.h"
#include "objects/variant.h"
#include "util/text.h"

#define KEY_MEMORY          "hardware/memory/ram_size"
#define KEY_NOTES           "settings/notes"
#define KEY_SHUTDOWN_ACTION "settings/shutdown/quit/action"
#define KEY_UNDO_ACTION     "settings/undo_drives/default_action"
#define KEY_UNDO_ENABLED    "settings/undo_drives/enabled"

enum {
    NOTES_MOST = 65536
};

/* Sets one key, or removes it when `value` is NULL. */
static HRESULT virtual_machine_store(IVMVirtualMachine *iface, const char *key, const struct setting *value)
{
    struct setting_change change = {.key = key, .value = value};
    struct vpc_error err;
    if (!machine_change_key(machine_from_IVMVirtualMachine(iface), setting_change_apply, &change, key, value, &err))
        return virtual_machine_fail(&err);
    return S_OK;
}

/* An integer that has a default, as a member hands it out: what is none of 0 to `most` reads as the default. */
static HRESULT virtual_machine_give_choice(IVMVirtualMachine *iface, const char *parameter, const char *key,
                                           uint32_t most, uint32_t fallback, LONG *out)
{
    struct settings *settings;
    struct vpc_error err;
    HRESULT hr;
    if (FAILED(hr = out_long(&virtual_machine_class, parameter, out)))
        return hr;
    if (!machine_settings(machine_from_IVMVirtualMachine(iface), &settings, &err))
        return virtual_machine_fail(&err);
    uint32_t value;
    bool read = settings_read_integer(settings, key, fallback, &value, &err);
    settings_free(settings);
    if (!read)
        return virtual_machine_fail(&err);
    *out = (LONG)(value <= most ? value : fallback);
    return S_OK;
}

HRESULT WINAPI virtual_machine_get_ShutdownActionOnQuit(IVMVirtualMachine *iface, VMShutdownAction *shutdownAction)
{
    return virtual_machine_give_choice(iface, "shutdownAction", KEY_SHUTDOWN_ACTION, vmShutdownAction_Shutdown,
                                       vmShutdownAction_Save, (LONG *)shutdownAction);
}

HRESULT WINAPI virtual_machine_put_ShutdownActionOnQuit(IVMVirtualMachine *iface, VMShutdownAction shutdownAction)
{
    struct setting value = {.type = SETTING_INTEGER, .integer = (uint32_t)shutdownAction};
    /* E_POINTER is what the documentation has for a value that is not listed. */
    if (value.integer > vmShutdownAction_Shutdown)
        return com_fail(&virtual_machine_class, E_POINTER, "shutdownAction %ld is no VMShutdownAction",
                        (long)shutdownAction);
    return virtual_machine_store(iface, KEY_SHUTDOWN_ACTION, &value);
}

HRESULT WINAPI virtual_machine_get_Undoable(IVMVirtualMachine *iface, VARIANT_BOOL *isUndoable)
{
    struct settings *settings;
    struct vpc_error err;
    HRESULT hr;
    if (FAILED(hr = out_bool(&virtual_machine_class, "isUndoable", isUndoable)))
        return hr;
    if (!machine_settings(machine_from_IVMVirtualMachine(iface), &settings, &err))
        return virtual_machine_fail(&err);
    bool enabled;
    bool read = settings_read_boolean(settings, KEY_UNDO_ENABLED, false, &enabled, &err);
    settings_free(settings);
    if (!read)
        return virtual_machine_fail(&err);
    *isUndoable = enabled ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

HRESULT WINAPI virtual_machine_put_Undoable(IVMVirtualMachine *iface, VARIANT_BOOL enableUndo)
{
    struct setting value = {.type = SETTING_BOOLEAN, .boolean = enableUndo != VARIANT_FALSE};
    HRESULT hr = virtual_machine_need_turned_off(iface, VM_E_PREF_VM_ACTIVE);
    return FAILED(hr) ? hr : virtual_machine_store(iface, KEY_UNDO_ENABLED, &value);
}

HRESULT WINAPI virtual_machine_get_UndoAction(IVMVirtualMachine *iface, VMUndoAction *undoAction)
{
    return virtual_machine_give_choice(iface, "undoAction", KEY_UNDO_ACTION, vmUndoAction_Commit, vmUndoAction_Keep,
                                       (LONG *)undoAction);
}

HRESULT WINAPI virtual_machine_put_UndoAction(IVMVirtualMachine *iface, VMUndoAction undoAction)
{
    struct setting value = {.type = SETTING_INTEGER, .integer = (uint32_t)undoAction};
    if (value.integer > vmUndoAction_Commit)
        return com_fail(&virtual_machine_class, E_INVALIDARG, "undoAction %ld is no VMUndoAction", (long)undoAction);
    return virtual_machine_store(iface, KEY_UNDO_ACTION, &value);
}

HRESULT WINAPI virtual_machine_get_Notes(IVMVirtualMachine *iface, BSTR *virtualMachineNotes)
{
    struct settings *settings;
    struct vpc_error err;
    HRESULT hr;
    if (FAILED(hr = out_text(&virtual_machine_class, "virtualMachineNotes", virtualMachineNotes)))
        return hr;
    if (!machine_settings(machine_from_IVMVirtualMachine(iface), &settings, &err))
        return virtual_machine_fail(&err);
    char *notes = settings_text(settings, KEY_NOTES, "");
    settings_free(settings);
    return give_text_free(&virtual_machine_class, notes, virtualMachineNotes);
}

static bool remove_notes(struct settings *settings, void *context, struct vpc_error *err)
{
    (void)context;
    return setting_remove_if_there(settings, KEY_NOTES, err);
}

HRESULT WINAPI virtual_machine_put_Notes(IVMVirtualMachine *iface, BSTR virtualMachineNotes)
{
    struct setting value = {.type = SETTING_STRING};
    struct vpc_error err;
    HRESULT hr;
    if (SysStringLen(virtualMachineNotes) > NOTES_MOST)
        return com_fail(&virtual_machine_class, E_INVALIDARG, "notes of %u characters are longer than %d",
                        (unsigned)SysStringLen(virtualMachineNotes), NOTES_MOST);
    if (!SysStringLen(virtualMachineNotes)) {
        if (!machine_change(machine_from_IVMVirtualMachine(iface), remove_notes, NULL, &err))
            return virtual_machine_fail(&err);
        return S_OK;
    }
    if (!text_from_bstr(virtualMachineNotes, &value.text, &err)) {
        if (err.cause == VPC_INVALID_NAME)
            err.cause = VPC_INVALID_ARGUMENT;
        return virtual_machine_fail(&err);
    }
    hr = virtual_machine_store(iface, KEY_NOTES, &value);
    setting_clear(&value);
    return hr;
}

HRESULT WINAPI virtual_machine_get_Memory(IVMVirtualMachine *iface, LONG *megabytesOfMemory)
{
    struct settings *settings;
    struct setting value = {0};
    struct vpc_error err;
    HRESULT hr;
    if (FAILED(hr = out_long(&virtual_machine_class, "megabytesOfMemory", megabytesOfMemory)))
        return hr;
    if (!machine_settings(machine_from_IVMVirtualMachine(iface), &settings, &err))
        return virtual_machine_fail(&err);
    bool got = settings_get(settings, KEY_MEMORY, &value, &err);
    settings_free(settings);
    if (!got)
        return virtual_machine_fail(&err);
    if (value.type == SETTING_INTEGER)
        *megabytesOfMemory = (LONG)value.integer;
    else
        hr = com_fail(&virtual_machine_class, DISP_E_EXCEPTION, "the value of %s is no integer", KEY_MEMORY);
    setting_clear(&value);
    return hr;
}

HRESULT WINAPI virtual_machine_put_Memory(IVMVirtualMachine *iface, LONG megabytesOfMemory)
{
    struct setting value = {.type = SETTING_INTEGER, .integer = (uint32_t)megabytesOfMemory};
    LONG most = limit_memory_most_mb();
    HRESULT hr;
    if (megabytesOfMemory < MACHINE_MIN_MEMORY_MB || megabytesOfMemory > most)
        return com_fail(&virtual_machine_class, E_INVALIDARG, "memory of %ld MB is not between %d and %ld",
                        (long)megabytesOfMemory, MACHINE_MIN_MEMORY_MB, (long)most);
    hr = virtual_machine_need_turned_off(iface, VM_E_PREF_VM_ACTIVE);
    return FAILED(hr) ? hr : virtual_machine_store(iface, KEY_MEMORY, &value);
}

/* A key as a client gives it, in *key (out, new memory). NULL, empty: E_INVALIDARG. */
static HRESULT virtual_machine_key(BSTR text, char **key)
{
    struct vpc_error err;
    *key = NULL;
    if (!SysStringLen(text))
        return com_fail(&virtual_machine_class, E_INVALIDARG, "the configuration key is empty");
    if (text_from_bstr(text, key, &err))
        return S_OK;
    if (err.cause == VPC_INVALID_NAME)
        err.cause = VPC_INVALID_ARGUMENT;
    return virtual_machine_fail(&err);
}

HRESULT WINAPI virtual_machine_GetConfigurationValue(IVMVirtualMachine *iface, BSTR configurationKey,
                                                     VARIANT *configurationValue)
{
    struct settings *settings = NULL;
    struct setting value = {0};
    struct vpc_error err;
    char *key;
    HRESULT hr;
    if (FAILED(hr = out_variant(&virtual_machine_class, "configurationValue", configurationValue)) ||
        FAILED(hr = virtual_machine_key(configurationKey, &key)))
        return hr;
    if (!machine_settings(machine_from_IVMVirtualMachine(iface), &settings, &err) ||
        !settings_get(settings, key, &value, &err) || !variant_from_setting(&value, configurationValue, &err))
        hr = virtual_machine_fail(&err);
    setting_clear(&value);
    settings_free(settings);
    free(key);
    return hr;
}

HRESULT WINAPI virtual_machine_SetConfigurationValue(IVMVirtualMachine *iface, BSTR configurationKey,
                                                     VARIANT configurationValue)
{
    struct setting value = {0};
    struct vpc_error err;
    char *key;
    HRESULT hr;
    if (FAILED(hr = virtual_machine_key(configurationKey, &key)))
        return hr;
    if (setting_from_variant(&configurationValue, &value, &err))
        hr = virtual_machine_store(iface, key, &value);
    else
        hr = virtual_machine_fail(&err);
    setting_clear(&value);
    free(key);
    return hr;
}

HRESULT WINAPI virtual_machine_RemoveConfigurationValue(IVMVirtualMachine *iface, BSTR configurationKey)
{
    char *key;
    HRESULT hr;
    if (FAILED(hr = virtual_machine_key(configurationKey, &key)))
        return hr;
    hr = virtual_machine_store(iface, key, NULL);
    free(key);
    return hr;
}

HRESULT WINAPI virtual_machine_GetActivationValue(IVMVirtualMachine *iface, BSTR activationKey,
                                                  VARIANT *activationValue)
{
    (void)iface;
    (void)activationKey;
    HRESULT hr = out_variant(&virtual_machine_class, "activationValue", activationValue);
    return FAILED(hr) ? hr : com_not_built(&virtual_machine_class, "GetActivationValue");
}

HRESULT WINAPI virtual_machine_SetActivationValue(IVMVirtualMachine *iface, BSTR activationKey, VARIANT activationValue)
{
    (void)iface;
    (void)activationKey;
    (void)activationValue;
    return com_not_built(&virtual_machine_class, "SetActivationValue");
}

HRESULT WINAPI virtual_machine_RemoveActivationValue(IVMVirtualMachine *iface, BSTR activationKey)
{
    (void)iface;
    (void)activationKey;
    return com_not_built(&virtual_machine_class, "RemoveActivationValue");
}
