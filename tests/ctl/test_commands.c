/* vpcctl.exe against the registered DLL with the fake engine: what each command prints and how it ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "client_process.h"
#include "ctl_check.h"
#include "objects_check.h"
#include "support/process.h"
#include "util/text.h"

#define ODD_NAME                                                                                                       \
    "B\xc3\xbc"                                                                                                        \
    "cher, d'\xc3\xa9t\xc3\xa9 \xe7\x8c\xab"
#define ODD_NAME_WIDE L"B\u00fccher, d'\u00e9t\u00e9 \u732b"

/* Waits until the accountant says that so many bytes were sent. */
static void await_sent(IVMVirtualMachine *vm, const char *digits)
{
    IVMAccountant *accountant;
    bool there = false;
    assert_hresult(IVMVirtualMachine_get_Accountant(vm, &accountant), S_OK);
    while (!there) {
        VARIANT sent;
        BSTR text = NULL;
        char found[40];
        VariantInit(&sent);
        assert_hresult(IVMAccountant_get_NetworkBytesSent(accountant, &sent), S_OK);
        assert_hresult(VarBstrFromDec(&V_DECIMAL(&sent), LOCALE_INVARIANT, 0, &text), S_OK);
        snprintf(found, sizeof found, "%ls", text);
        there = strcmp(found, digits) == 0;
        SysFreeString(text);
    }
    IVMAccountant_Release(accountant);
}

/* ---- help and the command line ---- */

static void test_help__list(void **state)
{
    (void)state;
    struct ctl_result result = ctl_run_code(0, "help", NULL), same = ctl_run_code(0, "--help", NULL);
    ctl_assert_out_has(&result, "\n  stats       Show what virtual machines use");
    ctl_assert_out(&same, result.out);
    ctl_clear(&result);
    ctl_clear(&same);
}

static void test_help__command(void **state)
{
    (void)state;
    struct ctl_result result = ctl_run_code(0, "help", "start", NULL), same = ctl_run_code(0, "start", "--help", NULL);
    ctl_assert_out_has(&result, "usage: vpcctl start [OPTION...] VM...\n");
    ctl_assert_out_has(&result, "\n  --no-wait  ");
    ctl_assert_out(&same, result.out);
    ctl_clear(&result);
    ctl_clear(&same);
}

static void test_help__page_is_checked_in(void **state)
{
    (void)state;
    struct ctl_result result = ctl_run_code(0, "help", "--markdown", NULL);
    char *page = ctl_read(getenv("VPC_TEST_PAGE"));
    if (strcmp(result.out, page) != 0)
        fail_msg("docs/vpcctl.md is not what 'vpcctl help --markdown' prints");
    free(page);
    ctl_clear(&result);
}

/* In characters: the texts have no others. */
static void assert_narrow(const char *text)
{
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        if (strcspn(line, "\n") > 80)
            fail_msg("wider than 80 columns: %.*s", (int)strcspn(line, "\n"), line);
}

static void test_help__is_no_wider_than_a_prompt(void **state)
{
    (void)state;
    int commands = 0;
    struct ctl_result list = ctl_run_code(0, "help", NULL);
    assert_narrow(list.out);
    for (const char *line = list.out; (line = strstr(line, "\n  ")) != NULL; line++) {
        char name[32];
        if (sscanf(line, " %31[a-z]  ", name) != 1)
            continue;
        struct ctl_result result = ctl_run_code(0, "help", name, NULL);
        assert_narrow(result.out);
        ctl_clear(&result);
        commands++;
    }
    assert_true(commands >= 19);
    ctl_clear(&list);
}

struct usage {
    const char *words[4];
    const char *err;
};

