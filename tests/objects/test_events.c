/* Events of a VM and of the application, as sinks of both kinds of apartment get them. */
#include "event_check.h"
#include "objects_check.h"

#include <olectl.h>
#include <stdio.h>
#include <stdlib.h>
#include "config/catalog.h"
#include "util/text.h"

/* A whole life: startup, reset, turn off. */
#define LIFE_OF_VM  "state 3; state 5; reset; request-shutdown; state 8; state 1"
#define LIFE_OF_APP "Blue 3; Blue 5; logged 2; logged 7; Blue 8; Blue 1; logged 5"

static void live(IVMVirtualMachine *vm)
{
    IVMTask *task;
    fixture_start(vm);
    assert_hresult(IVMVirtualMachine_Reset(vm, &task), S_OK);
    fixture_finish(task);
    fixture_turn_off(vm);
}

/* ---- connection points ---- */

static void test_events__connection_point_contract(void **state)
{
    struct fixture *fixture = *state;
    IUnknown *sources[] = {(IUnknown *)fixture->application, (IUnknown *)fixture_create(fixture, L"Blue")};
    const IID *events[] = {&DIID_IVMVirtualPCEvents, &DIID_IVMVirtualMachineEvents};
    for (size_t i = 0; i < ARRAYSIZE(sources); i++) {
        IConnectionPointContainer *container, *same;
        IConnectionPoint *point, *found;
        IUnknown *identity, *owner;
        DWORD cookie = 7;
        IID iid;
        assert_hresult(IUnknown_QueryInterface(sources[i], &IID_IConnectionPointContainer, (void **)&container), S_OK);
        assert_hresult(IConnectionPointContainer_QueryInterface(container, &IID_IUnknown, (void **)&owner), S_OK);
        assert_ptr_equal(owner, sources[i]);
        IUnknown_Release(owner);
        assert_hresult(IConnectionPointContainer_FindConnectionPoint(container, events[i], &point), S_OK);
        assert_refused(IConnectionPointContainer_FindConnectionPoint(container, &IID_IVMTask, &found),
                       CONNECT_E_NOCONNECTION, L"no events");
        assert_null(found);
        assert_hresult(IConnectionPoint_GetConnectionInterface(point, &iid), S_OK);
        assert_true(IsEqualIID(&iid, events[i]));
        assert_hresult(IConnectionPoint_GetConnectionPointContainer(point, &same), S_OK);
        assert_ptr_equal(same, container);
        IConnectionPointContainer_Release(same);
        assert_hresult(IConnectionPoint_QueryInterface(point, &IID_IUnknown, (void **)&identity), S_OK);
        assert_ptr_equal(identity, point);
        IUnknown_Release(identity);
        assert_hresult(IConnectionPoint_QueryInterface(point, events[i], (void **)&identity), E_NOINTERFACE);
        assert_refused(IConnectionPoint_Advise(point, NULL, &cookie), E_POINTER, L"NULL");
        assert_int_equal(cookie, 0);
        assert_refused(IConnectionPoint_Advise(point, sources[i], NULL), E_POINTER, L"NULL");
        assert_refused(IConnectionPoint_Unadvise(point, 1), CONNECT_E_NOCONNECTION, L"1");
        IConnectionPoint_Release(point);
        IConnectionPointContainer_Release(container);
    }
    assert_last_release(sources[1]);
}

static HRESULT WINAPI stranger_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = IsEqualIID(iid, &IID_IUnknown) ? iface : NULL;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG WINAPI stranger_count(IUnknown *iface)
{
    (void)iface;
    return 1;
}

static void test_events__Advise_of_no_sink(void **state)
{
    static const IUnknownVtbl vtbl = {stranger_QueryInterface, stranger_count, stranger_count};
    struct fixture *fixture = *state;
    IUnknown stranger = {(IUnknownVtbl *)&vtbl};
    IConnectionPoint *point = test_point((IUnknown *)fixture->application);
    DWORD cookie = 7;
    assert_refused(IConnectionPoint_Advise(point, &stranger, &cookie), CONNECT_E_CANNOTCONNECT, L"IDispatch");
    assert_int_equal(cookie, 0);
    IConnectionPoint_Release(point);
}

