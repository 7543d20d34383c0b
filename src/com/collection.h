/*
 * Collections: Count, Item and _NewEnum of every collection interface, written once.
 *
 * A collection holds an array of objects made when it was asked for: an enumerator and the collection are snapshots of that instant, or, for a collection that documents live
 * members, `refresh` of its source is called before each access. Item is 1-based; anything else is DISP_E_BADINDEX.
 */
#ifndef VPC_COM_COLLECTION_H
#define VPC_COM_COLLECTION_H

#include "com/object.h"

/* Where the members come from. Any thread. */
struct com_collection_source {
    /* Number of members now. */
    HRESULT (*count)(void *context, LONG *count);
    /* The member at 0 <= index < count, referenced. DISP_E_BADINDEX when it has vanished meanwhile. */
    HRESULT (*item)(void *context, LONG index, IDispatch **item);
    /* All members of one instant, for _NewEnum: new array (CoTaskMemAlloc) of *count references. */
    HRESULT (*all)(void *context, IDispatch ***items, LONG *count);
    void (*release)(void *context); /* the collection is gone */
};

/* A collection of this class (its .iid one of the IVM...Collection interfaces, all of which have the same vtable shape). Takes `context`: on failure `release`
 * has been called. */
HRESULT com_collection_create(const struct com_class *class, const struct com_collection_source *source, void *context, IDispatch **collection);

/* IEnumVARIANT over an array of references, which it takes (also on failure). */
HRESULT com_enumerator_create(IDispatch **items, LONG count, IUnknown **enumerator);

#endif
