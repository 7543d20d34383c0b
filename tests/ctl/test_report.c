/* vpcctl report: rows and page of machines whose past the test has written into the ledger. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctl_check.h"
#include "ledger/ledger.h"
#include "objects_check.h"
#include "util/clock.h"
#include "util/path.h"
#include "util/text.h"

/* What a page shows of this name if it is not escaped is not the name. */
#define ODD_NAME      "R&D's &lt;script&gt; M\xc3\xbcnchen"
#define ODD_NAME_WIDE L"R&D's &lt;script&gt; M\u00fcnchen"

enum {
    MINUTE_MS = 60000,
    GAP_FROM = 20, /* in these minutes of every hour the machines were off */
    GAP_UNTIL = 25,
    CPU_UNKNOWN_AT = 40
};

/* What a machine does in a minute: a pure function of machine and minute, so that it does not matter when the test
 * runs. */
static uint64_t sent_in(int machine, int64_t minute)
{
    double wave = sin((double)(minute % 60) / (machine ? 9 : 4));
    return (uint64_t)lround(3000000 + 2500000 * wave) + (uint64_t)(minute * 7919 % 13 * 60013);
}

static uint64_t received_in(int machine, int64_t minute)
{
    return 2 * sent_in(!machine, minute + 20);
}

static uint64_t read_in(int machine, int64_t minute)
{
    return minute % 13 < 2 + 3 * machine ? 40000000 + (uint64_t)(minute % 7 * 1000000) : 1000;
}

static uint64_t written_in(int machine, int64_t minute)
{
    return 9000000 + read_in(machine, minute + 5) / 3;
}

/* -1 in one minute of the hour: it could not be read then. */
static int32_t cpu_in(int machine, int64_t minute)
{
    if (minute % 60 == CPU_UNKNOWN_AT)
        return -1;
    return (int32_t)lround(38 + 30 * sin((double)(minute % 60) / (machine ? 9 : 4))) + (int32_t)(minute * 31 % 11);
}

static bool is_gap(int64_t minute)
{
    return minute % 60 >= GAP_FROM && minute % 60 < GAP_UNTIL;
}

/* Writes more than an hour, some of it in the future: the hour that the command sees has the same form in any case. */
static void write_past(const struct fixture *fixture, int machine, const char *id, const char *name)
{
    struct vpc_error err;
    struct ledger *ledger;
    char *path = path_join(fixture->home.folder, LEDGER_FILE);
    int64_t now = clock_utc_ms() / MINUTE_MS, start = 0;
    struct ledger_epoch epoch = {.config_id = id, .name = name, .cause = 1};
    assert_ok(ledger_open(&ledger, path, true, LEDGER_PATIENCE_MS, &err), err);
    for (int64_t minute = now - 80; minute < now + 10; minute++) {
        if (is_gap(minute)) {
            start = 0;
            continue;
        }
        if (start == 0) {
            uint64_t number = epoch.id.number + 1;
            start = minute * MINUTE_MS;
            epoch = (struct ledger_epoch){.config_id = id, .name = name, .cause = 1};
            epoch.id = (struct ledger_epoch_id){.number = number, .start_utc_ms = start};
            epoch.adapters[0].present = epoch.drives[0].present = true;
        }
        uint64_t *adapter = epoch.adapters[0].figures, *drive = epoch.drives[0].figures;
        adapter[0] += sent_in(machine, minute);
        adapter[1] += received_in(machine, minute);
        drive[0] += read_in(machine, minute);
        drive[1] += written_in(machine, minute);
        epoch.now_utc_ms = minute * MINUTE_MS + MINUTE_MS - 1;
        epoch.up_ms = (uint64_t)(epoch.now_utc_ms - start);
        epoch.cpu_percent = cpu_in(machine, minute);
        epoch.end = is_gap(minute + 1) ? LEDGER_TURNED_OFF : LEDGER_STILL_OPEN;
        assert_ok(ledger_write(ledger, &epoch, &err), err);
    }
    ledger_close(ledger);
    free(path);
}

/* The same of a machine that is there. */
static void write_past_of(const struct fixture *fixture, int machine, IVMVirtualMachine *vm)
{
    BSTR id = NULL, name = NULL;
    assert_hresult(IVMVirtualMachine_get_ConfigID(vm, &id), S_OK);
    assert_hresult(IVMVirtualMachine_get_Name(vm, &name), S_OK);
    char *id_text = text_from_wide(id, SysStringLen(id)), *name_text = text_from_wide(name, SysStringLen(name));
    write_past(fixture, machine, id_text, name_text);
    free(id_text);
    free(name_text);
    SysFreeString(id);
    SysFreeString(name);
}

static void leave(const char *text, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", getenv("VPC_TEST_DOCUMENTS"), name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void assert_digits(const json_t *row, const char *key, uint64_t expected)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)expected);
    ctl_assert_member(row, key, digits);
}

