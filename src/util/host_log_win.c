#include "util/host_log.h"

#include <windows.h>
#include <stdlib.h>
#include "util/text.h"

/* No message file is registered under this name: the log then shows the text as it is, below a line that says so. */
#define SOURCE L"VPCCOMInterfaces"

bool host_log_write(enum host_log_level level, unsigned id, const char *text)
{
    static const WORD types[] = {EVENTLOG_ERROR_TYPE, EVENTLOG_WARNING_TYPE, EVENTLOG_INFORMATION_TYPE};
    wchar_t *wide = text_to_wide(text);
    HANDLE source = wide ? RegisterEventSourceW(NULL, SOURCE) : NULL;
    LPCWSTR strings[] = {wide};
    bool written = source && ReportEventW(source, types[level], 0, id, NULL, 1, 0, strings, NULL);
    if (source)
        DeregisterEventSource(source);
    free(wide);
    return written;
}
