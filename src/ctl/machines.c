/* vpcctl create, register, unregister, delete */
#include <stdint.h>
#include <stdlib.h>
#include "exit_code.h"
#include "output.h"
#include "run.h"
#include "utf8.h"

/* The path from the root on: the API takes no other. To be freed with SysFreeString. */
static BSTR full_path(const char *path)
{
    WCHAR *wide = utf8_to_wide(path);
    /* 0 for an empty path: the API shall say what is wrong with it. */
    DWORD size = *wide ? GetFullPathNameW(wide, 0, NULL, NULL) : 0;
    WCHAR *full = need(calloc((size_t)size + 1, sizeof *full));
    if (size)
        GetFullPathNameW(wide, size, full, NULL);
    BSTR bstr = need(SysAllocString(size ? full : wide));
    free(full);
    free(wide);
    return bstr;
}

/* An adapter on the NAT network. */
static HRESULT machine_add_nat(struct vpc *vpc, IVMVirtualMachine *vm)
{
    IVMNetworkAdapter *adapter = NULL;
    IVMVirtualNetwork *network = NULL;
    BSTR name = utf8_to_bstr("Shared Networking (NAT)");
    HRESULT hr = IVMVirtualPC_FindVirtualNetwork(vpc->application, name, &network);
    SysFreeString(name);
    if (hr == S_FALSE)
        return VM_E_INVALID_VIRTUAL_NETWORK_ID;
    if (FAILED(hr))
        return hr;
    if (SUCCEEDED(hr = IVMVirtualMachine_AddNetworkAdapter(vm, &adapter))) {
        hr = IVMNetworkAdapter_AttachToVirtualNetwork(adapter, network);
        IVMNetworkAdapter_Release(adapter);
    }
    IVMVirtualNetwork_Release(network);
    return hr;
}

static HRESULT machine_configure(struct vpc *vpc, IVMVirtualMachine *vm, const struct arguments *arguments, long memory)
{
    HRESULT hr = S_OK;
    if (arguments->given[OPTION_MEMORY])
        hr = IVMVirtualMachine_put_Memory(vm, memory);
    if (SUCCEEDED(hr) && arguments->given[OPTION_NAT])
        hr = machine_add_nat(vpc, vm);
    return hr;
}

int run_create(struct vpc *vpc, const struct arguments *arguments)
{
    const char *text = arguments->operands[0];
    IVMVirtualMachine *vm;
    long memory;
    if (!arguments_number(arguments, OPTION_MEMORY, 0, 1, 0x7fffffff, &memory))
        return EXIT_CODE_USAGE;
    BSTR name = utf8_to_bstr(text), path = full_path(arguments->operands[1]);
    HRESULT hr = IVMVirtualPC_CreateVirtualMachine(vpc->application, name, path, &vm);
    SysFreeString(name);
    SysFreeString(path);
    if (FAILED(hr))
        return vpc_report(vpc, "create", text, hr);
    int code = EXIT_CODE_OK;
    if (FAILED(hr = machine_configure(vpc, vm, arguments, memory))) {
        code = vpc_report(vpc, "create", text, hr);
        /* All of it or nothing. */
        if (FAILED(hr = IVMVirtualPC_DeleteVirtualMachine(vpc->application, vm)))
            vpc_report(vpc, "delete", text, hr);
    } else {
        output_line("'%s' is created", text);
    }
    IVMVirtualMachine_Release(vm);
    return code;
}

int run_register(struct vpc *vpc, const struct arguments *arguments)
{
    IVMVirtualMachine *vm;
    BSTR name = NULL, path = full_path(arguments->operands[0]);
    HRESULT hr = IVMVirtualPC_RegisterVirtualMachine(vpc->application, NULL, path, &vm);
    SysFreeString(path);
    if (SUCCEEDED(hr)) {
        hr = IVMVirtualMachine_get_Name(vm, &name);
        IVMVirtualMachine_Release(vm);
    }
    if (FAILED(hr))
        return vpc_report(vpc, "register", arguments->operands[0], hr);
    char *text = utf8_from_wide(name);
    output_line("'%s' is registered", text);
    free(text);
    SysFreeString(name);
    return EXIT_CODE_OK;
}

static int unregister_visit(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, void *context)
{
    (void)context;
    HRESULT hr = IVMVirtualPC_UnregisterVirtualMachine(vpc->application, vm);
    if (FAILED(hr))
        return vpc_report(vpc, "unregister", name, hr);
    output_line("'%s' is unregistered", name);
    return EXIT_CODE_OK;
}

/* Of a VM that is gone. */
static HRESULT delete_usage(struct vpc *vpc, BSTR config_id)
{
    IVMVirtualPC2 *application;
    HRESULT hr = IVMVirtualPC_QueryInterface(vpc->application, &IID_IVMVirtualPC2, (void **)&application);
    if (FAILED(hr))
        return hr;
    hr = IVMVirtualPC2_DeleteUsage(application, config_id);
    IVMVirtualPC2_Release(application);
    return hr;
}

static int delete_visit(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, void *context)
{
    const struct arguments *arguments = context;
    BSTR config_id = NULL;
    HRESULT hr = S_OK;
    if (arguments->given[OPTION_WITH_USAGE])
        hr = IVMVirtualMachine_get_ConfigID(vm, &config_id);
    if (SUCCEEDED(hr))
        hr = IVMVirtualPC_DeleteVirtualMachine(vpc->application, vm);
    if (SUCCEEDED(hr) && config_id)
        hr = delete_usage(vpc, config_id);
    SysFreeString(config_id);
    if (FAILED(hr))
        return vpc_report(vpc, "delete", name, hr);
    output_line("'%s' is deleted", name);
    return EXIT_CODE_OK;
}

int run_unregister(struct vpc *vpc, const struct arguments *arguments)
{
    return vpc_each(vpc, "unregister", arguments->operands, arguments->operand_count, unregister_visit, NULL);
}

int run_delete(struct vpc *vpc, const struct arguments *arguments)
{
    return vpc_each(vpc, "delete", arguments->operands, arguments->operand_count, delete_visit,
                    (void *)(uintptr_t)arguments);
}
