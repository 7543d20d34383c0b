/*
 * Calling any member of any interface by its slot, with arguments made from the contract.
 */
#ifndef VPC_TESTS_COM_SLOT_H
#define VPC_TESTS_COM_SLOT_H

#include <stdbool.h>
#include <windows.h>
#include <oaidl.h>
#include "contract.h"

/* The function in that slot, to be cast to its true type. */
typedef void slot_any_function(void);
slot_any_function *slot_function(IDispatch *object, unsigned slot);

/* Where out pointers of the next call point: zeroed before it, cleared after it. */
struct slot_results {
    union {
        VARIANT variant;
        BSTR text;
        IUnknown *object;
        void *memory;
        unsigned char bytes[3072 * sizeof(ULONG)];
    } out[CONTRACT_MAX_PARAMS];
};

bool param_is_out(const struct contract_param *param);
bool member_has_out(const struct contract_member *member);

/* Calls the member. In arguments are zero, NULL or an empty VARIANT; out pointers are NULL when `results` is, else they
 * point into it. */
HRESULT slot_call(IDispatch *object, const struct contract_member *member, struct slot_results *results);

/* The same with out pointers of the caller's: out[i] for parameter i, of which those of in arguments are not used. */
HRESULT slot_call_out(IDispatch *object, const struct contract_member *member, void *const out[CONTRACT_MAX_PARAMS]);

/* Bytes that the member writes at an out pointer; of a VARIANT, those of its type alone. */
size_t param_out_bytes(const struct contract_param *param);

/* True when nothing but zeros was put out. */
bool slot_results_are_zero(const struct contract_member *member, const struct slot_results *results);

/* Frees what the call has put out. */
void slot_results_clear(const struct contract_member *member, struct slot_results *results);

#endif