/* 60 minutes without those of the gap, each with what was written for it. */
static void assert_hour(const json_t *minutes)
{
    size_t i;
    const json_t *row;
    int64_t first = 0;
    assert_int_equal(json_array_size(minutes), 60 - (GAP_UNTIL - GAP_FROM));
    json_array_foreach(minutes, i, row)
    {
        int year, month, day, hour, minute_of_hour;
        const char *time = json_string_value(json_object_get(row, "time"));
        assert_int_equal(sscanf(time, "%d-%d-%dT%d:%dZ", &year, &month, &day, &hour, &minute_of_hour), 5);
        int64_t day_number, minute;
        char date[16];
        snprintf(date, sizeof date, "%04d-%02d-%02d", year, month, day);
        assert_true(ledger_day_read(date, false, &day_number));
        minute = day_number * 1440 + hour * 60 + minute_of_hour;
        first = i ? first : minute;
        assert_false(is_gap(minute));
        assert_true(minute < first + 60);
        assert_digits(row, "network_bytes_sent", sent_in(0, minute));
        assert_digits(row, "network_bytes_received", received_in(0, minute));
        assert_digits(row, "disk_bytes_read", read_in(0, minute));
        assert_digits(row, "disk_bytes_written", written_in(0, minute));
        if (cpu_in(0, minute) < 0)
            assert_true(json_is_null(json_object_get(row, "cpu_percent")));
        else
            assert_int_equal(json_integer_value(json_object_get(row, "cpu_percent")), cpu_in(0, minute));
    }
}

static void test_report__rows(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"Web");
    /* One that had this name before has used something, too. */
    write_past(fixture, 1, "{00000000-0000-0000-0000-00000000000B}", "Web");
    struct ctl_result result = ctl_run_code(0, "report", "Web", "--csv", NULL);
    ctl_assert_out(&result, "name,time,cpu_percent,network_bytes_sent,network_bytes_received,disk_bytes_read,"
                            "disk_bytes_written\n");
    ctl_clear(&result);
    write_past_of(fixture, 0, vm);
    result = ctl_run_code(0, "report", "web", "--json", NULL);
    json_t *json = ctl_json(&result);
    assert_hour(json_object_get(json, "minutes"));
    leave(result.out, "report.json");
    json_decref(json);
    ctl_clear(&result);
    result = ctl_run_code(2, "report", "--output", "x.html", NULL);
    ctl_assert_err(&result, "vpcctl: report: --output needs --html; see 'vpcctl help report'\n");
    ctl_clear(&result);
    assert_last_release(vm);
}

/* Whether the text begins like "2026-05-04T09:15Z". */
static bool is_minute(const char *text)
{
    static const char form[] = "0000-00-00T00:00Z";
    for (size_t i = 0; form[i]; i++)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    return true;
}

/* On a screen of 80 columns a long name gives way to the minutes. */
static void test_report__table_keeps_minutes_whole(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *vm = fixture_create(fixture, L"A machine whose name takes most of a line of eighty columns");
    write_past_of(fixture, 0, vm);
    SetEnvironmentVariableW(L"COLUMNS", L"80");
    struct ctl_result result = ctl_run_code(0, "report", NULL);
    SetEnvironmentVariableW(L"COLUMNS", NULL);
    int rows = 0, whole = 0;
    for (const char *c = strchr(result.out, '\n') + 1; *c; c++) {
        whole += is_minute(c);
        rows += *c == '\n';
    }
    assert_int_equal(whole, rows);
    assert_int_equal(rows, 60 - (GAP_UNTIL - GAP_FROM));
    leave(result.out, "table-report.txt");
    ctl_clear(&result);
    assert_last_release(vm);
}

static void assert_has(const char *page, const char *part)
{
    if (!strstr(page, part))
        fail_msg("the page lacks '%s'", part);
}

/* One machine cannot be read; the page has the others all the same. */
static void test_report__page(void **state)
{
    const struct fixture *fixture = *state;
    IVMVirtualMachine *odd = fixture_create(fixture, ODD_NAME_WIDE), *broken = fixture_create(fixture, L"Broken"),
                      *web = fixture_create(fixture, L"Web server"), *idle = fixture_create(fixture, L"Idle");
    char path[1024];
    BSTR file_path = NULL;
    write_past_of(fixture, 1, odd);
    write_past_of(fixture, 0, web);
    fixture_start(web);
    assert_hresult(IVMVirtualMachine_get_File(broken, &file_path), S_OK);
    FILE *file = _wfopen(file_path, L"wb");
    SysFreeString(file_path);
    assert_non_null(file);
    fputs("no XML", file);
    fclose(file);

    snprintf(path, sizeof path, "%s/report.html", getenv("VPC_TEST_DOCUMENTS"));
    remove(path);
    struct ctl_result result = ctl_run_code(1, "report", "--html", "--output", path, NULL);
    assert_non_null(strstr(result.err, "vpcctl: report 'Broken': VM_E_VM_UNKNOWN (0xA0040207): "));
    assert_string_equal(strchr(result.err, '\n'), "\n");
    ctl_assert_out(&result, "");
    ctl_clear(&result);
    char *page = ctl_read(path);
    assert_has(page, ">R&amp;D&#39;s &amp;lt;script&amp;gt; M\xc3\xbcnchen</h2>");
    assert_has(page, ">Web server</h2>");
    assert_has(page, "<td>not known</td>");
    assert_has(page, "<p>running</p>");
    assert_has(page, "<p>turned-off; no figures in this hour</p>");
    assert_has(page, "<p class=\"bad\">VM_E_VM_UNKNOWN (0xA0040207): ");
    assert_has(page, "</html>\n");
    free(page);
    fixture_turn_off(web);
    assert_last_release(idle);
    assert_last_release(web);
    assert_last_release(broken);
    assert_last_release(odd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_report__rows, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_report__table_keeps_minutes_whole, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_report__page, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("vpcctl report", tests, NULL, NULL);
}
