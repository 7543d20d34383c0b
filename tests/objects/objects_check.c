#include "objects_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include "config/settings.h"
#include "session/control.h"
#include "session/vm_page.h"
#include "support/process.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

enum {
    CALL_MS = 240000,
    TEXTS_MOST = 4096
};

/* ---- texts ---- */

static BSTR texts[TEXTS_MOST];
static size_t text_count;

static BSTR text_keep(BSTR bstr)
{
    assert_non_null(bstr);
    assert_true(text_count < TEXTS_MOST);
    return texts[text_count++] = bstr;
}

BSTR text(const WCHAR *characters)
{
    return text_keep(SysAllocString(characters));
}

BSTR text_of(const WCHAR *format, ...)
{
    WCHAR formatted[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = _vsnwprintf(formatted, ARRAYSIZE(formatted), format, arguments);
    va_end(arguments);
    assert_in_range(length, 0, ARRAYSIZE(formatted) - 1);
    return text_keep(SysAllocString(formatted));
}

static void texts_free(void)
{
    while (text_count)
        SysFreeString(texts[--text_count]);
}

void check_text(BSTR actual, const WCHAR *expected, const char *expression, const char *file, int line)
{
    bool same = actual && !wcscmp(actual, expected);
    if (!same) {
        print_error("%s is '%ls', not '%ls'\n", expression, actual ? actual : L"(NULL)", expected);
        _fail(file, line);
    }
    SysFreeString(actual);
}

void check_refused(HRESULT actual, HRESULT expected, const WCHAR *part, const char *expression, const char *file,
                   int line)
{
    IErrorInfo *info = NULL;
    BSTR description = NULL;
    check_hresult(actual, expected, expression, file, line);
    if (GetErrorInfo(0, &info) != S_OK) {
        print_error("%s left no error object\n", expression);
        _fail(file, line);
    }
    IErrorInfo_GetDescription(info, &description);
    IErrorInfo_Release(info);
    if (!description || !wcsstr(description, part)) {
        print_error("%s: the text '%ls' lacks '%ls'\n", expression, description ? description : L"(NULL)", part);
        _fail(file, line);
    }
    SysFreeString(description);
}

/* ---- the page of a VM ---- */

/* Run folder of the VM with this name, NULL when its configuration cannot be read. New memory. */
static char *fixture_run_folder(const struct fixture *fixture, const char *name)
{
    struct catalog_entry entry;
    struct settings *settings = NULL;
    struct vpc_error err;
    char *vmc = NULL, *folder = NULL;
    if (!catalog_find(&fixture->home.catalog, name, &entry, &err))
        return NULL;
    if (catalog_vmc_path(&entry, &vmc, &err) && settings_load(&settings, "preferences", vmc, &err)) {
        char *id = settings_text(settings, "settings/globalconfigid", "");
        catalog_run_folder(&fixture->home.catalog, id, false, &folder, &err);
        free(id);
    }
    settings_free(settings);
    free(vmc);
    catalog_entry_clear(&entry);
    return folder;
}

char *fixture_run_file(const struct fixture *fixture, IVMVirtualMachine *vm, const char *name)
{
    struct vpc_error err;
    char *folder, *path, id[64];
    BSTR config_id;
    assert_hresult(IVMVirtualMachine_get_ConfigID(vm, &config_id), S_OK);
    snprintf(id, sizeof id, "%ls", config_id);
    SysFreeString(config_id);
    assert_ok(catalog_run_folder(&fixture->home.catalog, id, true, &folder, &err), err);
    path = path_join(folder, name);
    free(folder);
    return path;
}

/* False when the VM was never started. */
static bool fixture_page(const struct fixture *fixture, const char *name, struct vm_page_body *body, uint64_t *beat)
{
    struct vm_page *page;
    struct vpc_error err;
    char *folder = fixture_run_folder(fixture, name);
    char *path = folder ? path_join(folder, VM_PAGE_FILE) : NULL;
    bool opened = path && vm_page_open(&page, path, &err);
    if (opened) {
        vm_page_read(page, body);
        *beat = vm_page_last_beat(page);
        vm_page_close(page);
    }
    free(path);
    free(folder);
    return opened;
}

static void fixture_body(const struct fixture *fixture, const WCHAR *name, struct vm_page_body *body)
{
    uint64_t beat;
    char *utf8 = text_from_wide(name, wcslen(name));
    assert_true(fixture_page(fixture, utf8, body, &beat));
    free(utf8);
}

DWORD fixture_supervisor(const struct fixture *fixture, const WCHAR *name)
{
    static struct vm_page_body body;
    fixture_body(fixture, name, &body);
    return (DWORD)body.supervisor_pid;
}

static void end_process(DWORD id)
{
    struct test_process *process = test_process_open(id);
    int status;
    if (!process)
        return;
    test_process_kill(process);
    test_process_await_end(process, &status);
}

void fixture_kill_supervisor(const struct fixture *fixture, const WCHAR *name)
{
    end_process(fixture_supervisor(fixture, name));
}

typedef LONG(WINAPI *change_process)(HANDLE process);

void fixture_halt(DWORD process, bool halted)
{
    FARPROC function = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), halted ? "NtSuspendProcess" : "NtResumeProcess");
    HANDLE handle = OpenProcess(PROCESS_SUSPEND_RESUME, FALSE, process);
    assert_true(function && handle);
    assert_int_equal(((change_process)(void (*)(void))function)(handle), 0);
    CloseHandle(handle);
}

