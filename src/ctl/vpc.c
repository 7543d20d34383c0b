#include "vpc.h"

#include <stdlib.h>
#include <wchar.h>
#include "exit_code.h"
#include "report.h"
#include "utf8.h"

/* The library that describes the application object. */
static ITypeLib *vpc_library(IVMVirtualPC *application)
{
    ITypeInfo *info;
    ITypeLib *library = NULL;
    UINT index;
    if (FAILED(IVMVirtualPC_GetTypeInfo(application, 0, LOCALE_NEUTRAL, &info)))
        return NULL;
    if (FAILED(ITypeInfo_GetContainingTypeLib(info, &library, &index)))
        library = NULL;
    ITypeInfo_Release(info);
    return library;
}

int vpc_open(struct vpc *vpc, bool single_threaded)
{
    struct failure failure;
    struct buffer line = {0};
    *vpc = (struct vpc){0};
    HRESULT hr = CoInitializeEx(NULL, single_threaded ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    if (SUCCEEDED(hr))
        hr = CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC,
                              (void **)&vpc->application);
    if (SUCCEEDED(hr)) {
        vpc->library = vpc_library(vpc->application);
        return EXIT_CODE_OK;
    }
    if (hr == REGDB_E_CLASSNOTREG)
        failure_make(&failure, hr, "VPCCOMInterfaces.dll is not registered; run 'regsvr32 VPCCOMInterfaces.dll'", NULL);
    else
        failure_take(&failure, hr, NULL);
    failure_add(&line, &failure);
    report(NULL, "%s", buffer_text(&line));
    buffer_clear(&line);
    failure_clear(&failure);
    return EXIT_CODE_NO_API;
}

void vpc_close(struct vpc *vpc)
{
    if (!vpc->application)
        return;
    if (vpc->library)
        ITypeLib_Release(vpc->library);
    IVMVirtualPC_Release(vpc->application);
    CoUninitialize();
    *vpc = (struct vpc){0};
}

int vpc_report(const struct vpc *vpc, const char *doing, const char *vm, HRESULT hr)
{
    struct failure failure;
    failure_take(&failure, hr, vpc->library);
    failure_report(&failure, doing, vm);
    failure_clear(&failure);
    return EXIT_CODE_FAILED;
}

static int vpc_one(struct vpc *vpc, const char *doing, const char *name, vpc_visit *visit, void *context)
{
    IVMVirtualMachine *vm;
    BSTR wanted = utf8_to_bstr(name);
    HRESULT hr = IVMVirtualPC_FindVirtualMachine(vpc->application, wanted, &vm);
    SysFreeString(wanted);
    if (FAILED(hr))
        return vpc_report(vpc, doing, name, hr);
    if (hr == S_FALSE) {
        struct buffer what = {0};
        buffer_format(&what, "%s '%s'", doing, name);
        report(buffer_text(&what), "no virtual machine has this name");
        buffer_clear(&what);
        return EXIT_CODE_NO_VM;
    }
    /* The name in its own upper and lower case. */
    int code;
    if (FAILED(hr = IVMVirtualMachine_get_Name(vm, &wanted))) {
        code = vpc_report(vpc, doing, name, hr);
    } else {
        char *own = utf8_from_wide(wanted);
        SysFreeString(wanted);
        code = visit(vpc, vm, own, context);
        free(own);
    }
    IVMVirtualMachine_Release(vm);
    return code;
}

/* A virtual machine with its name. */
struct member {
    IVMVirtualMachine *vm;
    WCHAR *name;
};

struct members {
    struct member *rows;
    size_t count;
};

static int member_compare(const void *one, const void *other)
{
    const struct member *a = one, *b = other;
    return CompareStringOrdinal(a->name, -1, b->name, -1, TRUE) - CSTR_EQUAL;
}

/* Adds one member of the collection. */
static HRESULT members_add(struct members *members, IDispatch *object)
{
    IVMVirtualMachine *vm;
    BSTR name;
    HRESULT hr = IDispatch_QueryInterface(object, &IID_IVMVirtualMachine, (void **)&vm);
    if (FAILED(hr))
        return hr;
    hr = IVMVirtualMachine_get_Name(vm, &name);
    if (FAILED(hr)) {
        IVMVirtualMachine_Release(vm);
        /* Deleted since the enumerator was made: it is no member any more. */
        return hr == VM_E_VM_UNKNOWN ? S_FALSE : hr;
    }
    members->rows = need(realloc(members->rows, (members->count + 1) * sizeof *members->rows));
    members->rows[members->count++] = (struct member){vm, need(_wcsdup(name))};
    SysFreeString(name);
    return S_OK;
}

static void members_clear(struct members *members)
{
    for (size_t i = 0; i < members->count; i++) {
        IVMVirtualMachine_Release(members->rows[i].vm);
        free(members->rows[i].name);
    }
    free(members->rows);
    *members = (struct members){0};
}

static HRESULT vpc_enumerate(struct vpc *vpc, IEnumVARIANT **enumerator)
{
    IVMVirtualMachineCollection *collection;
    IUnknown *unknown;
    HRESULT hr = IVMVirtualPC_get_VirtualMachines(vpc->application, &collection);
    if (FAILED(hr))
        return hr;
    hr = IVMVirtualMachineCollection_get__NewEnum(collection, &unknown);
    IVMVirtualMachineCollection_Release(collection);
    if (FAILED(hr))
        return hr;
    hr = IUnknown_QueryInterface(unknown, &IID_IEnumVARIANT, (void **)enumerator);
    IUnknown_Release(unknown);
    return hr;
}

/* The collection has no order of its own. */
int vpc_all(struct vpc *vpc, const char *doing, vpc_visit *visit, void *context, bool *listed)
{
    struct members members = {0};
    IEnumVARIANT *enumerator;
    VARIANT object;
    int code = EXIT_CODE_OK;
    HRESULT hr = vpc_enumerate(vpc, &enumerator);
    *listed = false;
    if (FAILED(hr))
        return vpc_report(vpc, doing, NULL, hr);
    VariantInit(&object);
    while ((hr = IEnumVARIANT_Next(enumerator, 1, &object, NULL)) == S_OK) {
        if (FAILED(hr = members_add(&members, V_DISPATCH(&object))))
            code = vpc_report(vpc, doing, NULL, hr);
        VariantClear(&object);
    }
    if (FAILED(hr))
        code = vpc_report(vpc, doing, NULL, hr);
    IEnumVARIANT_Release(enumerator);
    *listed = code == EXIT_CODE_OK;
    qsort(members.rows, members.count, sizeof *members.rows, member_compare);
    for (size_t i = 0; i < members.count; i++) {
        char *name = utf8_from_wide(members.rows[i].name);
        int one = visit(vpc, members.rows[i].vm, name, context);
        code = code ? code : one;
        free(name);
    }
    members_clear(&members);
    return code;
}

int vpc_each(struct vpc *vpc, const char *doing, char **names, int count, vpc_visit *visit, void *context)
{
    int code = EXIT_CODE_OK;
    bool listed;
    if (count == 0)
        return vpc_all(vpc, doing, visit, context, &listed);
    for (int i = 0; i < count; i++) {
        int one = vpc_one(vpc, doing, names[i], visit, context);
        code = code ? code : one;
    }
    return code;
}
