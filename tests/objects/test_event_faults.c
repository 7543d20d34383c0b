/* What goes wrong around events: whoever else listens or calls waits for none of it, and none is lost or told twice. */
#include "event_check.h"
#include "objects_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "config/catalog.h"
#include "session/control.h"
#include "session/vm_page.h"
#include "trust/answer_clock.h"
#include "util/file.h"
#include "util/text.h"

/* A VM with a sink. */
struct heard {
    IVMVirtualMachine *vm;
    struct test_sink *sink;
    DWORD cookie;
};

static void heard_open(struct heard *heard, IVMVirtualMachine *vm)
{
    heard->vm = vm;
    heard->sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    heard->cookie = test_sink_advise(heard->sink, (IUnknown *)vm);
}

static void heard_close(struct heard *heard)
{
    test_sink_unadvise((IUnknown *)heard->vm, heard->cookie);
    test_sink_release(heard->sink);
    assert_last_release(heard->vm);
}

/* The guest of the running VM reboots, and the sink is told of just that. */
static void check_told(struct test_sink *sink, struct control_client *client)
{
    test_sink_clear(sink);
    fixture_order(client, "{'guest':'reboot'}");
    in_time((test_sink_await(sink, "reset"), S_OK));
}

static void check_connects(IVMVirtualMachine *vm)
{
    struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
    DWORD cookie;
    in_time((cookie = test_sink_advise(sink, (IUnknown *)vm), S_OK));
    in_time((test_sink_unadvise((IUnknown *)vm, cookie), S_OK));
    test_sink_release(sink);
}

/* ---- who is waited for ---- */

/* Two supervisors are stopped and one is killed: each is asked for, the stopped ones as long as a call waits. */
static void test_event_faults__silent_supervisors_hold_nobody_up(void **state)
{
    static const WCHAR *const names[] = {L"Killed", L"Stopped 1", L"Stopped 2", L"Well"};
    struct fixture *fixture = *state;
    struct heard heard[ARRAYSIZE(names)], *killed = &heard[0], *well = &heard[3];
    BSTR notes = text(L"hello");
    DWORD stopped[2];
    for (size_t i = 0; i < ARRAYSIZE(names); i++) {
        heard_open(&heard[i], fixture_create(fixture, names[i]));
        fixture_start(heard[i].vm);
        test_sink_await(heard[i].sink, "state 3; state 5");
    }
    struct control_client *client = fixture_connect(fixture, L"Well");
    for (int i = 0; i < 2; i++) {
        stopped[i] = fixture_supervisor(fixture, names[1 + i]);
        fixture_halt(stopped[i], true);
    }
    fixture_kill_supervisor(fixture, L"Killed");
    answer_clock_start();
    while (!test_sink_is(killed->sink, "state 3; state 5; state 1")) {
        check_connects(well->vm);
        check_told(well->sink, client);
        assert_hresult(in_time(IVMVirtualMachine_put_Notes(well->vm, notes)), S_OK);
        in_time((test_sink_await(well->sink, "reset; config settings/notes=hello"), S_OK));
    }
    answer_clock_stop();
    control_disconnect(client);
    for (int i = 0; i < 2; i++)
        fixture_halt(stopped[i], false);
    for (size_t i = 0; i < ARRAYSIZE(names); i++) {
        if (i)
            fixture_turn_off(heard[i].vm);
        heard_close(&heard[i]);
    }
}

struct change {
    IVMVirtualMachine *vm;
    BSTR notes;
    HRESULT hr;
};

static DWORD WINAPI change_in_thread(void *context)
{
    struct change *change = context;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    change->hr = IVMVirtualMachine_put_Notes(change->vm, change->notes);
    CoUninitialize();
    return 0;
}

