/* Files that vpcctl writes, while somebody holds them. */
#include <stdio.h>
#include <string.h>
#include "exit_code.h"
#include "file.h"
#include "support/check.h"
#include "support/import_place.h"

static BOOL(WINAPI *move)(const WCHAR *from, const WCHAR *to, DWORD flags);
static unsigned moves;
static HANDLE held;   /* let go when it has been tried once */
static DWORD refusal; /* what a move fails with; 0: it is made */

static BOOL WINAPI move_or_refuse(const WCHAR *from, const WCHAR *to, DWORD flags)
{
    if (moves++ == 1 && held) {
        CloseHandle(held);
        held = NULL;
    }
    if (refusal == 0)
        return move(from, to, flags);
    SetLastError(refusal);
    return FALSE;
}

struct replaced {
    struct import_place place;
    char path[MAX_PATH];
};

/* A file with something in it; moves of this program are counted. */
static void open_file(struct replaced *file)
{
    char folder[MAX_PATH];
    GetTempPathA(ARRAYSIZE(folder), folder);
    assert_true(GetTempFileNameA(folder, "ctl", 0, file->path));
    FILE *content = fopen(file->path, "wb");
    assert_non_null(content);
    fputs("before", content);
    assert_int_equal(fclose(content), 0);
    moves = 0;
    file->place = import_place_find("MoveFileExW");
    memcpy(&move, &file->place.function, sizeof move); /* a cast would not do: -Wcast-function-type */
    import_place_set(&file->place, (ULONG_PTR)move_or_refuse);
}

static void close_file(struct replaced *file)
{
    import_place_set(&file->place, file->place.function);
    assert_true(DeleteFileA(file->path));
}

static void assert_content(const char *path, const char *expected)
{
    char content[64] = {0};
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fread(content, 1, sizeof content - 1, file);
    fclose(file);
    assert_string_equal(content, expected);
}

static int replace(const struct replaced *file, const char *text)
{
    struct buffer content = {0};
    buffer_add(&content, text);
    int code = file_replace("metrics", file->path, &content);
    buffer_clear(&content);
    return code;
}

static void test_file_replace__waits_for_a_reader(void **state)
{
    struct replaced file;
    (void)state;
    open_file(&file);
    held = CreateFileA(file.path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    assert_ptr_not_equal(held, INVALID_HANDLE_VALUE);
    assert_int_equal(replace(&file, "after"), EXIT_CODE_OK);
    assert_int_equal(moves, 2);
    assert_content(file.path, "after");
    close_file(&file);
}

static void test_file_replace__waits_for_no_other_reason(void **state)
{
    struct replaced file;
    (void)state;
    open_file(&file);
    refusal = ERROR_DISK_FULL;
    assert_int_equal(replace(&file, "after"), EXIT_CODE_OUTPUT);
    assert_int_equal(moves, 1);
    refusal = 0;
    assert_content(file.path, "before");
    close_file(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_replace__waits_for_a_reader),
        cmocka_unit_test(test_file_replace__waits_for_no_other_reason),
    };
    return cmocka_run_group_tests_name("files of vpcctl", tests, NULL, NULL);
}
