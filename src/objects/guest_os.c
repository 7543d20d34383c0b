#include "objects/guest_os.h"

#include "objects/machine_part.h"
#include "objects/out.h"

static const struct com_class guest_os_class = {
    .name = L"IVMGuestOS",
    .iid = &IID_IVMGuestOS,
    .clsid = &CLSID_VMGuestOS,
    .destroy = machine_part_destroy,
};

static HRESULT WINAPI guest_os_InstallIntegrationComponents(IVMGuestOS *iface)
{
    (void)iface;
    return com_not_built(&guest_os_class, "InstallIntegrationComponents");
}

static HRESULT WINAPI guest_os_SetParameter(IVMGuestOS *iface, BSTR inParameterName, BSTR inParameterValue)
{
    (void)iface;
    (void)inParameterName;
    (void)inParameterValue;
    return com_not_built(&guest_os_class, "SetParameter");
}

static HRESULT WINAPI guest_os_Shutdown(IVMGuestOS *iface, VARIANT_BOOL inForced, IVMTask **outShutdownTask)
{
    (void)iface;
    (void)inForced;
    HRESULT hr = out_object(&guest_os_class, "outShutdownTask", (void **)outShutdownTask);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "Shutdown");
}

static HRESULT WINAPI guest_os_Restart(IVMGuestOS *iface, VARIANT_BOOL inForced, IVMTask **outRestartTask)
{
    (void)iface;
    (void)inForced;
    HRESULT hr = out_object(&guest_os_class, "outRestartTask", (void **)outRestartTask);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "Restart");
}

static HRESULT WINAPI guest_os_Logoff(IVMGuestOS *iface, IVMTask **outLogoffTask)
{
    (void)iface;
    HRESULT hr = out_object(&guest_os_class, "outLogoffTask", (void **)outLogoffTask);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "Logoff");
}

static HRESULT WINAPI guest_os_GetOsVersionInfo(IVMGuestOS *iface, GUESTOSVERSIONINFOEX **guestOsVersionInfo)
{
    (void)iface;
    HRESULT hr = out_object(&guest_os_class, "guestOsVersionInfo", (void **)guestOsVersionInfo);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "GetOsVersionInfo");
}

static HRESULT WINAPI guest_os_get_IsHostTimeSyncEnabled(IVMGuestOS *iface, VARIANT_BOOL *isEnabled)
{
    (void)iface;
    HRESULT hr = out_bool(&guest_os_class, "isEnabled", isEnabled);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "IsHostTimeSyncEnabled");
}

static HRESULT WINAPI guest_os_put_IsHostTimeSyncEnabled(IVMGuestOS *iface, VARIANT_BOOL shouldEnable)
{
    (void)iface;
    (void)shouldEnable;
    return com_not_built(&guest_os_class, "IsHostTimeSyncEnabled");
}

static HRESULT WINAPI guest_os_get_HeartbeatPercentage(IVMGuestOS *iface, LONG *heartbeatPercentage)
{
    (void)iface;
    HRESULT hr = out_long(&guest_os_class, "heartbeatPercentage", heartbeatPercentage);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "HeartbeatPercentage");
}

static HRESULT WINAPI guest_os_get_IsHeartbeating(IVMGuestOS *iface, VARIANT_BOOL *heartBeating)
{
    (void)iface;
    HRESULT hr = out_bool(&guest_os_class, "heartBeating", heartBeating);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "IsHeartbeating");
}

static HRESULT WINAPI guest_os_get_OSName(IVMGuestOS *iface, BSTR *guestOSName)
{
    (void)iface;
    HRESULT hr = out_text(&guest_os_class, "guestOSName", guestOSName);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "OSName");
}

static HRESULT WINAPI guest_os_get_IntegrationComponentsVersion(IVMGuestOS *iface, BSTR *ICVersion)
{
    (void)iface;
    HRESULT hr = out_text(&guest_os_class, "ICVersion", ICVersion);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "IntegrationComponentsVersion");
}