static void test_usage__wrong_command_lines(void **state)
{
    static const struct usage wrong[] = {
        {{NULL}, "vpcctl: which command?; see 'vpcctl help'\n"},
        {{"lst"}, "vpcctl: unknown command 'lst'; see 'vpcctl help'\n"},
        {{"help", "lst"}, "vpcctl: unknown command 'lst'; see 'vpcctl help'\n"},
        {{"list", "--bits"}, "vpcctl: list: unknown option '--bits'; see 'vpcctl help list'\n"},
        {{"list", "-x"}, "vpcctl: list: unknown option '-x'; see 'vpcctl help list'\n"},
        {{"list", "--json", "--csv"},
         "vpcctl: list: more than one form of output is asked for; see 'vpcctl help list'\n"},
        {{"list", "Web"}, "vpcctl: list: 'Web' is too much; see 'vpcctl help list'\n"},
        {{"start"}, "vpcctl: start: needs VM...; see 'vpcctl help start'\n"},
        {{"stats", "--count", "3"}, "vpcctl: stats: --count needs --watch; see 'vpcctl help stats'\n"},
        {{"stats", "--count"}, "vpcctl: stats: --count needs a value; see 'vpcctl help stats'\n"},
        {{"usage", "--since=2026-05-04", "--until=2026-05-03"},
         "vpcctl: usage: --since '2026-05-04' is later than --until '2026-05-03'; see 'vpcctl help usage'\n"},
        {{"usage", "--since", "2026-06", "--until=2026-05-31"},
         "vpcctl: usage: --since '2026-06' is later than --until '2026-05-31'; see 'vpcctl help usage'\n"},
        {{"stats", "--watch", "--count=0"},
         "vpcctl: stats: --count takes a whole number from 1 to 1000000000, not '0'; see 'vpcctl help stats'\n"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(wrong); i++) {
        struct ctl_result result =
            ctl_run_code(2, wrong[i].words[0], wrong[i].words[1], wrong[i].words[2], wrong[i].words[3], NULL);
        ctl_assert_err(&result, wrong[i].err);
        ctl_assert_out(&result, "");
        ctl_clear(&result);
    }
}

static void test_completion__lists_every_command(void **state)
{
    static const char *const shells[] = {"bash", "powershell"};
    static const char *const names[] = {"list",       "stats",         "start",    "metrics",
                                        "completion", "--per-adapter", "--no-wait"};
    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(shells); i++) {
        struct ctl_result result = ctl_run_code(0, "completion", shells[i], NULL);
        for (size_t n = 0; n < ARRAYSIZE(names); n++)
            ctl_assert_out_has(&result, names[n]);
        ctl_clear(&result);
    }
    struct ctl_result result = ctl_run_code(2, "completion", "fish", NULL);
    ctl_assert_err(&result, "vpcctl: completion: unknown shell 'fish'; see 'vpcctl help completion'\n");
    ctl_clear(&result);
}

struct valued {
    const char *option;
    const char *words[3]; /* before the value, and after it */
    int code;             /* of a value that is taken */
};

/* With each value that the script for bash knows of an option the command does more than refuse it. */
static void test_completion__values_are_taken(void **state)
{
    static const struct valued valued[] = {
        {"\n    --by) ", {"usage", "--by", NULL}, 0},
        {"\n    --format) ", {"metrics", "--format", NULL}, 0},
        /* It would wait for a machine that exists. */
        {"\n    --for-state) ", {"events", "--for-state", "Nobody"}, 3},
    };
    (void)state;
    struct ctl_result script = ctl_run_code(0, "completion", "bash", NULL);
    for (size_t i = 0; i < ARRAYSIZE(valued); i++) {
        const char *const *words = valued[i].words;
        const char *line = strstr(script.out, valued[i].option);
        char values[256], *value = values;
        assert_non_null(line);
        assert_int_equal(sscanf(line + strlen(valued[i].option), "COMPREPLY=($(compgen -W \"%255[a-z -]\"", values), 1);
        while (value) {
            char *end = strchr(value, ' ');
            if (end)
                *end = '\0';
            struct ctl_result result = ctl_run_code(valued[i].code, words[0], words[1], value, words[2], NULL);
            ctl_clear(&result);
            value = end ? end + 1 : NULL;
        }
    }
    ctl_clear(&script);
}

static void test_api__home_that_is_no_path(void **state)
{
    (void)state;
    assert_int_equal(_wputenv(L"VPC_HOME=some\\home"), 0);
    struct ctl_result result = ctl_run_code(4, "list", NULL);
    ctl_assert_err(&result, "vpcctl: ERROR_BAD_PATHNAME (0x800700A1): VPC_HOME 'some\\home' is not absolute\n");
    ctl_assert_out(&result, "");
    ctl_clear(&result);
    assert_int_equal(_wputenv(L"VPC_HOME="), 0);
}

static void test_version__names_both(void **state)
{
    const struct fixture *fixture = *state;
    BSTR version = NULL;
    char expected[128];
    assert_hresult(IVMVirtualPC_get_Version(fixture->application, &version), S_OK);
    snprintf(expected, sizeof expected, "vpcctl " VPC_VERSION "\nVirtual PC %ls\n", version);
    struct ctl_result result = ctl_run_code(0, "version", NULL);
    ctl_assert_out(&result, expected);
    SysFreeString(version);
    ctl_clear(&result);
}

/* ---- list ---- */

static void test_list__nothing(void **state)
{
    (void)state;
    struct ctl_result table = ctl_run_code(0, "list", NULL), json = ctl_run_code(0, "list", "--json", NULL);
    ctl_assert_out(&table, "NAME  STATE  MEMORY  ADAPTERS  UPTIME\n");
    ctl_assert_out(&json, "{\n  \"machines\": []\n}\n");
    ctl_clear(&table);
    ctl_clear(&json);
}

