#include "import_table.h"

#include <errno.h>
#include <io.h>
#include <process.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#include "import_fault.h"

/* ---- ways to fail ---- */

static uintptr_t fail_memory(void)
{
    errno = ENOMEM;
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return 0;
}

static uintptr_t fail_access(void)
{
    SetLastError(ERROR_ACCESS_DENIED);
    return 0;
}

static uintptr_t fail_access_handle(void)
{
    SetLastError(ERROR_ACCESS_DENIED);
    return (uintptr_t)INVALID_HANDLE_VALUE;
}

/* No attributes, no size, no position, no descriptor: -1 in 32 bits. */
static uintptr_t fail_all_ones(void)
{
    errno = EMFILE;
    SetLastError(ERROR_ACCESS_DENIED);
    return UINT32_MAX;
}

static uintptr_t fail_device(void)
{
    SetLastError(ERROR_IO_DEVICE);
    return 0;
}

static uintptr_t fail_disk_full(void)
{
    SetLastError(ERROR_DISK_FULL);
    return 0;
}

/* Both say that nothing was moved, which libuv relies on. */
static BOOL WINAPI fail_read(HANDLE file, void *data, DWORD size, DWORD *moved, OVERLAPPED *overlapped)
{
    (void)file, (void)data, (void)size, (void)overlapped;
    if (moved)
        *moved = 0;
    SetLastError(ERROR_IO_DEVICE);
    return FALSE;
}

static BOOL WINAPI fail_write(HANDLE file, const void *data, DWORD size, DWORD *moved, OVERLAPPED *overlapped)
{
    (void)file, (void)data, (void)size, (void)overlapped;
    if (moved)
        *moved = 0;
    SetLastError(ERROR_DISK_FULL);
    return FALSE;
}

/* Where a thread's place is at hand, as it is once a pointer was put there, nothing is taken to clear it. */
static BOOL WINAPI fail_set_slot(DWORD slot, void *pointer)
{
    if (!pointer)
        return TlsSetValue(slot, NULL);
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return FALSE;
}

static uintptr_t fail_wait(void)
{
    SetLastError(ERROR_INVALID_HANDLE);
    return WAIT_FAILED;
}

static uintptr_t fail_status(void)
{
    return ERROR_NOT_ENOUGH_MEMORY;
}

static uintptr_t fail_hresult(void)
{
    return (uintptr_t)(ULONG)E_OUTOFMEMORY;
}

static uintptr_t fail_nt(void)
{
    return 0xC0000001; /* STATUS_UNSUCCESSFUL */
}

/* ---- what is held ---- */

static struct fault_held held;

struct fault_held fault_held(void)
{
    return held;
}

static void hold(LONG *what, LONG change)
{
    InterlockedExchangeAdd(what, change);
}

static void *count_malloc(size_t size)
{
    void *block = malloc(size);
    hold(&held.blocks, block ? 1 : 0);
    return block;
}

static void *count_calloc(size_t count, size_t size)
{
    void *block = calloc(count, size);
    hold(&held.blocks, block ? 1 : 0);
    return block;
}

static void *count_realloc(void *block, size_t size)
{
    void *moved = realloc(block, size);
    hold(&held.blocks, (moved ? 1 : 0) - (block && (moved || !size) ? 1 : 0));
    return moved;
}

static wchar_t *count_wcsdup(const wchar_t *text)
{
    wchar_t *copy = _wcsdup(text);
    hold(&held.blocks, copy ? 1 : 0);
    return copy;
}

static void count_free(void *block)
{
    hold(&held.blocks, block ? -1 : 0);
    free(block);
}

static HANDLE held_handle(HANDLE handle)
{
    hold(&held.handles, handle && handle != INVALID_HANDLE_VALUE ? 1 : 0);
    return handle;
}

static HANDLE WINAPI count_create_file(const WCHAR *path, DWORD access, DWORD share, SECURITY_ATTRIBUTES *security,
                                       DWORD disposition, DWORD flags, HANDLE template)
{
    return held_handle(CreateFileW(path, access, share, security, disposition, flags, template));
}

static HANDLE WINAPI count_create_event(SECURITY_ATTRIBUTES *security, BOOL manual, BOOL set, const WCHAR *name)
{
    return held_handle(CreateEventW(security, manual, set, name));
}

static HANDLE WINAPI count_create_event_a(SECURITY_ATTRIBUTES *security, BOOL manual, BOOL set, const char *name)
{
    return held_handle(CreateEventA(security, manual, set, name));
}

static HANDLE WINAPI count_create_semaphore(SECURITY_ATTRIBUTES *security, LONG first, LONG most, const char *name)
{
    return held_handle(CreateSemaphoreA(security, first, most, name));
}

