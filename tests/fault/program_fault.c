/* The board of fault_board.h on Windows, by import_fault.h. */
#include "program_fault.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "fault_board.h"
#include "import_fault.h"
#include "util/file.h"

/* For which every 64-bit program is linked. */
#define LINKED_BASE UINT64_C(0x140000000)

enum {
    MOST_DEPTH = 48
};

/* Of ntdll; no header has them. */
LONG NTAPI LdrLockLoaderLock(ULONG flags, ULONG *how, ULONG_PTR *key);
LONG NTAPI LdrUnlockLoaderLock(ULONG flags, ULONG_PTR key);

static struct file_map map;
static struct fault_board *board;
static uintptr_t program_begin, program_end;
static DWORD first_thread;
static const struct program_fault_spared *spared;
static size_t spared_count;

static void leave_function(CONTEXT *context)
{
    DWORD64 base, frame;
    void *data;
    RUNTIME_FUNCTION *function = RtlLookupFunctionEntry(context->Rip, &base, NULL);
    if (function) {
        RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, context->Rip, function, context, &data, &frame, NULL);
    } else {
        /* It keeps nothing on the stack. */
        context->Rip = *(const DWORD64 *)context->Rsp;
        context->Rsp += sizeof context->Rip;
    }
}

/* The places in the program where the call that is being made comes from, as addr2line wants them. */
static void find_frames(struct fault_place *place)
{
    CONTEXT context;
    RtlCaptureContext(&context);
    for (int i = 0; i < MOST_DEPTH && context.Rip && place->frame_count < FAULT_MOST_FRAMES; i++) {
        if (context.Rip >= program_begin && context.Rip < program_end)
            place->frames[place->frame_count++] = context.Rip - program_begin + LINKED_BASE;
        leave_function(&context);
    }
}

static bool is_spared(const char *name, const struct fault_place *place)
{
    for (size_t i = 0; i < spared_count; i++)
        if (!spared[i].caller && GetCurrentThreadId() != first_thread && strcmp(spared[i].name, name) == 0)
            return true;
    for (uint32_t frame = 0; frame < place->frame_count; frame++) {
        DWORD64 base;
        const RUNTIME_FUNCTION *caller =
            RtlLookupFunctionEntry(place->frames[frame] - LINKED_BASE + program_begin, &base, NULL);
        for (size_t i = 0; i < spared_count && caller; i++)
            if (spared[i].caller && strcmp(spared[i].name, name) == 0 &&
                (uintptr_t)spared[i].caller == base + caller->BeginAddress)
                return true;
    }
    return false;
}

static bool decide(const char *name)
{
    struct fault_place place = {0};
    if (!atomic_load_explicit(&board->armed, memory_order_relaxed))
        return false;
    const int before = errno;
    const DWORD code = GetLastError();
    /* Wine 8 looks for a function's module in a list that another thread may be changing. */
    ULONG_PTR key;
    LdrLockLoaderLock(0, NULL, &key);
    find_frames(&place);
    const bool never = is_spared(name, &place);
    LdrUnlockLoaderLock(0, key);
    fault_place_name(&place, name, board->depth);
    const bool turn = !never && fault_strike(board, name, &place);
    errno = before;
    SetLastError(code);
    return turn;
}

__declspec(dllexport) void program_fault_begin(const struct program_fault_spared *rows, size_t count,
                                               int (*replace_allocator)(void *(*)(size_t), void *(*)(void *, size_t),
                                                                        void *(*)(size_t, size_t), void (*)(void *)))
{
    struct vpc_error err;
    char path[MAX_PATH];
    unsigned char *program = (unsigned char *)GetModuleHandleW(NULL);
    const IMAGE_NT_HEADERS *headers =
        (const IMAGE_NT_HEADERS *)(program + ((const IMAGE_DOS_HEADER *)program)->e_lfanew);
    first_thread = GetCurrentThreadId();
    program_begin = (uintptr_t)program;
    program_end = program_begin + headers->OptionalHeader.SizeOfImage;
    const DWORD size = GetEnvironmentVariableA("VPC_TEST_FAULT_BOARD", path, sizeof path);
    if (size == 0 || size >= sizeof path || !file_map_open(&map, path, true, &err))
        return;
    board = map.data;
    spared = rows;
    spared_count = count;
    replace_allocator(malloc, realloc, calloc, free);
    fault_decide_by(decide);
    fault_install((HMODULE)program);
}

static void count_held(void)
{
    const struct fault_held held = fault_held();
    board->held[FAULT_BLOCKS] = held.blocks;
    board->held[FAULT_HANDLES] = held.handles;
    board->held[FAULT_MAPPINGS] = held.mappings;
    board->held[FAULT_SEARCHES] = held.searches;
    board->ended = 1;
}

/* The last that runs in a process which ends in good order. */
BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, void *reserved)
{
    (void)library;
    (void)reserved;
    if (reason == DLL_PROCESS_DETACH && board)
        count_held();
    return TRUE;
}
