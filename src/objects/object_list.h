/*
 * Lists of objects, and the two kinds of collection that are made of them.
 */
#ifndef VPC_OBJECTS_OBJECT_LIST_H
#define VPC_OBJECTS_OBJECT_LIST_H

#include "com/collection.h"

/* Starts as {0}. */
struct object_list {
    IDispatch **items; /* CoTaskMemAlloc, a reference each */
    LONG count;
    LONG capacity;
};

/* Appends an object, whose reference it takes (also on failure). `class` is for the error text. */
HRESULT object_list_add(const struct com_class *class, struct object_list *list, IDispatch *item);

/* Releases all members. */
void object_list_clear(struct object_list *list);

/* A collection that stays what `list` holds now; takes its members (also on failure). */
HRESULT object_list_snapshot(const struct com_class *class, struct object_list *list, IDispatch **collection);

/* Finds the members of a live collection anew: appends them to an empty `list`. What it has appended before it fails
 * is released by the caller. */
typedef HRESULT (*object_list_fill)(void *context, struct object_list *list);

/* A collection whose Count and Item are found anew at each call. Takes `context`: `release` is called for it at the
 * end, also on failure. */
HRESULT object_list_live(const struct com_class *class, object_list_fill fill, void (*release)(void *context),
                         void *context, IDispatch **collection);

#endif
