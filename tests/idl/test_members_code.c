/*
 * docs/members.md against the code. Every member of every object that a client can reach from a running VM is called
 * with harmless arguments: a row "E_NOTIMPL" must answer that with its text, a row "works" anything else. All rows of
 * an interface that nothing hands out must be E_NOTIMPL.
 */
#include "com_check.h"
#include "contract.h"
#include "members.h"
#include "support/check.h"
#include "ledger/ledger.h"
#include "support/home.h"
#include "util/path.h"

#include "VPCCOMInterfaces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One object of each interface, documented or our own, in the order of discovery. */
static struct {
    const struct contract_interface *face;
    IUnknown *object;
} reached[CONTRACT_INTERFACES + 16];
static size_t reached_count;

/* Room for the value of any parameter. */
union value {
    BSTR text;
    IUnknown *object;
    VARIANT variant;
    LONG number;
    double real;
    VARIANT_BOOL truth;
    void *pointer;
    ULONG picture[3072];
};

struct call {
    union value values[CONTRACT_MAX_PARAMS];
    VARIANTARG arguments[CONTRACT_MAX_PARAMS];
};

static const struct contract_interface *find_interface(const char *name)
{
    for (size_t i = 0; i < contract_extension_count; i++)
        if (!strcmp(contract_extensions[i].face.name, name))
            return &contract_extensions[i].face;
    return contract_find_interface(name);
}

/* The interface that the object itself is named after in its error texts: of one of our own, the documented one. */
static const char *object_name(const struct contract_interface *face)
{
    for (size_t i = 0; i < contract_extension_count; i++)
        if (&contract_extensions[i].face == face && contract_extensions[i].parent)
            return contract_extensions[i].parent;
    return face->name;
}

/* Takes the reference. False when an object of that interface is there already, or nobody knows the interface. */
static bool keep(const struct contract_interface *face, IUnknown *object)
{
    bool known = !face;
    for (size_t i = 0; i < reached_count; i++)
        known = known || reached[i].face == face;
    if (known) {
        IUnknown_Release(object);
        return false;
    }
    assert_true(reached_count < ARRAYSIZE(reached));
    reached[reached_count].face = face;
    reached[reached_count++].object = object;
    return true;
}

/* Keeps the object if it is the first of its interface, else releases it. `type` as in the contract: "IVMTask **".
 * Also as what it is by an interface of our own. */
static void reach(const char *type, IUnknown *object)
{
    char name[MEMBERS_NAME_BYTES];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(type, " "), type);
    const struct contract_interface *face = find_interface(name);
    if (!keep(face, object))
        return;
    for (size_t i = 0; i < contract_extension_count; i++) {
        const struct contract_extension *own = &contract_extensions[i];
        WCHAR iid_text[40];
        IUnknown *derived;
        IID iid;
        if (!own->parent || strcmp(own->parent, face->name))
            continue;
        swprintf(iid_text, ARRAYSIZE(iid_text), L"{%hs}", own->face.iid);
        assert_hresult(IIDFromString(iid_text, &iid), S_OK);
        assert_hresult(IUnknown_QueryInterface(object, &iid, (void **)&derived), S_OK);
        keep(&own->face, derived);
    }
}

/* An argument of the type: text "x", numbers 1, no object, empty values, and room for what comes out. Returns its
 * VARTYPE. */
static VARTYPE set_argument(const struct contract_param *param, union value *value, VARIANTARG *argument)
{
    memset(value, 0, sizeof *value);
    memset(argument, 0, sizeof *argument);
    if (param->flags & CONTRACT_OUT) {
        V_UNKNOWN(argument) = (IUnknown *)value;
        return VT_UNKNOWN; /* any pointer */
    }
    if (!strcmp(param->type, "BSTR")) {
        value->text = SysAllocString(L"x");
        assert_non_null(value->text);
        V_BSTR(argument) = value->text;
        return VT_BSTR;
    }
    if (!strcmp(param->type, "VARIANT"))
        return VT_VARIANT;
    if (!strcmp(param->type, "VARIANT_BOOL"))
        return VT_BOOL;
    if (strchr(param->type, '*'))
        return VT_UNKNOWN;
    V_I4(argument) = 1; /* long, or an enumeration */
    return VT_I4;
}

