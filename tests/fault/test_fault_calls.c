/*
 * Methods that change something: each call of the system that one makes, on the caller's thread, fails once. Then the
 * method fails with a code that has a name and leaves things so that it can be called again, or it succeeds and has
 * done its work; afterwards the DLL holds what it held before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "com_check.h"
#include "import_fault.h"
#include "objects_check.h"

struct stage {
    struct fixture *fixture;
    IVMVirtualMachine *vm; /* off, with an adapter; "Walk" */
    BSTR name, other, folder, other_vmc, key, value, network;
    void *made; /* what the method gave */
};

/* A method and how things are made as they were, whether it failed or not. `undo` returns false when what the method
 * should have done is not there although it said so. */
struct method {
    const char *name;
    void (*prepare)(struct stage *stage);
    HRESULT (*call)(struct stage *stage);
    bool (*undo)(struct stage *stage, HRESULT hr);
    bool by_site; /* too slow for each call: each place in the code */
};

enum {
    SETTLE_MS = 2000 /* longer than anything that is let go of in another thread takes */
};

static unsigned long faults, complaints;

/* The same VM, whatever a failed method has made of it. */
static bool delete_vm(struct stage *stage, BSTR name)
{
    IVMVirtualMachine *vm = NULL;
    HRESULT hr = IVMVirtualPC_FindVirtualMachine(stage->fixture->application, name, &vm);
    if (hr != S_OK) /* S_FALSE: there is none */
        return false;
    hr = IVMVirtualPC_DeleteVirtualMachine(stage->fixture->application, vm);
    IVMVirtualMachine_Release(vm);
    return SUCCEEDED(hr);
}

static void release_made(struct stage *stage)
{
    if (stage->made)
        IUnknown_Release((IUnknown *)stage->made);
    stage->made = NULL;
}

static bool undo_made(struct stage *stage, HRESULT hr)
{
    bool right = SUCCEEDED(hr) == (stage->made != NULL);
    release_made(stage);
    return right;
}

static HRESULT call_instance(struct stage *stage)
{
    return CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, &stage->made);
}

static HRESULT call_find(struct stage *stage)
{
    return IVMVirtualPC_FindVirtualMachine(stage->fixture->application, stage->name,
                                           (IVMVirtualMachine **)&stage->made);
}

static HRESULT call_find_network(struct stage *stage)
{
    return IVMVirtualPC_FindVirtualNetwork(stage->fixture->application, stage->network,
                                           (IVMVirtualNetwork **)&stage->made);
}

static HRESULT call_create(struct stage *stage)
{
    return IVMVirtualPC_CreateVirtualMachine(stage->fixture->application, stage->other, stage->folder,
                                             (IVMVirtualMachine **)&stage->made);
}

/* A VM that could not be made must not lie in the way of the next one of that name. */
static bool undo_create(struct stage *stage, HRESULT hr)
{
    bool right = SUCCEEDED(hr) == (stage->made != NULL);
    release_made(stage);
    return delete_vm(stage, stage->other) == SUCCEEDED(hr) && right;
}

static void prepare_other(struct stage *stage)
{
    IVMVirtualMachine *vm;
    assert_hresult(IVMVirtualPC_CreateVirtualMachine(stage->fixture->application, stage->other, stage->folder, &vm),
                   S_OK);
    stage->made = vm;
}

static HRESULT call_delete(struct stage *stage)
{
    return IVMVirtualPC_DeleteVirtualMachine(stage->fixture->application, (IVMVirtualMachine *)stage->made);
}

static bool undo_delete(struct stage *stage, HRESULT hr)
{
    release_made(stage);
    /* One that has failed has done nothing. */
    bool right = delete_vm(stage, stage->other) == FAILED(hr);
    return !DeleteFileW(stage->other_vmc) && right;
}

static HRESULT call_unregister(struct stage *stage)
{
    return IVMVirtualPC_UnregisterVirtualMachine(stage->fixture->application, stage->vm);
}

