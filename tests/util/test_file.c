#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture.h"
#include "util/clock.h"
#include "util/file.h"
#if !defined(_WIN32)
#include <unistd.h>
#endif
#include "util/log.h"
#include "util/path.h"
#include "util/text.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <sys/stat.h>
#endif

struct place {
    char *folder;
    char *path; /* of a file that is not there yet */
};

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    place->folder = fixture_folder();
    place->path = path_join(place->folder, "M\xC3\xBChle \xF0\x9F\x96\xA5.txt");
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;

    fixture_remove(place->folder);
    free(place->path);
    free(place);
    return 0;
}

static size_t files_in(const char *folder)
{
    struct vpc_error err;
    struct folder_entry *entries;
    size_t count;

    assert_ok(folder_list(folder, "", &entries, &count, &err), &err);
    folder_list_free(entries, count);
    return count;
}

static void assert_content(const char *path, const char *expected)
{
    struct vpc_error err;
    char *data;
    size_t size;

    assert_ok(file_read(path, 1000, &data, &size, &err), &err);
    assert_string_equal(data, expected);
    assert_int_equal(size, strlen(expected));
    free(data);
}

static void test_file__replace_and_read_leave_nothing_behind(void **state)
{
    struct place *place = *state;
    struct vpc_error err;

    assert_false(file_exists(place->path));
    assert_ok(file_replace(place->path, "one", 3, &err), &err);
    assert_content(place->path, "one");
    assert_ok(file_replace(place->path, "two more", 8, &err), &err);
    assert_content(place->path, "two more");
    assert_ok(file_replace(place->path, "", 0, &err), &err);
    assert_content(place->path, "");
    assert_true(file_exists(place->path));
    assert_false(folder_exists(place->path));
    assert_int_equal(files_in(place->folder), 1);
}

static void test_file__read_gives_the_documented_causes(void **state)
{
    struct place *place = *state;
    struct vpc_error err;
    char *missing = path_join(place->folder, "none");
    char *deep = path_join(missing, "file");
    char *data;
    size_t size;

    assert_fails(file_read(place->path, 10, &data, &size, &err), &err, VPC_FILE_NOT_FOUND);
    assert_null(data);
    assert_fails(file_read(deep, 10, &data, &size, &err), &err, VPC_PATH_NOT_FOUND);
    assert_ok(file_replace(place->path, "12345", 5, &err), &err);
    assert_fails(file_read(place->path, 4, &data, &size, &err), &err, VPC_CORRUPT);
    assert_non_null(strstr(err.text, place->path));
    assert_ok(file_read(place->path, 5, &data, &size, &err), &err);
    free(data);
    assert_fails(file_read(place->folder, 10, &data, &size, &err), &err, VPC_ACCESS_DENIED);
    free(deep);
    free(missing);
}

static void test_file__replace_in_a_missing_folder_fails(void **state)
{
    struct place *place = *state;
    struct vpc_error err;
    char *missing = path_join(place->folder, "none");
    char *deep = path_join(missing, "file");

    assert_fails(file_replace(deep, "x", 1, &err), &err, VPC_PATH_NOT_FOUND);
    assert_non_null(strstr(err.text, deep));
    free(deep);
    free(missing);
}

static void test_file__create_does_not_replace(void **state)
{
    struct place *place = *state;
    struct vpc_error err;

    assert_ok(file_create(place->path, "one", 3, &err), &err);
    assert_fails(file_create(place->path, "two", 3, &err), &err, VPC_ALREADY_EXISTS);
    assert_content(place->path, "one");
    assert_int_equal(files_in(place->folder), 1);
}

static void test_file__replace_over_a_folder_leaves_it(void **state)
{
    struct place *place = *state;
    struct vpc_error err;

    assert_ok(folder_make(place->path, &err), &err);
    assert_false(file_replace(place->path, "x", 1, &err));
    assert_true(folder_exists(place->path));
    assert_int_equal(files_in(place->folder), 0);
}

/* Takes or gives the right to write a file. */
static void set_read_only(const char *path, bool read_only)
{
#if defined(_WIN32)
    wchar_t *wide = text_to_wide(path);

    assert_true(SetFileAttributesW(wide, read_only ? FILE_ATTRIBUTE_READONLY : FILE_ATTRIBUTE_NORMAL));
    free(wide);
#else
    assert_int_equal(chmod(path, read_only ? 0444 : 0644), 0);
#endif
}