static HANDLE WINAPI count_create_mutex(SECURITY_ATTRIBUTES *security, BOOL own, const WCHAR *name)
{
    return held_handle(CreateMutexW(security, own, name));
}

/* Or puts a file to a port that is there. */
static HANDLE WINAPI count_create_port(HANDLE file, HANDLE port, ULONG_PTR key, DWORD threads)
{
    HANDLE made = CreateIoCompletionPort(file, port, key, threads);
    return port ? made : held_handle(made);
}

static BOOL WINAPI count_duplicate(HANDLE from, HANDLE handle, HANDLE to, HANDLE *copy, DWORD access, BOOL inherit,
                                   DWORD options)
{
    BOOL ok = DuplicateHandle(from, handle, to, copy, access, inherit, options);
    hold(&held.handles, ok ? 1 : 0);
    return ok;
}

/* From then on it is the C library's, which closes it. */
static int count_open_descriptor(intptr_t handle, int flags)
{
    int descriptor = _open_osfhandle(handle, flags);
    hold(&held.handles, descriptor >= 0 ? -1 : 0);
    return descriptor;
}

static uintptr_t count_begin_thread(void *security, unsigned stack, unsigned(__stdcall *start)(void *), void *context,
                                    unsigned flags, unsigned *id)
{
    return (uintptr_t)held_handle((HANDLE)_beginthreadex(security, stack, start, context, flags, id));
}

static HANDLE WINAPI count_create_mapping(HANDLE file, SECURITY_ATTRIBUTES *security, DWORD protect, DWORD high,
                                          DWORD low, const WCHAR *name)
{
    return held_handle(CreateFileMappingW(file, security, protect, high, low, name));
}

static HANDLE WINAPI count_open_process(DWORD access, BOOL inherit, DWORD id)
{
    return held_handle(OpenProcess(access, inherit, id));
}

static BOOL WINAPI count_open_token(HANDLE process, DWORD access, HANDLE *token)
{
    BOOL ok = OpenProcessToken(process, access, token);
    hold(&held.handles, ok ? 1 : 0);
    return ok;
}

static HANDLE WINAPI count_create_thread(SECURITY_ATTRIBUTES *security, SIZE_T stack, LPTHREAD_START_ROUTINE start,
                                         void *context, DWORD flags, DWORD *id)
{
    return held_handle(CreateThread(security, stack, start, context, flags, id));
}

static HANDLE WINAPI count_create_pipe(const WCHAR *name, DWORD open, DWORD mode, DWORD instances, DWORD out, DWORD in,
                                       DWORD timeout, SECURITY_ATTRIBUTES *security)
{
    return held_handle(CreateNamedPipeW(name, open, mode, instances, out, in, timeout, security));
}

static BOOL WINAPI count_create_process(const WCHAR *program, WCHAR *line, SECURITY_ATTRIBUTES *process,
                                        SECURITY_ATTRIBUTES *thread, BOOL inherit, DWORD flags, void *environment,
                                        const WCHAR *folder, STARTUPINFOW *startup, PROCESS_INFORMATION *started)
{
    BOOL ok = CreateProcessW(program, line, process, thread, inherit, flags, environment, folder, startup, started);
    hold(&held.handles, ok ? 2 : 0);
    return ok;
}

static BOOL WINAPI count_close_handle(HANDLE handle)
{
    BOOL ok = CloseHandle(handle);
    hold(&held.handles, ok ? -1 : 0);
    return ok;
}

static void *WINAPI count_map(HANDLE mapping, DWORD access, DWORD high, DWORD low, SIZE_T size)
{
    void *view = MapViewOfFile(mapping, access, high, low, size);
    hold(&held.mappings, view ? 1 : 0);
    return view;
}

static BOOL WINAPI count_unmap(const void *view)
{
    hold(&held.mappings, -1);
    return UnmapViewOfFile(view);
}

static HANDLE WINAPI count_find(const WCHAR *path, FINDEX_INFO_LEVELS level, void *found, FINDEX_SEARCH_OPS search,
                                void *filter, DWORD flags)
{
    HANDLE handle = FindFirstFileExW(path, level, found, search, filter, flags);
    hold(&held.searches, handle != INVALID_HANDLE_VALUE ? 1 : 0);
    return handle;
}

static BOOL WINAPI count_find_close(HANDLE handle)
{
    hold(&held.searches, -1);
    return FindClose(handle);
}

static LSTATUS WINAPI count_open_key(HKEY key, const WCHAR *name, DWORD options, REGSAM access, HKEY *opened)
{
    LSTATUS status = RegOpenKeyExW(key, name, options, access, opened);
    hold(&held.keys, status == ERROR_SUCCESS ? 1 : 0);
    return status;
}