static bool undo_unregister(struct stage *stage, HRESULT hr)
{
    IVMVirtualMachine *vm = NULL;
    HRESULT found = IVMVirtualPC_FindVirtualMachine(stage->fixture->application, stage->name, &vm);
    if (vm)
        IVMVirtualMachine_Release(vm);
    if (found == S_OK)
        return FAILED(hr);
    IVMVirtualMachine_Release(stage->vm);
    assert_hresult(
        IVMVirtualPC_RegisterVirtualMachine(stage->fixture->application, stage->name, stage->folder, &stage->vm), S_OK);
    return SUCCEEDED(hr);
}

static HRESULT call_add_adapter(struct stage *stage)
{
    return IVMVirtualMachine_AddNetworkAdapter(stage->vm, (IVMNetworkAdapter **)&stage->made);
}

static bool undo_add_adapter(struct stage *stage, HRESULT hr)
{
    IVMNetworkAdapterCollection *adapters;
    IVMNetworkAdapter *adapter;
    LONG count;
    bool right = SUCCEEDED(hr) == (stage->made != NULL);
    release_made(stage);
    assert_hresult(IVMVirtualMachine_get_NetworkAdapters(stage->vm, &adapters), S_OK);
    assert_hresult(IVMNetworkAdapterCollection_get_Count(adapters, &count), S_OK);
    right = right && count == (SUCCEEDED(hr) ? 2 : 1);
    if (count == 2) {
        assert_hresult(IVMNetworkAdapterCollection_get_Item(adapters, 2, &adapter), S_OK);
        assert_hresult(IVMVirtualMachine_RemoveNetworkAdapter(stage->vm, adapter), S_OK);
        IVMNetworkAdapter_Release(adapter);
    }
    IVMNetworkAdapterCollection_Release(adapters);
    return right;
}

static HRESULT call_put_memory(struct stage *stage)
{
    return IVMVirtualMachine_put_Memory(stage->vm, 256);
}

static bool undo_put_memory(struct stage *stage, HRESULT hr)
{
    LONG memory;
    assert_hresult(IVMVirtualMachine_get_Memory(stage->vm, &memory), S_OK);
    assert_hresult(IVMVirtualMachine_put_Memory(stage->vm, 128), S_OK);
    return memory == (SUCCEEDED(hr) ? 256 : 128);
}

static HRESULT call_put_name(struct stage *stage)
{
    return IVMVirtualMachine_put_Name(stage->vm, stage->other);
}

static bool undo_put_name(struct stage *stage, HRESULT hr)
{
    BSTR name;
    bool renamed;
    assert_hresult(IVMVirtualMachine_get_Name(stage->vm, &name), S_OK);
    renamed = !wcscmp(name, stage->other);
    SysFreeString(name);
    if (renamed)
        assert_hresult(IVMVirtualMachine_put_Name(stage->vm, stage->name), S_OK);
    return renamed == SUCCEEDED(hr);
}

static HRESULT call_set_value(struct stage *stage)
{
    VARIANT value = {.vt = VT_BSTR, .bstrVal = stage->value};
    return IVMVirtualMachine_SetConfigurationValue(stage->vm, stage->key, value);
}

static bool undo_set_value(struct stage *stage, HRESULT hr)
{
    return SUCCEEDED(IVMVirtualMachine_RemoveConfigurationValue(stage->vm, stage->key)) == SUCCEEDED(hr);
}

static HRESULT call_set_preference(struct stage *stage)
{
    VARIANT value = {.vt = VT_BSTR, .bstrVal = stage->value};
    return IVMVirtualPC_SetConfigurationValue(stage->fixture->application, stage->key, value);
}

static bool undo_set_preference(struct stage *stage, HRESULT hr)
{
    return SUCCEEDED(IVMVirtualPC_RemoveConfigurationValue(stage->fixture->application, stage->key)) == SUCCEEDED(hr);
}