static void test_file__replace_of_a_read_only_file_fails(void **state)
{
    struct place *place = *state;
    struct vpc_error err;

    assert_ok(file_replace(place->path, "one", 3, &err), &err);
    set_read_only(place->path, true);
    assert_fails(file_replace(place->path, "two", 3, &err), &err, VPC_ACCESS_DENIED);
    assert_content(place->path, "one");
    assert_int_equal(files_in(place->folder), 1);
    set_read_only(place->path, false);
}

/* The same in a process that is not the all-mighty user: "readonly". */
static int run_read_only_test(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_file__replace_of_a_read_only_file_fails, setup, teardown),
    };

    return fixture_give_up_rights() ? cmocka_run_group_tests(tests, NULL, NULL) : 100;
}

static void test_file__replace_of_a_read_only_file_fails_for_everybody(void **state)
{
    if (fixture_can_give_up_rights())
        assert_int_equal(fixture_wait(fixture_start("readonly", "", "")), 0);
    else
        test_file__replace_of_a_read_only_file_fails(state);
}

/* Readers must always find one of the two contents, whole. */
struct race {
    const char *path;
    atomic_bool over;
    atomic_int torn;
    atomic_int reads;
};

static void read_until_over(void *context)
{
    struct race *race = context;

    while (!atomic_load(&race->over)) {
        uint64_t now = clock_monotonic_ms();
        struct vpc_error err;
        char *data;
        size_t size;

        /* Windows before 10 replaces a file only in a moment in which nobody has it open; leave some. */
        while (clock_monotonic_ms() == now)
            ;
        if (!file_read(race->path, 100000, &data, &size, &err)) {
            atomic_fetch_add(&race->torn, 1);
            continue;
        }
        if (size != 50000 || data[0] != data[size - 1] || data[0] != data[size / 2])
            atomic_fetch_add(&race->torn, 1);
        atomic_fetch_add(&race->reads, 1);
        free(data);
    }
}

static void test_file__replace_is_never_seen_half(void **state)
{
    struct place *place = *state;
    struct race race = {.path = place->path};
    struct fixture_thread *readers[2];
    struct vpc_error err;
    char *data = malloc(50000);

    memset(data, 'a', 50000);
    assert_ok(file_replace(place->path, data, 50000, &err), &err);
    for (int i = 0; i < 2; i++)
        readers[i] = fixture_thread_start(read_until_over, &race);
    for (int i = 0; i < 100 || atomic_load(&race.reads) < 100; i++) {
        memset(data, 'a' + i % 26, 50000);
        assert_ok(file_replace(place->path, data, 50000, &err), &err);
    }
    atomic_store(&race.over, true);
    for (int i = 0; i < 2; i++)
        fixture_thread_join(readers[i]);
    assert_int_equal(atomic_load(&race.torn), 0);
    free(data);
}

static void test_file__rename_does_not_replace_but_changes_case(void **state)
{
    struct place *place = *state;
    struct vpc_error err;
    char *lower = path_join(place->folder, "lab.txt");
    char *upper = path_join(place->folder, "LAB.txt");
    char *other = path_join(place->folder, "other.txt");
    char *name;

    assert_ok(file_replace(lower, "one", 3, &err), &err);
    assert_ok(file_replace(other, "two", 3, &err), &err);
    assert_fails(file_rename(lower, other, &err), &err, VPC_ALREADY_EXISTS);
    assert_content(other, "two");
    assert_ok(file_rename(lower, upper, &err), &err);
    assert_ok(file_spelling(upper, &name, &err), &err);
    assert_string_equal(name, "LAB.txt");
    free(name);
    assert_ok(file_spelling(lower, &name, &err), &err);
    assert_string_equal(name, "LAB.txt");
    free(name);
    assert_fails(file_rename(place->path, lower, &err), &err, VPC_FILE_NOT_FOUND);
    assert_fails(file_spelling(place->path, &name, &err), &err, VPC_FILE_NOT_FOUND);
    free(lower);
    free(upper);
    free(other);
}

