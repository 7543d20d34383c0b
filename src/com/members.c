#include "com/members.h"

#include <stdatomic.h>
#include <stdlib.h>
#include "com/type_info.h"

struct name {
    WCHAR *text;
    DISPID id;
};

struct com_members {
    struct com_members *next;
    const struct com_class *class;
    /* Open hash tables with as many places, a power of two, of which half at least are free. */
    DWORD places;
    struct name *names;              /* free: NULL text */
    struct com_property *properties; /* free: VT_EMPTY */
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct com_members *all; /* guarded by `lock`; never changed once it is in the list */

static void members_free(struct com_members *members)
{
    if (!members)
        return;
    for (DWORD i = 0; members->names && i < members->places; i++)
        free(members->names[i].text);
    free(members->names);
    free(members->properties);
    free(members);
}

/* Names of members are of letters, digits and underscores. Letters of any other kind are left as they are. */
static WCHAR fold(WCHAR character)
{
    return character >= 'A' && character <= 'Z' ? (WCHAR)(character - 'A' + 'a') : character;
}

static DWORD hash_name(const WCHAR *name)
{
    DWORD hash = 0;

    for (; *name; name++)
        hash = hash * 31 + fold(*name);
    return hash ^ hash >> 15;
}

static bool same_name(const WCHAR *a, const WCHAR *b)
{
    for (; *a && fold(*a) == fold(*b); a++, b++)
        ;
    return fold(*a) == fold(*b);
}

/* Ids come in rows: of the interface in the upper half, of the member in the lower. */
static DWORD hash_id(DISPID id)
{
    return (DWORD)id ^ (DWORD)id >> 16;
}

bool com_members_find(const struct com_members *members, const WCHAR *name, DISPID *id)
{
    for (DWORD i = hash_name(name);; i++) {
        const struct name *at = &members->names[i & (members->places - 1)];
        if (!at->text)
            return false;
        if (same_name(at->text, name)) {
            *id = at->id;
            return true;
        }
    }
}

const struct com_property *com_members_property(const struct com_members *members, DISPID id)
{
    for (DWORD i = hash_id(id);; i++) {
        const struct com_property *at = &members->properties[i & (members->places - 1)];
        if (at->type == VT_EMPTY)
            return NULL;
        if (at->id == id)
            return at;
    }
}

/* ---- reading ---- */

/* The type of a VARIANT that holds what a [retval] of this type points at, VT_EMPTY when that takes more than a call.
 */
static VARTYPE held_type(ITypeInfo *info, const TYPEDESC *type)
{
    VARTYPE held = VT_EMPTY;
    ITypeInfo *named;
    TYPEATTR *attributes;
    bool pointer = type->vt == VT_PTR;

    if (pointer)
        type = type->lptdesc;
    if (type->vt != VT_USERDEFINED) {
        switch (type->vt) {
        case VT_I4:
        case VT_R8:
        case VT_DATE:
        case VT_BOOL:
        case VT_BSTR:
        case VT_VARIANT:
        case VT_UNKNOWN:
        case VT_DISPATCH:
            return pointer ? VT_EMPTY : type->vt;
        default:
            return VT_EMPTY;
        }
    }
    if (FAILED(ITypeInfo_GetRefTypeInfo(info, type->hreftype, &named)))
        return VT_EMPTY;
    if (SUCCEEDED(ITypeInfo_GetTypeAttr(named, &attributes))) {
        if (pointer && (attributes->typekind == TKIND_DISPATCH ||
                        (attributes->typekind == TKIND_INTERFACE && attributes->wTypeFlags & TYPEFLAG_FDISPATCHABLE)))
            held = VT_DISPATCH;
        else if (!pointer && attributes->typekind == TKIND_ENUM)
            held = VT_I4;
        ITypeInfo_ReleaseTypeAttr(named, attributes);
    }
    ITypeInfo_Release(named);
    return held;
}

static void add_property(struct com_members *members, ITypeInfo *info, const FUNCDESC *function)
{
    const ELEMDESC *parameter = function->lprgelemdescParam;

    if (function->invkind != INVOKE_PROPERTYGET || function->funckind != FUNC_PUREVIRTUAL ||
        function->callconv != CC_STDCALL || function->elemdescFunc.tdesc.vt != VT_HRESULT || function->cParams != 1 ||
        !(parameter->paramdesc.wParamFlags & PARAMFLAG_FRETVAL) || parameter->tdesc.vt != VT_PTR)
        return;
    VARTYPE type = held_type(info, parameter->tdesc.lptdesc);
    if (type == VT_EMPTY)
        return;
    DWORD i = hash_id(function->memid);
    while (members->properties[i & (members->places - 1)].type != VT_EMPTY)
        i++;
    members->properties[i & (members->places - 1)] =
        (struct com_property){.id = function->memid, .slot = (WORD)(function->oVft / sizeof(void *)), .type = type};
}

static HRESULT add_name(struct com_members *members, ITypeInfo *info, DISPID id)
{
    UINT count;
    BSTR name;
    DISPID known;
    HRESULT hr;

    if (FAILED(hr = ITypeInfo_GetNames(info, id, &name, 1, &count)))
        return hr;
    if (count == 1 && !com_members_find(members, name, &known)) {
        DWORD i = hash_name(name);
        while (members->names[i & (members->places - 1)].text)
            i++;
        struct name *at = &members->names[i & (members->places - 1)];
        at->id = id;
        at->text = _wcsdup(name);
        hr = at->text ? S_OK : E_OUTOFMEMORY;
    }
    SysFreeString(name);
    return hr;
}

static HRESULT make_places(struct com_members *members, WORD functions)
{
    for (members->places = 8; members->places < 2u * functions; members->places *= 2)
        ;
    members->names = calloc(members->places, sizeof *members->names);
    members->properties = calloc(members->places, sizeof *members->properties);
    return members->names && members->properties ? S_OK : E_OUTOFMEMORY;
}

/* All functions of an interface and of those that it is derived from, down to IDispatch. `derived` is the number of
 * functions of those above it. Takes `info`. */
static HRESULT add_interface(struct com_members *members, ITypeInfo *info, WORD derived)
{
    TYPEATTR *attributes = NULL;
    ITypeInfo *base = NULL;
    HREFTYPE reference;
    HRESULT hr;

    if (FAILED(hr = ITypeInfo_GetTypeAttr(info, &attributes)))
        goto done;
    if (IsEqualGUID(&attributes->guid, &IID_IDispatch)) {
        hr = make_places(members, derived);
        goto done;
    }
    if (FAILED(hr = ITypeInfo_GetRefTypeOfImplType(info, 0, &reference)) ||
        FAILED(hr = ITypeInfo_GetRefTypeInfo(info, reference, &base)))
        goto done;
    if (FAILED(hr = add_interface(members, base, (WORD)(derived + attributes->cFuncs))))
        goto done;
    for (UINT i = 0; i < attributes->cFuncs && SUCCEEDED(hr); i++) {
        FUNCDESC *function;
        if (FAILED(hr = ITypeInfo_GetFuncDesc(info, i, &function)))
            break;
        add_property(members, info, function);
        hr = add_name(members, info, function->memid);
        ITypeInfo_ReleaseFuncDesc(info, function);
    }
done:
    if (attributes)
        ITypeInfo_ReleaseTypeAttr(info, attributes);
    ITypeInfo_Release(info);
    return hr;
}

/* The vtable's half of a dual interface: the other half hides where the slots are. */
static HRESULT vtable_info(const struct com_class *class, ITypeInfo **info)
{
    ITypeInfo *dual;
    HREFTYPE reference;
    HRESULT hr;

    if (FAILED(hr = type_info_get(class->extended ? class->extended : class->iid, &dual)))
        return hr;
    if (SUCCEEDED(hr = ITypeInfo_GetRefTypeOfImplType(dual, (UINT)-1, &reference)))
        hr = ITypeInfo_GetRefTypeInfo(dual, reference, info);
    ITypeInfo_Release(dual);
    return hr;
}

static struct com_members *members_read(const struct com_class *class)
{
    struct com_members *members = calloc(1, sizeof *members);
    ITypeInfo *info;

