/*
 * Methods that change something: each call of the system that one makes, on the caller's thread, fails once. Then the
 * method fails with a code that has a name and leaves things so that it can be called again, or it succeeds and has
 * done its work; afterwards the DLL holds what it held before. The methods are in fault_methods_*.c.
 *
 *   test_fault_calls [every] [method...]
 *
 * Without "every", each function of the system fails once under each method, or once under those side by side that
 * start a supervisor each time. With names, those methods only.
 */
#include <stdio.h>
#include <string.h>

#include "com_check.h"
#include "fault_methods.h"
#include "import_fault.h"

enum {
    SETTLE_MS = 2000 /* longer than anything that is let go of in another thread takes */
};

static unsigned long faults, complaints;
static bool every;
static char **only; /* names of methods, up to NULL; none: all */

static HRESULT run(struct stage *stage, const struct method *method, unsigned fail_at, unsigned *calls, bool *right)
{
    HRESULT hr;
    stage->made = NULL;
    if (method->prepare)
        method->prepare(stage);
    if (fail_at && !every)
        fault_arm_next_function();
    else if (fail_at && method->by_site)
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
    static bool after_start;
    if (every || !method->starts || !after_start)
        fault_forget_sites();
    after_start = method->starts;
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
        if (!fault_failed() && (method->by_site || !every))
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
    assert_true(faults > before_faults || !calls || (!every && method->starts));
    print_message("  %s: %lu, the slowest %llu ms\n", method->name, faults - before_faults,
                  (unsigned long long)slowest);
}

static bool is_wanted(const struct method *method)
{
    for (char **name = only; *name; name++)
        if (!strcmp(*name, method->name))
            return true;
    return !*only;
}

static void walk(struct stage *stage, const struct methods *methods)
{
    for (size_t i = 0; i < methods->count; i++)
        if (is_wanted(&methods->table[i]))
            walk_method(stage, &methods->table[i]);
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

static void finish(struct stage *stage, const char *what)
{
    usage_close(stage);
    assert_last_release(stage->vm);
    print_message("%lu faults in methods of %s\n", faults, what);
    assert_int_equal(complaints, 0);
}

static void test_fault__methods_of_a_machine_that_is_off(void **state)
{
    struct stage stage;
    open_stage(&stage, *state);
    walk(&stage, &methods_off);
    usage_open(&stage);
    walk(&stage, &methods_usage);
    finish(&stage, "a machine that is off");
}

static void test_fault__methods_of_a_machine_that_runs(void **state)
{
    struct stage stage;
    open_stage(&stage, *state);
    walk(&stage, &methods_power);
    usage_open(&stage);
    fixture_start(stage.vm);
    walk(&stage, &methods_on);
    walk(&stage, &methods_usage_on);
    events_open(&stage);
    walk(&stage, &methods_events);
    events_close(&stage);
    fixture_turn_off(stage.vm);
    finish(&stage, "a machine that runs");
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fault__methods_of_a_machine_that_is_off, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_fault__methods_of_a_machine_that_runs, fixture_open, fixture_close),
    };
    every = count > 1 && !strcmp(arguments[1], "every");
    only = arguments + 1 + every;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
