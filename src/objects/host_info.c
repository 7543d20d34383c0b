#include "objects/host_info.h"

#include "com/error.h"
#include "objects/out.h"

static const struct com_class host_info_class = {
    .name = L"IVMHostInfo",
    .iid = &IID_IVMHostInfo,
    .clsid = &CLSID_VMHostInfo,
    .destroy = com_object_free,
};

static HRESULT WINAPI host_info_get_LogicalProcessorCount(IVMHostInfo *iface, LONG *processorCount)
{
    (void)iface;
    HRESULT hr = out_long(&host_info_class, "processorCount", processorCount);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "LogicalProcessorCount");
}

static HRESULT WINAPI host_info_get_PhysicalProcessorCount(IVMHostInfo *iface, LONG *processorCount)
{
    (void)iface;
    HRESULT hr = out_long(&host_info_class, "processorCount", processorCount);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "PhysicalProcessorCount");
}

static HRESULT WINAPI host_info_get_ProcessorSpeed(IVMHostInfo *iface, LONG *processorSpeed)
{
    (void)iface;
    HRESULT hr = out_long(&host_info_class, "processorSpeed", processorSpeed);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "ProcessorSpeed");
}

static HRESULT WINAPI host_info_get_ProcessorSpeedString(IVMHostInfo *iface, BSTR *processorSpeedString)
{
    (void)iface;
    HRESULT hr = out_text(&host_info_class, "processorSpeedString", processorSpeedString);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "ProcessorSpeedString");
}

static HRESULT WINAPI host_info_get_ProcessorManufacturerString(IVMHostInfo *iface, BSTR *processorManufacturerString)
{
    (void)iface;
    HRESULT hr = out_text(&host_info_class, "processorManufacturerString", processorManufacturerString);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "ProcessorManufacturerString");
}

static HRESULT WINAPI host_info_get_ProcessorVersionString(IVMHostInfo *iface, BSTR *processorVersionString)
{
    (void)iface;
    HRESULT hr = out_text(&host_info_class, "processorVersionString", processorVersionString);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "ProcessorVersionString");
}

static HRESULT WINAPI host_info_get_ProcessorFeaturesString(IVMHostInfo *iface, BSTR *featuresString)
{
    (void)iface;
    HRESULT hr = out_text(&host_info_class, "featuresString", featuresString);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "ProcessorFeaturesString");
}

static HRESULT WINAPI host_info_get_MMX(IVMHostInfo *iface, VARIANT_BOOL *mmxEnabled)
{
    (void)iface;
    HRESULT hr = out_bool(&host_info_class, "mmxEnabled", mmxEnabled);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "MMX");
}

static HRESULT WINAPI host_info_get_SSE(IVMHostInfo *iface, VARIANT_BOOL *sseEnabled)
{
    (void)iface;
    HRESULT hr = out_bool(&host_info_class, "sseEnabled", sseEnabled);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "SSE");
}

static HRESULT WINAPI host_info_get_SSE2(IVMHostInfo *iface, VARIANT_BOOL *sse2Enabled)
{
    (void)iface;
    HRESULT hr = out_bool(&host_info_class, "sse2Enabled", sse2Enabled);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "SSE2");
}

static HRESULT WINAPI host_info_get_ThreeDNow(IVMHostInfo *iface, VARIANT_BOOL *threeDNowEnabled)
{
    (void)iface;
    HRESULT hr = out_bool(&host_info_class, "threeDNowEnabled", threeDNowEnabled);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "ThreeDNow");
}

static HRESULT WINAPI host_info_get_Memory(IVMHostInfo *iface, VARIANT *megabytesOfMemory)
{
    (void)iface;
    HRESULT hr = out_variant(&host_info_class, "megabytesOfMemory", megabytesOfMemory);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "Memory");
}

static HRESULT WINAPI host_info_get_MemoryTotalString(IVMHostInfo *iface, BSTR *megabytesOfMemory)
{
    (void)iface;
    HRESULT hr = out_text(&host_info_class, "megabytesOfMemory", megabytesOfMemory);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "MemoryTotalString");
}

static HRESULT WINAPI host_info_get_MemoryAvail(IVMHostInfo *iface, VARIANT *megabytesOfMemory)
{
    (void)iface;
    HRESULT hr = out_variant(&host_info_class, "megabytesOfMemory", megabytesOfMemory);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "MemoryAvail");
}

static HRESULT WINAPI host_info_get_MemoryAvailString(IVMHostInfo *iface, BSTR *megabytesOfMemory)
{
    (void)iface;
    HRESULT hr = out_text(&host_info_class, "megabytesOfMemory", megabytesOfMemory);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "MemoryAvailString");
}

static HRESULT WINAPI host_info_get_OperatingSystem(IVMHostInfo *iface, BSTR *operatingSystem)
{
    (void)iface;
    HRESULT hr = out_text(&host_info_class, "operatingSystem", operatingSystem);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "OperatingSystem");
}

static HRESULT WINAPI host_info_get_OSVersionString(IVMHostInfo *iface, BSTR *OSVersion)
{
    (void)iface;
    HRESULT hr = out_text(&host_info_class, "OSVersion", OSVersion);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "OSVersionString");
}

static HRESULT WINAPI host_info_get_OSMajorVersion(IVMHostInfo *iface, LONG *osMajorVersion)
{
    (void)iface;
    HRESULT hr = out_long(&host_info_class, "osMajorVersion", osMajorVersion);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "OSMajorVersion");
}