static void test_file__remove_of_nothing_succeeds(void **state)
{
    struct place *place = *state;
    struct vpc_error err;
    char *deep = path_join(place->path, "file");

    assert_ok(file_remove(place->path, &err), &err);
    assert_ok(file_remove(deep, &err), &err);
    assert_ok(file_replace(place->path, "x", 1, &err), &err);
    assert_ok(file_remove(place->path, &err), &err);
    assert_false(file_exists(place->path));
    free(deep);
}

/* Below what is not there and cannot be made: a drive that does not exist; the kernel's own files. */
static void test_folder__make_says_why_not(void **state)
{
    struct vpc_error err;
    (void)state;
#if defined(_WIN32)
    char path[] = "A:\\not\\there";

    while (path[0] < 'Z' && GetLogicalDrives() >> (path[0] - 'A') & 1)
        path[0]++;
#else
    char path[] = "/proc/not/there";
#endif
    assert_false(folder_make(path, &err));
    assert_int_equal(err.cause, VPC_PATH_NOT_FOUND);
}

static void test_folder__make_and_remove_take_whole_trees(void **state)
{
    struct place *place = *state;
    struct vpc_error err;
    char *a = path_join(place->folder, "a");
    char *b = path_join(a, "b");
    char *c = path_join(b, "c");
    char *file = path_join(b, "file");
    char *below = path_join(file, "folder");

    assert_ok(folder_make(c, &err), &err);
    assert_ok(folder_make(c, &err), &err);
    assert_true(folder_exists(c));
    assert_ok(file_replace(file, "x", 1, &err), &err);
    assert_false(folder_make(file, &err));
    assert_int_equal(err.cause, VPC_ALREADY_EXISTS);
    assert_false(folder_make(below, &err));
    assert_ok(folder_remove(a, &err), &err);
    assert_false(folder_exists(a));
    assert_ok(folder_remove(a, &err), &err);
    free(below);
    free(file);
    free(c);
    free(b);
    free(a);
}