static void test_list__table(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *web = fixture_create(fixture, L"Web"), *odd = fixture_create(fixture, ODD_NAME_WIDE);
    fixture_add_nat(fixture, web);
    assert_hresult(IVMVirtualMachine_put_Memory(web, 512), S_OK);
    assert_hresult(IVMVirtualMachine_put_Memory(odd, 64), S_OK);
    struct ctl_result result = ctl_run_code(0, "list", NULL);
    ctl_assert_out(&result, "NAME              STATE        MEMORY  ADAPTERS  UPTIME\n" ODD_NAME
                            "  turned-off   64 MiB         0       -\n"
                            "Web               turned-off  512 MiB         1       -\n");
    ctl_clear(&result);
    IVMVirtualMachine_Release(web);
    IVMVirtualMachine_Release(odd);
}

static void test_list__json_and_names(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *odd = fixture_create(fixture, ODD_NAME_WIDE);
    BSTR id = NULL;
    char expected[64];
    assert_hresult(IVMVirtualMachine_get_ConfigID(odd, &id), S_OK);
    snprintf(expected, sizeof expected, "%ls", id);
    SysFreeString(id);
    struct ctl_result result = ctl_run_code(0, "list", "--json", NULL),
                      names = ctl_run_code(0, "list", "--names", NULL);
    json_t *json = ctl_json(&result);
    const json_t *row = json_array_get(json_object_get(json, "machines"), 0);
    ctl_assert_member(row, "name", ODD_NAME);
    ctl_assert_member(row, "state", "turned-off");
    ctl_assert_member(row, "id", expected);
    assert_true(json_is_null(json_object_get(row, "uptime_seconds")));
    assert_true(json_is_null(json_object_get(row, "error")));
    ctl_assert_out(&names, ODD_NAME "\n");
    json_decref(json);
    ctl_clear(&result);
    ctl_clear(&names);
    IVMVirtualMachine_Release(odd);
}

static void test_list__csv_quotes(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *odd = fixture_create(fixture, ODD_NAME_WIDE);
    struct ctl_result result = ctl_run_code(0, "list", "--csv", NULL);
    assert_int_equal(
        strncmp(result.out, "name,state,memory_mib,adapters,uptime_seconds,id,file,error\n\"" ODD_NAME "\",turned-off,",
                90),
        0);
    assert_null(strchr(result.out, '\r'));
    ctl_clear(&result);
    IVMVirtualMachine_Release(odd);
}

static void test_list__broken_configuration_hides_no_other(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *broken = fixture_create(fixture, L"Broken"), *web = fixture_create(fixture, L"Web");
    BSTR path = NULL;
    assert_hresult(IVMVirtualMachine_get_File(broken, &path), S_OK);
    FILE *file = _wfopen(path, L"wb");
    SysFreeString(path);
    assert_non_null(file);
    fputs("no XML", file);
    fclose(file);
    struct ctl_result result = ctl_run_code(1, "list", NULL);
    static const char report[] = "vpcctl: list 'Broken': VM_E_VM_UNKNOWN (0xA0040207): configuration of VM 'Broken' ";
    assert_int_equal(strncmp(result.err, report, sizeof report - 1), 0);
    assert_string_equal(strchr(result.err, '\n'), "\n");
    ctl_assert_out_has(&result, "\nBroken  error ");
    ctl_assert_out_has(&result, "\nWeb     turned-off ");
    ctl_clear(&result);
    IVMVirtualMachine_Release(broken);
    IVMVirtualMachine_Release(web);
}

/* ---- start, stats, stop ---- */

static void test_stats__running(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *web = fixture_create(fixture, L"Web"), *idle = fixture_create(fixture, L"Idle");
    fixture_add_nat(fixture, web);
    struct ctl_result result = ctl_run_code(0, "start", "Web", NULL);
    ctl_assert_out(&result, "'Web' is running\n");
    ctl_clear(&result);
    /* More than a double can tell from its neighbour. */
    fixture_engine(fixture, L"Web", "{'traffic':{'adapter':0,'sent':9007199254740993,'received':2048}}");
    await_sent(web, "9007199254740993");

    result = ctl_run_code(0, "stats", "--json", "Web", NULL);
    json_t *json = ctl_json(&result);
    const json_t *row = json_array_get(json_object_get(json, "machines"), 0);
    ctl_assert_member(row, "state", "running");
    ctl_assert_member(row, "network_bytes_sent", "9007199254740993");
    ctl_assert_member(row, "network_bytes_received", "2048");
    ctl_assert_member(row, "disk_bytes_read", "0");
    assert_true(json_is_integer(json_object_get(row, "uptime_seconds")));
    json_decref(json);
    ctl_clear(&result);

    result = ctl_run_code(0, "stats", "idle", "WEB", NULL);
    ctl_assert_out_has(&result, "Idle  turned-off    -         -         -");
    ctl_assert_out_has(&result, "Web   running     0 %  8.00 PiB  2.00 KiB   0 B");
    ctl_clear(&result);

    result = ctl_run_code(0, "stats", "--bytes", "Web", NULL);
    ctl_assert_out_has(&result, " 9007199254740993 ");
    ctl_clear(&result);

    result = ctl_run_code(0, "stop", "Web", NULL);
    ctl_assert_out(&result, "'Web' is turned off\n");
    ctl_clear(&result);
    IVMVirtualMachine_Release(web);
    IVMVirtualMachine_Release(idle);
}