    if (!members)
        return NULL;
    members->class = class;
    if (FAILED(vtable_info(class, &info)) || FAILED(add_interface(members, info, 0))) {
        members_free(members);
        return NULL;
    }
    return members;
}

/* ---- keeping ---- */

/* With the lock held. */
static struct com_members *members_kept(const struct com_class *class)
{
    struct com_members *members = all;

    while (members && members->class != class)
        members = members->next;
    return members;
}

const struct com_members *com_members_of(struct com_object *object)
{
    const struct com_members *known = atomic_load_explicit(&object->members, memory_order_acquire);

    if (known)
        return known;
    AcquireSRWLockShared(&lock);
    struct com_members *members = members_kept(object->class);
    ReleaseSRWLockShared(&lock);
    if (!members) {
        /* Read without the lock: whatever oleaut32 does meanwhile cannot wait for us. */
        struct com_members *read = members_read(object->class);
        if (!read)
            return NULL;
        AcquireSRWLockExclusive(&lock);
        members = members_kept(object->class);
        if (!members) {
            members = read;
            read->next = all;
            all = read;
            read = NULL;
        }
        ReleaseSRWLockExclusive(&lock);
        members_free(read);
    }
    atomic_store_explicit(&object->members, members, memory_order_release);
    return members;
}

void com_members_drop(void)
{
    struct com_members *dropped = NULL;

    AcquireSRWLockExclusive(&lock);
    /* An object that is made from now on counts as living before it asks, and finds the list empty. */
    if (com_living() == 0) {
        dropped = all;
        all = NULL;
    }
    ReleaseSRWLockExclusive(&lock);
    while (dropped) {
        struct com_members *next = dropped->next;
        members_free(dropped);
        dropped = next;
    }
}
