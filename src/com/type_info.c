#include "com/type_info.h"

#include <stdlib.h>

/* More than the library has interfaces and coclasses; what finds no place is read again at each call. */
#define KEPT_MAX 64

struct kept {
    GUID guid;
    ITypeInfo *info;
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct kept kept[KEPT_MAX];
static size_t kept_count;

HRESULT type_info_module_path(WCHAR **path)
{
    HMODULE module;

    *path = NULL;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                            (const WCHAR *)(ULONG_PTR)&kept_count, &module))
        return HRESULT_FROM_WIN32(GetLastError());
    for (DWORD size = MAX_PATH;; size *= 2) {
        WCHAR *buffer = malloc(size * sizeof *buffer);
        if (!buffer)
            return E_OUTOFMEMORY;
        DWORD length = GetModuleFileNameW(module, buffer, size);
        if (length && length < size) {
            *path = buffer;
            return S_OK;
        }
        DWORD error = GetLastError();
        free(buffer);
        if (!length)
            return HRESULT_FROM_WIN32(error);
    }
}

HRESULT type_info_library(ITypeLib **library)
{
    WCHAR *path;
    HRESULT hr;

    *library = NULL;
    if (FAILED(hr = type_info_module_path(&path)))
        return hr;
    hr = LoadTypeLibEx(path, REGKIND_NONE, library);
    free(path);
    return hr;
}

/* With the lock held. */
static ITypeInfo *kept_find(const GUID *guid)
{
    for (size_t i = 0; i < kept_count; i++) {
        if (IsEqualGUID(&kept[i].guid, guid)) {
            ITypeInfo_AddRef(kept[i].info);
            return kept[i].info;
        }
    }
    return NULL;
}

HRESULT type_info_get(const GUID *guid, ITypeInfo **info)
{
    AcquireSRWLockShared(&lock);
    *info = kept_find(guid);
    ReleaseSRWLockShared(&lock);
    if (*info)
        return S_OK;

    /* Read without the lock: whatever oleaut32 does meanwhile cannot wait for us. */
    ITypeLib *library;
    ITypeInfo *read;
    HRESULT hr = type_info_library(&library);
    if (FAILED(hr))
        return hr;
    hr = ITypeLib_GetTypeInfoOfGuid(library, guid, &read);
    ITypeLib_Release(library);
    if (FAILED(hr))
        return hr;

    AcquireSRWLockExclusive(&lock);
    *info = kept_find(guid);
    if (!*info && kept_count < KEPT_MAX) {
        kept[kept_count++] = (struct kept){.guid = *guid, .info = read};
        ITypeInfo_AddRef(read);
    }
    ReleaseSRWLockExclusive(&lock);
    if (*info)
        ITypeInfo_Release(read);
    else
        *info = read;
    return S_OK;
}

void type_info_drop(void)
{
    ITypeInfo *dropped[KEPT_MAX];
    size_t count;

    AcquireSRWLockExclusive(&lock);
    count = kept_count;
    kept_count = 0;
    for (size_t i = 0; i < count; i++)
        dropped[i] = kept[i].info;
    ReleaseSRWLockExclusive(&lock);
    for (size_t i = 0; i < count; i++)
        ITypeInfo_Release(dropped[i]);
}
