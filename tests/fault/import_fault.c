#include "import_fault.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum {
    MOST_SITES = 4096
};

static struct {
    DWORD thread; /* 0: off */
    unsigned count, fail_at;
    bool by_site;
    const char *failed;
} walk;

/* Where calls have failed already, for fault_arm_next_site. */
static uintptr_t sites[MOST_SITES];
static unsigned site_count;

static struct fault_held held;

static void hold(LONG *what, LONG change)
{
    InterlockedExchangeAdd(what, change);
}

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

static uintptr_t fail_attributes(void)
{
    SetLastError(ERROR_ACCESS_DENIED);
    return INVALID_FILE_ATTRIBUTES;
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

static HANDLE WINAPI count_create_mapping(HANDLE file, SECURITY_ATTRIBUTES *security, DWORD protect, DWORD high,
                                          DWORD low, const WCHAR *name)
{
    return held_handle(CreateFileMappingW(file, security, protect, high, low, name));
}

static HANDLE WINAPI count_open_process(DWORD access, BOOL inherit, DWORD id)
{
    return held_handle(OpenProcess(access, inherit, id));
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

typedef void (*function)(void);

struct import {
    const char *name;
    uintptr_t (*fail)(void); /* NULL: never fails */
    function counted;        /* NULL: nothing is held by it */
};

/* Every function that the DLL imports and that can fail, but for those that only the start of the C library calls. */
static const struct import imports[] = {
    {"malloc", fail_memory, (function)count_malloc},
    {"calloc", fail_memory, (function)count_calloc},
    {"realloc", fail_memory, (function)count_realloc},
    {"_wcsdup", fail_memory, (function)count_wcsdup},
    {"free", NULL, (function)count_free},
    {"CreateFileW", fail_access_handle, (function)count_create_file},
    {"CreateEventW", fail_memory, (function)count_create_event},
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
    {"GetFileAttributesW", fail_attributes, NULL},
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
    {"ReadFile", fail_device, NULL},
    {"RemoveDirectoryW", fail_access, NULL},
    {"SetFileInformationByHandle", fail_access, NULL},
    {"SetFileTime", fail_access, NULL},
    {"TrySubmitThreadpoolCallback", fail_memory, NULL},
    {"WaitForMultipleObjects", fail_wait, NULL},
    {"WaitForSingleObject", fail_wait, NULL},
    {"WaitNamedPipeW", fail_access, NULL},
    {"WriteFile", fail_disk_full, NULL},
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

static function real[ARRAYSIZE(imports)];

static bool is_new_site(uintptr_t site)
{
    for (unsigned i = 0; i < site_count; i++) {
        if (sites[i] == site)
            return false;
    }
    if (site_count < MOST_SITES)
        sites[site_count++] = site;
    return true;
}

/* Whether the call that is being made from there, by the thread that counts, is the one to fail. */
static bool is_its_turn(uintptr_t site)
{
    walk.count++;
    if (!walk.by_site)
        return walk.count == walk.fail_at;
    return !walk.failed && is_new_site(site);
}

/* Where the call number `index` of the table, which comes back to `site`, goes this time. Comes from a thunk. */
static function choose(unsigned index, uintptr_t site)
{
    const struct import *import = &imports[index];
    if (import->fail && walk.thread == GetCurrentThreadId() && is_its_turn(site)) {
        walk.failed = import->name;
        return (function)import->fail;
    }
    return import->counted ? import->counted : real[index];
}

/* Machine code in place of one import: asks `choose` and goes there, the arguments as they came. */
static const unsigned char thunk[] = {
    0x51, 0x52, 0x41, 0x50, 0x41, 0x51,             /* push rcx, rdx, r8, r9 */
    0x48, 0x83, 0xec, 0x28,                         /* sub rsp, 40 */
    0x48, 0x8b, 0x54, 0x24, 0x48,                   /* mov rdx, [rsp + 72]: where the caller goes on */
    0xb9, 0,    0,    0,    0,                      /* mov ecx, index */
    0x48, 0xb8, 0,    0,    0,    0,    0, 0, 0, 0, /* mov rax, choose */
    0xff, 0xd0,                                     /* call rax */
    0x48, 0x83, 0xc4, 0x28,                         /* add rsp, 40 */
    0x41, 0x59, 0x41, 0x58, 0x5a, 0x59,             /* pop r9, r8, rdx, rcx */
    0xff, 0xe0,                                     /* jmp rax */
};
enum {
    THUNK_INDEX = 16,
    THUNK_CHOOSE = 22,
    THUNK_BYTES = 64,
    THUNKS_SIZE = ARRAYSIZE(imports) * THUNK_BYTES
};

static unsigned char *thunks;

static void make_thunk(unsigned index)
{
    unsigned char *code = thunks + (size_t)index * THUNK_BYTES;
    function (*target)(unsigned, uintptr_t) = choose;
    memcpy(code, thunk, sizeof thunk);
    memcpy(code + THUNK_INDEX, &index, sizeof index);
    memcpy(code + THUNK_CHOOSE, &target, sizeof target);
}

static int find_import(const char *name)
{
    for (unsigned i = 0; i < ARRAYSIZE(imports); i++) {
        if (!strcmp(imports[i].name, name))
            return (int)i;
    }
    return -1;
}

static unsigned replace_imports(unsigned char *base, const IMAGE_IMPORT_DESCRIPTOR *library)
{
    const IMAGE_THUNK_DATA *names = (const IMAGE_THUNK_DATA *)(base + library->OriginalFirstThunk);
    IMAGE_THUNK_DATA *addresses = (IMAGE_THUNK_DATA *)(base + library->FirstThunk);
    unsigned replaced = 0;
    for (; names->u1.AddressOfData; names++, addresses++) {
        const IMAGE_IMPORT_BY_NAME *by_name = (const IMAGE_IMPORT_BY_NAME *)(base + names->u1.AddressOfData);
        int index = IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal) ? -1 : find_import((const char *)by_name->Name);
        DWORD before;
        /* A library that was unloaded and has come again has its imports anew. */
        if (index < 0 || addresses->u1.Function - (uintptr_t)thunks < THUNKS_SIZE)
            continue;
        real[index] = (function)addresses->u1.Function;
        make_thunk((unsigned)index);
        VirtualProtect(addresses, sizeof *addresses, PAGE_READWRITE, &before);
        addresses->u1.Function = (ULONGLONG)(thunks + (size_t)index * THUNK_BYTES);
        VirtualProtect(addresses, sizeof *addresses, before, &before);
        replaced += imports[index].fail != NULL;
    }
    return replaced;
}

unsigned fault_install(HMODULE module)
{
    unsigned char *base = (unsigned char *)module;
    const IMAGE_NT_HEADERS *headers = (const IMAGE_NT_HEADERS *)(base + ((const IMAGE_DOS_HEADER *)base)->e_lfanew);
    const IMAGE_DATA_DIRECTORY *directory = &headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    unsigned replaced = 0;
    if (!thunks)
        thunks = VirtualAlloc(NULL, THUNKS_SIZE, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    if (!thunks)
        return 0;
    for (const IMAGE_IMPORT_DESCRIPTOR *library = (const IMAGE_IMPORT_DESCRIPTOR *)(base + directory->VirtualAddress);
         library->Name; library++)
        replaced += replace_imports(base, library);
    return replaced;
}

void fault_watch(void)
{
    fault_arm(0);
}

void fault_arm(unsigned number)
{
    walk.count = 0;
    walk.fail_at = number;
    walk.by_site = false;
    walk.failed = NULL;
    walk.thread = GetCurrentThreadId();
}

void fault_arm_next_site(void)
{
    fault_arm(0);
    walk.by_site = true;
}

void fault_forget_sites(void)
{
    site_count = 0;
}

unsigned fault_stop(void)
{
    walk.thread = 0;
    return walk.count;
}

const char *fault_failed(void)
{
    return walk.failed;
}

struct fault_held fault_held(void)
{
    return held;
}
