/*
 * What lies below COM with each call of the system failing once: settings and catalog, VM page, control connection,
 * usage ledger. Then the call fails with a cause and a text, or it succeeds and has done its work; the next call works,
 * and as many blocks of memory and descriptors are held as before.
 *
 * With the argument "every" no call is left out; without, some of an operation that makes more than 600.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/machine_config.h"
#include "ledger/ledger.h"
#include "session/control.h"
#include "session/vm_page.h"
#include "support/check.h"
#include "support/home.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"
#include "wrap_fault.h"

#define MACHINE "{00000000-0000-0000-0000-00000000000B}"

/* 2026-05-04 00:00 UTC */
#define MAY_4 INT64_C(1777852800000)

static struct test_home home;
static char *machines, *other_vmc, *page_path, *ledger_path, *file_path, *folder_path, *socket_path;
static int listener;
static struct ledger *ledger;
static unsigned long faults, complaints;
static bool every; /* call, also where there are very many */

enum {
    MOST_FAULTS = 60 /* of one operation otherwise, spread evenly */
};

/* A call, and how things are made as they were: undo returns false when what the call should have done is not there
 * although it said so, or is there although it failed. */
struct operation {
    const char *name;
    bool (*call)(struct vpc_error *err);
    bool (*undo)(bool done);
};

static bool call_create(struct vpc_error *err)
{
    struct catalog_entry entry;
    if (!catalog_create(&home.catalog, "Other", machines, &entry, err))
        return false;
    catalog_entry_clear(&entry);
    return true;
}

static bool undo_create(bool done)
{
    struct catalog_entry entry;
    struct vpc_error err;
    bool found = catalog_find(&home.catalog, "Other", &entry, &err), vmc;
    if (found) {
        assert_ok(catalog_delete(&home.catalog, &entry, &vmc, &err), err);
        catalog_entry_clear(&entry);
        found = vmc;
    }
    return found == done && !file_exists(other_vmc);
}

static bool call_list(struct vpc_error *err)
{
    struct catalog_entry *entries;
    size_t count;
    if (!catalog_list(&home.catalog, &entries, &count, err))
        return false;
    catalog_list_free(entries, count);
    return count == 1 || vpc_fail(err, VPC_UNEXPECTED, "%zu machines", count);
}

static bool call_find(struct vpc_error *err)
{
    struct catalog_entry entry;
    char *vmc;
    if (!catalog_find(&home.catalog, "Walk", &entry, err))
        return false;
    bool ok = catalog_vmc_path(&entry, &vmc, err);
    if (ok)
        free(vmc);
    catalog_entry_clear(&entry);
    return ok;
}

static bool rename_to(const char *from, const char *to, struct vpc_error *err)
{
    struct catalog_entry entry;
    if (!catalog_find(&home.catalog, from, &entry, err))
        return false;
    bool ok = catalog_rename(&home.catalog, &entry, to, err);
    catalog_entry_clear(&entry);
    return ok;
}

static bool call_rename(struct vpc_error *err)
{
    return rename_to("Walk", "Other", err);
}

static bool undo_rename(bool done)
{
    struct vpc_error err;
    bool renamed = rename_to("Other", "Walk", &err);
    return renamed == done && !file_exists(other_vmc) && call_find(&err);
}

static bool set_answer(struct settings *options, void *context, struct vpc_error *err)
{
    return settings_set_text(options, "walk/answer", context, err);
}

static bool call_options(struct vpc_error *err)
{
    return catalog_change_options(&home.catalog, set_answer, "new", err);
}

static bool undo_options(bool done)
{
    struct settings *options;
    struct vpc_error err;
    assert_ok(catalog_options(&home.catalog, &options, &err), err);
    char *answer = settings_text(options, "walk/answer", "");
    bool right = !strcmp(answer, done ? "new" : "old");
    free(answer);
    settings_free(options);
    assert_ok(catalog_change_options(&home.catalog, set_answer, "old", &err), err);
    return right;
}

static bool call_machine(struct vpc_error *err)
{
    struct catalog_entry entry;
    struct settings *settings = NULL, *options = NULL;
    struct machine_config config;
    char *vmc = NULL;
    if (!catalog_find(&home.catalog, "Walk", &entry, err))
        return false;
    bool ok = catalog_vmc_path(&entry, &vmc, err) && settings_load(&settings, "preferences", vmc, err) &&
              catalog_options(&home.catalog, &options, err) &&
              machine_config_read(&config, entry.name, vmc, settings, options, err);
    if (ok)
        machine_config_clear(&config);
    settings_free(settings);
    settings_free(options);
    free(vmc);
    catalog_entry_clear(&entry);
    return ok;
}

