/*
 * What vpcctl writes for programs, left in the folder VPC_TEST_DOCUMENTS for validators that are not written in C, of
 * a home with a machine that runs, one that is off and one whose figures cannot be read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctl_check.h"
#include "objects_check.h"

#define ODD_NAME                                                                                                       \
    "B\xc3\xbc"                                                                                                        \
    "cher, d'\xc3\xa9t\xc3\xa9 \xe7\x8c\xab"
#define ODD_NAME_WIDE L"B\u00fccher, d'\u00e9t\u00e9 \u732b"

/* Leaves standard output as a file, or behind what is there already, after an empty line. */
static void leave(struct ctl_result *result, const char *name, bool again)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", getenv("VPC_TEST_DOCUMENTS"), name);
    FILE *file = fopen(path, again ? "ab" : "wb");
    assert_non_null(file);
    if (again)
        fputs("\n", file);
    fputs(result->out, file);
    assert_int_equal(fclose(file), 0);
    ctl_clear(result);
}

/* Runs until the command ends like this: the supervisor takes figures up, and loses them, in its own time. */
static struct ctl_result until(int code, const char *part, const char *one, const char *two, const char *three)
{
    for (;;) {
        struct ctl_result result = ctl_run(one, two, three, NULL);
        if (result.code == code && strstr(result.out, part))
            return result;
        ctl_clear(&result);
    }
}

static void test_documents__are_left(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *odd = fixture_create(fixture, ODD_NAME_WIDE), *idle = fixture_create(fixture, L"Idle"),
                      *lost = fixture_create(fixture, L"Lost");
    char path[1024], temporary[1024];
    fixture_add_nat(fixture, odd);
    fixture_add_nat(fixture, idle);

    struct ctl_result result = ctl_run_code(0, "list", "--json", NULL);
    leave(&result, "list.json", false);

    fixture_start(odd);
    fixture_start(lost);
    fixture_engine(fixture, ODD_NAME_WIDE,
                   "{'traffic':{'adapter':0,'sent':123456789,'received':2048,'packets_sent':3,'packets_received':2}}");
    result = until(0, "\"123456789\"", "stats", "--json", ODD_NAME);
    leave(&result, "stats.json", false);
    result = ctl_run_code(0, "stats", "--per-adapter", "--json", NULL);
    leave(&result, "stats-per-adapter.json", false);
    /* The supervisor writes the ledger in its own time. */
    result = until(0, "\"123456789\"", "usage", "--json", ODD_NAME);
    leave(&result, "usage.json", false);
    result = ctl_run_code(0, "usage", "--by", "adapter", "--json", NULL);
    leave(&result, "usage.json", true);
    result = ctl_run_code(0, "usage", "--by", "day", "--json", NULL);
    leave(&result, "usage.json", true);
    result = ctl_run_code(0, "version", "--json", NULL);
    leave(&result, "version.json", false);
    result = ctl_run_code(0, "completion", "bash", NULL);
    leave(&result, "completion.bash", false);
    result = ctl_run_code(0, "completion", "powershell", NULL);
    leave(&result, "completion.ps1", false);

    fixture_engine(fixture, L"Lost", "{'source':'lost','text':'the cable is cut'}");
    result = until(1, "\"state\": \"error\"", "stats", "--json", "Lost");
    ctl_assert_err(&result, "vpcctl: stats 'Lost': DISP_E_EXCEPTION (0x80020009): the cable is cut\n");
    leave(&result, "stats.json", true);

    result = ctl_run_code(1, "metrics", NULL);
    ctl_assert_err(&result, "vpcctl: metrics 'Lost': DISP_E_EXCEPTION (0x80020009): the cable is cut\n");
    ctl_assert_out_has(&result, "\nvpc_vm_network_sent_bytes_total{vm=\"" ODD_NAME "\"} 123456789\n");
    assert_string_equal(result.out + strlen(result.out) - 6, "# EOF\n");
    leave(&result, "metrics.om", false);

    snprintf(path, sizeof path, "%s/metrics.prom", getenv("VPC_TEST_DOCUMENTS"));
    result = ctl_run_code(1, "metrics", "--output", path, NULL);
    ctl_assert_out(&result, "");
    ctl_clear(&result);
    char *metrics = ctl_read(path);
    assert_non_null(strstr(metrics, "# TYPE vpc_vm_network_sent_bytes_total counter\n"));
    assert_null(strstr(metrics, "# EOF"));
    free(metrics);
    snprintf(temporary, sizeof temporary, "%s.*.tmp", path);
    WIN32_FIND_DATAA left;
    assert_ptr_equal(FindFirstFileA(temporary, &left), INVALID_HANDLE_VALUE);

    fixture_turn_off(odd);
    fixture_turn_off(lost);
    IVMVirtualMachine_Release(odd);
    IVMVirtualMachine_Release(idle);
    IVMVirtualMachine_Release(lost);
}

