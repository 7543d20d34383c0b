#include "server/class_table.h"

#include "VPCCOMInterfaces.h"
#include "objects/objects.h"

static HRESULT create_virtual_pc(IUnknown **object)
{
    IVMVirtualPC *application;
    HRESULT hr = virtual_pc_create(&application);

    *object = SUCCEEDED(hr) ? (IUnknown *)application : NULL;
    return hr;
}

const struct server_class server_classes[] = {
    {
        .clsid = &CLSID_VMVirtualPC,
        .create = create_virtual_pc,
        .prog_id = L"VirtualPC.Application",
        .description = L"Virtual PC Application",
    },
};

const size_t server_class_count = ARRAYSIZE(server_classes);
