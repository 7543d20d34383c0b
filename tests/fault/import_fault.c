#include "import_fault.h"

#include <stdint.h>
#include <string.h>

#include "import_table.h"

enum {
    MOST_SITES = 4096,
    MOST_IMPORTS = 256
};

static struct {
    DWORD thread; /* 0: off */
    unsigned count, fail_at;
    enum {
        BY_NUMBER,
        BY_SITE,
        BY_FUNCTION
    } by;
    const char *failed;
} walk;

/* Where calls have failed already, for fault_arm_next_site; which functions have, for fault_arm_next_function. */
static uintptr_t sites[MOST_SITES];
static unsigned site_count;

static bool (*decide_by)(const char *name); /* NULL: the walk decides */

static function real[MOST_IMPORTS];

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
static bool is_its_turn(unsigned index, uintptr_t site)
{
    walk.count++;
    if (walk.by == BY_NUMBER)
        return walk.count == walk.fail_at;
    return !walk.failed && is_new_site(walk.by == BY_SITE ? site : index);
}

/* Where the call number `index` of the table, which comes back to `site`, goes this time. Comes from a thunk. */
static function choose(unsigned index, uintptr_t site)
{
    const struct import *import = &imports[index];
    if (import->fail && decide_by && decide_by(import->name))
        return (function)import->fail;
    if (import->fail && walk.thread == GetCurrentThreadId() && is_its_turn(index, site)) {
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
    THUNKS_SIZE = MOST_IMPORTS * THUNK_BYTES
};

/* How a stack is walked back through a thunk, which moves it by 72 bytes (UNWIND_INFO, version 1): what the first ten
 * bytes of it do counts as one UWOP_ALLOC_SMALL of 8 * 8 + 8. */
static const unsigned char thunk_unwind[] = {1, 10, 1, 0, 10, 8 << 4 | 2, 0, 0};

static unsigned char *thunks; /* and thunk_unwind behind them */

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
    for (unsigned i = 0; i < import_count && i < MOST_IMPORTS; i++) {
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

static bool make_room(void)
{
    static RUNTIME_FUNCTION all = {.EndAddress = THUNKS_SIZE, .UnwindData = THUNKS_SIZE};
    thunks = VirtualAlloc(NULL, THUNKS_SIZE + sizeof thunk_unwind, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    if (!thunks)
        return false;
    memcpy(thunks + THUNKS_SIZE, thunk_unwind, sizeof thunk_unwind);
    return RtlAddFunctionTable(&all, 1, (DWORD64)thunks);
}

unsigned fault_install(HMODULE module)
{
    unsigned char *base = (unsigned char *)module;
    const IMAGE_NT_HEADERS *headers = (const IMAGE_NT_HEADERS *)(base + ((const IMAGE_DOS_HEADER *)base)->e_lfanew);
    const IMAGE_DATA_DIRECTORY *directory = &headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    unsigned replaced = 0;
    if (!thunks && !make_room())
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
    walk.by = BY_NUMBER;
    walk.failed = NULL;
    walk.thread = GetCurrentThreadId();
}

void fault_arm_next_site(void)
{
    fault_arm(0);
    walk.by = BY_SITE;
}

void fault_arm_next_function(void)
{
    fault_arm(0);
    walk.by = BY_FUNCTION;
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

void fault_decide_by(bool (*decide)(const char *name))
{
    decide_by = decide;
}