static bool call_page(struct vpc_error *err)
{
    struct vm_page_body body = {.state = VM_RUNNING, .sampled = 1, .epoch = 3};
    struct vm_page *writer, *reader;
    if (!vm_page_create(&writer, page_path, err))
        return false;
    vm_page_publish(writer, &body);
    bool ok = vm_page_open(&reader, page_path, err);
    if (ok) {
        body.epoch = 0;
        vm_page_read(reader, &body);
        vm_page_close(reader);
        ok = body.epoch == 3 || vpc_fail(err, VPC_UNEXPECTED, "another epoch");
    }
    vm_page_close(writer);
    return ok;
}

static bool undo_page(bool done)
{
    struct vpc_error err;
    bool there = file_exists(page_path);
    assert_ok(!there || file_remove(page_path, &err), err);
    return there || !done;
}

static bool call_connect(struct vpc_error *err)
{
    struct control_client *client;
    if (!control_connect(&client, socket_path, err))
        return false;
    control_disconnect(client);
    return true;
}

static bool undo_connect(bool done)
{
    int peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (peer >= 0)
        close(peer);
    return peer >= 0 || !done;
}

static bool call_file(struct vpc_error *err)
{
    return file_replace(file_path, "new", 3, err);
}

static bool undo_file(bool done)
{
    struct vpc_error err;
    char *data;
    size_t size;
    assert_ok(file_read(file_path, 10, &data, &size, &err), err);
    bool right = !strcmp(data, done ? "new" : "old");
    free(data);
    assert_ok(file_replace(file_path, "old", 3, &err), err);
    return right;
}

static bool call_folder(struct vpc_error *err)
{
    return folder_make(folder_path, err) && folder_make_private(folder_path, err);
}

static bool undo_folder(bool done)
{
    struct vpc_error err;
    bool there = folder_exists(folder_path);
    assert_ok(!there || folder_remove(folder_path, &err), err);
    return there || !done;
}

static struct ledger_epoch an_epoch(uint64_t number)
{
    struct ledger_epoch epoch = {.config_id = MACHINE,
                                 .name = "Walk",
                                 .id = {.number = number, .start_utc_ms = MAY_4},
                                 .cause = 1,
                                 .now_utc_ms = MAY_4 + 60000,
                                 .up_ms = 60000};
    epoch.adapters[0] = (struct ledger_source){.present = true, .figures = {100, 10, 1, 1}};
    return epoch;
}

static bool call_ledger_open(struct vpc_error *err)
{
    struct ledger *other;
    if (!ledger_open(&other, ledger_path, true, 0, err))
        return false;
    ledger_close(other);
    return true;
}

static bool call_ledger_write(struct vpc_error *err)
{
    struct ledger_epoch epoch = an_epoch(2);
    return ledger_write(ledger, &epoch, err);
}

/* All of an epoch or nothing of it. */
static bool undo_ledger_write(bool done)
{
    struct ledger_totals totals;
    struct ledger_epoch epoch = an_epoch(1);
    struct vpc_error err;
    assert_ok(ledger_sum(ledger, MACHINE, NULL, &totals, &err), err);
    assert_ok(ledger_forget(ledger, MACHINE, &err), err);
    assert_ok(ledger_write(ledger, &epoch, &err), err);
    return totals.figures[LEDGER_BYTES_SENT].low == (done ? 200 : 100) && totals.up_ms == (done ? 120000 : 60000);
}

static bool call_ledger_sum(struct vpc_error *err)
{
    struct ledger_totals totals;
    if (!ledger_sum(ledger, MACHINE, NULL, &totals, err))
        return false;
    return totals.figures[LEDGER_BYTES_SENT].low == 100 || vpc_fail(err, VPC_UNEXPECTED, "another sum");
}

static bool take_row(void *context, const struct ledger_row *row, struct vpc_error *err)
{
    (void)err;
    *(uint64_t *)context += row->figures[LEDGER_BYTES_SENT].low;
    return true;
}

static bool call_ledger_query(struct vpc_error *err)
{
    struct ledger_query query = {.grouping = LEDGER_BY_DAY, .first_day = -719528, .last_day = 2932896};
    uint64_t sum = 0;
    if (!ledger_query(ledger, &query, take_row, &sum, err))
        return false;
    return sum == 100 || vpc_fail(err, VPC_UNEXPECTED, "another sum");
}

static const struct operation operations[] = {
    {"catalog_create", call_create, undo_create},
    {"catalog_list", call_list, NULL},
    {"catalog_find", call_find, NULL},
    {"catalog_rename", call_rename, undo_rename},
    {"catalog_change_options", call_options, undo_options},
    {"machine_config_read", call_machine, NULL},
    {"vm_page_create and vm_page_open", call_page, undo_page},
    {"control_connect", call_connect, undo_connect},
    {"file_replace", call_file, undo_file},
    {"folder_make and folder_make_private", call_folder, undo_folder},
    {"ledger_open", call_ledger_open, NULL},
    {"ledger_write", call_ledger_write, undo_ledger_write},
    {"ledger_sum", call_ledger_sum, NULL},
    {"ledger_query", call_ledger_query, NULL},
};