static void test_stats__watch_counts(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *web = fixture_create(fixture, L"Web");
    struct ctl_result result = ctl_run_code(0, "stats", "--watch", "--count", "2", "--csv", NULL);
    ctl_assert_out(&result, "name,state,cpu_percent,network_bytes_sent,network_bytes_received,disk_bytes_read,"
                            "disk_bytes_written,uptime_seconds,network_packets_sent,"
                            "network_packets_received,epoch,epoch_start,epoch_cause,error\n"
                            "Web,turned-off,,,,,,,,,,,,\n"
                            "Web,turned-off,,,,,,,,,,,,\n");
    ctl_clear(&result);
    IVMVirtualMachine_Release(web);
}

/* A machine that could be read again afterwards could not be read once. */
static void test_stats__watch_keeps_its_failure(void **state)
{
    static struct client client;
    const struct fixture *fixture = *state;
    IVMVirtualMachine *web = fixture_create(fixture, L"Web");
    BSTR path = NULL;
    assert_hresult(IVMVirtualMachine_get_File(web, &path), S_OK);
    WCHAR aside[MAX_PATH];
    swprintf(aside, ARRAYSIZE(aside), L"%ls.aside", path);
    assert_true(MoveFileW(path, aside));
    char *program = test_program("vpcctl");
    client_start(&client, 0, text_format("\"%s\" stats --watch --count 5 --csv", program));
    free(program);
    for (client_read(&client); !strstr(client.printed, "Web,error,"); client_read(&client))
        assert_int_equal(WaitForSingleObject(client.process, 0), WAIT_TIMEOUT);
    assert_true(MoveFileW(aside, path));
    SysFreeString(path);
    assert_int_equal(client_end(&client), 1);
    assert_non_null(strstr(client.printed, "Web,turned-off,"));
    IVMVirtualMachine_Release(web);
}

static void test_stop__not_running(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *web = fixture_create(fixture, L"Web");
    struct ctl_result result = ctl_run_code(1, "stop", "Web", NULL);
    ctl_assert_err(&result, "vpcctl: stop 'Web': VM_E_VM_NOT_RUNNING (0xA0040206): VM 'Web' is not running\n");
    ctl_assert_out(&result, "");
    ctl_clear(&result);
    IVMVirtualMachine_Release(web);
}

static void test_start__no_such_vm_keeps_no_other_from_starting(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *odd = fixture_create(fixture, ODD_NAME_WIDE);
    struct ctl_result result = ctl_run_code(3, "start", "Nobody", ODD_NAME, NULL);
    ctl_assert_err(&result, "vpcctl: start 'Nobody': no virtual machine has this name\n");
    ctl_assert_out(&result, "'" ODD_NAME "' is running\n");
    ctl_clear(&result);
    fixture_turn_off(odd);
    IVMVirtualMachine_Release(odd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_help__list),
        cmocka_unit_test(test_help__command),
        cmocka_unit_test(test_help__page_is_checked_in),
        cmocka_unit_test(test_help__is_no_wider_than_a_prompt),
        cmocka_unit_test(test_usage__wrong_command_lines),
        cmocka_unit_test(test_completion__lists_every_command),
        cmocka_unit_test_setup_teardown(test_completion__values_are_taken, fixture_open, fixture_close),
        cmocka_unit_test(test_api__home_that_is_no_path),
        cmocka_unit_test_setup_teardown(test_version__names_both, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_list__nothing, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_list__table, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_list__json_and_names, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_list__csv_quotes, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_list__broken_configuration_hides_no_other, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_stats__running, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_stats__watch_counts, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_stats__watch_keeps_its_failure, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_stop__not_running, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_start__no_such_vm_keeps_no_other_from_starting, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests_name("vpcctl", tests, NULL, NULL);
}
