#include "server/registration.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <oleauto.h>
#include "com/type_info.h"
#include "server/class_table.h"
#include "server/registry.h"

#define CLASSES L"Software\\Classes\\"

/* Chosen at random for this product; the original's is not documented. */
#define APP_ID L"{6200f441-68df-4caf-ad5e-371a7162dd35}"

/* The automation marshalers of the system: one for dual interfaces, one for dispinterfaces. */
#define MARSHALER_OF_DUAL     L"{00020424-0000-0000-C000-000000000046}"
#define MARSHALER_OF_DISPATCH L"{00020420-0000-0000-C000-000000000046}"

#if defined(_WIN64)
#define OTHER_VIEW      KEY_WOW64_32KEY
#define OWN_VIEW        KEY_WOW64_64KEY
#define TYPE_LIBRARY_OS L"win64"
#else
#define OTHER_VIEW      KEY_WOW64_64KEY
#define OWN_VIEW        KEY_WOW64_32KEY
#define TYPE_LIBRARY_OS L"win32"
#endif

#define GUID_TEXT 39 /* units of a GUID in braces, with the NUL */

/* What stands for the marks in a row's texts; NULL where a mark has no meaning. */
struct marks {
    const WCHAR *class_id;        /* %C */
    const WCHAR *prog_id;         /* %P */
    const WCHAR *description;     /* %D */
    const WCHAR *interface_id;    /* %I */
    const WCHAR *name;            /* %N, of an interface */
    const WCHAR *marshaler;       /* %S */
    const WCHAR *typelib_id;      /* %L */
    const WCHAR *typelib_version; /* %V */
    const WCHAR *typelib_name;    /* %T */
    const WCHAR *module;          /* %M, path of this DLL */
};

/* Which builds a key belongs to. */
enum owner {
    OF_THIS_BUILD, /* in this build's view of the registry */
    OF_BOTH        /* both builds write it, with the same content, in both views (which Windows mostly joins) */
};

struct row {
    enum owner owner;
    const WCHAR *path;
    const WCHAR *name; /* NULL: default value */
    const WCHAR *data;
};

/* Once for each creatable class. The AppID with an empty DllSurrogate lets COM run the DLL in a process of the
 * system's, for clients of the other width and of other machines. */
static const struct row class_rows[] = {
    {OF_THIS_BUILD, CLASSES L"CLSID\\%C", NULL, L"%D"},
    {OF_THIS_BUILD, CLASSES L"CLSID\\%C", L"AppID", APP_ID},
    {OF_THIS_BUILD, CLASSES L"CLSID\\%C\\InprocServer32", NULL, L"%M"},
    {OF_THIS_BUILD, CLASSES L"CLSID\\%C\\InprocServer32", L"ThreadingModel", L"Both"},
    {OF_THIS_BUILD, CLASSES L"CLSID\\%C\\ProgID", NULL, L"%P.1"},
    {OF_THIS_BUILD, CLASSES L"CLSID\\%C\\VersionIndependentProgID", NULL, L"%P"},
    {OF_THIS_BUILD, CLASSES L"CLSID\\%C\\TypeLib", NULL, L"%L"},
    {OF_THIS_BUILD, CLASSES L"CLSID\\%C\\Version", NULL, L"%V"},
    {OF_THIS_BUILD, CLASSES L"CLSID\\%C\\Programmable", NULL, NULL},
    {OF_BOTH, CLASSES L"%P", NULL, L"%D"},
    {OF_BOTH, CLASSES L"%P\\CLSID", NULL, L"%C"},
    {OF_BOTH, CLASSES L"%P\\CurVer", NULL, L"%P.1"},
    {OF_BOTH, CLASSES L"%P.1", NULL, L"%D"},
    {OF_BOTH, CLASSES L"%P.1\\CLSID", NULL, L"%C"},
};

static const struct row typelib_rows[] = {
    {OF_BOTH, CLASSES L"AppID\\" APP_ID, NULL, L"Virtual PC"},
    {OF_BOTH, CLASSES L"AppID\\" APP_ID, L"DllSurrogate", L""},
    {OF_BOTH, CLASSES L"TypeLib\\%L\\%V", NULL, L"%T"},
    {OF_BOTH, CLASSES L"TypeLib\\%L\\%V\\FLAGS", NULL, L"0"},
    {OF_THIS_BUILD, CLASSES L"TypeLib\\%L\\%V\\0\\" TYPE_LIBRARY_OS, NULL, L"%M"},
};

