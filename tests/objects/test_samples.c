/* The samples that print the accounting table, and short loops over all VMs, one a property: run as a user runs them,
 * their output compared line by line. Wine's script host ends with status 0 also when a script has failed. */
#include "objects_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include "support/process.h"
#include "util/text.h"

enum {
    OUTPUT_MOST = 8192
};

/* What each line has to be. '*' stands for a whole number from 0 to 100: processor use and seconds. */
struct run {
    const char *program; /* of this build, or NULL: a script */
    const char *script;  /* below the samples or the loops */
    const char *expected;
};

#define HEADING "Name\tState\tSent\tReceived\tRead\tWritten\tCPU %\tUp s\n"
#define TABLE                                                                                                          \
    HEADING "Blue\tRunning\t1520\t9007199254740997\t2048\t512\t*\t*\n"                                                 \
            "Red\tTurned off\t0\t0\t0\t0\t0\t0\n"

static const struct run samples[] = {
    {NULL, "vbscript/accounting.vbs", TABLE},
    {NULL, "jscript/accounting.js", TABLE},
    {"accounting-c", NULL, TABLE},
    {"accounting-cpp", NULL, TABLE},
};

static const struct run loops[] = {
    {NULL, "network_bytes_sent.vbs", "Blue: 1520\nRed: 0\n"},
    {NULL, "network_bytes_received.vbs", "Blue: 9007199254740997\nRed: 0\n"},
    {NULL, "disk_bytes_read.vbs", "Blue: 2048\nRed: 0\n"},
    {NULL, "disk_bytes_written.vbs", "Blue: 512\nRed: 0\n"},
    {NULL, "cpu_utilization.vbs", "Blue: *\nRed: 0\n"},
    {NULL, "cpu_utilization_history.vbs", "Blue: 8209\nRed: 8209\n"},
    {NULL, "up_time.vbs", "Blue: *\nRed: 0\n"},
    {NULL, "network_traffic_total.vbs", "Blue: 9007199254742517\nRed: 0\nAll: 9007199254742517\n"},
    {NULL, "cpu_history_walked.vbs", "Blue: 60 seconds, 0 odd\nRed: 60 seconds, 0 odd\n"},
    {NULL, "cpu_history_walked.js", "Blue: 60 seconds, 0 odd\nRed: 60 seconds, 0 odd\n"},
    {NULL, "snapshot.js",
     "Blue: 5 1 1 1520 5 8 5 8 2048 512 60 instant instant true\n"
     "Red: 1 0 0 0 0 0 0 0 0 0 60 '' instant true\n"},
};

static WCHAR *wide_command(const struct run *run, const char *folder)
{
    char *command;
    if (run->program) {
        char *path = test_program(run->program);
        command = text_format("\"%s\"", path);
        free(path);
    } else {
        command = text_format("cscript.exe //nologo \"%s/%s\"", folder, run->script);
        for (char *c = strchr(command, '"'); *c; c++)
            if (*c == '/')
                *c = '\\';
    }
    WCHAR *wide = text_to_wide(command);
    free(command);
    assert_non_null(wide);
    return wide;
}