static HRESULT WINAPI guest_os_get_CanShutdown(IVMGuestOS *iface, VARIANT_BOOL *canShutdown)
{
    (void)iface;
    HRESULT hr = out_bool(&guest_os_class, "canShutdown", canShutdown);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "CanShutdown");
}

static HRESULT WINAPI guest_os_get_TerminalServicesInitialized(IVMGuestOS *iface, VARIANT_BOOL *termServStatus)
{
    (void)iface;
    HRESULT hr = out_bool(&guest_os_class, "termServStatus", termServStatus);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "TerminalServicesInitialized");
}

static HRESULT WINAPI guest_os_get_MultipleUserSessionsAllowed(IVMGuestOS *iface, VARIANT_BOOL *sessionStatus)
{
    (void)iface;
    HRESULT hr = out_bool(&guest_os_class, "sessionStatus", sessionStatus);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "MultipleUserSessionsAllowed");
}

static HRESULT WINAPI guest_os_get_TerminalServerPort(IVMGuestOS *iface, LONG *tsPort)
{
    (void)iface;
    HRESULT hr = out_long(&guest_os_class, "tsPort", tsPort);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "TerminalServerPort");
}

static HRESULT WINAPI guest_os_get_OSMajorVersion(IVMGuestOS *iface, BSTR *majorVersion)
{
    (void)iface;
    HRESULT hr = out_text(&guest_os_class, "majorVersion", majorVersion);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "OSMajorVersion");
}

static HRESULT WINAPI guest_os_get_OSMinorVersion(IVMGuestOS *iface, BSTR *minorVersion)
{
    (void)iface;
    HRESULT hr = out_text(&guest_os_class, "minorVersion", minorVersion);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "OSMinorVersion");
}

static HRESULT WINAPI guest_os_get_OSBuildNumber(IVMGuestOS *iface, BSTR *buildNumber)
{
    (void)iface;
    HRESULT hr = out_text(&guest_os_class, "buildNumber", buildNumber);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "OSBuildNumber");
}

static HRESULT WINAPI guest_os_get_OSVersion(IVMGuestOS *iface, BSTR *OSVersion)
{
    (void)iface;
    HRESULT hr = out_text(&guest_os_class, "OSVersion", OSVersion);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "OSVersion");
}

static HRESULT WINAPI guest_os_get_OSPlatformId(IVMGuestOS *iface, BSTR *platformId)
{
    (void)iface;
    HRESULT hr = out_text(&guest_os_class, "platformId", platformId);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "OSPlatformId");
}

static HRESULT WINAPI guest_os_get_CSDVersion(IVMGuestOS *iface, BSTR *csdVersion)
{
    (void)iface;
    HRESULT hr = out_text(&guest_os_class, "csdVersion", csdVersion);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "CSDVersion");
}

static HRESULT WINAPI guest_os_get_ServicePackMajor(IVMGuestOS *iface, BSTR *servicePackMajor)
{
    (void)iface;
    HRESULT hr = out_text(&guest_os_class, "servicePackMajor", servicePackMajor);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "ServicePackMajor");
}

static HRESULT WINAPI guest_os_get_ServicePackMinor(IVMGuestOS *iface, BSTR *servicePackMinor)
{
    (void)iface;
    HRESULT hr = out_text(&guest_os_class, "servicePackMinor", servicePackMinor);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "ServicePackMinor");
}

static HRESULT WINAPI guest_os_get_SuiteMask(IVMGuestOS *iface, BSTR *suiteMask)
{
    (void)iface;
    HRESULT hr = out_text(&guest_os_class, "suiteMask", suiteMask);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "SuiteMask");
}

static HRESULT WINAPI guest_os_get_ProductType(IVMGuestOS *iface, BSTR *productType)
{
    (void)iface;
    HRESULT hr = out_text(&guest_os_class, "productType", productType);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "ProductType");
}