/* Turns the VM off, whatever came of its start: also when it did start and only the client has not heard of it. */
static bool undo_startup(struct stage *stage, HRESULT hr)
{
    IVMTask *task = stage->made;
    bool right = SUCCEEDED(hr) == (task != NULL);
    ULONGLONG start = GetTickCount64();
    VMVMState state;
    HRESULT off;
    if (task)
        fixture_finish(task);
    stage->made = NULL;
    for (;;) {
        assert_hresult(IVMVirtualMachine_get_State(stage->vm, &state), S_OK);
        off = IVMVirtualMachine_TurnOff(stage->vm, &task);
        if (off == S_OK) {
            fixture_finish(task);
            return right;
        }
        if (state == vmVMState_TurnedOff && FAILED(hr))
            return right;
        if (GetTickCount64() - start > 60000)
            return false;
        Sleep(10);
    }
}

static HRESULT call_startup(struct stage *stage)
{
    return IVMVirtualMachine_Startup(stage->vm, (IVMTask **)&stage->made);
}

static HRESULT call_reset(struct stage *stage)
{
    return IVMVirtualMachine_Reset(stage->vm, (IVMTask **)&stage->made);
}

static HRESULT call_pause(struct stage *stage)
{
    return IVMVirtualMachine_Pause(stage->vm);
}

/* Whether the supervisor has heard it or not: it runs again. */
static bool undo_pause(struct stage *stage, HRESULT hr)
{
    VMVMState state;
    assert_hresult(IVMVirtualMachine_get_State(stage->vm, &state), S_OK);
    /* One that was sent, but whose answer was not heard, may still be on its way. This one is not before it. */
    if (FAILED(hr))
        IVMVirtualMachine_Pause(stage->vm);
    assert_hresult(IVMVirtualMachine_Resume(stage->vm), S_OK);
    return FAILED(hr) || state == vmVMState_Paused;
}

static bool undo_task(struct stage *stage, HRESULT hr)
{
    bool right = SUCCEEDED(hr) == (stage->made != NULL);
    if (stage->made)
        fixture_finish(stage->made);
    stage->made = NULL;
    return right;
}

static const struct method methods_off[] = {
    {"CoCreateInstance", NULL, call_instance, undo_made, false},
    {"FindVirtualMachine", NULL, call_find, undo_made, false},
    {"FindVirtualNetwork", NULL, call_find_network, undo_made, false},
    {"CreateVirtualMachine", NULL, call_create, undo_create, false},
    {"DeleteVirtualMachine", prepare_other, call_delete, undo_delete, false},
    {"UnregisterVirtualMachine", NULL, call_unregister, undo_unregister, false},
    {"AddNetworkAdapter", NULL, call_add_adapter, undo_add_adapter, false},
    {"put_Memory", NULL, call_put_memory, undo_put_memory, false},
    {"put_Name", NULL, call_put_name, undo_put_name, false},
    {"SetConfigurationValue", NULL, call_set_value, undo_set_value, false},
    {"SetConfigurationValue of the application", NULL, call_set_preference, undo_set_preference, false},
};

static const struct method methods_on[] = {
    {"Reset", NULL, call_reset, undo_task, true},
    {"Pause", NULL, call_pause, undo_pause, true},
};

static const struct method startup = {"Startup", NULL, call_startup, undo_startup, true};

static HRESULT run(struct stage *stage, const struct method *method, unsigned fail_at, unsigned *calls, bool *right)
{
    HRESULT hr;
    stage->made = NULL;
    if (method->prepare)
        method->prepare(stage);
    if (fail_at && method->by_site)
        fault_arm_next_site();
    else
        fault_arm(fail_at);
    hr = method->call(stage);
    *calls = fault_stop();
    SetErrorInfo(0, NULL);
    *right = method->undo(stage, hr);
    SetErrorInfo(0, NULL);
    return hr;
}

static void complain(const struct method *method, const char *failed, unsigned number, HRESULT hr, const char *why)
{
    complaints++;
    print_error("%s, %s (call %u) failing: 0x%08lX (%s): %s\n", method->name, failed, number, (unsigned long)hr,
                hresult_name(hr), why);
}

