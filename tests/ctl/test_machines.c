/* vpcctl create, register, unregister, delete, and the commands that change a state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctl_check.h"
#include "objects_check.h"

/* <home>\Machines as vpcctl takes it. New memory. */
static char *machines_folder(const struct fixture *fixture)
{
    char *folder = calloc(MAX_PATH + 32, 3);
    assert_non_null(folder);
    WideCharToMultiByte(CP_UTF8, 0, fixture->folder, -1, folder, 3 * MAX_PATH, NULL, NULL);
    strcat(folder, "\\Machines");
    return folder;
}

static void say(const char *expected, const char *one, const char *two, const char *three)
{
    struct ctl_result result = ctl_run_code(0, one, two, three, NULL);
    ctl_assert_out(&result, expected);
    ctl_clear(&result);
}

static void refuse(int code, const char *expected, const char *one, const char *two, const char *three)
{
    struct ctl_result result = ctl_run_code(code, one, two, three, NULL);
    ctl_assert_err(&result, expected);
    ctl_assert_out(&result, "");
    ctl_clear(&result);
}

static void test_create__with_memory_and_nat(void **state)
{
    const struct fixture *fixture = *state;
    char *folder = machines_folder(fixture);
    struct ctl_result result = ctl_run_code(0, "create", "Mail server", folder, "--memory", "96", "--nat", NULL);
    ctl_assert_out(&result, "'Mail server' is created\n");
    ctl_clear(&result);
    say("NAME         STATE       MEMORY  ADAPTERS  UPTIME\n"
        "Mail server  turned-off  96 MiB         1       -\n",
        "list", NULL, NULL);
    free(folder);
}

static void test_create__is_taken_back(void **state)
{
    const struct fixture *fixture = *state;
    char *folder = machines_folder(fixture);
    struct ctl_result result = ctl_run_code(1, "create", "Web", folder, "--memory", "1", NULL);
    assert_non_null(strstr(result.err, "vpcctl: create 'Web': E_INVALIDARG (0x80070057): memory of 1 MB "));
    assert_string_equal(strchr(result.err, '\n'), "\n");
    ctl_clear(&result);
    say("", "list", "--names", NULL);
    say("'Web' is created\n", "create", "Web", folder);
    result = ctl_run_code(1, "create", "Web", folder, NULL);
    assert_non_null(strstr(result.err, "vpcctl: create 'Web': "));
    ctl_clear(&result);
    free(folder);
}

static void test_register__what_was_unregistered(void **state)
{
    const struct fixture *fixture = *state;
    char *folder = machines_folder(fixture), file[2048];
    snprintf(file, sizeof file, "%s\\Web.vmc", folder);
    say("'Web' is created\n", "create", "Web", folder);
    say("'Web' is unregistered\n", "unregister", "web", NULL);
    say("", "list", "--names", NULL);
    refuse(3, "vpcctl: delete 'Web': no virtual machine has this name\n", "delete", "Web", NULL);
    say("'Web' is registered\n", "register", file, NULL);
    say("'Web' is deleted\n", "delete", "Web", NULL);
    struct ctl_result result = ctl_run_code(1, "register", file, NULL);
    assert_non_null(strstr(result.err, ": ERROR_FILE_NOT_FOUND (0x80070002): "));
    ctl_clear(&result);
    free(folder);
}