/* Once for each interface: the process on the other side of a marshaled pointer may be of the other width. */
static const struct row interface_rows[] = {
    {OF_BOTH, CLASSES L"Interface\\%I", NULL, L"%N"},
    {OF_BOTH, CLASSES L"Interface\\%I\\ProxyStubClsid32", NULL, L"%S"},
    {OF_BOTH, CLASSES L"Interface\\%I\\TypeLib", NULL, L"%L"},
    {OF_BOTH, CLASSES L"Interface\\%I\\TypeLib", L"Version", L"%V"},
};

/* What removal takes away whole; the rows above lie within these. */
static const struct row class_trees[] = {
    {OF_THIS_BUILD, CLASSES L"CLSID\\%C", NULL, NULL},
    {OF_BOTH, CLASSES L"%P", NULL, NULL},
    {OF_BOTH, CLASSES L"%P.1", NULL, NULL},
};

static const struct row library_trees[] = {
    {OF_BOTH, CLASSES L"AppID\\" APP_ID, NULL, NULL},
    {OF_THIS_BUILD, CLASSES L"TypeLib\\%L\\%V\\0\\" TYPE_LIBRARY_OS, NULL, NULL},
    {OF_BOTH, CLASSES L"TypeLib\\%L\\%V", NULL, NULL},
};

static const struct row interface_trees[] = {
    {OF_BOTH, CLASSES L"Interface\\%I", NULL, NULL},
};

/* What is taken away when it is empty: other versions of the library may be registered. */
static const WCHAR *const library_containers[] = {CLASSES L"TypeLib\\%L"};

/* The same, of a user only: his part of the registry may have had none of these before, that of the machine always has.
 */
static const WCHAR *const user_containers[] = {
    CLASSES L"CLSID",
    CLASSES L"AppID",
    CLASSES L"Interface",
    CLASSES L"TypeLib",
};

/* The rows of one task, and what to do with each. */
struct task {
    const struct row *class_rows;
    const struct row *typelib_rows;
    const struct row *interface_rows;
    size_t class_count;
    size_t typelib_count;
    size_t interface_count;
    HRESULT (*action)(struct task *task, const struct row *row, REGSAM view, const struct marks *marks);
    struct registry_transaction *transaction; /* of a task that writes */
    HKEY root;
    enum owner owner; /* of a task that removes: which rows it is about */
    HRESULT first_failure;
};

static const WCHAR *mark_text(const struct marks *marks, WCHAR mark)
{
    switch (mark) {
    case L'C':
        return marks->class_id;
    case L'P':
        return marks->prog_id;
    case L'D':
        return marks->description;
    case L'I':
        return marks->interface_id;
    case L'N':
        return marks->name;
    case L'S':
        return marks->marshaler;
    case L'L':
        return marks->typelib_id;
    case L'V':
        return marks->typelib_version;
    case L'T':
        return marks->typelib_name;
    case L'M':
        return marks->module;
    default:
        return NULL;
    }
}

/* The text with its marks replaced, in new memory; NULL when out of memory. */
static WCHAR *expand(const WCHAR *text, const struct marks *marks)
{
    size_t length = 0;

    for (const WCHAR *c = text; *c; c++)
        length += *c == L'%' ? wcslen(mark_text(marks, *++c)) : 1;
    WCHAR *expanded = calloc(length + 1, sizeof *expanded);
    if (!expanded)
        return NULL;
    WCHAR *end = expanded;
    for (const WCHAR *c = text; *c; c++) {
        if (*c != L'%') {
            *end++ = *c;
            continue;
        }
        const WCHAR *replacement = mark_text(marks, *++c);
        wmemcpy(end, replacement, wcslen(replacement));
        end += wcslen(replacement);
    }
    return expanded;
}

static HRESULT do_rows(struct task *task, const struct row *rows, size_t count, const struct marks *marks)
{
    HRESULT hr;

    for (const struct row *row = rows; row < rows + count; row++) {
        if (FAILED(hr = task->action(task, row, OWN_VIEW, marks)))
            return hr;
        if (row->owner == OF_BOTH && FAILED(hr = task->action(task, row, OTHER_VIEW, marks)))
            return hr;
    }
    return S_OK;
}