/* Waits for what other threads let go of a moment later. */
static struct fault_held hold_settled(const struct fault_held *expected)
{
    ULONGLONG start = GetTickCount64();
    struct fault_held held = fault_held();
    while (memcmp(&held, expected, sizeof held) && GetTickCount64() - start < SETTLE_MS) {
        Sleep(1);
        held = fault_held();
    }
    return held;
}

static void walk_method(struct stage *stage, const struct method *method)
{
    unsigned calls, ignored;
    struct fault_held before, none = {-1, -1, -1, -1, -1};
    unsigned long before_faults = faults;
    ULONGLONG slowest = 0;
    bool right;
    fault_forget_sites();
    for (int i = 0; i < 2; i++) {
        assert_hresult(run(stage, method, 0, &calls, &right), S_OK);
        assert_true(right);
    }
    before = hold_settled(&none);
    for (unsigned number = 1; number <= calls; number++) {
        struct fault_held after;
        char failed[40] = "";
        ULONGLONG start = GetTickCount64();
        HRESULT hr = run(stage, method, number, &ignored, &right);
        if (GetTickCount64() - start > slowest)
            slowest = GetTickCount64() - start;
        if (!fault_failed() && method->by_site)
            break;
        if (!fault_failed())
            continue; /* it needed fewer calls this time */
        snprintf(failed, sizeof failed, "%s", fault_failed());
        faults++;
        if (FAILED(hr) && !strcmp(hresult_name(hr), "?"))
            complain(method, failed, number, hr, "a code without a name");
        if (SUCCEEDED(hr) && hr != S_OK)
            complain(method, failed, number, hr, "another success");
        if (!right)
            complain(method, failed, number, hr, "what it says is not what it did");
        hr = run(stage, method, 0, &ignored, &right);
        if (hr != S_OK || !right)
            complain(method, failed, number, hr, "the next call fails");
        after = hold_settled(&before);
        if (memcmp(&before, &after, sizeof before)) {
            complain(method, failed, number, hr, "it holds more or less afterwards");
            print_error("    blocks %ld, handles %ld, mappings %ld, searches %ld, keys %ld\n",
                        after.blocks - before.blocks, after.handles - before.handles, after.mappings - before.mappings,
                        after.searches - before.searches, after.keys - before.keys);
            before = after; /* told once */
        }
    }
    assert_true(faults > before_faults);
    print_message("  %s: %lu, the slowest %llu ms\n", method->name, faults - before_faults,
                  (unsigned long long)slowest);
}

static void open_stage(struct stage *stage, struct fixture *fixture)
{
    memset(stage, 0, sizeof *stage);
    stage->fixture = fixture;
    stage->vm = fixture_create(fixture, L"Walk");
    fixture_add_nat(fixture, stage->vm);
    stage->name = text(L"Walk");
    stage->other = text(L"Other");
    stage->folder = fixture_machines(fixture);
    stage->other_vmc = text_of(L"%ls\\Other.vmc", stage->folder);
    stage->key = text(L"walk/value");
    stage->value = text(L"some text");
    stage->network = text(L"Shared Networking (NAT)");
    assert_true(fault_install(GetModuleHandleW(L"VPCCOMInterfaces.dll")) > 50);
}

static void finish(const char *what)
{
    print_message("%lu faults in methods of %s\n", faults, what);
    assert_int_equal(complaints, 0);
}

static void test_fault__methods_of_a_machine_that_is_off(void **state)
{
    struct stage stage;
    open_stage(&stage, *state);
    for (size_t i = 0; i < ARRAYSIZE(methods_off); i++)
        walk_method(&stage, &methods_off[i]);
    assert_last_release(stage.vm);
    finish("a machine that is off");
}

static void test_fault__methods_of_a_machine_that_runs(void **state)
{
    struct stage stage;
    open_stage(&stage, *state);
    walk_method(&stage, &startup);
    fixture_start(stage.vm);
    for (size_t i = 0; i < ARRAYSIZE(methods_on); i++)
        walk_method(&stage, &methods_on[i]);
    fixture_turn_off(stage.vm);
    assert_last_release(stage.vm);
    finish("a machine that runs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fault__methods_of_a_machine_that_is_off, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_fault__methods_of_a_machine_that_runs, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