static void test_events__EnumConnections_gives_the_sinks(void **state)
{
    struct fixture *fixture = *state;
    IUnknown *source = (IUnknown *)fixture->application;
    IConnectionPoint *point = test_point(source);
    IEnumConnections *connections, *clone;
    CONNECTDATA data[3];
    ULONG fetched;
    struct test_sink *sinks[2];
    DWORD cookies[2];
    for (int i = 0; i < 2; i++) {
        sinks[i] = test_sink_create(&DIID_IVMVirtualPCEvents);
        cookies[i] = test_sink_advise(sinks[i], source);
    }
    assert_int_not_equal(cookies[0], cookies[1]);
    assert_hresult(IConnectionPoint_EnumConnections(point, &connections), S_OK);
    assert_hresult(IEnumConnections_Clone(connections, &clone), S_OK);
    assert_hresult(IEnumConnections_Next(connections, 3, data, &fetched), S_FALSE);
    assert_int_equal(fetched, 2);
    for (int i = 0; i < 2; i++) {
        assert_ptr_equal(data[i].pUnk, test_sink_unknown(sinks[i]));
        assert_int_equal(data[i].dwCookie, cookies[i]);
        IUnknown_Release(data[i].pUnk);
    }
    assert_last_release(connections);
    assert_hresult(IEnumConnections_Skip(clone, 1), S_OK);
    assert_hresult(IEnumConnections_Next(clone, 1, data, NULL), S_OK);
    assert_int_equal(data[0].dwCookie, cookies[1]);
    IUnknown_Release(data[0].pUnk);
    assert_hresult(IEnumConnections_Skip(clone, 1), S_FALSE);
    assert_last_release(clone);
    for (int i = 0; i < 2; i++) {
        assert_hresult(IConnectionPoint_Unadvise(point, cookies[i]), S_OK);
        assert_refused(IConnectionPoint_Unadvise(point, cookies[i]), CONNECT_E_NOCONNECTION, L"no connection");
        test_sink_release(sinks[i]);
    }
    IConnectionPoint_Release(point);
}

/* ---- order ---- */

static void test_events__life_of_a_VM(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct test_sink *of_vm = test_sink_create(&DIID_IVMVirtualMachineEvents);
    struct test_sink *of_app = test_sink_create_plain(&DIID_IVMVirtualPCEvents);
    DWORD vm_cookie = test_sink_advise(of_vm, (IUnknown *)vm);
    DWORD app_cookie = test_sink_advise(of_app, (IUnknown *)fixture->application);
    live(vm);
    test_sink_await(of_vm, LIFE_OF_VM);
    test_sink_await(of_app, LIFE_OF_APP);
    test_sink_unadvise((IUnknown *)vm, vm_cookie);
    test_sink_unadvise((IUnknown *)fixture->application, app_cookie);
    test_sink_release(of_vm);
    test_sink_release(of_app);
    assert_last_release(vm);
}

static void test_events__what_was_before_is_not_told(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct test_sink *early = test_sink_create(&DIID_IVMVirtualMachineEvents);
    struct test_sink *late = test_sink_create(&DIID_IVMVirtualMachineEvents);
    DWORD early_cookie = test_sink_advise(early, (IUnknown *)vm);
    fixture_start(vm);
    DWORD late_cookie = test_sink_advise(late, (IUnknown *)vm);
    fixture_turn_off(vm);
    test_sink_await(early, "state 3; state 5; request-shutdown; state 8; state 1");
    test_sink_await(late, "request-shutdown; state 8; state 1");
    test_sink_unadvise((IUnknown *)vm, early_cookie);
    test_sink_unadvise((IUnknown *)vm, late_cookie);
    test_sink_release(early);
    test_sink_release(late);
    assert_last_release(vm);
}

