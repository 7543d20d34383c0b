#include "support/import_place.h"

#include "support/check.h"

struct import_place import_place_find(const char *name)
{
    const ULONG_PTR function = (ULONG_PTR)GetProcAddress(GetModuleHandleW(L"kernel32.dll"), name);
    unsigned char *base = (unsigned char *)GetModuleHandleW(NULL);
    const IMAGE_NT_HEADERS *headers = (const IMAGE_NT_HEADERS *)(base + ((const IMAGE_DOS_HEADER *)base)->e_lfanew);
    const IMAGE_DATA_DIRECTORY *directory = &headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    for (const IMAGE_IMPORT_DESCRIPTOR *library = (const IMAGE_IMPORT_DESCRIPTOR *)(base + directory->VirtualAddress);
         library->Name != 0; library++)
        for (ULONG_PTR *place = (ULONG_PTR *)(base + library->FirstThunk); *place != 0; place++)
            if (*place == function)
                return (struct import_place){place, function};
    fail_msg("this program does not import '%s'", name);
    return (struct import_place){NULL, 0};
}

void import_place_set(const struct import_place *place, ULONG_PTR function)
{
    DWORD before;
    assert_true(VirtualProtect(place->place, sizeof *place->place, PAGE_READWRITE, &before));
    *place->place = function;
    assert_true(VirtualProtect(place->place, sizeof *place->place, before, &before));
}