/* Every table on a screen of 80 columns, with a name and figures that are longer than that has room for. */
static void test_documents__tables_are_left(void **state)
{
    const struct fixture *fixture = *state;
    static const char *const tables[][3] = {
        {"list"},
        {"stats"},
        {"usage", "--by", "month"},
        {"stats", "--per-adapter"},
        {"usage"},
        {"usage", "--by", "adapter"},
        {"usage", "--by", "day"},
    };
    IVMVirtualMachine *vm = fixture_create(fixture, L"A machine whose name is longer than a line of eighty columns "
                                                    L"\u732b\u732b\u732b\u732b\u732b can ever be"),
                      *odd = fixture_create(fixture, ODD_NAME_WIDE);
    fixture_add_nat(fixture, odd);
    fixture_add_nat(fixture, vm);
    fixture_start(odd);
    fixture_engine(fixture, ODD_NAME_WIDE,
                   "{'traffic':{'adapter':0,'sent':9007199254740993,'received':1152921504606846975,"
                   "'packets_sent':123456789,'packets_received':123456789}}");
    struct ctl_result result = until(0, "9007199254740993", "usage", "--json", ODD_NAME);
    ctl_clear(&result);
    SetEnvironmentVariableW(L"COLUMNS", L"80");
    for (size_t i = 0; i < ARRAYSIZE(tables); i++) {
        char name[64];
        snprintf(name, sizeof name, "table%u.txt", (unsigned)i);
        result = ctl_run_code(0, tables[i][0], tables[i][1], tables[i][2], NULL);
        leave(&result, name, false);
    }
    SetEnvironmentVariableW(L"COLUMNS", NULL);
    fixture_turn_off(odd);
    IVMVirtualMachine_Release(odd);
    IVMVirtualMachine_Release(vm);
}

/* Of each command that has CSV, for the comparison with the schemas of its JSON. */
static void test_documents__csv_is_left(void **state)
{
    const struct fixture *fixture = *state;
    static const struct {
        const char *name;
        const char *words[4];
    } tables[] = {
        {"list.csv", {"list", "--csv"}},
        {"stats.csv", {"stats", "--csv"}},
        {"stats-per-adapter.csv", {"stats", "--per-adapter", "--csv"}},
        {"usage.csv", {"usage", "--csv"}},
        {"report.csv", {"report", "--csv"}},
        {"events.csv", {"events", "--csv", "--for-state", "turned-off"}},
    };
    IVMVirtualMachine *idle = fixture_create(fixture, L"Idle");
    for (size_t i = 0; i < ARRAYSIZE(tables); i++) {
        const char *const *words = tables[i].words;
        struct ctl_result result = ctl_run_code(0, words[0], words[1], words[2], words[3], NULL);
        leave(&result, tables[i].name, false);
    }
    IVMVirtualMachine_Release(idle);
}

static void test_metrics__file_that_cannot_be_written(void **state)
{
    (void)state;
    struct ctl_result result = ctl_run_code(5, "metrics", "--output", "C:\\no such folder\\vpc.prom", NULL);
    ctl_assert_err(&result, "vpcctl: metrics: cannot write 'C:\\no such folder\\vpc.prom': "
                            "ERROR_PATH_NOT_FOUND (0x80070003): Path not found\n");
    ctl_clear(&result);
    result = ctl_run_code(2, "metrics", "--format", "json", NULL);
    ctl_assert_err(&result, "vpcctl: metrics: --format takes 'openmetrics' or 'prometheus', not 'json'; "
                            "see 'vpcctl help metrics'\n");
    ctl_clear(&result);
}