static void test_events__guest_reboots_and_powers_off_by_itself(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    fixture_start(vm);
    DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
    fixture_engine(fixture, L"Blue", "{'guest':'reboot'}");
    test_sink_await(sink, "reset");
    fixture_engine(fixture, L"Blue", "{'guest':'triple-fault'}");
    fixture_engine(fixture, L"Blue", "{'guest':'power-off'}");
    test_sink_await(sink, "reset; triple-fault; reset; guest-shutdown; request-shutdown; state 8; state 1");
    test_sink_unadvise((IUnknown *)vm, cookie);
    test_sink_release(sink);
    assert_last_release(vm);
}

static void test_events__many_sessions_lose_nothing(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
    char expected[1024] = "";
    for (int i = 0; i < 3; i++) {
        live(vm);
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%s%s", i ? "; " : "", LIFE_OF_VM);
    }
    test_sink_await(sink, expected);
    test_sink_unadvise((IUnknown *)vm, cookie);
    test_sink_release(sink);
    assert_last_release(vm);
}

#define NOTES "settings/notes"

static void test_events__configuration_changes(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *other;
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
    VARIANT value;
    assert_hresult(IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"Blue"), &other), S_OK);
    V_VT(&value) = VT_UI4;
    V_UI4(&value) = 7;
    assert_hresult(IVMVirtualMachine_SetConfigurationValue(other, text(L"my/number"), value), S_OK);
    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = text(L"word");
    assert_hresult(IVMVirtualMachine_SetConfigurationValue(vm, text(L"my/text"), value), S_OK);
    assert_hresult(IVMVirtualMachine_RemoveConfigurationValue(vm, text(L"my/number")), S_OK);
    assert_hresult(IVMVirtualMachine_put_Notes(vm, text(L"hello")), S_OK);
    assert_hresult(IVMVirtualMachine_put_Notes(vm, NULL), S_OK);
    test_sink_await(sink, "config my/number=7; config my/text=word; config my/number=nothing; "
                          "config " NOTES "=hello; config " NOTES "=nothing");
    test_sink_unadvise((IUnknown *)vm, cookie);
    test_sink_release(sink);
    assert_last_release(other);
    assert_last_release(vm);
}

#define ADAPTERS "hardware/pci_bus/ethernet_adapter"
#define ADAPTER  ADAPTERS "/ethernet_controller[@id=0]"

/* What a device changes is told key by key; bytes are an array. */
static void test_events__configuration_changes_by_devices(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMNetworkAdapter *adapter;
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
    assert_hresult(IVMVirtualMachine_AddNetworkAdapter(vm, &adapter), S_OK);
    test_sink_await(sink, "config " ADAPTERS "/controller_count=1; config " ADAPTER
                          "/ethernet_card_address=a value of type 8209");
    assert_hresult(IVMVirtualMachine_RemoveNetworkAdapter(vm, adapter), S_OK);
    test_sink_await(sink, "config " ADAPTERS "/controller_count=1; config " ADAPTER
                          "/ethernet_card_address=a value of type 8209; config " ADAPTERS
                          "/controller_count=0; config " ADAPTER "/ethernet_card_address=nothing");
    assert_last_release(adapter);
    test_sink_unadvise((IUnknown *)vm, cookie);
    test_sink_release(sink);
    assert_last_release(vm);
}

static bool set_elsewhere(struct settings *settings, void *context, struct vpc_error *err)
{
    (void)context;
    return settings_set_integer(settings, "my/number", 8, err) && settings_set_text(settings, "my/text", "new", err) &&
           settings_remove(settings, "my/old", err);
}