void fixture_prepare(const struct fixture *fixture, const WCHAR *name, const char *orders)
{
    struct vpc_error err;
    char *utf8 = text_from_wide(name, wcslen(name)), *folder = fixture_run_folder(fixture, utf8);
    char *path = path_join(folder, "fake.json"), *json = text_copy(orders);
    for (char *c = json; *c; c++)
        if (*c == '\'')
            *c = '"';
    assert_ok(folder_make(folder, &err), err);
    assert_ok(file_replace(path, json, strlen(json), &err), err);
    free(json);
    free(path);
    free(folder);
    free(utf8);
}

struct control_client *fixture_connect(const struct fixture *fixture, const WCHAR *name)
{
    static struct vm_page_body body;
    struct control_client *client;
    struct vpc_error err;
    fixture_body(fixture, name, &body);
    assert_ok(control_connect(&client, body.control, &err), err);
    return client;
}

void fixture_order(struct control_client *client, const char *command)
{
    struct vpc_error err;
    char *json = text_copy(command);
    for (char *c = json; *c; c++)
        if (*c == '\'')
            *c = '"';
    json_t *arguments = json_loads(json, 0, NULL);
    free(json);
    assert_non_null(arguments);
    assert_ok(control_call(client, "engine", arguments, CALL_MS, NULL, NULL, &err), err);
    json_decref(arguments);
}

void fixture_engine(const struct fixture *fixture, const WCHAR *name, const char *command)
{
    struct control_client *client = fixture_connect(fixture, name);
    fixture_order(client, command);
    control_disconnect(client);
}

/* ---- the fixture ---- */

typedef HRESULT(WINAPI *can_unload)(void);

/* What the DLL answers to DllCanUnloadNow. */
static bool objects_alive(void)
{
    HMODULE module = GetModuleHandleW(L"VPCCOMInterfaces.dll");
    can_unload can = module ? (can_unload)(void (*)(void))GetProcAddress(module, "DllCanUnloadNow") : NULL;
    return can && can() != S_OK;
}

int fixture_open(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    assert_true(SUCCEEDED(CoInitializeEx(NULL, COINIT_MULTITHREADED)));
    fixture->spoilt = objects_alive();
    test_home_open(&fixture->home);
    wchar_t *wide = text_to_wide(fixture->home.folder);
    wcsncpy(fixture->folder, wide, ARRAYSIZE(fixture->folder) - 1);
    free(wide);
    assert_hresult(CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC,
                                    (void **)&fixture->application),
                   S_OK);
    *state = fixture;
    return 0;
}

/* Waits for the supervisors of all VMs to end, because they have files open in the home; those that a failed test has
 * left running are ended. */
