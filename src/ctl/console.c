#include "console.h"

#include <stdlib.h>
#include <windows.h>
#include "utf8.h"

struct stream {
    HANDLE handle;
    bool terminal;
    bool escapes;
    DWORD error; /* the first one */
};

static struct stream streams[2];
static HANDLE interrupted;

static void stream_open(struct stream *stream, DWORD which)
{
    DWORD mode;
    stream->handle = GetStdHandle(which);
    stream->terminal = GetConsoleMode(stream->handle, &mode);
    stream->escapes = stream->terminal && SetConsoleMode(stream->handle, mode | ENABLE_PROCESSED_OUTPUT |
                                                                             ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

void console_open(void)
{
    stream_open(&streams[CONSOLE_OUT], STD_OUTPUT_HANDLE);
    stream_open(&streams[CONSOLE_ERROR], STD_ERROR_HANDLE);
}

bool console_is_terminal(enum console_stream stream)
{
    return streams[stream].terminal;
}

bool console_takes_escapes(enum console_stream stream)
{
    return streams[stream].escapes;
}

bool console_has_colour(enum console_stream stream)
{
    const WCHAR *no_colour = _wgetenv(L"NO_COLOR");
    return streams[stream].escapes && (!no_colour || !*no_colour);
}

size_t console_columns(void)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    const WCHAR *columns = _wgetenv(L"COLUMNS");
    if (streams[CONSOLE_OUT].terminal && GetConsoleScreenBufferInfo(streams[CONSOLE_OUT].handle, &info))
        /* NOLINTNEXTLINE(bugprone-misplaced-widening-cast): of 16 bits */
        return (size_t)(info.srWindow.Right - info.srWindow.Left + 1);
    int number = columns ? _wtoi(columns) : 0;
    return number > 0 ? (size_t)number : 0;
}

static bool stream_write_file(HANDLE handle, const char *text, size_t length)
{
    while (length > 0) {
        DWORD part = length < 0x10000 ? (DWORD)length : 0x10000, written;
        if (!WriteFile(handle, text, part, &written, NULL))
            return false;
        text += written;
        length -= written;
    }
    return true;
}

static bool stream_write_console(HANDLE handle, const char *text, size_t length)
{
    struct buffer copy = {0};
    buffer_add_bytes(&copy, text, length);
    WCHAR *wide = utf8_to_wide(buffer_text(&copy)), *rest = wide;
    DWORD left = (DWORD)wcslen(wide), written = 0;
    bool done = true;
    while (done && left > 0) {
        /* Windows 7 refuses more than 64 KiB at a time. */
        DWORD part = left < 8192 ? left : 8192;
        done = WriteConsoleW(handle, rest, part, &written, NULL);
        rest += written;
        left -= written;
    }
    free(wide);
    buffer_clear(&copy);
    return done;
}

bool console_write(enum console_stream which, const char *text, size_t length)
{
    struct stream *stream = &streams[which];
    bool done = stream->terminal ? stream_write_console(stream->handle, text, length)
                                 : stream_write_file(stream->handle, text, length);
    if (!done && !stream->error)
        stream->error = GetLastError();
    return done;
}

unsigned long console_out_error(void)
{
    return streams[CONSOLE_OUT].error;
}

static BOOL WINAPI console_interrupt(DWORD event)
{
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        return FALSE;
    SetEvent(interrupted);
    return TRUE;
}

void console_catch_interrupt(void)
{
    interrupted = need(CreateEventW(NULL, TRUE, FALSE, NULL));
    SetConsoleCtrlHandler(console_interrupt, TRUE);
}

void *console_interrupt_event(void)
{
    return interrupted;
}

bool console_rest(unsigned milliseconds)
{
    return WaitForSingleObject(interrupted, milliseconds) == WAIT_TIMEOUT;
}