static void complain(const struct operation *operation, const char *failed, unsigned number, const char *why)
{
    complaints++;
    print_error("%s, %s (call %u) failing: %s\n", operation->name, failed, number, why);
}

static bool run(const struct operation *operation, unsigned fail_at, unsigned *calls, bool *right,
                struct vpc_error *err)
{
    *err = (struct vpc_error){0};
    wrap_arm(fail_at);
    bool ok = operation->call(err);
    *calls = wrap_stop();
    *right = !operation->undo || operation->undo(ok);
    return ok;
}

/* What is held more after one fault and a call that works, as blocks and descriptors. False when the fault was not
 * reached. */
static bool fail_once(const struct operation *operation, unsigned number, long *blocks, long *descriptors)
{
    unsigned ignored;
    struct vpc_error err;
    bool right;
    *blocks = -wrap_blocks();
    *descriptors = -wrap_descriptors();
    bool ok = run(operation, number, &ignored, &right, &err);
    const char *failed = wrap_failed();
    if (!failed)
        return false; /* it needed fewer calls this time */
    faults++;
    if (!ok && (!vpc_cause_name(err.cause) || !err.text[0] || err.cause == VPC_UNEXPECTED))
        complain(operation, failed, number, err.text[0] ? err.text : "no text");
    if (!right)
        complain(operation, failed, number, ok ? "it did not do what it says" : "it did what it says it did not");
    if (!run(operation, 0, &ignored, &right, &err) || !right)
        complain(operation, failed, number, err.text[0] ? err.text : "the next call did not do what it says");
    *blocks += wrap_blocks();
    *descriptors += wrap_descriptors();
    return true;
}

/* What the first failure makes and keeps, as the statement that rolls back, the second one does not make again. */
static void walk_call(const struct operation *operation, unsigned number)
{
    long blocks, descriptors;
    for (int i = 0; i < 2; i++) {
        if (!fail_once(operation, number, &blocks, &descriptors) || (blocks == 0 && descriptors == 0))
            return;
    }
    complain(operation, "one of its calls", number, "it holds more or less afterwards");
    print_error("    blocks %ld, descriptors %ld\n", blocks, descriptors);
}

static void walk_operation(const struct operation *operation)
{
    unsigned long before_faults = faults;
    unsigned calls;
    struct vpc_error err;
    bool right;
    for (int i = 0; i < 2; i++) {
        assert_ok(run(operation, 0, &calls, &right, &err), err);
        assert_true(right);
    }
    /* Opening a database is thousands of calls, each a thousandth of the same walk. */
    unsigned step = every || calls <= 600 ? 1 : calls / MOST_FAULTS;
    for (unsigned number = 1; number <= calls; number += step)
        walk_call(operation, number);
    assert_true(faults > before_faults);
    print_message("  %s: %lu of %u\n", operation->name, faults - before_faults, calls);
}

static void test_fault__each_call_of_the_system_below_com(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        walk_operation(&operations[i]);
    print_message("%lu faults below COM\n", faults);
    assert_int_equal(complaints, 0);
}

static int open_stage(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct catalog_entry entry;
    struct ledger_epoch epoch = an_epoch(1);
    struct vpc_error err;
    (void)state;
    wrap_install();
    test_home_open(&home);
    machines = path_join(home.folder, "machines");
    other_vmc = path_join(machines, "Other.vmc");
    page_path = path_join(home.folder, "vm.page");
    ledger_path = path_join(home.folder, LEDGER_FILE);
    file_path = path_join(home.folder, "file");
    folder_path = path_join(home.folder, "folder");
    socket_path = path_join(home.folder, "socket");
    assert_ok(catalog_create(&home.catalog, "Walk", machines, &entry, &err), err);
    catalog_entry_clear(&entry);
    assert_ok(catalog_change_options(&home.catalog, set_answer, "old", &err), err);
    assert_ok(file_replace(file_path, "old", 3, &err), err);
    assert_ok(ledger_open(&ledger, ledger_path, true, 0, &err), err);
    assert_ok(ledger_write(ledger, &epoch, &err), err);
    assert_true(strlen(socket_path) < sizeof address.sun_path);
    memcpy(address.sun_path, socket_path, strlen(socket_path) + 1);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 8), 0);
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    close(listener);
    ledger_close(ledger);
    free(machines);
    free(other_vmc);
    free(page_path);
    free(ledger_path);
    free(file_path);
    free(folder_path);
    free(socket_path);
    test_home_close(&home);
    return 0;
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fault__each_call_of_the_system_below_com, open_stage, close_stage),
    };
    every = count > 1 && !strcmp(arguments[1], "every");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