/* What tells a file from another that has its name. */
static ULONGLONG file_identity(const char *path)
{
    BY_HANDLE_FILE_INFORMATION information;
    HANDLE file = CreateFileA(path, 0, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    assert_ptr_not_equal(file, INVALID_HANDLE_VALUE);
    assert_true(GetFileInformationByHandle(file, &information));
    CloseHandle(file);
    return (ULONGLONG)information.nFileIndexHigh << 32 | information.nFileIndexLow;
}

/* What is there stays whole until it is replaced, by another file and not by being written over. */
static void test_metrics__file_is_replaced_or_stays(void **state)
{
    static const char before[] = "the figures of before\n";
    const struct fixture *fixture = *state;
    char path[1024], temporary[1040];
    WIN32_FIND_DATAA left;
    snprintf(path, sizeof path, "%s/held.prom", fixture->home.folder);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(before, file);
    assert_int_equal(fclose(file), 0);
    ULONGLONG identity = file_identity(path);
    HANDLE held = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    assert_ptr_not_equal(held, INVALID_HANDLE_VALUE);
    struct ctl_result result = ctl_run_code(5, "metrics", "--output", path, NULL);
    assert_non_null(strstr(result.err, "vpcctl: metrics: cannot write '"));
    ctl_clear(&result);
    CloseHandle(held);
    char *now = ctl_read(path);
    assert_string_equal(now, before);
    free(now);
    snprintf(temporary, sizeof temporary, "%s.*.tmp", path);
    assert_ptr_equal(FindFirstFileA(temporary, &left), INVALID_HANDLE_VALUE);
    result = ctl_run_code(0, "metrics", "--output", path, NULL);
    ctl_clear(&result);
    now = ctl_read(path);
    assert_non_null(strstr(now, "# TYPE vpc_vm_up gauge\n"));
    free(now);
    assert_true(file_identity(path) != identity);
}

/* Figures without machines would look as if there were none. */
static void test_metrics__nothing_is_written_when_machines_cannot_be_listed(void **state)
{
    const struct fixture *fixture = *state;
    char path[1024], machines[1024], aside[1040];
    IVMVirtualMachine *vm = fixture_create(fixture, L"Web");
    snprintf(path, sizeof path, "%s/vpc.prom", fixture->home.folder);
    snprintf(machines, sizeof machines, "%s/Virtual Machines", fixture->home.folder);
    snprintf(aside, sizeof aside, "%s.aside", machines);
    struct ctl_result result = ctl_run_code(0, "metrics", "--output", path, NULL);
    ctl_clear(&result);
    char *before = ctl_read(path);
    ULONGLONG identity = file_identity(path);
    assert_non_null(strstr(before, "vpc_vm_up{vm=\"Web\"} 1\n"));

    assert_true(MoveFileA(machines, aside));
    FILE *file = fopen(machines, "wb"); /* no folder */
    assert_non_null(file);
    fclose(file);
    result = ctl_run_code(1, "metrics", "--output", path, NULL);
    assert_non_null(strstr(result.err, "vpcctl: metrics: ERROR_"));
    ctl_clear(&result);
    result = ctl_run_code(1, "metrics", NULL);
    ctl_assert_out(&result, "");
    ctl_clear(&result);
    char *now = ctl_read(path);
    assert_string_equal(now, before);
    assert_true(file_identity(path) == identity);
    free(now);
    free(before);
    assert_true(DeleteFileA(machines));
    assert_true(MoveFileA(aside, machines));
    IVMVirtualMachine_Release(vm);
}

static void test_usage__prints_and_refuses(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, vm);
    struct ctl_result result = ctl_run_code(0, "usage", "Blue", "--csv", NULL);
    ctl_assert_out(&result, "name,adapter,period,network_bytes_sent,network_bytes_received,disk_bytes_read,"
                            "disk_bytes_written,network_packets_sent,network_packets_received,id\n");
    ctl_clear(&result);
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'traffic':{'adapter':0,'sent':2048,'received':1}}");
    result = until(0, "2048", "usage", "--bytes", "Blue");
    ctl_assert_out(&result, "NAME  SENT  RECEIVED  READ  WRITTEN\nBlue  2048         1     0        0\n");
    ctl_clear(&result);
    result = ctl_run_code(3, "usage", "Nobody", NULL);
    ctl_assert_err(&result, "vpcctl: usage: there is no virtual machine 'Nobody', and no usage of one\n");
    ctl_clear(&result);
    result = ctl_run_code(2, "usage", "--by", "year", NULL);
    ctl_assert_err(&result, "vpcctl: usage: --by takes 'vm', 'adapter', 'day' or 'month', not 'year'; "
                            "see 'vpcctl help usage'\n");
    ctl_clear(&result);
    result = ctl_run_code(2, "usage", "--since", "yesterday", NULL);
    ctl_clear(&result);
    fixture_turn_off(vm);
    result = ctl_run_code(0, "delete", "Blue", NULL);
    ctl_clear(&result);
    result = until(0, "2048", "usage", "Blue", "--csv");
    ctl_clear(&result);
    IVMVirtualMachine_Release(vm);
}

static void test_delete__with_usage(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_add_nat(fixture, vm);
    fixture_start(vm);
    DWORD supervisor = fixture_supervisor(fixture, L"Blue");
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, supervisor);
    fixture_turn_off(vm);
    if (process) {
        WaitForSingleObject(process, INFINITE);
        CloseHandle(process);
    }
    struct ctl_result result = ctl_run_code(0, "usage", "Blue", NULL);
    ctl_assert_out_has(&result, "Blue");
    ctl_clear(&result);
    result = ctl_run_code(0, "delete", "Blue", "--with-usage", NULL);
    ctl_clear(&result);
    result = ctl_run_code(3, "usage", "Blue", NULL);
    ctl_clear(&result);
    IVMVirtualMachine_Release(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_documents__are_left, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_documents__tables_are_left, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_documents__csv_is_left, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_usage__prints_and_refuses, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_delete__with_usage, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_metrics__file_that_cannot_be_written, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_metrics__nothing_is_written_when_machines_cannot_be_listed, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_metrics__file_is_replaced_or_stays, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("documents of vpcctl", tests, NULL, NULL);
}