static HRESULT do_classes(struct task *task, const struct marks *library)
{
    for (size_t i = 0; i < server_class_count; i++) {
        struct marks marks = *library;
        WCHAR id[GUID_TEXT];

        StringFromGUID2(server_classes[i].clsid, id, GUID_TEXT);
        marks.class_id = id;
        marks.prog_id = server_classes[i].prog_id;
        marks.description = server_classes[i].description;
        HRESULT hr = do_rows(task, task->class_rows, task->class_count, &marks);
        if (FAILED(hr))
            return hr;
    }
    return S_OK;
}

static HRESULT do_interface(struct task *task, const struct marks *library, ITypeInfo *info)
{
    struct marks marks = *library;
    WCHAR id[GUID_TEXT];
    TYPEATTR *attributes;
    BSTR name = NULL;
    HRESULT hr;

    if (FAILED(hr = ITypeInfo_GetTypeAttr(info, &attributes)))
        return hr;
    StringFromGUID2(&attributes->guid, id, GUID_TEXT);
    bool dual = attributes->wTypeFlags & TYPEFLAG_FDUAL;
    ITypeInfo_ReleaseTypeAttr(info, attributes);
    if (FAILED(hr = ITypeInfo_GetDocumentation(info, MEMBERID_NIL, &name, NULL, NULL, NULL)))
        return hr;
    marks.interface_id = id;
    marks.name = name;
    marks.marshaler = dual ? MARSHALER_OF_DUAL : MARSHALER_OF_DISPATCH;
    hr = do_rows(task, task->interface_rows, task->interface_count, &marks);
    SysFreeString(name);
    return hr;
}

/* A dual interface stands in a type library as a dispinterface. */
static HRESULT do_interfaces(struct task *task, const struct marks *library, ITypeLib *type_library)
{
    UINT count = ITypeLib_GetTypeInfoCount(type_library);

    for (UINT i = 0; i < count; i++) {
        ITypeInfo *info;
        TYPEKIND kind;
        HRESULT hr;

        if (FAILED(hr = ITypeLib_GetTypeInfoType(type_library, i, &kind)))
            return hr;
        if (kind != TKIND_DISPATCH)
            continue;
        if (FAILED(hr = ITypeLib_GetTypeInfo(type_library, i, &info)))
            return hr;
        hr = do_interface(task, library, info);
        ITypeInfo_Release(info);
        if (FAILED(hr))
            return hr;
    }
    return S_OK;
}

static HRESULT task_run(struct task *task, const struct marks *library, ITypeLib *type_library)
{
    HRESULT hr;

    if (FAILED(hr = do_classes(task, library)))
        return hr;
    if (FAILED(hr = do_rows(task, task->typelib_rows, task->typelib_count, library)))
        return hr;
    return do_interfaces(task, library, type_library);
}

static HRESULT write_row(struct task *task, const struct row *row, REGSAM view, const struct marks *marks)
{
    WCHAR *path = expand(row->path, marks);
    WCHAR *data = row->data ? expand(row->data, marks) : NULL;
    HRESULT hr = E_OUTOFMEMORY;

    if (path && (data || !row->data))
        hr = registry_set(task->transaction, view, path, row->name, data);
    free(path);
    free(data);
    return hr;
}

static HRESULT remove_row(struct task *task, const struct row *row, REGSAM view, const struct marks *marks)
{
    if (row->owner != task->owner)
        return S_OK;
    WCHAR *path = expand(row->path, marks);
    HRESULT hr = path ? registry_delete_tree(task->root, view, path) : E_OUTOFMEMORY;
    free(path);
    if (FAILED(hr) && SUCCEEDED(task->first_failure))
        task->first_failure = hr;
    return S_OK;
}

static void remove_if_empty(HKEY root, const WCHAR *const *paths, size_t count, const struct marks *marks)
{
    for (size_t i = 0; i < count; i++) {
        WCHAR *path = expand(paths[i], marks);
        if (!path)
            return;
        registry_delete_if_empty(root, OWN_VIEW, path);
        registry_delete_if_empty(root, OTHER_VIEW, path);
        free(path);
    }
}

