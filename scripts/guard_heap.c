/*
 * The heap of scripts/heap-check, linked into each program and DLL in place of the C runtime's (the linker's --wrap): a
 * block ends where a page without access begins, and a freed block is a page without access for good. So a read or
 * write behind a block or after its end stops the program where it is done. Up to 15 bytes behind a block of odd size
 * are filled and looked at when it is freed.
 *
 * What is found goes to the file that VPC_GUARD_HEAP_LOG names, from whatever process. Each block has a twin of the C
 * runtime, got and freed by the call that the program made: tests that count or refuse such calls see the same as ever.
 */
#include <windows.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum {
    PAGE = 4096,
    ALIGNMENT = 16,
    FRESH = 0xA5,
    BEHIND = 0xB6,
    MOST_LIVE =
        12000 /* Linux has 65,530 mappings for a process, a block takes two, and program and DLL have a heap each */
};
/* Addresses are never given twice; when they are used up, blocks are those of the C runtime. */
static const uint64_t ROOM = (uint64_t)8 << 30;

struct header {
    void *twin;
    size_t size;
};

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
char *__real__strdup(const char *text);
wchar_t *__real__wcsdup(const wchar_t *text);

static void *handler;
static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static uint8_t *room;
static volatile LONG64 used;
static volatile LONG live;

static void report(const char *what, const void *where, const void *code)
{
    char line[MAX_PATH + 200], program[MAX_PATH] = "";
    WCHAR path[MAX_PATH];
    HMODULE module = NULL;
    DWORD written;
    HANDLE file;
    GetModuleFileNameA(NULL, program, MAX_PATH - 1);
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT, code,
                       &module);
    snprintf(line, sizeof line, "guard_heap: %s: %s %p, code at %p, in its module +0x%llx\n", program, what, where,
             code, (unsigned long long)((uintptr_t)code - (uintptr_t)module));
    if (!GetEnvironmentVariableW(L"VPC_GUARD_HEAP_LOG", path, MAX_PATH))
        return;
    file = CreateFileW(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0, NULL);
    WriteFile(file, line, (DWORD)strlen(line), &written, NULL);
    CloseHandle(file);
}

static BOOL is_ours(const void *block)
{
    return room && (uintptr_t)block >= (uintptr_t)room && (uintptr_t)block <= (uintptr_t)room + ROOM;
}

/* Says what is about to end the program; the exception goes on. */
static LONG CALLBACK see(EXCEPTION_POINTERS *at)
{
    const EXCEPTION_RECORD *record = at->ExceptionRecord;
    if (record->ExceptionCode == EXCEPTION_ACCESS_VIOLATION && record->NumberParameters > 1 &&
        is_ours((void *)record->ExceptionInformation[1]))
        report(record->ExceptionInformation[0] == 1 ? "write outside of a block" : "read outside of a block",
               (void *)record->ExceptionInformation[1], record->ExceptionAddress);
    return EXCEPTION_CONTINUE_SEARCH;
}

static BOOL CALLBACK make_room(INIT_ONCE *init, void *parameter, void **context)
{
    (void)init;
    (void)parameter;
    (void)context;
    room = VirtualAlloc(NULL, ROOM, MEM_RESERVE, PAGE_NOACCESS);
    handler = AddVectoredExceptionHandler(1, see);
    return TRUE;
}

/* A DLL that is unloaded leaves no handler behind; its room stays, since others may still hold what it gave them. */
__attribute__((destructor)) static void leave(void)
{
    if (handler)
        RemoveVectoredExceptionHandler(handler);
}

static size_t rounded(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

/* Takes twin. NULL if there is no room, and twin is the caller's again. */
static void *guarded(void *twin, size_t size)
{
    size_t bytes = rounded(size, ALIGNMENT), whole = rounded(sizeof(struct header) + bytes, PAGE);
    struct header *header;
    LONG64 at;
    uint8_t *pages;
    InitOnceExecuteOnce(&once, make_room, NULL, NULL);
    if (!room || live >= MOST_LIVE || size > ROOM / 4 ||
        (at = InterlockedExchangeAdd64(&used, (LONG64)whole + PAGE)) + whole + PAGE > ROOM)
        return NULL;
    pages = VirtualAlloc(room + at, whole, MEM_COMMIT, PAGE_READWRITE);
    if (!pages)
        return NULL;
    header = (struct header *)(pages + whole - bytes) - 1;
    InterlockedIncrement(&live);
    header->twin = twin;
    header->size = size;
    memset((uint8_t *)(header + 1) + size, BEHIND, bytes - size);
    return header + 1;
}

static void release(void *block, const void *code)
{
    struct header *header = (struct header *)block - 1;
    size_t bytes = rounded(header->size, ALIGNMENT), i;
    uint8_t *end = (uint8_t *)block + bytes;
    if ((uintptr_t)end % PAGE) {
        report("damage in front of block", block, code);
        abort();
    }
    for (i = header->size; i < bytes; i++)
        if (((uint8_t *)block)[i] != BEHIND) {
            report("damage behind block", block, code);
            abort();
        }
    VirtualFree(end - rounded(sizeof *header + bytes, PAGE), rounded(sizeof *header + bytes, PAGE), MEM_DECOMMIT);
    InterlockedDecrement(&live);
}

void *__wrap_malloc(size_t size)
{
    void *twin = __real_malloc(1), *block = twin ? guarded(twin, size) : NULL;
    if (block)
        return memset(block, FRESH, size);
    if (!twin)
        return NULL;
    __real_free(twin);
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *twin = __real_calloc(1, 1), *block = NULL;
    if (twin && (!size || count <= SIZE_MAX / size))
        block = guarded(twin, count * size);
    if (block || !twin)
        return block;
    __real_free(twin);
    return __real_calloc(count, size);
}

void __wrap_free(void *block)
{
    if (is_ours(block)) {
        void *twin = ((struct header *)block - 1)->twin;
        release(block, __builtin_return_address(0));
        block = twin;
    }
    __real_free(block);
}

void *__wrap_realloc(void *block, size_t size)
{
    struct header *header = (struct header *)block - 1;
    void *twin, *moved;
    if (!block)
        return __wrap_malloc(size);
    if (!is_ours(block))
        return __real_realloc(block, size);
    if (!size) {
        __wrap_free(block);
        return NULL;
    }
    twin = __real_realloc(header->twin, 1);
    if (!twin)
        return NULL;
    header->twin = twin;
    moved = guarded(twin, size);
    if (!moved) {
        moved = __real_realloc(twin, size);
        if (!moved)
            return NULL;
        twin = NULL;
    } else if (size > header->size) {
        memset((uint8_t *)moved + header->size, FRESH, size - header->size);
    }
    memcpy(moved, block, size < header->size ? size : header->size);
    release(block, __builtin_return_address(0));
    return moved;
}

static void *copied(void *twin, const void *text, size_t size)
{
    void *block = twin ? guarded(twin, size) : NULL;
    return block ? memcpy(block, text, size) : twin;
}

char *__wrap__strdup(const char *text)
{
    return copied(__real__strdup(text), text, strlen(text) + 1);
}

wchar_t *__wrap__wcsdup(const wchar_t *text)
{
    return copied(__real__wcsdup(text), text, (wcslen(text) + 1) * sizeof *text);
}

char *__wrap_strdup(const char *text)
{
    return __wrap__strdup(text);
}

wchar_t *__wrap_wcsdup(const wchar_t *text)
{
    return __wrap__wcsdup(text);
}