static LSTATUS WINAPI count_create_key(HKEY key, const WCHAR *name, DWORD reserved, WCHAR *class, DWORD options,
                                       REGSAM access, SECURITY_ATTRIBUTES *security, HKEY *created, DWORD *how)
{
    LSTATUS status = RegCreateKeyExW(key, name, reserved, class, options, access, security, created, how);
    hold(&held.keys, status == ERROR_SUCCESS ? 1 : 0);
    return status;
}

static LSTATUS WINAPI count_close_key(HKEY key)
{
    hold(&held.keys, -1);
    return RegCloseKey(key);
}

/* ---- the table ---- */

/* Every function that the DLL or the supervisor imports and that can fail, but for those that only the start of the C
 * library calls, those of a console, and those whose failure libuv answers with the end of the process: its completion
 * port, its events, its threads. */
const struct import imports[] = {
    {"malloc", fail_memory, (function)count_malloc},
    {"calloc", fail_memory, (function)count_calloc},
    {"realloc", fail_memory, (function)count_realloc},
    {"_wcsdup", fail_memory, (function)count_wcsdup},
    {"free", NULL, (function)count_free},
    {"CreateFileW", fail_access_handle, (function)count_create_file},
    {"CreateEventW", fail_memory, (function)count_create_event},
    {"CreateEventA", NULL, (function)count_create_event_a},
    {"CreateSemaphoreA", NULL, (function)count_create_semaphore},
    {"CreateIoCompletionPort", NULL, (function)count_create_port},
    {"_beginthreadex", NULL, (function)count_begin_thread},
    {"CreateFileMappingW", fail_memory, (function)count_create_mapping},
    {"OpenProcess", fail_access, (function)count_open_process},
    {"CreateThread", fail_memory, (function)count_create_thread},
    {"CreateNamedPipeW", fail_access_handle, (function)count_create_pipe},
    {"CreateProcessW", fail_access, (function)count_create_process},
    {"CloseHandle", NULL, (function)count_close_handle},
    {"MapViewOfFile", fail_memory, (function)count_map},
    {"UnmapViewOfFile", NULL, (function)count_unmap},
    {"FindFirstFileExW", fail_access_handle, (function)count_find},
    {"FindClose", NULL, (function)count_find_close},
    {"RegOpenKeyExW", fail_status, (function)count_open_key},
    {"RegCreateKeyExW", fail_status, (function)count_create_key},
    {"RegCloseKey", NULL, (function)count_close_key},
    {"RegDeleteKeyExW", fail_status, NULL},
    {"RegDeleteValueW", fail_status, NULL},
    {"RegEnumKeyExW", fail_status, NULL},
    {"RegQueryInfoKeyW", fail_status, NULL},
    {"RegQueryValueExW", fail_status, NULL},
    {"RegSetValueExW", fail_status, NULL},
    {"BCryptGenRandom", fail_nt, NULL},
    {"CryptAcquireContextA", fail_access, NULL},
    {"CryptGenRandom", fail_access, NULL},
    {"ConvertInterfaceAliasToLuid", fail_status, NULL},
    {"GetIfEntry2", fail_status, NULL},
    {"GetIfTable2", fail_status, NULL},
    {"CreateDirectoryW", fail_access, NULL},
    {"DeleteFileW", fail_access, NULL},
    {"FindNextFileW", fail_device, NULL},
    {"FlushFileBuffers", fail_device, NULL},
    {"FormatMessageW", fail_memory, NULL},
    {"GetEnvironmentVariableW", fail_memory, NULL},
    {"GetExitCodeProcess", fail_access, NULL},
    {"GetFileAttributesW", fail_all_ones, NULL},
    {"GetFileSizeEx", fail_device, NULL},
    {"GetModuleFileNameW", fail_memory, NULL},
    {"GetModuleHandleExW", fail_memory, NULL},
    {"GetOverlappedResult", fail_device, NULL},
    {"GlobalMemoryStatusEx", fail_access, NULL},
    {"InitializeProcThreadAttributeList", fail_memory, NULL},
    {"UpdateProcThreadAttribute", fail_memory, NULL},
    {"LockFileEx", fail_access, NULL},
    {"MoveFileExW", fail_access, NULL},
    {"MultiByteToWideChar", fail_memory, NULL},
    {"WideCharToMultiByte", fail_memory, NULL},
    {"ReadFile", (uintptr_t(*)(void))(function)fail_read, NULL},
    {"RemoveDirectoryW", fail_access, NULL},
    {"SetFileInformationByHandle", fail_access, NULL},
    {"SetFileTime", fail_access, NULL},
    {"TlsAlloc", fail_all_ones, NULL},
    {"TlsSetValue", (uintptr_t(*)(void))(function)fail_set_slot, NULL},
    {"TrySubmitThreadpoolCallback", fail_memory, NULL},
    {"WaitForMultipleObjects", fail_wait, NULL},
    {"WaitForSingleObject", fail_wait, NULL},
    {"WaitNamedPipeW", fail_access, NULL},
    {"WriteFile", (uintptr_t(*)(void))(function)fail_write, NULL},
    {"ConnectNamedPipe", fail_access, NULL},
    {"CopySid", fail_access, NULL},
    {"CreateFileA", fail_access_handle, NULL},
    {"CreateMutexW", fail_memory, (function)count_create_mutex},
    {"CreateNamedPipeA", fail_access_handle, NULL},
    {"CreateWellKnownSid", fail_access, NULL},
    {"CreateWindowExW", fail_memory, NULL},
    {"DeviceIoControl", fail_device, NULL},
    {"DuplicateHandle", fail_access, (function)count_duplicate},
    {"FlushViewOfFile", fail_device, NULL},
    {"GetDiskFreeSpaceW", fail_device, NULL},
    {"GetFileAttributesExW", fail_access, NULL},
    {"GetFileInformationByHandle", fail_device, NULL},
    {"GetFileInformationByHandleEx", fail_device, NULL},
    {"GetFileSize", fail_all_ones, NULL},
    {"GetFileType", fail_device, NULL},
    {"GetFullPathNameW", fail_memory, NULL},
    {"GetMessageW", fail_all_ones, NULL},
    {"GetNamedPipeHandleStateA", fail_access, NULL},
    {"GetProcessTimes", fail_access, NULL},
    {"GetThreadId", fail_access, NULL},
    {"GetTokenInformation", fail_access, NULL},
    {"GetUserNameW", fail_access, NULL},
    {"GetUserProfileDirectoryW", fail_access, NULL},
    {"InitializeSecurityDescriptor", fail_access, NULL},
    {"K32GetProcessMemoryInfo", fail_access, NULL},
    {"LockFile", fail_access, NULL},
    {"OpenProcessToken", fail_access, (function)count_open_token},
    {"PeekNamedPipe", fail_device, NULL},
    {"PostThreadMessageW", fail_memory, NULL},
    {"RegGetValueW", fail_status, NULL},
    {"RegisterClassW", fail_memory, NULL},
    {"RegisterEventSourceW", fail_access, NULL},
    {"ReOpenFile", fail_access_handle, NULL},
    {"ReportEventW", fail_disk_full, NULL},
    {"SetEndOfFile", fail_disk_full, NULL},
    {"SetEntriesInAclW", fail_status, NULL},
    {"SetFileCompletionNotificationModes", fail_access, NULL},
    {"SetFilePointer", fail_all_ones, NULL},
    {"SetFileSecurityW", fail_access, NULL},
    {"SetHandleInformation", fail_access, NULL},
    {"SetNamedPipeHandleState", fail_access, NULL},
    {"SetNamedSecurityInfoW", fail_status, NULL},
    {"SetProcessShutdownParameters", fail_access, NULL},
    {"SetSecurityDescriptorControl", fail_access, NULL},
    {"SetSecurityDescriptorDacl", fail_access, NULL},
    {"SetSecurityInfo", fail_status, NULL},
    {"ShutdownBlockReasonCreate", fail_access, NULL},
    {"SystemFunction036", fail_access, NULL}, /* RtlGenRandom */
    {"_open_osfhandle", fail_all_ones, (function)count_open_descriptor},
    {"_wfopen", fail_memory, NULL},
    {"freopen", fail_memory, NULL},
    {"socket", fail_access_handle, NULL},
    {"CoCreateFreeThreadedMarshaler", fail_hresult, NULL},
    {"CoCreateInstance", fail_hresult, NULL},
    {"CoInitializeEx", fail_hresult, NULL},
    {"CoTaskMemRealloc", fail_memory, NULL},
    {"CreateErrorInfo", fail_hresult, NULL},
    {"LoadTypeLibEx", fail_hresult, NULL},
    {"SafeArrayAccessData", fail_hresult, NULL},
    {"SafeArrayCreateVector", fail_memory, NULL},
    {"SysAllocString", fail_memory, NULL},
    {"VarBstrFromDec", fail_hresult, NULL},
    {"VariantChangeType", fail_hresult, NULL},
    {"VariantCopy", fail_hresult, NULL},
    {"VariantCopyInd", fail_hresult, NULL},
};

const unsigned import_count = ARRAYSIZE(imports);