/* What is written to the file without this library, as by another process; and what a session writes for itself. */
static void test_events__configuration_changes_by_others(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    struct vpc_error err;
    VARIANT value;
    IVMTask *task;
    BSTR file;
    V_VT(&value) = VT_I4;
    V_I4(&value) = 7;
    assert_hresult(IVMVirtualMachine_SetConfigurationValue(vm, text(L"my/number"), value), S_OK);
    assert_hresult(IVMVirtualMachine_SetConfigurationValue(vm, text(L"my/old"), value), S_OK);
    DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
    assert_hresult(IVMVirtualMachine_get_File(vm, &file), S_OK);
    char *vmc = text_from_wide(file, SysStringLen(file));
    assert_ok(catalog_change_vmc(vmc, set_elsewhere, NULL, &err), err);
    test_sink_await(sink, "config my/number=8; config my/text=new; config my/old=nothing");
    test_sink_clear(sink);
    /* Set to what it is: told all the same, by whom it was set. */
    V_I4(&value) = 8;
    assert_hresult(IVMVirtualMachine_SetConfigurationValue(vm, text(L"my/number"), value), S_OK);
    test_sink_await(sink, "config my/number=8");
    fixture_start(vm);
    assert_hresult(IVMVirtualMachine_Save(vm, &task), S_OK);
    fixture_finish(task);
    test_sink_await(sink, "config my/number=8; state 3; state 5; state 7; state 2");
    free(vmc);
    SysFreeString(file);
    test_sink_unadvise((IUnknown *)vm, cookie);
    test_sink_release(sink);
    assert_last_release(vm);
}

/* A VM that is made and run after Advise, by nobody that the listener knows. */
static void test_events__application_hears_of_a_new_VM(void **state)
{
    struct fixture *fixture = *state;
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualPCEvents);
    DWORD cookie = test_sink_advise(sink, (IUnknown *)fixture->application);
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    live(vm);
    test_sink_await(sink, LIFE_OF_APP);
    test_sink_unadvise((IUnknown *)fixture->application, cookie);
    test_sink_release(sink);
    assert_last_release(vm);
}

/* Save and restore, power off by the guest, a triple fault and a full disk, as the host's log has them. */
static void test_events__messages_of_the_log(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct test_sink *of_vm = test_sink_create(&DIID_IVMVirtualMachineEvents);
    struct test_sink *of_app = test_sink_create(&DIID_IVMVirtualPCEvents);
    IVMTask *task;
    DWORD vm_cookie = test_sink_advise(of_vm, (IUnknown *)vm);
    DWORD app_cookie = test_sink_advise(of_app, (IUnknown *)fixture->application);
    fixture_start(vm);
    assert_hresult(IVMVirtualMachine_Save(vm, &task), S_OK);
    fixture_finish(task);
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'guest':'triple-fault'}");
    fixture_engine(fixture, L"Blue", "{'guest':'disk-full'}");
    test_sink_await(of_vm, "state 3; state 5; state 7; state 2; state 4; state 5; triple-fault; reset; "
                           "disk-out-of-space 1; state 6");
    /* The guest writes again as soon as it may: still no room. */
    assert_hresult(IVMVirtualMachine_Resume(vm), S_OK);
    fixture_engine(fixture, L"Blue", "{'guest':'disk-full'}");
    test_sink_await(of_vm, "state 3; state 5; state 7; state 2; state 4; state 5; triple-fault; reset; "
                           "disk-out-of-space 1; state 6; state 5; disk-out-of-space 1; state 6");
    assert_hresult(IVMVirtualMachine_Resume(vm), S_OK);
    fixture_engine(fixture, L"Blue", "{'guest':'power-off'}");
    test_sink_await(of_app, "Blue 3; Blue 5; logged 2; Blue 7; Blue 2; logged 4; Blue 4; Blue 5; logged 3; logged 9; "
                            "logged 7; logged 11; Blue 6; Blue 5; logged 11; Blue 6; Blue 5; Blue 8; Blue 1; logged 6");
    test_sink_unadvise((IUnknown *)vm, vm_cookie);
    test_sink_unadvise((IUnknown *)fixture->application, app_cookie);
    test_sink_release(of_vm);
    test_sink_release(of_app);
    assert_last_release(vm);
}

/* ---- apartments ---- */

