/*
 * Collections: Count, Item and _NewEnum of every collection interface, written once.
 *
 * A collection asks its source at each call, so it shows members that come and go; an enumerator is a snapshot of the
 * instant when it was made. Item is 1-based; anything else is DISP_E_BADINDEX.
 */
#ifndef VPC_COM_COLLECTION_H
#define VPC_COM_COLLECTION_H

#include "com/object.h"

/* Where the members come from. Any thread. A function that fails has set the error object (com_fail); out pointers are
 * never NULL. */
struct com_collection_source {
    /* Number of members now. */
    HRESULT (*count)(void *context, LONG *count);
    /* The member at 0 <= index < count, referenced. DISP_E_BADINDEX, without an error object, when it has vanished
     * meanwhile. */
    HRESULT (*item)(void *context, LONG index, IDispatch **item);
    /* All members of one instant, for _NewEnum: new array (CoTaskMemAlloc; NULL when there are none) of *count
     * references. */
    HRESULT (*all)(void *context, IDispatch ***items, LONG *count);
    void (*release)(void *context); /* the collection is gone */
};

/* A collection of this class (its .iid one of the IVM...Collection interfaces, all of which have the same vtable
 * shape). The class needs no `destroy` of its own: com_collection_destroy is for it. Takes `context`: on failure
 * `release` has been called. */
HRESULT com_collection_create(const struct com_class *class, const struct com_collection_source *source, void *context,
                              IDispatch **collection);
void com_collection_destroy(struct com_object *object);

/* IEnumVARIANT over an array of references, which it takes (also on failure). */
HRESULT com_enumerator_create(IDispatch **items, LONG count, IUnknown **enumerator);

#endif