/* Frees an argument; an object that came out is kept for a visit. */
static void free_argument(const struct contract_param *param, union value *value)
{
    if (!strcmp(param->type, "BSTR") || !strcmp(param->type, "BSTR *"))
        SysFreeString(value->text);
    else if (!strcmp(param->type, "VARIANT *"))
        VariantClear(&value->variant);
    else if (!strcmp(param->type, "GUESTOSVERSIONINFOEX **"))
        CoTaskMemFree(value->pointer);
    else if (strstr(param->type, "**") && value->object)
        reach(param->type, value->object);
}

static HRESULT call_member(IUnknown *object, const struct contract_member *member)
{
    static struct call call;
    VARTYPE types[CONTRACT_MAX_PARAMS];
    VARIANTARG *arguments[CONTRACT_MAX_PARAMS];
    VARIANT result = {0};
    size_t count = contract_param_count(member);
    for (size_t i = 0; i < count; i++) {
        types[i] = set_argument(&member->params[i], &call.values[i], &call.arguments[i]);
        arguments[i] = &call.arguments[i];
    }
    SetErrorInfo(0, NULL);
    HRESULT hr = DispCallFunc(object, member->slot * sizeof(void *), CC_STDCALL, VT_ERROR, (UINT)count, types,
                              arguments, &result);
    assert_hresult(hr, S_OK);
    for (size_t i = 0; i < count; i++)
        free_argument(&member->params[i], &call.values[i]);
    return V_ERROR(&result);
}

static const struct members_row *row_of(const struct members_row *rows, size_t count,
                                        const struct contract_interface *face, const struct contract_member *member)
{
    char name[MEMBERS_NAME_BYTES];
    const char *prefix = member->kind == CONTRACT_PROPGET ? "get_" : member->kind == CONTRACT_PROPPUT ? "put_" : "";
    snprintf(name, sizeof name, "%s%s", prefix, member->name);
    const struct members_row *row = members_find(rows, count, face->name, name);
    if (!row)
        fail_msg("%s.%s has no row", face->name, name);
    return row;
}

/* Calls every member of an object. Returns the number of rows that the code contradicts. */
static size_t visit(size_t index, const struct members_row *rows, size_t count)
{
    const struct contract_interface *face = reached[index].face;
    size_t wrong = 0;
    for (size_t i = 0; i < face->count; i++) {
        const struct contract_member *member = &face->members[i];
        const struct members_row *row = row_of(rows, count, face, member);
        HRESULT hr = call_member(reached[index].object, member);
        if ((hr == E_NOTIMPL) == row->works) {
            print_error("%s.%s answers 0x%08lx %s, its row says %s\n", face->name, row->member, (unsigned long)hr,
                        hresult_name(hr), row->works ? "works" : "E_NOTIMPL");
            wrong++;
        } else if (hr == E_NOTIMPL) {
            WCHAR text[128], source[64];
            swprintf(text, ARRAYSIZE(text), L"%hs.%hs is not built yet", object_name(face), member->name);
            swprintf(source, ARRAYSIZE(source), L"VirtualPC.%hs", object_name(face));
            assert_error_text(text, source);
        }
    }
    return wrong;
}

/* Rows that say "works" although no object of the interface was met. */
static size_t count_unreached(const struct members_row *rows, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        bool met = false;
        for (size_t k = 0; k < reached_count; k++)
            met = met || !strcmp(reached[k].face->name, rows[i].face);
        if (!met && rows[i].works) {
            print_error("%s.%s: works, but nothing hands an object out\n", rows[i].face, rows[i].member);
            wrong++;
        }
    }
    return wrong;
}

/* The application object of the DLL in this build. */
static IVMVirtualPC *open_application(HMODULE dll)
{
    HRESULT(WINAPI * get_class)(REFCLSID, REFIID, void **);
    IClassFactory *factory;
    IVMVirtualPC *application;
    FARPROC address = GetProcAddress(dll, "DllGetClassObject");
    assert_non_null(address);
    memcpy(&get_class, &address, sizeof get_class);
    assert_hresult(get_class(&CLSID_VMVirtualPC, &IID_IClassFactory, (void **)&factory), S_OK);
    assert_hresult(IClassFactory_CreateInstance(factory, NULL, &IID_IVMVirtualPC, (void **)&application), S_OK);
    IClassFactory_Release(factory);
    return application;
}