static HRESULT WINAPI host_info_get_OSMinorVersion(IVMHostInfo *iface, LONG *osMinorVersion)
{
    (void)iface;
    HRESULT hr = out_long(&host_info_class, "osMinorVersion", osMinorVersion);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "OSMinorVersion");
}

static HRESULT WINAPI host_info_get_OSServicePackString(IVMHostInfo *iface, BSTR *OSServicePack)
{
    (void)iface;
    HRESULT hr = out_text(&host_info_class, "OSServicePack", OSServicePack);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "OSServicePackString");
}

static HRESULT WINAPI host_info_get_NetworkAdapters(IVMHostInfo *iface, VARIANT *hostNICs)
{
    (void)iface;
    HRESULT hr = out_variant(&host_info_class, "hostNICs", hostNICs);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "NetworkAdapters");
}

static HRESULT WINAPI host_info_get_NetworkAddresses(IVMHostInfo *iface, VARIANT *hostAddresses)
{
    (void)iface;
    HRESULT hr = out_variant(&host_info_class, "hostAddresses", hostAddresses);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "NetworkAddresses");
}

static HRESULT WINAPI host_info_get_DVDDrives(IVMHostInfo *iface, VARIANT *DVDDrives)
{
    (void)iface;
    HRESULT hr = out_variant(&host_info_class, "DVDDrives", DVDDrives);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "DVDDrives");
}

static HRESULT WINAPI host_info_get_FloppyDrives(IVMHostInfo *iface, VARIANT *floppyDrives)
{
    (void)iface;
    HRESULT hr = out_variant(&host_info_class, "floppyDrives", floppyDrives);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "FloppyDrives");
}

static HRESULT WINAPI host_info_get_SerialPorts(IVMHostInfo *iface, BSTR *serialPorts)
{
    (void)iface;
    HRESULT hr = out_text(&host_info_class, "serialPorts", serialPorts);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "SerialPorts");
}

static HRESULT WINAPI host_info_get_ParallelPort(IVMHostInfo *iface, BSTR *vmParallelPort)
{
    (void)iface;
    HRESULT hr = out_text(&host_info_class, "vmParallelPort", vmParallelPort);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "ParallelPort");
}

static HRESULT WINAPI host_info_get_UTCTime(IVMHostInfo *iface, DATE *UTCTime)
{
    (void)iface;
    HRESULT hr = out_date(&host_info_class, "UTCTime", UTCTime);
    return FAILED(hr) ? hr : com_not_built(&host_info_class, "UTCTime");
}

static const IVMHostInfoVtbl host_info_vtbl = {
    .QueryInterface = (HRESULT(WINAPI *)(IVMHostInfo *, REFIID, void **))com_QueryInterface,
    .AddRef = (ULONG(WINAPI *)(IVMHostInfo *))com_AddRef,
    .Release = (ULONG(WINAPI *)(IVMHostInfo *))com_Release,
    .GetTypeInfoCount = (HRESULT(WINAPI *)(IVMHostInfo *, UINT *))com_GetTypeInfoCount,
    .GetTypeInfo = (HRESULT(WINAPI *)(IVMHostInfo *, UINT, LCID, ITypeInfo **))com_GetTypeInfo,
    .GetIDsOfNames = (HRESULT(WINAPI *)(IVMHostInfo *, REFIID, LPOLESTR *, UINT, LCID, DISPID *))com_GetIDsOfNames,
    .Invoke = (HRESULT(WINAPI *)(IVMHostInfo *, DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *,
                                 UINT *))com_Invoke,
    .get_LogicalProcessorCount = host_info_get_LogicalProcessorCount,
    .get_PhysicalProcessorCount = host_info_get_PhysicalProcessorCount,
    .get_ProcessorSpeed = host_info_get_ProcessorSpeed,
    .get_ProcessorSpeedString = host_info_get_ProcessorSpeedString,
    .get_ProcessorManufacturerString = host_info_get_ProcessorManufacturerString,
    .get_ProcessorVersionString = host_info_get_ProcessorVersionString,
    .get_ProcessorFeaturesString = host_info_get_ProcessorFeaturesString,
    .get_MMX = host_info_get_MMX,
    .get_SSE = host_info_get_SSE,
    .get_SSE2 = host_info_get_SSE2,
    .get_ThreeDNow = host_info_get_ThreeDNow,
    .get_Memory = host_info_get_Memory,
    .get_MemoryTotalString = host_info_get_MemoryTotalString,
    .get_MemoryAvail = host_info_get_MemoryAvail,
    .get_MemoryAvailString = host_info_get_MemoryAvailString,
    .get_OperatingSystem = host_info_get_OperatingSystem,
    .get_OSVersionString = host_info_get_OSVersionString,
    .get_OSMajorVersion = host_info_get_OSMajorVersion,
    .get_OSMinorVersion = host_info_get_OSMinorVersion,
    .get_OSServicePackString = host_info_get_OSServicePackString,
    .get_NetworkAdapters = host_info_get_NetworkAdapters,
    .get_NetworkAddresses = host_info_get_NetworkAddresses,
    .get_DVDDrives = host_info_get_DVDDrives,
    .get_FloppyDrives = host_info_get_FloppyDrives,
    .get_SerialPorts = host_info_get_SerialPorts,
    .get_ParallelPort = host_info_get_ParallelPort,
    .get_UTCTime = host_info_get_UTCTime,
};

HRESULT host_info_create(IVMHostInfo **info)
{
    struct com_object *made = com_object_new(sizeof *made, &host_info_class, &host_info_vtbl);
    *info = (IVMHostInfo *)made;
    return made ? S_OK : com_fail(&host_info_class, E_OUTOFMEMORY, "out of memory");
}