#if defined(_WIN32)
static void run(const wchar_t *program, const char *line)
{
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    wchar_t *wide = text_to_wide(line);

    assert_true(CreateProcessW(program, wide, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    if (process.hProcess) { /* a Linux program has none */
        WaitForSingleObject(process.hProcess, INFINITE);
        CloseHandle(process.hProcess);
        CloseHandle(process.hThread);
    }
    free(wide);
}

static FARPROC wine_function(void)
{
    return GetProcAddress(GetModuleHandleW(L"kernel32"), "wine_get_unix_file_name");
}

static bool removes_links(void)
{
    return !wine_function();
}

static char *unix_path(const char *path)
{
    FARPROC found = wine_function();
    char *(CDECL * function)(const wchar_t *) = (char *(CDECL *)(const wchar_t *))(void (*)(void))found;
    wchar_t *wide = text_to_wide(path);
    char *heap = function ? function(wide) : NULL, *copy = heap ? text_copy(heap) : NULL;

    if (heap)
        HeapFree(GetProcessHeap(), 0, heap);
    free(wide);
    return copy;
}

/* A junction, which every user can make; Wine 8 makes none, but shows links of the host as such. */
static void link_to_folder(const char *folder, const char *link)
{
    char *host_folder = unix_path(folder), *host_link = unix_path(link);
    char *line = host_link ? text_format("ln -s \"%s\" \"%s\"", host_folder, host_link)
                           : text_format("cmd /c mklink /J \"%s\" \"%s\"", link, folder);

    run(host_link ? L"Z:\\bin\\ln" : NULL, line);
    while (host_link && !folder_exists(link))
        Sleep(1);
    assert_true(folder_exists(link));
    free(line);
    free(host_link);
    free(host_folder);
}

static void remove_link_otherwise(const char *link)
{
    char *host_link = unix_path(link);
    char *line = text_format("rm \"%s\"", host_link);

    run(L"Z:\\bin\\rm", line);
    while (folder_exists(link))
        Sleep(1);
    free(line);
    free(host_link);
}
#else
static bool removes_links(void)
{
    return true;
}

static void remove_link_otherwise(const char *link)
{
    fail_msg("'%s' is left", link);
}

static void link_to_folder(const char *folder, const char *link)
{
    assert_int_equal(symlink(folder, link), 0);
}
#endif

/* Removes a folder that is the link or holds it: what the link leads to stays. Wine 8 cannot remove a link to a folder.
 */
static void remove_with_link(const char *removed, const char *link, const char *kept)
{
    struct vpc_error err;

    if (!removes_links()) {
        assert_fails(folder_remove(removed, &err), &err, VPC_IO);
        assert_true(file_exists(kept));
        remove_link_otherwise(link);
    }
    assert_ok(folder_remove(removed, &err), &err);
    assert_false(folder_exists(removed));
    assert_true(file_exists(kept));
}

/* Who may write to a run folder, or to the one above, must not decide what else is deleted with it. */
static void test_folder__remove_does_not_follow_links(void **state)
{
    struct place *place = *state;
    struct vpc_error err;
    char *outside = path_join(place->folder, "outside");
    char *kept = path_join(outside, "kept");
    char *removed = path_join(place->folder, "removed");
    char *to_folder = path_join(removed, "to-folder");

    assert_ok(folder_make(outside, &err), &err);
    assert_ok(folder_make(removed, &err), &err);
    assert_ok(file_replace(kept, "x", 1, &err), &err);
    link_to_folder(outside, to_folder);
#if !defined(_WIN32)
    char *to_file = path_join(removed, "to-file");
    assert_int_equal(symlink(kept, to_file), 0);
    free(to_file);
#endif
    remove_with_link(removed, to_folder, kept);
    link_to_folder(outside, removed); /* and the folder itself is one */
    remove_with_link(removed, removed, kept);
    free(to_folder);
    free(removed);
    free(kept);
    free(outside);
}

#if !defined(_WIN32)
/* Neither is waited for. */
static void test_file__pipes_and_devices_are_no_files(void **state)
{
    struct place *place = *state;
    const char *const paths[] = {place->path, "/dev/null"};
    struct vpc_error err;
    struct file_map map;
    char *data;
    size_t size;

    assert_int_equal(mkfifo(place->path, 0600), 0);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_fails(file_map_open(&map, paths[i], false, &err), &err, VPC_ACCESS_DENIED);
        assert_fails(file_map_open(&map, paths[i], true, &err), &err, VPC_ACCESS_DENIED);
        assert_fails(file_read(paths[i], 100, &data, &size, &err), &err, VPC_ACCESS_DENIED);
    }
}
#endif

static void test_folder__list_takes_files_by_suffix_and_time(void **state)
{
    struct place *place = *state;
    struct vpc_error err;
    struct folder_entry *entries;
    size_t count;
    char *file = path_join(place->folder, "a.VMCX");
    char *other = path_join(place->folder, "a.vmc");
    char *folder = path_join(place->folder, "b.vmcx");

    assert_ok(folder_list(folder, ".vmcx", &entries, &count, &err), &err);
    assert_int_equal(count, 0);
    folder_list_free(entries, count);
    assert_ok(file_replace(file, "x", 1, &err), &err);
    assert_ok(file_replace(other, "x", 1, &err), &err);
    assert_ok(folder_make(folder, &err), &err);
    assert_ok(file_set_modified(file, 1234567890123, &err), &err);
    assert_ok(folder_list(place->folder, ".vmcx", &entries, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_string_equal(entries[0].name, "a.VMCX");
    assert_true(entries[0].modified_utc_ms == 1234567890123);
    folder_list_free(entries, count);
    free(folder);
    free(other);
    free(file);
}

static void test_file_tail__read_follows_a_growing_file(void **state)
{
    struct place *place = *state;
    struct vpc_error err;
    struct file_tail *tail;
    struct file_map map;
    uint64_t size;
    char bytes[8];
    size_t got;

    assert_fails(file_tail_open(&tail, place->path, &err), &err, VPC_FILE_NOT_FOUND);
    assert_ok(file_map_create(&map, place->path, 6, &err), &err);
    memcpy(map.data, "abcdef", 6);
    file_map_close(&map);
    assert_ok(file_tail_open(&tail, place->path, &err), &err);
    assert_ok(file_tail_size(tail, &size, &err), &err);
    assert_int_equal(size, 6);
    assert_ok(file_tail_read(tail, 0, bytes, 4, &got, &err), &err);
    assert_int_equal(got, 4);
    assert_memory_equal(bytes, "abcd", 4);
    assert_ok(file_tail_read(tail, 4, bytes, 4, &got, &err), &err);
    assert_int_equal(got, 2);
    assert_ok(file_tail_read(tail, 6, bytes, 4, &got, &err), &err);
    assert_int_equal(got, 0);
    assert_ok(file_tail_read(tail, (uint64_t)1 << 33, bytes, 4, &got, &err), &err);
    assert_int_equal(got, 0);
    assert_ok(file_remove(place->path, &err), &err); /* an open tail stands in nobody's way */
    file_tail_close(tail);
}

static void test_file_map__writes_are_seen_by_readers(void **state)
{
    struct place *place = *state;
    struct vpc_error err;
    struct file_map writer, reader, next;

    assert_fails(file_map_open(&reader, place->path, false, &err), &err, VPC_FILE_NOT_FOUND);
    assert_ok(file_map_create(&writer, place->path, 5000, &err), &err);
    assert_int_equal(writer.size, 5000);
    assert_int_equal((uintptr_t)writer.data % 4096, 0);
    assert_ok(file_map_open(&reader, place->path, false, &err), &err);
    assert_int_equal(reader.size, 5000);
    assert_int_equal(((char *)reader.data)[4999], 0);
    ((char *)writer.data)[4999] = 'x';
    assert_int_equal(((char *)reader.data)[4999], 'x');

    /* A new map of that name does not pull the old one from under its readers. */
    assert_ok(file_map_create(&next, place->path, 100, &err), &err);
    assert_int_equal(((char *)next.data)[0], 0);
    assert_int_equal(((char *)reader.data)[4999], 'x');
    file_map_close(&next);
    file_map_close(&reader);
    file_map_close(&writer);
    assert_null(writer.data);
    file_map_close(&writer);
}

static void test_file_map__open_of_an_empty_file_fails(void **state)
{
    struct place *place = *state;
    struct vpc_error err;
    struct file_map map;

    assert_ok(file_replace(place->path, "", 0, &err), &err);
    assert_fails(file_map_open(&map, place->path, false, &err), &err, VPC_CORRUPT);
}

static void test_file_lock__has_one_holder(void **state)
{
    struct place *place = *state;
    struct vpc_error err;
    struct file_lock *first, *second;

    assert_ok(file_lock_try(&first, place->path, &err), &err);
    assert_non_null(first);
    assert_ok(file_lock_try(&second, place->path, &err), &err);
    assert_null(second);
    file_lock_release(first);
    assert_ok(file_lock_try(&second, place->path, &err), &err);
    assert_non_null(second);
    file_lock_release(second);
    file_lock_release(NULL);
}

static int hold_lock(const char *lock_path, const char *ready_path)
{
    struct vpc_error err;
    struct file_lock *lock;

    if (!file_lock_try(&lock, lock_path, &err) || !lock || !file_replace(ready_path, "x", 1, &err))
        return 1;
    for (;;)
        file_exists(ready_path); /* until it is killed */
}

static void test_file_lock__ends_with_its_process(void **state)
{
    struct place *place = *state;
    struct vpc_error err;
    struct file_lock *lock;
    char *ready = path_join(place->folder, "ready");
    char *path = path_join(place->folder, "lock");
    struct fixture_process *process = fixture_start("hold", path, ready);

    while (!file_exists(ready))
        assert_true(fixture_running(process));
    assert_ok(file_lock_try(&lock, path, &err), &err);
    assert_null(lock);
    fixture_kill(process);
    assert_ok(file_lock_try(&lock, path, &err), &err);
    assert_non_null(lock);
    file_lock_release(lock);
    free(path);
    free(ready);
}

static void test_clock__runs_and_knows_the_year(void **state)
{
    uint64_t start = clock_monotonic_ms();
    int64_t now = clock_utc_ms();

    (void)state;
    while (clock_monotonic_ms() == start)
        ;
    assert_true(clock_monotonic_ms() > start);
    assert_true(now > 1704067200000 && now < 7258118400000); /* 2024 to 2200 */
}

static void test_log__writes_lines_and_moves_a_long_file(void **state)
{
    struct place *place = *state;
    struct vpc_error err;
    char *old = text_format("%s.old", place->path);
    char *long_text = malloc(1100000);
    char *data;
    size_t size;

    log_write(LOG_ERROR, "nobody hears this");
    assert_ok(log_open(place->path, LOG_INFO, &err), &err);
    log_write(LOG_INFO, "two\nlines %d", 7);
    log_write(LOG_TRACE, "not asked for");
    memset(long_text, 'x', 1100000 - 1);
    long_text[1100000 - 1] = '\0';
    log_write(LOG_ERROR, "%s", long_text);
    log_close();
    assert_ok(file_read(place->path, 2000000, &data, &size, &err), &err);
    assert_int_equal(data[4], '-');
    assert_int_equal(data[10], 'T');
    assert_memory_equal(data + 23, "Z info two lines 7\n", 19);
    assert_memory_equal(data + 42 + 23, "Z error xxx", 11);
    assert_int_equal(size, 42 + 23 + strlen("Z error ") + strlen(long_text) + 1);
    assert_null(strstr(data, "not asked for"));
    free(data);
    assert_ok(log_open(place->path, LOG_TRACE, &err), &err);
    log_write(LOG_TRACE, "new");
    log_close();
    assert_true(file_exists(old));
    assert_ok(file_read(place->path, 100, &data, &size, &err), &err);
    assert_string_equal(data + 23, "Z trace new\n");
    free(data);
    free(long_text);
    free(old);
}

/* A VM is not kept from starting by a log that cannot be moved. */
static void test_log__grows_on_where_it_cannot_be_moved(void **state)
{
    struct place *place = *state;
    struct vpc_error err;
    char *old = text_format("%s.old", place->path);
    char *long_text = calloc(1, 1100000);
    char *data;
    size_t size;

    assert_ok(folder_make(old, &err), &err);
    memset(long_text, 'x', 1100000 - 1);
    assert_ok(file_replace(place->path, long_text, 1100000 - 1, &err), &err);
    assert_ok(log_open(place->path, LOG_INFO, &err), &err);
    log_write(LOG_INFO, "new");
    log_close();
    assert_ok(file_read(place->path, 2000000, &data, &size, &err), &err);
    assert_memory_equal(data, long_text, 1100000 - 1);
    assert_non_null(strstr(data + 1100000 - 1, " warning the log is long and stays where it is: "));
    assert_memory_equal(data + size - 9, "info new\n", 9);
    free(data);
    free(long_text);
    free(old);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_file__replace_and_read_leave_nothing_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file__read_gives_the_documented_causes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file__replace_in_a_missing_folder_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file__create_does_not_replace, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file__replace_over_a_folder_leaves_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file__replace_of_a_read_only_file_fails_for_everybody, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file__replace_is_never_seen_half, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file__rename_does_not_replace_but_changes_case, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file__remove_of_nothing_succeeds, setup, teardown),
        cmocka_unit_test(test_folder__make_says_why_not),
        cmocka_unit_test_setup_teardown(test_folder__make_and_remove_take_whole_trees, setup, teardown),
        cmocka_unit_test_setup_teardown(test_folder__remove_does_not_follow_links, setup, teardown),
#if !defined(_WIN32)
        cmocka_unit_test_setup_teardown(test_file__pipes_and_devices_are_no_files, setup, teardown),
#endif
        cmocka_unit_test_setup_teardown(test_folder__list_takes_files_by_suffix_and_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_tail__read_follows_a_growing_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_map__writes_are_seen_by_readers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_map__open_of_an_empty_file_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_lock__has_one_holder, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_lock__ends_with_its_process, setup, teardown),
        cmocka_unit_test(test_clock__runs_and_knows_the_year),
        cmocka_unit_test_setup_teardown(test_log__writes_lines_and_moves_a_long_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_log__grows_on_where_it_cannot_be_moved, setup, teardown),
    };

    if (argc == 4 && strcmp(argv[1], "readonly") == 0)
        return run_read_only_test();
    if (argc == 4 && strcmp(argv[1], "hold") == 0)
        return hold_lock(argv[2], argv[3]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