/* Standard output of the program, without carriage returns; it must end with status 0. */
static void run_program(const struct run *run, const char *folder, char output[OUTPUT_MOST])
{
    SECURITY_ATTRIBUTES inherit = {.nLength = sizeof inherit, .bInheritHandle = TRUE};
    PROCESS_INFORMATION process;
    HANDLE read, write;
    DWORD got, status, length = 0;
    WCHAR *command = wide_command(run, folder);
    assert_true(CreatePipe(&read, &write, &inherit, 0));
    assert_true(SetHandleInformation(read, HANDLE_FLAG_INHERIT, 0));
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES, .hStdOutput = write};
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (!CreateProcessW(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
        fail_msg("'%ls' does not start: %lu", command, GetLastError());
    CloseHandle(write);
    while (length + 1 < OUTPUT_MOST && ReadFile(read, output + length, OUTPUT_MOST - 1 - length, &got, NULL) && got)
        length += got;
    CloseHandle(read);
    WaitForSingleObject(process.hProcess, INFINITE);
    assert_true(GetExitCodeProcess(process.hProcess, &status));
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    free(command);
    assert_int_equal(status, 0);
    char *end = output;
    for (DWORD i = 0; i < length; i++)
        if (output[i] != '\r')
            *end++ = output[i];
    *end = '\0';
}

static bool matches(const char *output, const char *expected)
{
    while (*expected && *expected == (*expected == '*' ? '*' : *output)) {
        if (*expected++ != '*') {
            output++;
            continue;
        }
        char *end;
        unsigned long number = strtoul(output, &end, 10);
        if (end == output || number > 100)
            return false;
        output = end;
    }
    return !*expected && !*output;
}

static void check_run(const struct run *run, const char *folder)
{
    static char output[OUTPUT_MOST];
    run_program(run, folder, output);
    if (!matches(output, run->expected))
        fail_msg("%s prints\n%s\nnot\n%s", run->program ? run->program : run->script, output, run->expected);
}

/* Blue runs and has moved data, Red is off. */
static IVMVirtualMachine *make_machines(const struct fixture *fixture)
{
    IVMVirtualMachine *blue = fixture_create(fixture, L"Blue");
    IVMAccountant *accountant;
    VARIANT value;
    ULONGLONG start = GetTickCount64();
    assert_last_release(fixture_create(fixture, L"Red"));
    fixture_add_nat(fixture, blue);
    fixture_add_nat(fixture, blue);
    fixture_start(blue);
    fixture_engine(fixture, L"Blue", "{'disk':{'drive':2,'read':2048,'written':512,'reads':4,'writes':1}}");
    fixture_engine(fixture, L"Blue",
                   "{'traffic':{'adapter':1,'sent':20,'received':4,'packets_sent':2,"
                   "'packets_received':1}}");
    fixture_engine(fixture, L"Blue",
                   "{'traffic':{'adapter':0,'sent':1500,'received':9007199254740993,"
                   "'packets_sent':3,'packets_received':7}}");
    assert_hresult(IVMVirtualMachine_get_Accountant(blue, &accountant), S_OK);
    do {
        assert_hresult(IVMAccountant_get_NetworkBytesSent(accountant, &value), S_OK);
    } while (value.decVal.Lo64 != 1520 && GetTickCount64() - start < 60000);
    assert_true(value.decVal.Lo64 == 1520);
    assert_last_release(accountant);
    return blue;
}

static void check_runs(const struct fixture *fixture, const struct run *runs, size_t count, const char *variable)
{
    const char *folder = getenv(variable);
    IVMVirtualMachine *vm = make_machines(fixture);
    assert_non_null(folder);
    for (size_t i = 0; i < count; i++)
        check_run(&runs[i], folder);
    fixture_turn_off(vm);
    assert_last_release(vm);
}

static void test_samples__print_the_accounting_table(void **state)
{
    check_runs(*state, samples, ARRAYSIZE(samples), "VPC_TEST_SAMPLES");
}

static void test_samples__loops_of_one_property(void **state)
{
    check_runs(*state, loops, ARRAYSIZE(loops), "VPC_TEST_LOOPS");
}

/* A VM whose figures cannot be told has the reason in its line, and the others have theirs. */
static void test_samples__unknown_figures_have_their_reason(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = make_machines(fixture);
    IVMAccountant *accountant;
    HRESULT hr;
    VARIANT value;
    ULONGLONG start = GetTickCount64();
    static char output[OUTPUT_MOST];
    assert_hresult(IVMVirtualMachine_get_Accountant(vm, &accountant), S_OK);
    fixture_engine(fixture, L"Blue", "{'source':'lost','text':'the capture is gone'}");
    do {
        hr = IVMAccountant_get_NetworkBytesSent(accountant, &value);
    } while (hr == S_OK && GetTickCount64() - start < 60000);
    assert_refused(hr, DISP_E_EXCEPTION, L"the capture is gone");
    for (size_t i = 0; i < ARRAYSIZE(samples); i++) {
        run_program(&samples[i], getenv("VPC_TEST_SAMPLES"), output);
        if (!strstr(output, "unknown: ") || !strstr(output, "the capture is gone") ||
            !strstr(output, "\nRed\tTurned off\t0\t0\t0\t0\t0\t0\n"))
            fail_msg("%s prints\n%s", samples[i].program ? samples[i].program : samples[i].script, output);
    }
    fixture_turn_off(vm);
    assert_last_release(accountant);
    assert_last_release(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_samples__print_the_accounting_table, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_samples__loops_of_one_property, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_samples__unknown_figures_have_their_reason, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("samples", tests, NULL, NULL);
}
