/* Names and texts of failed calls, without the program. */
#include "failure.h"
#include "support/check.h"

struct named {
    HRESULT hr;
    const char *expected;
};

/* What a script looks for; the numbers are those of the documentation of Windows. */
static void test_failure__has_a_name(void **state)
{
    static const struct named named[] = {
        {(HRESULT)0x80004005, "E_FAIL (0x80004005): x"},
        {(HRESULT)0x80080005, "CO_E_SERVER_EXEC_FAILURE (0x80080005): x"},
        {(HRESULT)0x80010012, "RPC_E_SERVER_DIED_DNE (0x80010012): x"},
        {(HRESULT)0x80040200, "CONNECT_E_NOCONNECTION (0x80040200): x"},
        {(HRESULT)0x8007006D, "ERROR_BROKEN_PIPE (0x8007006D): x"},
        {(HRESULT)0x800700E8, "ERROR_NO_DATA (0x800700E8): x"},
        {(HRESULT)0x800704C7, "ERROR_CANCELLED (0x800704C7): x"},
        {(HRESULT)0x800706BA, "RPC_S_SERVER_UNAVAILABLE (0x800706BA): x"},
        {(HRESULT)0x80041234, "0x80041234: x"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(named); i++) {
        struct failure failure;
        struct buffer line = {0};
        failure_make(&failure, named[i].hr, "x", NULL);
        failure_add(&line, &failure);
        assert_string_equal(line.bytes, named[i].expected);
        buffer_clear(&line);
        failure_clear(&failure);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_failure__has_a_name)};
    return cmocka_run_group_tests_name("failed calls", tests, NULL, NULL);
}