/* A VM with one adapter, started; its task is the first object that is met. */
static IVMVirtualMachine *start_machine(IVMVirtualPC *application)
{
    IVMVirtualMachine *machine;
    IVMNetworkAdapter *adapter;
    IVMTask *task;
    VARIANT_BOOL complete;
    LONG error;
    BSTR name = SysAllocString(L"Members"), folder;
    assert_hresult(IVMVirtualPC_get_DefaultVMConfigurationPath(application, &folder), S_OK);
    assert_hresult(IVMVirtualPC_CreateVirtualMachine(application, name, folder, &machine), S_OK);
    assert_hresult(IVMVirtualMachine_AddNetworkAdapter(machine, &adapter), S_OK);
    IVMNetworkAdapter_Release(adapter);
    assert_hresult(IVMVirtualMachine_Startup(machine, &task), S_OK);
    assert_hresult(IVMTask_WaitForCompletion(task, -1), S_OK);
    assert_hresult(IVMTask_get_IsComplete(task, &complete), S_OK);
    assert_hresult(IVMTask_get_Error(task, &error), S_OK);
    assert_true(complete);
    assert_hresult((HRESULT)error, S_OK);
    reach("IVMTask **", (IUnknown *)task);
    SysFreeString(folder);
    SysFreeString(name);
    return machine;
}

static void stop_machine(IVMVirtualMachine *machine)
{
    IVMTask *task;
    HRESULT hr = IVMVirtualMachine_TurnOff(machine, &task);
    if (hr == S_OK) {
        assert_hresult(IVMTask_WaitForCompletion(task, -1), S_OK);
        IVMTask_Release(task);
    } else {
        assert_hresult(hr, VM_E_VM_NOT_RUNNING); /* a visit has turned it off already, or is about to */
    }
    IVMVirtualMachine_Release(machine);
}

/* What a test works on; put away by its teardown, so that a failure leaves no supervisor behind. */
struct product {
    struct test_home home;
    HMODULE dll;
    IVMVirtualPC *application;
    IVMVirtualMachine *machine;
};

static int open_product(void **state)
{
    static struct product product;
    test_home_open(&product.home);
    product.dll = LoadLibraryW(L"VPCCOMInterfaces.dll");
    assert_non_null(product.dll);
    product.application = open_application(product.dll);
    product.machine = start_machine(product.application);
    *state = &product;
    return 0;
}

static int close_product(void **state)
{
    struct product *product = *state;
    stop_machine(product->machine);
    for (size_t i = 0; i < reached_count; i++)
        IUnknown_Release(reached[i].object);
    reached_count = 0;
    IVMVirtualPC_Release(product->application);
    SetErrorInfo(0, NULL);
    FreeLibrary(product->dll);
    test_home_close(&product->home);
    return 0;
}

/* Rows of usage come only to who asks for days that exist, and when something was used. */
static void reach_usage(struct product *product)
{
    struct ledger_epoch epoch = {
        .config_id = "{1}", .name = "Used", .id = {.number = 1}, .adapters = {{.present = true}}};
    struct vpc_error err;
    struct ledger *ledger;
    IVMVirtualPC2 *application;
    IVMUsageCollection *rows;
    char *path = path_join(product->home.folder, LEDGER_FILE);
    assert_ok(ledger_open(&ledger, path, true, LEDGER_PATIENCE_MS, &err), err);
    assert_ok(ledger_write(ledger, &epoch, &err), err);
    ledger_close(ledger);
    free(path);
    assert_hresult(IVMVirtualPC_QueryInterface(product->application, &IID_IVMVirtualPC2, (void **)&application), S_OK);
    assert_hresult(IVMVirtualPC2_Usage(application, NULL, vmUsageBy_VirtualMachine, NULL, NULL, &rows), S_OK);
    IVMVirtualPC2_Release(application);
    reach("IVMUsageCollection **", (IUnknown *)rows);
}

static void test_members__every_row_is_what_the_code_does(void **state)
{
    struct product *product = *state;
    struct members_row *rows;
    size_t count, wrong = 0;
    struct vpc_error err;
    assert_ok(members_read(MEMBERS_PAGE, &rows, &count, &err), err);
    IVMVirtualPC_AddRef(product->application);
    reach("IVMVirtualPC **", (IUnknown *)product->application);
    reach_usage(product);
    for (size_t i = 0; i < reached_count; i++)
        wrong += visit(i, rows, count);
    wrong += count_unreached(rows, count);
    free(rows);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_members__every_row_is_what_the_code_does, open_product, close_product),
    };
    if (FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    CoUninitialize();
    return failed;
}
