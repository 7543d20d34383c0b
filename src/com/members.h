/*
 * The members of an interface as late binding needs them: what their names are, and which of them are properties that
 * can be read by a plain call.
 *
 * Everything comes from the type library, once for each class of object, and serves all interfaces alike. A property
 * that has no argument and gives a type that a VARIANT holds as it is can be read without the automation library, which
 * takes hundreds of times as long as such a read; all other calls are for it.
 */
#ifndef VPC_COM_MEMBERS_H
#define VPC_COM_MEMBERS_H

#include "com/object.h"

struct com_members;

/* A property that can be read directly. */
struct com_property {
    DISPID id;
    WORD slot;    /* in the vtable */
    VARTYPE type; /* of the VARIANT that it fills */
};

/* The members of the object's class, NULL when there is no memory or no type library: then the automation library says
 * what is wrong. Valid while the object lives. Takes no lock but on the object's first call. */
const struct com_members *com_members_of(struct com_object *object);

/* True and *id (out) for the name of a member, case ignored. False proves nothing: the automation library knows more
 * ways to write a name. */
bool com_members_find(const struct com_members *members, const WCHAR *name, DISPID *id);

/* The property of that id, NULL when it is no such property. */
const struct com_property *com_members_property(const struct com_members *members, DISPID id);

/* Forgets what was read, unless an object lives. */
void com_members_drop(void);

#endif