struct apartment {
    struct fixture *fixture;
    HANDLE ready, done;
    bool leaves; /* ends its apartment with the sink still connected */
};

/* A single-threaded apartment with sinks of VM and application, which keep one record. */
static DWORD WINAPI apartment_main(void *context)
{
    struct apartment *apartment = context;
    IVMVirtualPC *application;
    IVMVirtualMachine *vm;
    if (FAILED(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED)) ||
        FAILED(
            CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, (void **)&application)))
        return 1;
    BSTR name = SysAllocString(L"Blue");
    if (IVMVirtualPC_FindVirtualMachine(application, name, &vm) != S_OK)
        return 2;
    SysFreeString(name);
    struct test_sink *of_vm = test_sink_create(&DIID_IVMVirtualMachineEvents);
    struct test_sink *of_app = test_sink_create(&DIID_IVMVirtualPCEvents);
    test_sink_join(of_app, of_vm);
    DWORD app_cookie = test_sink_advise(of_app, (IUnknown *)application);
    DWORD vm_cookie = test_sink_advise(of_vm, (IUnknown *)vm);
    SetEvent(apartment->ready);
    test_sink_await(of_vm, "state 3; Blue 3; state 5; Blue 5; logged 2; reset; logged 7; request-shutdown; state 8; "
                           "Blue 8; state 1; Blue 1; logged 5");
    DWORD right = test_sink_thread(of_vm) == GetCurrentThreadId() && test_sink_thread(of_app) == GetCurrentThreadId();
    test_sink_unadvise((IUnknown *)vm, vm_cookie);
    test_sink_unadvise((IUnknown *)application, app_cookie);
    test_sink_release(of_vm);
    test_sink_release(of_app);
    IVMVirtualMachine_Release(vm);
    IVMVirtualPC_Release(application);
    CoUninitialize();
    return right ? 0 : 3;
}

static void test_events__single_threaded_apartment(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct apartment apartment = {.fixture = fixture, .ready = CreateEventW(NULL, TRUE, FALSE, NULL)};
    DWORD code;
    HANDLE thread = CreateThread(NULL, 0, apartment_main, &apartment, 0, NULL);
    HANDLE either[] = {apartment.ready, thread};
    assert_int_equal(WaitForMultipleObjects(2, either, FALSE, INFINITE), WAIT_OBJECT_0);
    live(vm);
    WaitForSingleObject(thread, INFINITE);
    assert_true(GetExitCodeThread(thread, &code));
    assert_int_equal(code, 0);
    CloseHandle(thread);
    CloseHandle(apartment.ready);
    assert_last_release(vm);
}

/* ---- sinks that misbehave ---- */

static void test_events__sink_that_fails_hears_on(void **state)
{
    static const HRESULT answers[] = {E_FAIL, DISP_E_EXCEPTION, DISP_E_MEMBERNOTFOUND, S_FALSE};
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    for (size_t i = 0; i < ARRAYSIZE(answers); i++) {
        struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
        test_sink_answer(sink, answers[i]);
        DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
        live(vm);
        test_sink_await(sink, LIFE_OF_VM);
        test_sink_unadvise((IUnknown *)vm, cookie);
        test_sink_release(sink);
    }
    assert_last_release(vm);
}

static void test_events__sink_that_hangs_harms_nobody(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct test_sink *hanging = test_sink_create(&DIID_IVMVirtualMachineEvents);
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    test_sink_hang(hanging);
    DWORD hanging_cookie = test_sink_advise(hanging, (IUnknown *)vm);
    DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
    live(vm);
    test_sink_await(sink, LIFE_OF_VM);
    test_sink_await(hanging, "state 3");
    test_sink_unadvise((IUnknown *)vm, hanging_cookie);
    test_sink_unadvise((IUnknown *)vm, cookie);
    test_sink_let_go(hanging);
    test_sink_release(hanging);
    test_sink_release(sink);
    assert_last_release(vm);
}