/* Who waits for the lock takes a new time of its file for a new holder, and waits on. */
static void renew_lock(const char *path)
{
    wchar_t *wide = text_to_wide(path);
    HANDLE file =
        CreateFileW(wide, FILE_WRITE_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    FILETIME now;
    assert_true(file != INVALID_HANDLE_VALUE);
    GetSystemTimeAsFileTime(&now);
    assert_true(SetFileTime(file, NULL, NULL, &now));
    CloseHandle(file);
    free(wide);
}

/* The change of a .vmc waits for another program that holds its lock, and nobody waits for the change: it would fail
 * before they went on. */
static void test_event_faults__change_that_waits_holds_nobody_up(void **state)
{
    enum {
        ROUNDS = 5
    };
    struct fixture *fixture = *state;
    struct heard changed, other;
    struct file_lock *lock;
    struct vpc_error err;
    BSTR file;
    heard_open(&changed, fixture_create(fixture, L"Blue"));
    heard_open(&other, fixture_create(fixture, L"Green"));
    fixture_start(other.vm);
    test_sink_await(other.sink, "state 3; state 5");
    struct control_client *client = fixture_connect(fixture, L"Green");
    assert_hresult(IVMVirtualMachine_get_File(changed.vm, &file), S_OK);
    char *path = text_format("%ls.lock", file);
    assert_ok(file_lock_try(&lock, path, &err), err);
    assert_non_null(lock);
    struct change change = {.vm = changed.vm, .notes = text(L"hello"), .hr = E_UNEXPECTED};
    HANDLE thread = CreateThread(NULL, 0, change_in_thread, &change, 0, NULL);
    assert_non_null(thread);
    answer_clock_start();
    for (int i = 0; i < ROUNDS; i++) {
        check_told(other.sink, client);
        renew_lock(path);
        check_connects(changed.vm);
        renew_lock(path);
    }
    answer_clock_stop();
    assert_int_equal(WaitForSingleObject(thread, 0), WAIT_TIMEOUT);
    file_lock_remove(lock);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    assert_hresult(change.hr, S_OK);
    test_sink_await(changed.sink, "config settings/notes=hello");
    free(path);
    SysFreeString(file);
    control_disconnect(client);
    fixture_turn_off(other.vm);
    heard_close(&other);
    heard_close(&changed);
}

/* ---- what is told ---- */

/* The page of a VM that was never on, for vm_page_close. */
static struct vm_page *make_page(const struct fixture *fixture, IVMVirtualMachine *vm)
{
    struct vpc_error err;
    struct vm_page *page;
    char *path = fixture_run_file(fixture, vm, VM_PAGE_FILE);
    assert_ok(vm_page_create(&page, path, &err), err);
    free(path);
    return page;
}

static void put_event(struct vm_page *page, VMVMState value)
{
    static struct vm_page_body body;
    vm_page_read(page, &body);
    body.events[body.event_count++ % VM_PAGE_EVENTS] =
        (struct vm_page_event){.kind = VM_EVENT_STATE, .value = (uint32_t)value};
    vm_page_publish(page, &body);
}

/* Another process puts the last event into the page and takes the VM away, and the VM's own sink leaves, all of it most
 * often before the next look: the application hears of it. */
static void test_event_faults__last_event_before_a_VM_is_gone(void **state)
{
    static const char *const names[] = {"V1", "V2", "V3", "V4", "V5", "V6"};
    struct fixture *fixture = *state;
    struct test_sink *of_app = test_sink_create(&DIID_IVMVirtualPCEvents);
    DWORD app_cookie = test_sink_advise(of_app, (IUnknown *)fixture->application);
    char expected[256] = "";
    for (size_t i = 0; i < ARRAYSIZE(names); i++) {
        struct catalog_entry entry;
        struct vpc_error err;
        struct heard heard;
        IVMVirtualMachine *vm = fixture_create(fixture, text_of(L"%hs", names[i]));
        struct vm_page *page = make_page(fixture, vm);
        heard_open(&heard, vm);
        IConnectionPoint *point = test_point((IUnknown *)vm);
        assert_ok(catalog_find(&fixture->home.catalog, names[i], &entry, &err), err);
        put_event(page, vmVMState_DeleteMachine);
        assert_ok(catalog_unregister(&fixture->home.catalog, &entry, &err), err);
        assert_hresult(IConnectionPoint_Unadvise(point, heard.cookie), S_OK);
        catalog_entry_clear(&entry);
        vm_page_close(page);
        IConnectionPoint_Release(point);
        test_sink_release(heard.sink);
        assert_last_release(vm);
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%s%s 10", i ? "; " : "", names[i]);
        test_sink_await(of_app, expected);
    }
    test_sink_unadvise((IUnknown *)fixture->application, app_cookie);
    test_sink_release(of_app);
}

#define LIFE "Blue 3; Blue 5; logged 2; Blue 8; Blue 1; logged 5"

/* A client that keeps an object, and a sink, of before has no more than that. */
static void test_event_faults__VM_that_is_registered_again_is_told_once(void **state)
{
    struct fixture *fixture = *state;
    struct test_sink *of_app = test_sink_create(&DIID_IVMVirtualPCEvents);
    DWORD app_cookie = test_sink_advise(of_app, (IUnknown *)fixture->application);
    IVMVirtualMachine *again;
    struct heard heard;
    heard_open(&heard, fixture_create(fixture, L"Blue"));
    fixture_start(heard.vm);
    fixture_turn_off(heard.vm);
    test_sink_await(of_app, LIFE);
    test_sink_clear(of_app);
    assert_hresult(IVMVirtualPC_UnregisterVirtualMachine(fixture->application, heard.vm), S_OK);
    assert_hresult(
        IVMVirtualPC_RegisterVirtualMachine(fixture->application, text(L"Blue"), fixture_machines(fixture), &again),
        S_OK);
    fixture_start(again);
    fixture_turn_off(again);
    fixture_start(again);
    test_sink_await(of_app, LIFE "; Blue 3; Blue 5; logged 2");
    fixture_turn_off(again);
    test_sink_await(of_app, LIFE "; " LIFE);
    assert_last_release(again);
    heard_close(&heard);
    test_sink_unadvise((IUnknown *)fixture->application, app_cookie);
    test_sink_release(of_app);
}

/* A new object of the VM, of which nothing is known yet, that gets a sink while nobody can read the .vmc. */
static void hear_blindly(const struct fixture *fixture, struct heard *heard, IVMVirtualMachine *known)
{
    IVMVirtualMachine *vm;
    BSTR file;
    assert_hresult(IVMVirtualMachine_get_File(known, &file), S_OK);
    assert_last_release(known);
    assert_hresult(IVMVirtualPC_FindVirtualMachine(fixture->application, text(L"Blue"), &vm), S_OK);
    HANDLE held = CreateFileW(file, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(held != INVALID_HANDLE_VALUE);
    heard_open(heard, vm);
    CloseHandle(held);
    SysFreeString(file);
}

static void test_event_faults__page_that_is_found_late(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct heard heard;
    IVMTask *task;
    fixture_start(vm);
    fixture_turn_off(vm);
    hear_blindly(fixture, &heard, vm);
    /* All of what begins after Advise. */
    fixture_start(heard.vm);
    assert_hresult(IVMVirtualMachine_Reset(heard.vm, &task), S_OK);
    fixture_finish(task);
    test_sink_await(heard.sink, "state 3; state 5; reset");
    fixture_turn_off(heard.vm);
    test_sink_await(heard.sink, "state 3; state 5; reset; request-shutdown; state 8; state 1");
    heard_close(&heard);
}

/* In a session that goes on, nothing from before the page was found. */
static void test_event_faults__page_that_is_found_late_in_a_session(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    struct heard heard;
    fixture_start(vm);
    hear_blindly(fixture, &heard, vm);
    while (test_sink_is(heard.sink, "")) {
        fixture_engine(fixture, L"Blue", "{'guest':'reboot'}");
        test_rest();
    }
    fixture_turn_off(heard.vm);
    char *record = test_sink_await_end(heard.sink, "; request-shutdown; state 8; state 1");
    const char *rest = record;
    while (strncmp(rest, "reset; ", 7) == 0)
        rest += 7;
    assert_string_equal(rest, "request-shutdown; state 8; state 1");
    free(record);
    heard_close(&heard);
}

/* The file is gone and the .vmc still names it: the VM is TurnedOff, which the call says, and which is told. */
static void test_event_faults__DiscardSavedState_that_cannot_write_the_vmc(void **state)
{
    struct fixture *fixture = *state;
    struct heard heard;
    VMVMState vm_state;
    IVMTask *task;
    BSTR file;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_start(vm);
    assert_hresult(IVMVirtualMachine_Save(vm, &task), S_OK);
    fixture_finish(task);
    heard_open(&heard, vm);
    assert_hresult(IVMVirtualMachine_get_File(vm, &file), S_OK);
    assert_true(SetFileAttributesW(file, FILE_ATTRIBUTE_READONLY));
    assert_hresult(IVMVirtualMachine_DiscardSavedState(vm), S_OK);
    assert_true(SetFileAttributesW(file, FILE_ATTRIBUTE_NORMAL));
    assert_hresult(IVMVirtualMachine_get_State(vm, &vm_state), S_OK);
    assert_int_equal(vm_state, vmVMState_TurnedOff);
    fixture_start(vm);
    test_sink_await(heard.sink, "state 1; state 3; state 5");
    fixture_turn_off(vm);
    SysFreeString(file);
    heard_close(&heard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_event_faults__silent_supervisors_hold_nobody_up, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_event_faults__change_that_waits_holds_nobody_up, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_event_faults__last_event_before_a_VM_is_gone, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_event_faults__VM_that_is_registered_again_is_told_once, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_event_faults__page_that_is_found_late, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_event_faults__page_that_is_found_late_in_a_session, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_event_faults__DiscardSavedState_that_cannot_write_the_vmc, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests_name("event_faults", tests, NULL, NULL);
}