/* Asked when this build's keys are gone: a 32-bit Windows has one view, and answers with the own key. */
static HRESULT look_for_other_build(HKEY root, bool *registered)
{
    struct marks marks = {0};
    WCHAR id[GUID_TEXT];

    StringFromGUID2(server_classes[0].clsid, id, GUID_TEXT);
    marks.class_id = id;
    WCHAR *path = expand(CLASSES L"CLSID\\%C\\InprocServer32", &marks);
    HRESULT hr = path ? registry_look(root, OTHER_VIEW, path, registered) : E_OUTOFMEMORY;
    free(path);
    return hr;
}

static HRESULT run_write(HKEY root, const struct marks *library, ITypeLib *type_library)
{
    struct registry_transaction transaction = {.root = root};
    struct task task = {
        .class_rows = class_rows,
        .class_count = ARRAYSIZE(class_rows),
        .typelib_rows = typelib_rows,
        .typelib_count = ARRAYSIZE(typelib_rows),
        .interface_rows = interface_rows,
        .interface_count = ARRAYSIZE(interface_rows),
        .action = write_row,
        .transaction = &transaction,
    };
    HRESULT hr = task_run(&task, library, type_library);

    if (FAILED(hr))
        registry_roll_back(&transaction);
    else
        registry_commit(&transaction);
    return hr;
}

static HRESULT run_remove(HKEY root, const struct marks *library, ITypeLib *type_library)
{
    struct task task = {
        .class_rows = class_trees,
        .class_count = ARRAYSIZE(class_trees),
        .typelib_rows = library_trees,
        .typelib_count = ARRAYSIZE(library_trees),
        .interface_rows = interface_trees,
        .interface_count = ARRAYSIZE(interface_trees),
        .action = remove_row,
        .root = root,
        .owner = OF_THIS_BUILD,
        .first_failure = S_OK,
    };
    bool other = true;
    HRESULT hr = task_run(&task, library, type_library);

    if (SUCCEEDED(hr))
        hr = look_for_other_build(root, &other);
    if (SUCCEEDED(hr) && !other) {
        task.owner = OF_BOTH;
        hr = task_run(&task, library, type_library);
        remove_if_empty(root, library_containers, ARRAYSIZE(library_containers), library);
        if (root == HKEY_CURRENT_USER)
            remove_if_empty(root, user_containers, ARRAYSIZE(user_containers), library);
    }
    return FAILED(hr) ? hr : task.first_failure;
}

/* Reads what the rows need from the type library and runs the work with it. */
static HRESULT with_library(HKEY root, HRESULT (*work)(HKEY root, const struct marks *library, ITypeLib *type_library))
{
    struct marks library = {0};
    WCHAR id[GUID_TEXT], version[16];
    ITypeLib *type_library = NULL;
    TLIBATTR *attributes;
    WCHAR *module = NULL;
    BSTR name = NULL;
    HRESULT hr;

    if (FAILED(hr = type_info_module_path(&module)) || FAILED(hr = type_info_library(&type_library)))
        goto done;
    if (FAILED(hr = ITypeLib_GetLibAttr(type_library, &attributes)))
        goto done;
    StringFromGUID2(&attributes->guid, id, GUID_TEXT);
    /* In hexadecimal, as LoadRegTypeLib looks for it. */
    _snwprintf(version, ARRAYSIZE(version), L"%x.%x", attributes->wMajorVerNum, attributes->wMinorVerNum);
    ITypeLib_ReleaseTLibAttr(type_library, attributes);
    if (FAILED(hr = ITypeLib_GetDocumentation(type_library, MEMBERID_NIL, NULL, &name, NULL, NULL)))
        goto done;
    library.typelib_id = id;
    library.typelib_version = version;
    library.typelib_name = name ? name : L"";
    library.module = module;
    hr = work(root, &library, type_library);
done:
    SysFreeString(name);
    if (type_library)
        ITypeLib_Release(type_library);
    free(module);
    return hr;
}

HRESULT registration_write(HKEY root)
{
    return with_library(root, run_write);
}

HRESULT registration_remove(HKEY root)
{
    return with_library(root, run_remove);
}