static void fixture_end_supervisors(const struct fixture *fixture)
{
    static struct vm_page_body body;
    struct catalog_entry *entries;
    struct vpc_error err;
    size_t count;
    uint64_t beat;
    int status;
    if (!catalog_list(&fixture->home.catalog, &entries, &count, &err))
        return;
    for (size_t i = 0; i < count; i++) {
        struct test_process *process = NULL;
        if (fixture_page(fixture, entries[i].name, &body, &beat))
            process = test_process_open((DWORD)body.supervisor_pid);
        if (!process)
            continue;
        if (beat && !vm_state_is_off(body.state))
            test_process_kill(process);
        test_process_await_end(process, &status);
    }
    catalog_list_free(entries, count);
}

int fixture_close(void **state)
{
    struct fixture *fixture = *state;
    texts_free();
    fixture_end_supervisors(fixture);
    ULONG references = IVMVirtualPC_Release(fixture->application);
    bool alive = objects_alive();
    bool spoilt = fixture->spoilt;
    test_home_close(&fixture->home);
    free(fixture);
    CoUninitialize();
    assert_int_equal(references, 0);
    assert_true(spoilt || !alive);
    return 0;
}

BSTR fixture_machines(const struct fixture *fixture)
{
    return text_of(L"%ls\\Machines", fixture->folder);
}

IVMVirtualMachine *fixture_create(const struct fixture *fixture, const WCHAR *name)
{
    IVMVirtualMachine *vm;
    assert_hresult(IVMVirtualPC_CreateVirtualMachine(fixture->application, text(name), fixture_machines(fixture), &vm),
                   S_OK);
    return vm;
}

void fixture_add_nat(const struct fixture *fixture, IVMVirtualMachine *vm)
{
    IVMVirtualNetwork *network;
    IVMNetworkAdapter *adapter;
    assert_hresult(IVMVirtualPC_FindVirtualNetwork(fixture->application, text(L"Shared Networking (NAT)"), &network),
                   S_OK);
    assert_hresult(IVMVirtualMachine_AddNetworkAdapter(vm, &adapter), S_OK);
    assert_hresult(IVMNetworkAdapter_AttachToVirtualNetwork(adapter, network), S_OK);
    assert_last_release(adapter);
    assert_last_release(network);
}

void fixture_finish(IVMTask *task)
{
    VARIANT_BOOL complete;
    assert_hresult(IVMTask_WaitForCompletion(task, CALL_MS), S_OK);
    assert_hresult(IVMTask_get_IsComplete(task, &complete), S_OK);
    assert_int_equal(complete, VARIANT_TRUE);
    assert_last_release(task);
}

static void finish_well(IVMTask *task)
{
    VMTaskResult result;
    BSTR description;
    LONG error;
    assert_hresult(IVMTask_WaitForCompletion(task, CALL_MS), S_OK);
    assert_hresult(IVMTask_get_ErrorDescription(task, &description), S_OK);
    assert_text(description, L"");
    assert_hresult(IVMTask_get_Error(task, &error), S_OK);
    assert_hresult(error, S_OK);
    assert_hresult(IVMTask_get_Result(task, &result), S_OK);
    assert_int_equal(result, vmTaskResult_Success);
    fixture_finish(task);
}

void fixture_start(IVMVirtualMachine *vm)
{
    IVMTask *task;
    VMVMState vm_state;
    assert_hresult(IVMVirtualMachine_Startup(vm, &task), S_OK);
    finish_well(task);
    assert_hresult(IVMVirtualMachine_get_State(vm, &vm_state), S_OK);
    assert_int_equal(vm_state, vmVMState_Running);
}

void fixture_turn_off(IVMVirtualMachine *vm)
{
    IVMTask *task;
    VMVMState vm_state;
    assert_hresult(IVMVirtualMachine_TurnOff(vm, &task), S_OK);
    finish_well(task);
    assert_hresult(IVMVirtualMachine_get_State(vm, &vm_state), S_OK);
    assert_int_equal(vm_state, vmVMState_TurnedOff);
}
