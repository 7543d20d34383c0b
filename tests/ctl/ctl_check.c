#include "ctl_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include "support/check.h"
#include "support/process.h"

enum {
    LINE_MOST = 8192
};

/* Adds a word as the C library of the program takes command lines apart: quoted, a quote with a backslash, and
 * backslashes before a quote doubled. */
static void ctl_add_word(WCHAR *line, const char *word)
{
    WCHAR wide[1024];
    size_t backslashes = 0;
    assert_true(MultiByteToWideChar(CP_UTF8, 0, word, -1, wide, ARRAYSIZE(wide)) > 0);
    wcscat(line, L" \"");
    for (const WCHAR *c = wide; *c; c++) {
        for (size_t i = 0; *c == L'"' && i <= backslashes; i++)
            wcscat(line, L"\\");
        backslashes = *c == L'\\' ? backslashes + 1 : 0;
        wcsncat(line, c, 1);
    }
    for (size_t i = 0; i < backslashes; i++)
        wcscat(line, L"\\");
    wcscat(line, L"\"");
    assert_true(wcslen(line) < LINE_MOST - 2048);
}

/* A file for a stream of a child, away when its last handle is closed. */
static HANDLE ctl_stream(void)
{
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    WCHAR folder[MAX_PATH], path[MAX_PATH];
    GetTempPathW(ARRAYSIZE(folder), folder);
    assert_true(GetTempFileNameW(folder, L"ctl", 0, path));
    HANDLE file =
        CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    &inherited, CREATE_ALWAYS, FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    assert_ptr_not_equal(file, INVALID_HANDLE_VALUE);
    return file;
}

/* All of a stream; closes it. */
static char *ctl_take(HANDLE file)
{
    LARGE_INTEGER size;
    DWORD got;
    assert_true(GetFileSizeEx(file, &size));
    char *text = calloc((size_t)size.QuadPart + 1, 1);
    assert_non_null(text);
    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    assert_true(ReadFile(file, text, (DWORD)size.QuadPart, &got, NULL));
    CloseHandle(file);
    return text;
}

static struct ctl_result ctl_run_words(const char *word, va_list words)
{
    struct ctl_result result;
    PROCESS_INFORMATION process;
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    DWORD code;
    WCHAR *line = calloc(LINE_MOST, sizeof *line);
    char *program = test_program("vpcctl");
    assert_non_null(line);
    ctl_add_word(line, program);
    for (; word; word = va_arg(words, const char *))
        ctl_add_word(line, word);
    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = ctl_stream();
    startup.hStdError = ctl_stream();
    assert_true(CreateProcessW(NULL, line + 1, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process));
    assert_int_equal(WaitForSingleObject(process.hProcess, INFINITE), WAIT_OBJECT_0);
    assert_true(GetExitCodeProcess(process.hProcess, &code));
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    result.code = (int)code;
    result.out = ctl_take(startup.hStdOutput);
    result.err = ctl_take(startup.hStdError);
    free(program);
    free(line);
    return result;
}

struct ctl_result ctl_run(const char *word, ...)
{
    va_list words;
    va_start(words, word);
    struct ctl_result result = ctl_run_words(word, words);
    va_end(words);
    return result;
}

struct ctl_result ctl_run_code(int code, const char *word, ...)
{
    va_list words;
    va_start(words, word);
    struct ctl_result result = ctl_run_words(word, words);
    va_end(words);
    if (result.code != code || (code == 0 && *result.err))
        fail_msg("vpcctl %s ends with %d, not %d\n%s%s", word, result.code, code, result.out, result.err);
    return result;
}

void ctl_clear(struct ctl_result *result)
{
    free(result->out);
    free(result->err);
    *result = (struct ctl_result){0};
}

void ctl_assert_out(const struct ctl_result *result, const char *expected)
{
    assert_string_equal(result->out, expected);
}

void ctl_assert_out_has(const struct ctl_result *result, const char *part)
{
    if (!strstr(result->out, part))
        fail_msg("the output lacks '%s':\n%s", part, result->out);
}

void ctl_assert_err(const struct ctl_result *result, const char *expected)
{
    assert_string_equal(result->err, expected);
}

json_t *ctl_json(const struct ctl_result *result)
{
    json_error_t error;
    json_t *json = json_loads(result->out, 0, &error);
    if (!json)
        fail_msg("no JSON: %s\n%s", error.text, result->out);
    return json;
}

void ctl_assert_member(const json_t *row, const char *key, const char *expected)
{
    const char *actual = json_string_value(json_object_get(row, key));
    if (!actual || strcmp(actual, expected) != 0)
        fail_msg("'%s' is '%s', not '%s'", key, actual ? actual : "(no string)", expected);
}

char *ctl_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot open '%s'", path);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    char *text = calloc((size_t)size + 1, 1);
    assert_non_null(text);
    rewind(file);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    fclose(file);
    return text;
}