static void test_events__sink_that_hung_gets_all(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    test_sink_hang(sink);
    DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
    live(vm);
    test_sink_await(sink, "state 3");
    test_sink_let_go(sink);
    test_sink_await(sink, LIFE_OF_VM);
    test_sink_unadvise((IUnknown *)vm, cookie);
    test_sink_release(sink);
    assert_last_release(vm);
}

struct unadvise {
    IUnknown *source;
    DWORD cookie;
};

static void unadvise_inside(void *context)
{
    struct unadvise *unadvise = context;
    if (unadvise->cookie)
        test_sink_unadvise(unadvise->source, unadvise->cookie);
    unadvise->cookie = 0;
}

static void test_events__Unadvise_inside_a_call(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct test_sink *other = test_sink_create(&DIID_IVMVirtualMachineEvents);
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    struct unadvise unadvise = {.source = (IUnknown *)vm};
    test_sink_on_call(sink, unadvise_inside, &unadvise);
    unadvise.cookie = test_sink_advise(sink, (IUnknown *)vm);
    DWORD cookie = test_sink_advise(other, (IUnknown *)vm);
    live(vm);
    test_sink_await(other, LIFE_OF_VM);
    test_sink_await(sink, "state 3");
    test_sink_unadvise((IUnknown *)vm, cookie);
    test_sink_release(sink);
    test_sink_release(other);
    assert_last_release(vm);
}

static void test_events__object_released_with_sinks_connected(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue"), *other;
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    assert_hresult(IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"Blue"), &other), S_OK);
    test_sink_advise(sink, (IUnknown *)other);
    fixture_start(vm);
    test_sink_await(sink, "state 3; state 5");
    assert_last_release(other);
    fixture_turn_off(vm);
    test_sink_await(sink, "state 3; state 5");
    test_sink_release(sink);
    assert_last_release(vm);
}

static DWORD WINAPI leaving_main(void *context)
{
    IUnknown *source = context;
    if (FAILED(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED)))
        return 1;
    test_sink_advise(test_sink_create(&DIID_IVMVirtualMachineEvents), source);
    CoUninitialize();
    return 0;
}

static void test_events__apartment_of_a_sink_is_gone(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    DWORD code;
    HANDLE thread = CreateThread(NULL, 0, leaving_main, vm, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    assert_true(GetExitCodeThread(thread, &code));
    assert_int_equal(code, 0);
    CloseHandle(thread);
    DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
    live(vm);
    test_sink_await(sink, LIFE_OF_VM);
    test_sink_unadvise((IUnknown *)vm, cookie);
    test_sink_release(sink);
    assert_last_release(vm);
}

static void test_events__supervisor_lost(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    VMVMState vm_state;
    DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
    fixture_start(vm);
    test_sink_await(sink, "state 3; state 5");
    fixture_kill_supervisor(fixture, L"Blue");
    test_sink_await(sink, "state 3; state 5; state 1");
    assert_hresult(IVMVirtualMachine_get_State(vm, &vm_state), S_OK);
    assert_int_equal(vm_state, vmVMState_TurnedOff);
    test_sink_clear(sink);
    live(vm);
    test_sink_await(sink, LIFE_OF_VM);
    test_sink_unadvise((IUnknown *)vm, cookie);
    test_sink_release(sink);
    assert_last_release(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_events__connection_point_contract, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__Advise_of_no_sink, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__EnumConnections_gives_the_sinks, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__life_of_a_VM, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__what_was_before_is_not_told, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__guest_reboots_and_powers_off_by_itself, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_events__many_sessions_lose_nothing, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__configuration_changes, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__configuration_changes_by_devices, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__configuration_changes_by_others, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__application_hears_of_a_new_VM, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__messages_of_the_log, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__single_threaded_apartment, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__sink_that_fails_hears_on, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__sink_that_hangs_harms_nobody, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__sink_that_hung_gets_all, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__Unadvise_inside_a_call, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__object_released_with_sinks_connected, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__apartment_of_a_sink_is_gone, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_events__supervisor_lost, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
