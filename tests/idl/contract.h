/*
 * The documented interface as data: what the type library, the header, the objects and docs/members.md are held
 * against. Written from the interface documentation, not from the IDL, and kept by hand, so that neither can be wrong
 * alone.
 *
 *     for (size_t i = 0; i < contract_interface_count(); i++) {
 *         const struct contract_interface *face = contract_interface_at(i);
 *         for (size_t k = 0; k < face->count; k++)
 *             check(face, &face->members[k]);
 *     }
 *
 * Plain C without a Windows header, so native tests can use it too. All text is static ASCII; nothing is to be freed.
 * Any thread.
 */
#ifndef VPC_TESTS_IDL_CONTRACT_H
#define VPC_TESTS_IDL_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONTRACT_INTERFACES = 30,
    CONTRACT_MEMBERS = 310,
    CONTRACT_MAX_PARAMS = 5
};

/* Identifier and version of the library. */
#define CONTRACT_LIBRARY_UUID "cef63746-ad34-42d0-9138-39d83ecb77cb"
#define CONTRACT_LIBRARY_NAME "VirtualPC"
#define CONTRACT_LIBRARY_HELP "Virtual PC Type Library"

/* Values of INVOKEKIND. */
enum contract_kind {
    CONTRACT_METHOD = 1,
    CONTRACT_PROPGET = 2,
    CONTRACT_PROPPUT = 4
};

/* Values of PARAMFLAG_. */
enum contract_flag {
    CONTRACT_IN = 1,
    CONTRACT_OUT = 2,
    CONTRACT_RETVAL = 8
};

struct contract_param {
    unsigned flags; /* contract_flag values, or-ed */
    const char
        *type; /* as in the IDL: "long", "BSTR *", "IVMTask **", "unsigned long[3072]"; NULL: no more parameters */
    const char *name;
};

/* One vtable slot; a property that can be written has two. */
struct contract_member {
    unsigned slot;  /* from 0 at QueryInterface, so 7 at least; 0 in an event */
    int32_t dispid; /* both slots of a property have the one of the first */
    enum contract_kind kind;
    const char *name; /* without get_ and put_ */
    const char *help;
    struct contract_param params[CONTRACT_MAX_PARAMS];
};

struct contract_interface {
    const char *name;
    const char *iid; /* lower case, without braces, as all identifiers here */
    const char *help;
    const struct contract_member *members; /* in vtable order */
    size_t count;
};

struct contract_value {
    const char *name;
    int32_t value;
    const char *help;
};

struct contract_enum {
    const char *name;
    const char *uuid;
    const char *help;
    const struct contract_value *values;
    size_t count;
};

struct contract_class {
    const char *name;
    const char *clsid;
    const char *help;
    const char *face;   /* default interface */
    const char *source; /* event interface, NULL without one */
    bool creatable;     /* by CoCreateInstance */
};

struct contract_result {
    const char *name;
    uint32_t value;
    const char *help;
};

struct contract_field {
    const char *name;
    const char *type;
    size_t offset; /* bytes */
};

/* The dual interfaces: number, one by index below that number, one by name (NULL: none of that name). */
size_t contract_interface_count(void);
const struct contract_interface *contract_interface_at(size_t index);
const struct contract_interface *contract_find_interface(const char *name);

/* Number of parameters of a member. */
size_t contract_param_count(const struct contract_member *member);

/* The event dispinterfaces; slots are 0. */
extern const struct contract_interface contract_events[];
extern const size_t contract_event_count;

extern const struct contract_enum contract_enums[];
extern const size_t contract_enum_count;

extern const struct contract_class contract_classes[];
extern const size_t contract_class_count;

/* Interfaces of our own, which no documentation names: apart from the documented ones, so that those stay counted
 * exactly. */
struct contract_extension {
    struct contract_interface face; /* only what it appends */
    const char *parent;             /* the documented interface that it derives from; NULL: IDispatch */
    unsigned first_slot;
};
extern const struct contract_extension contract_extensions[];
extern const size_t contract_extension_count;

/* Enumerations of our own. */
extern const struct contract_enum contract_extension_enums[];
extern const size_t contract_extension_enum_count;

/* Error codes, the VM_E_ macros of the header; in the type library values of the enumeration VMResultCode, which is
 * ours. */
extern const struct contract_result contract_results[];
extern const size_t contract_result_count;
#define CONTRACT_RESULT_ENUM      "VMResultCode"
#define CONTRACT_RESULT_ENUM_UUID "090d2800-c26c-4634-b863-a89cec5fa7b9"
#define CONTRACT_RESULT_ENUM_HELP "Error codes of the application"

/* GUESTOSVERSIONINFOEX: 284 bytes. */
extern const struct contract_field contract_version_fields[];
extern const size_t contract_version_field_count;
enum {
    CONTRACT_VERSION_SIZE = 284
};

#endif
