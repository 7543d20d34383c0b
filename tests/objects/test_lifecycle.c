/* Pause, Resume and Startup2 through the public header, on the fake engine. */
#include "objects_check.h"

static VMVMState state_of(IVMVirtualMachine *vm)
{
    VMVMState vm_state;
    assert_hresult(IVMVirtualMachine_get_State(vm, &vm_state), S_OK);
    return vm_state;
}

static void test_virtual_machine__Pause_and_Resume_are_done_on_return(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_start(vm);
    assert_refused(IVMVirtualMachine_Resume(vm), E_FAIL, L"Blue");
    assert_hresult(IVMVirtualMachine_Pause(vm), S_OK);
    assert_int_equal(state_of(vm), vmVMState_Paused);
    assert_refused(IVMVirtualMachine_Pause(vm), E_FAIL, L"Blue");
    assert_int_equal(state_of(vm), vmVMState_Paused);
    assert_hresult(IVMVirtualMachine_Resume(vm), S_OK);
    assert_int_equal(state_of(vm), vmVMState_Running);
    assert_hresult(IVMVirtualMachine_Pause(vm), S_OK);
    fixture_turn_off(vm);
    assert_last_release(vm);
}

static void test_virtual_machine__Pause_of_a_VM_that_is_off(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    assert_refused(IVMVirtualMachine_Pause(vm), VM_E_VM_NOT_RUNNING, L"Blue");
    assert_refused(IVMVirtualMachine_Resume(vm), VM_E_VM_NOT_RUNNING, L"Blue");
    fixture_start(vm);
    fixture_turn_off(vm);
    assert_refused(IVMVirtualMachine_Pause(vm), VM_E_VM_NOT_RUNNING, L"Blue");
    assert_refused(IVMVirtualMachine_Resume(vm), VM_E_VM_NOT_RUNNING, L"Blue");
    assert_last_release(vm);
}

static void test_virtual_machine__Pause_that_fails_says_why(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'fail':'pause','text':'the guest will not stand still'}");
    assert_refused(IVMVirtualMachine_Pause(vm), DISP_E_EXCEPTION, L"the guest will not stand still");
    assert_int_equal(state_of(vm), vmVMState_Running);
    fixture_turn_off(vm);
    assert_last_release(vm);
}

static void test_virtual_machine__Pause_without_an_answer_is_a_time_out(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    fixture_start(vm);
    fixture_engine(fixture, L"Blue", "{'hold':'pause'}");
    assert_refused(IVMVirtualMachine_Pause(vm), VM_E_TIMED_OUT, L"");
    assert_int_equal(state_of(vm), vmVMState_Running);
    fixture_engine(fixture, L"Blue", "{'release':'pause'}");
    /* What was asked for is done all the same, and the next call waits for it. */
    assert_hresult(IVMVirtualMachine_Resume(vm), S_OK);
    assert_int_equal(state_of(vm), vmVMState_Running);
    fixture_turn_off(vm);
    assert_last_release(vm);
}

static void test_virtual_machine__Startup2_starts_with_either_option(void **state)
{
    struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Blue");
    IVMTask *task = (IVMTask *)1;
    assert_refused(IVMVirtualMachine_Startup2(vm, vmStartupOption_Normal, NULL), E_POINTER, L"startupTask is NULL");
    assert_refused(IVMVirtualMachine_Startup2(vm, (VMStartupOption)2, &task), E_INVALIDARG, L"2");
    assert_null(task);
    for (int option = vmStartupOption_Normal; option <= vmStartupOption_FixParentTimestampMismatch; option++) {
        assert_hresult(IVMVirtualMachine_Startup2(vm, (VMStartupOption)option, &task), S_OK);
        fixture_finish(task);
        assert_int_equal(state_of(vm), vmVMState_Running);
        task = (IVMTask *)1;
        assert_refused(IVMVirtualMachine_Startup2(vm, (VMStartupOption)option, &task), VM_E_VM_RUNNING, L"");
        assert_null(task);
        fixture_turn_off(vm);
    }
    assert_last_release(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_virtual_machine__Pause_and_Resume_are_done_on_return, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__Pause_of_a_VM_that_is_off, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__Pause_that_fails_says_why, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__Pause_without_an_answer_is_a_time_out, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_virtual_machine__Startup2_starts_with_either_option, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests_name("lifecycle", tests, NULL, NULL);
}
