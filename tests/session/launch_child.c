/* Stands in for vpchost in test_control_launch.c: does what the name of its VM says. Any other name is given back as
 * the text of an error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>
#include <shellapi.h>

#include <jansson.h>

#include "util/text.h"

static void say(const char *text)
{
    DWORD written;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, (DWORD)strlen(text), &written, NULL);
}

static void say_error(const char *cause, const char *text)
{
    json_t *message = json_pack("{s:{s:s, s:s}}", "error", "cause", cause, "text", text);
    char *line = json_dumps(message, JSON_COMPACT);
    say(line ? line : "?");
    say("\n");
    free(line);
    json_decref(message);
}

static void wait_for_event(const char *name)
{
    HANDLE event = OpenEventA(SYNCHRONIZE, FALSE, name);
    if (event)
        WaitForSingleObject(event, INFINITE);
}

/* Another process that holds our output open. */
static void leave_a_holder(const char *event)
{
    wchar_t program[MAX_PATH], line[MAX_PATH * 2];
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    GetModuleFileNameW(NULL, program, MAX_PATH);
    swprintf(line, MAX_PATH * 2, L"child --vm hold:%hs", event);
    if (!CreateProcessW(program, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
        exit(99);
    exit(5);
}

/* A console of the child's own is not. */
static bool is_of_a_client(HANDLE handle)
{
    const DWORD type = GetFileType(handle);
    return type == FILE_TYPE_DISK || type == FILE_TYPE_PIPE;
}

static int act(const char *name)
{
    const char *rest = strchr(name, ':');
    rest = rest ? rest + 1 : "";
    if (strcmp(name, "task") == 0) {
        say("{\"task\":12}\n");
    } else if (strcmp(name, "pieces") == 0) {
        for (const char *c = "{\"task\":77}\nmore that nobody reads"; *c; c++)
            say((const char[]){*c, 0});
    } else if (strcmp(name, "busy") == 0) {
        say_error("vm-running", "another supervisor has it");
        return 1;
    } else if (strcmp(name, "die") == 0) {
        return 3;
    } else if (strcmp(name, "half") == 0) {
        say("{\"task\":12}");
        return 4;
    } else if (strcmp(name, "garbage") == 0) {
        say("Usage: vpchost\r\n");
    } else if (strcmp(name, "neither") == 0) {
        say("{\"task\":0}\n");
    } else if (strcmp(name, "endless") == 0) {
        for (int i = 0; i < 1000; i++)
            say("xxxxxxxxxxxxxxxx");
    } else if (strncmp(name, "stay:", 5) == 0) {
        say("{\"task\":13}\n");
        wait_for_event(rest);
    } else if (strncmp(name, "hold:", 5) == 0) {
        wait_for_event(rest);
    } else if (strncmp(name, "leave:", 6) == 0) {
        leave_a_holder(rest);
    } else if (strncmp(name, "handle:", 7) == 0) {
        HANDLE handle = (HANDLE)(uintptr_t)strtoull(rest, NULL, 10);
        say_error("unexpected", is_of_a_client(handle)                           ? "inherited a file"
                                : is_of_a_client(GetStdHandle(STD_INPUT_HANDLE)) ? "inherited standard input"
                                : is_of_a_client(GetStdHandle(STD_ERROR_HANDLE)) ? "inherited standard error"
                                                                                 : "inherited nothing");
    } else {
        say_error("name-in-use", name);
    }
    return 0;
}

int main(void)
{
    int argc;
    wchar_t **argv = CommandLineToArgvW(GetCommandLineW(), &argc);
    if (!argv || argc != 3 || wcscmp(argv[1], L"--vm") != 0)
        return 98;
    char *name = text_from_wide(argv[2], wcslen(argv[2]));
    LocalFree(argv);
    const int code = name ? act(name) : 97;
    free(name);
    return code;
}