static void test_states__go_round(void **state)
{
    const struct fixture *fixture = *state;
    char *folder = machines_folder(fixture);
    say("'Web' is created\n", "create", "Web", folder);
    refuse(1, "vpcctl: pause 'Web': VM_E_VM_NOT_RUNNING (0xA0040206): VM 'Web' is not running\n", "pause", "Web", NULL);
    say("'Web' is running\n", "start", "Web", NULL);
    refuse(1, "vpcctl: start 'Web': VM_E_VM_RUNNING (0xA0040500): the VM is on already\n", "start", "Web", NULL);
    struct ctl_result result = ctl_run_code(1, "delete", "Web", NULL);
    assert_non_null(strstr(result.err, "vpcctl: delete 'Web': VM_E_VM_RUNNING (0xA0040500): "));
    ctl_clear(&result);
    say("'Web' is paused\n", "pause", "Web", NULL);
    result = ctl_run_code(0, "stats", "Web", NULL);
    ctl_assert_out_has(&result, "\nWeb   paused ");
    ctl_clear(&result);
    say("'Web' is running\n", "resume", "Web", NULL);
    say("'Web' was reset\n", "reset", "Web", NULL);
    result = ctl_run_code(0, "stats", "--json", "Web", NULL);
    ctl_assert_out_has(&result, "\"epoch_cause\": \"reset\"");
    ctl_clear(&result);
    say("'Web' is turned off\n", "stop", "Web", NULL);
    free(folder);
}

static void test_start__failing_task(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *web = fixture_create(fixture, L"Web");
    say("'Web' is running\n", "start", "Web", NULL);
    fixture_engine(fixture, L"Web", "{'fail':'reset','text':'the button is stuck'}");
    refuse(1, "vpcctl: reset 'Web': DISP_E_EXCEPTION (0x80020009): the button is stuck\n", "reset", "Web", NULL);
    say("'Web' is turned off\n", "stop", "Web", NULL);
    IVMVirtualMachine_Release(web);
}

/* Whose processor time nobody knows has all its other figures, everywhere. */
static void test_stats__unknown_processor(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *web = fixture_create(fixture, L"Web");
    fixture_add_nat(fixture, web);
    fixture_start(web);
    fixture_engine(fixture, L"Web", "{'cpu':'lost'}");
    fixture_engine(fixture, L"Web", "{'traffic':{'adapter':0,'sent':1024}}");
    /* A sample that has the bytes was taken after the processor was lost. */
    for (bool there = false; !there;) {
        struct ctl_result result = ctl_run_code(0, "stats", "--json", NULL);
        json_t *json = ctl_json(&result);
        const json_t *row = json_array_get(json_object_get(json, "machines"), 0);
        ctl_assert_member(row, "state", "running");
        assert_true(json_is_null(json_object_get(row, "error")));
        there = strcmp(json_string_value(json_object_get(row, "network_bytes_sent")), "1024") == 0;
        if (there)
            assert_true(json_is_null(json_object_get(row, "cpu_percent")));
        json_decref(json);
        ctl_clear(&result);
    }
    struct ctl_result result = ctl_run_code(0, "stats", NULL);
    ctl_assert_out_has(&result, "\nWeb   running    -  1.00 KiB ");
    ctl_clear(&result);
    result = ctl_run_code(0, "list", NULL);
    ctl_assert_out_has(&result, "\nWeb   running ");
    ctl_clear(&result);
    result = ctl_run_code(0, "metrics", NULL);
    ctl_assert_out_has(&result, "\nvpc_vm_up{vm=\"Web\"} 1\n");
    ctl_assert_out_has(&result, "\nvpc_vm_network_sent_bytes_total{vm=\"Web\"} 1024\n");
    assert_null(strstr(result.out, "vpc_vm_cpu_utilization_ratio{"));
    ctl_clear(&result);
    fixture_turn_off(web);
    IVMVirtualMachine_Release(web);
}

static void test_stats__per_adapter(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *web = fixture_create(fixture, L"Web");
    fixture_add_nat(fixture, web);
    fixture_add_nat(fixture, web);
    say("NAME  #  NETWORK                  SENT  PACKETS  RECEIVED  PACKETS\n"
        "Web   1  Shared Networking (NAT)     -        -         -        -\n"
        "Web   2  Shared Networking (NAT)     -        -         -        -\n",
        "stats", "--per-adapter", NULL);
    IVMVirtualMachine_Release(web);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_create__with_memory_and_nat, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_create__is_taken_back, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_register__what_was_unregistered, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_states__go_round, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_start__failing_task, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_stats__unknown_processor, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_stats__per_adapter, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("machines with vpcctl", tests, NULL, NULL);
}