static HRESULT WINAPI guest_os_GetParameter(IVMGuestOS *iface, BSTR inParameterName, BSTR *outParameterValue)
{
    (void)iface;
    (void)inParameterName;
    HRESULT hr = out_text(&guest_os_class, "outParameterValue", outParameterValue);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "GetParameter");
}

static HRESULT WINAPI guest_os_get_ComputerName(IVMGuestOS *iface, BSTR *guestComputerName)
{
    (void)iface;
    HRESULT hr = out_text(&guest_os_class, "guestComputerName", guestComputerName);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "ComputerName");
}

static HRESULT WINAPI guest_os_get_ScreenLocked(IVMGuestOS *iface, VARIANT_BOOL *guestScreenLocked)
{
    (void)iface;
    HRESULT hr = out_bool(&guest_os_class, "guestScreenLocked", guestScreenLocked);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "ScreenLocked");
}

static HRESULT WINAPI guest_os_IsUserLoggedOn(IVMGuestOS *iface, LONG inRailSession, VARIANT_BOOL *outSessionPresent)
{
    (void)iface;
    (void)inRailSession;
    HRESULT hr = out_bool(&guest_os_class, "outSessionPresent", outSessionPresent);
    return FAILED(hr) ? hr : com_not_built(&guest_os_class, "IsUserLoggedOn");
}

static const IVMGuestOSVtbl guest_os_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMGuestOS *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMGuestOS *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMGuestOS *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMGuestOS *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMGuestOS *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames = (HRESULT(WINAPI *)(IVMGuestOS *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMGuestOS *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *,
                                 UINT *))com_Invoke,
    .InstallIntegrationComponents = guest_os_InstallIntegrationComponents,
    .SetParameter = guest_os_SetParameter,
    .Shutdown = guest_os_Shutdown,
    .Restart = guest_os_Restart,
    .Logoff = guest_os_Logoff,
    .GetOsVersionInfo = guest_os_GetOsVersionInfo,
    .get_IsHostTimeSyncEnabled = guest_os_get_IsHostTimeSyncEnabled,
    .put_IsHostTimeSyncEnabled = guest_os_put_IsHostTimeSyncEnabled,
    .get_HeartbeatPercentage = guest_os_get_HeartbeatPercentage,
    .get_IsHeartbeating = guest_os_get_IsHeartbeating,
    .get_OSName = guest_os_get_OSName,
    .get_IntegrationComponentsVersion = guest_os_get_IntegrationComponentsVersion,
    .get_CanShutdown = guest_os_get_CanShutdown,
    .get_TerminalServicesInitialized = guest_os_get_TerminalServicesInitialized,
    .get_MultipleUserSessionsAllowed = guest_os_get_MultipleUserSessionsAllowed,
    .get_TerminalServerPort = guest_os_get_TerminalServerPort,
    .get_OSMajorVersion = guest_os_get_OSMajorVersion,
    .get_OSMinorVersion = guest_os_get_OSMinorVersion,
    .get_OSBuildNumber = guest_os_get_OSBuildNumber,
    .get_OSVersion = guest_os_get_OSVersion,
    .get_OSPlatformId = guest_os_get_OSPlatformId,
    .get_CSDVersion = guest_os_get_CSDVersion,
    .get_ServicePackMajor = guest_os_get_ServicePackMajor,
    .get_ServicePackMinor = guest_os_get_ServicePackMinor,
    .get_SuiteMask = guest_os_get_SuiteMask,
    .get_ProductType = guest_os_get_ProductType,
    .GetParameter = guest_os_GetParameter,
    .get_ComputerName = guest_os_get_ComputerName,
    .get_ScreenLocked = guest_os_get_ScreenLocked,
    .IsUserLoggedOn = guest_os_IsUserLoggedOn,
};

HRESULT guest_os_create(struct machine *machine, IVMGuestOS **guest_os)
{
    return machine_part_create(&guest_os_class, &guest_os_vtbl, machine, (void **)guest_os);
}
