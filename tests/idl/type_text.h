/*
 * One line of text for a member, written from the contract and written from a type library: equal lines, equal members.
 *
 *     id 0x60020009 method startup([out, retval] IVMTask ** startuptask) "Boots the virtual machine, or ..."
 *
 * Names of members and parameters are in lower case: a type library keeps one spelling of names that differ in case
 * only. The last parameter of a property put has no name there.
 */
#ifndef VPC_TESTS_IDL_TYPE_TEXT_H
#define VPC_TESTS_IDL_TYPE_TEXT_H

#include "contract.h"

#include <windows.h>
#include <oaidl.h>

enum {
    TYPE_TEXT_BYTES = 1024
};

/* The line of a documented member. */
void type_text_of_contract(const struct contract_member *member, char text[TYPE_TEXT_BYTES]);

/* The line of function `index` of a type. Fails the test when the type information cannot be read. */
void type_text_of_function(ITypeInfo *info, UINT index, char text[TYPE_TEXT_BYTES]);

/* A type as the IDL spells it: "long", "BSTR *", "unsigned short[128]". */
void type_text_of_type(ITypeInfo *info, const TYPEDESC *type, char *text, size_t size);

/* A string of a type library, all of which is ASCII here; NULL gives an empty text. Frees it. */
void type_text_of_string(BSTR string, char *text, size_t size);

/* An identifier as contract.h writes it. */
void type_text_of_guid(const GUID *guid, char text[40]);

#endif
