/*
 * The classes that a client can create. One more costs one row in class_table.c.
 */
#ifndef VPC_SERVER_CLASS_TABLE_H
#define VPC_SERVER_CLASS_TABLE_H

#include <windows.h>
#include <unknwn.h>

struct server_class {
    const CLSID *clsid;
    HRESULT (*create)(IUnknown **object); /* a new object with one reference; NULL on failure */
    const WCHAR *prog_id;                 /* without version; the versioned twin is this with ".1" */
    const WCHAR *description;
};

extern const struct server_class server_classes[];
extern const size_t server_class_count;

#endif
