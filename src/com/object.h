/*
 * The base of every COM object of this DLL.
 *
 * An object is a struct whose first member is `struct com_object`; its public interface pointer is the address of that
 * member, so an interface pointer and the object are the same address. Write a new object like this:
 *
 *     struct accountant {
 *         struct com_object base;
 *         struct machine *machine; // shared
 *     };
 *
 *     static const IVMAccountantVtbl accountant_vtbl = {
 *         .QueryInterface = (HRESULT(WINAPI *)(IVMAccountant *, REFIID, void **))com_QueryInterface,
 *         ... the other six of IUnknown and IDispatch, then the members in vtable order ...
 *     };
 *
 *     static const struct com_class accountant_class = {
 *         .name = L"IVMAccountant", .iid = &IID_IVMAccountant, .clsid = &CLSID_VMAccountant, .destroy =
 * accountant_destroy,
 *     };
 *
 *     HRESULT accountant_create(struct machine *machine, IVMAccountant **accountant);  // publishes only on success
 *
 * The base gives: reference count, QueryInterface for IUnknown, IDispatch, the object's own interface,
 * ISupportErrorInfo, IProvideClassInfo, IProvideClassInfo2, IMarshal (free-threaded marshaler) and what `query` of the
 * class adds; IDispatch through the DLL's own type library; the count of living objects that DllCanUnloadNow reads. Any
 * thread may call any object at any time.
 */
#ifndef VPC_COM_OBJECT_H
#define VPC_COM_OBJECT_H

#include <stdatomic.h>
#include <windows.h>
#include <ocidl.h>
#include "util/error.h"

struct com_members;
struct com_object;

struct com_class {
    const WCHAR *name;   /* of the interface, for error texts: L"IVMAccountant" */
    const IID *iid;      /* the documented interface: default dispatch interface of the object */
    const IID *extended; /* interface of our own, derived from `iid`, that the vtable is and that late binding sees;
                            NULL without */
    const CLSID *clsid;  /* coclass, for IProvideClassInfo; NULL for objects without one (collections) */
    const IID *events;   /* default source dispinterface; NULL without */
    const WCHAR *default_member; /* property that DISPID 0 stands for although the type library gives it another id;
                                    NULL without */
    void (*destroy)(struct com_object *object); /* frees what the object owns and the object itself, which was made by
                                                   com_object_new */
    /* Further interfaces: returns S_OK with *out set and referenced, or E_NOINTERFACE. May be NULL. */
    HRESULT (*query)(struct com_object *object, REFIID iid, void **out);
};

struct com_object {
    const void *vtbl; /* the interface's vtable; first, so that the object is the interface pointer */
    ISupportErrorInfo ISupportErrorInfo_iface;
    IProvideClassInfo2 IProvideClassInfo2_iface;
    const struct com_class *class;
    _Atomic(const struct com_members *) members; /* set on the first late-bound call; see members.h */
    IUnknown *marshaler;                         /* free-threaded marshaler, made on first use */
    atomic_long references;
};

/* A zeroed object of `size` bytes (at least sizeof(struct com_object)) with one reference, or NULL when out of memory.
 * Counts it as living. */
void *com_object_new(size_t size, const struct com_class *class, const void *vtbl);

/* Frees the memory of an object and counts it as gone. Last call of every `destroy`. NULL is allowed. */
void com_object_free(struct com_object *object);

/* For the one class whose objects programs make and end in a loop, as the heap takes longer than such an object does
 * (measured under Wine 8). take: as com_object_new, but what follows the base is as an object before has left it. keep:
 * for com_object_free; the memory waits for the next take, unless some waits already. drop: frees it. */
void *com_object_take_spare(size_t size, const struct com_class *class, const void *vtbl);
void com_object_keep_spare(struct com_object *object);
void com_object_drop_spare(void);

/* Number of living objects, class factories, enumerators and server locks: what DllCanUnloadNow asks for. */
LONG com_living(void);
void com_lock(void);
void com_unlock(void);

/* The seven functions that every vtable begins with. */
HRESULT WINAPI com_QueryInterface(IDispatch *iface, REFIID iid, void **out);
ULONG WINAPI com_AddRef(IDispatch *iface);
ULONG WINAPI com_Release(IDispatch *iface);
HRESULT WINAPI com_GetTypeInfoCount(IDispatch *iface, UINT *count);
HRESULT WINAPI com_GetTypeInfo(IDispatch *iface, UINT index, LCID lcid, ITypeInfo **info);
HRESULT WINAPI com_GetIDsOfNames(IDispatch *iface, REFIID iid, LPOLESTR *names, UINT count, LCID lcid, DISPID *ids);
HRESULT WINAPI com_Invoke(IDispatch *iface, DISPID id, REFIID iid, LCID lcid, WORD flags, DISPPARAMS *parameters,
                          VARIANT *result, EXCEPINFO *exception, UINT *bad_argument);

/* The object of ours behind an interface pointer that a client passed in (RemoveNetworkAdapter, DeleteVirtualMachine),
 * NULL when it is somebody else's object or one of another class. Does not add a reference. */
struct com_object *com_object_from(IUnknown *unknown, const struct com_class *class);

/* IMarshal of an object that has an IUnknown of its own making: the free-threaded marshaler, made on first use in
 * *marshaler (in, out), which the object releases when it is destroyed. */
HRESULT com_marshal_query(IUnknown *object, IUnknown **marshaler, void **out);

#endif
