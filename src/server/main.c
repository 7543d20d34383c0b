/* The entry points that COM and regsvr32 call. */
#include <wchar.h>
#include <windows.h>
#include <olectl.h>
#include "com/factory.h"
#include "com/object.h"
#include "com/members.h"
#include "com/type_info.h"
#include "server/class_table.h"
#include "server/registration.h"
#include "util/json_line.h"

/* Under the loader lock only a slot is taken, which must be there before there are threads. What else the DLL needs it
 * makes on first use, and DllCanUnloadNow drops it. `ends`: the process does. */
BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *ends)
{
    if (reason == DLL_PROCESS_ATTACH) {
        DisableThreadLibraryCalls(module);
        return json_line_install();
    }
    if (reason == DLL_PROCESS_DETACH && !ends)
        json_line_uninstall();
    return TRUE;
}

HRESULT WINAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!clsid || !iid)
        return E_INVALIDARG;
    for (size_t i = 0; i < server_class_count; i++) {
        if (IsEqualCLSID(clsid, server_classes[i].clsid))
            return com_factory_create(server_classes[i].create, iid, out);
    }
    return CLASS_E_CLASSNOTAVAILABLE;
}

HRESULT WINAPI DllCanUnloadNow(void)
{
    if (com_living() != 0)
        return S_FALSE;
    com_object_drop_spare();
    com_members_drop();
    type_info_drop();
    return S_OK;
}

HRESULT WINAPI DllRegisterServer(void)
{
    return registration_write(HKEY_LOCAL_MACHINE);
}

HRESULT WINAPI DllUnregisterServer(void)
{
    return registration_remove(HKEY_LOCAL_MACHINE);
}

/* regsvr32 /i:user: for this user only, without administrator's rights. No word: for all users. */
HRESULT WINAPI DllInstall(BOOL install, const WCHAR *words)
{
    HKEY root;

    if (!words || !*words)
        root = HKEY_LOCAL_MACHINE;
    else if (_wcsicmp(words, L"user") == 0)
        root = HKEY_CURRENT_USER;
    else
        return E_INVALIDARG;
    return install ? registration_write(root) : registration_remove(root);
}
