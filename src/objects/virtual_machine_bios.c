#include "objects/virtual_machine.h"

#include <stdlib.h>
#include <string.h>
#include "objects/out.h"
#include "objects/setting_change.h"

enum {
    BIOS_TEXT_MOST = 32
};

static HRESULT virtual_machine_give_bios_text(IVMVirtualMachine *iface, const char *parameter, const char *key,
                                              BSTR *out)
{
    struct settings *settings;
    struct vpc_error err;
    HRESULT hr;
    if (FAILED(hr = out_text(&virtual_machine_class, parameter, out)))
        return hr;
    if (!machine_settings(machine_from_IVMVirtualMachine(iface), &settings, &err))
        return virtual_machine_fail(&err);
    char *text = settings_text(settings, key, "");
    settings_free(settings);
    return give_text_free(&virtual_machine_class, text, out);
}

/* Stores a text that the caller has checked. */
static HRESULT virtual_machine_store_bios_text(IVMVirtualMachine *iface, const char *key, BSTR text)
{
    struct setting value = {.type = SETTING_STRING};
    struct setting_change change = {.key = key, .value = &value};
    struct vpc_error err;
    HRESULT hr;
    if (FAILED(hr = virtual_machine_need_turned_off(iface, VM_E_VM_RUNNING_OR_SAVED)))
        return hr;
    if (!text_from_bstr(text, &value.text, &err) ||
        !machine_change(machine_from_IVMVirtualMachine(iface), setting_change_apply, &change, &err))
        hr = virtual_machine_fail(&err);
    setting_clear(&value);
    return hr;
}

/* One to 32 characters, none of them a control character. */
static HRESULT virtual_machine_put_bios_text(IVMVirtualMachine *iface, const char *parameter, const char *key,
                                             BSTR text)
{
    UINT length = SysStringLen(text);
    if (!length || length > BIOS_TEXT_MOST)
        return com_fail(&virtual_machine_class, E_INVALIDARG, "%s of %u characters is not 1 to %d long", parameter,
                        (unsigned)length, BIOS_TEXT_MOST);
    for (UINT i = 0; i < length; i++)
        if (text[i] < 0x20 || (text[i] >= 0x7f && text[i] < 0xa0))
            return com_fail(&virtual_machine_class, E_INVALIDARG, "%s has the control character %#x", parameter,
                            (unsigned)text[i]);
    return virtual_machine_store_bios_text(iface, key, text);
}

HRESULT WINAPI virtual_machine_get_BIOSGUID(IVMVirtualMachine *iface, BSTR *biosGUID)
{
    return virtual_machine_give_bios_text(iface, "biosGUID", "hardware/bios/bios_guid", biosGUID);
}

HRESULT WINAPI virtual_machine_put_BIOSGUID(IVMVirtualMachine *iface, BSTR biosGUID)
{
    IID guid;
    if (SysStringLen(biosGUID) != 38 || FAILED(IIDFromString(biosGUID, &guid)))
        return refuse_text(&virtual_machine_class, E_INVALIDARG, biosGUID, "is no GUID in braces");
    return virtual_machine_store_bios_text(iface, "hardware/bios/bios_guid", biosGUID);
}

HRESULT WINAPI virtual_machine_get_BIOSSerialNumber(IVMVirtualMachine *iface, BSTR *biosSerialNumber)
{
    return virtual_machine_give_bios_text(iface, "biosSerialNumber", "hardware/bios/bios_serial_number",
                                          biosSerialNumber);
}

HRESULT WINAPI virtual_machine_put_BIOSSerialNumber(IVMVirtualMachine *iface, BSTR biosSerialNumber)
{
    return virtual_machine_put_bios_text(iface, "biosSerialNumber", "hardware/bios/bios_serial_number",
                                         biosSerialNumber);
}

HRESULT WINAPI virtual_machine_get_BaseBoardSerialNumber(IVMVirtualMachine *iface, BSTR *baseBoardSerialNumber)
{
    return virtual_machine_give_bios_text(iface, "baseBoardSerialNumber", "hardware/bios/base_board/serial_number",
                                          baseBoardSerialNumber);
}

HRESULT WINAPI virtual_machine_put_BaseBoardSerialNumber(IVMVirtualMachine *iface, BSTR baseBoardSerialNumber)
{
    return virtual_machine_put_bios_text(iface, "baseBoardSerialNumber", "hardware/bios/base_board/serial_number",
                                         baseBoardSerialNumber);
}

HRESULT WINAPI virtual_machine_get_ChassisSerialNumber(IVMVirtualMachine *iface, BSTR *chassisSerialNumber)
{
    return virtual_machine_give_bios_text(iface, "chassisSerialNumber", "hardware/bios/chassis/serial_number",
                                          chassisSerialNumber);
}

HRESULT WINAPI virtual_machine_put_ChassisSerialNumber(IVMVirtualMachine *iface, BSTR chasisSerialNumber)
{
    return virtual_machine_put_bios_text(iface, "chassisSerialNumber", "hardware/bios/chassis/serial_number",
                                         chasisSerialNumber);
}

HRESULT WINAPI virtual_machine_get_ChassisAssetTag(IVMVirtualMachine *iface, BSTR *chassisAssetTag)
{
    return virtual_machine_give_bios_text(iface, "chassisAssetTag", "hardware/bios/chassis/asset_tag", chassisAssetTag);
}

HRESULT WINAPI virtual_machine_put_ChassisAssetTag(IVMVirtualMachine *iface, BSTR chassisAssetTag)
{
    return virtual_machine_put_bios_text(iface, "chassisAssetTag", "hardware/bios/chassis/asset_tag", chassisAssetTag);
}
