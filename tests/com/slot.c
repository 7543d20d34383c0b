#include "slot.h"

#include <stdlib.h>
#include <string.h>

#include "support/check.h"

/* 'this' and all parameters; a VARIANT by value has four words on 32-bit Windows. */
#define WORDS_MAX (1 + 4 * CONTRACT_MAX_PARAMS)

slot_any_function *slot_function(IDispatch *object, unsigned slot)
{
    return ((slot_any_function *const *)object->lpVtbl)[slot];
}

bool param_is_out(const struct contract_param *param)
{
    return param->flags & CONTRACT_OUT;
}

bool member_has_out(const struct contract_member *member)
{
    for (size_t i = 0; i < contract_param_count(member); i++) {
        if (param_is_out(&member->params[i]))
            return true;
    }
    return false;
}

/* The callee takes its arguments off the stack on 32-bit Windows, so their number must be right there; elsewhere more
 * do no harm. */
static HRESULT call_words(slot_any_function *function, const UINT_PTR *w, size_t count)
{
    typedef UINT_PTR p;

#if defined(_WIN64)
    assert_in_range(count, 1, 6);
    return ((HRESULT(WINAPI *)(p, p, p, p, p, p))function)(w[0], w[1], w[2], w[3], w[4], w[5]);
#else
    switch (count) {
    case 1:
        return ((HRESULT(WINAPI *)(p))function)(w[0]);
    case 2:
        return ((HRESULT(WINAPI *)(p, p))function)(w[0], w[1]);
    case 3:
        return ((HRESULT(WINAPI *)(p, p, p))function)(w[0], w[1], w[2]);
    case 4:
        return ((HRESULT(WINAPI *)(p, p, p, p))function)(w[0], w[1], w[2], w[3]);
    case 5:
        return ((HRESULT(WINAPI *)(p, p, p, p, p))function)(w[0], w[1], w[2], w[3], w[4]);
    case 6:
        return ((HRESULT(WINAPI *)(p, p, p, p, p, p))function)(w[0], w[1], w[2], w[3], w[4], w[5]);
    case 7:
        return ((HRESULT(WINAPI *)(p, p, p, p, p, p, p))function)(w[0], w[1], w[2], w[3], w[4], w[5], w[6]);
    case 8:
        return ((HRESULT(WINAPI *)(p, p, p, p, p, p, p, p))function)(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]);
    default:
        fail_msg("no way to call with %u words", (unsigned)count);
        return E_UNEXPECTED;
    }
#endif
}

size_t param_out_bytes(const struct contract_param *param)
{
    if (strcmp(param->type, "VARIANT *") == 0)
        return sizeof(VARTYPE);
    if (strcmp(param->type, "VARIANT_BOOL *") == 0)
        return sizeof(VARIANT_BOOL);
    if (strcmp(param->type, "double *") == 0 || strcmp(param->type, "DATE *") == 0)
        return sizeof(double);
    if (strcmp(param->type, "BSTR *") == 0 || strstr(param->type, "**"))
        return sizeof(void *);
    if (strcmp(param->type, "unsigned long[3072]") == 0)
        return 3072 * sizeof(ULONG);
    return sizeof(LONG); /* and enumerations */
}

HRESULT slot_call_out(IDispatch *object, const struct contract_member *member, void *const out[CONTRACT_MAX_PARAMS])
{
    UINT_PTR words[WORDS_MAX] = {(UINT_PTR)object};
    size_t count = 1;
    VARIANT empty;

    VariantInit(&empty);
    for (size_t i = 0; i < contract_param_count(member); i++) {
        if (param_is_out(&member->params[i])) {
            words[count++] = (UINT_PTR)out[i];
        } else if (strcmp(member->params[i].type, "VARIANT") != 0) {
            words[count++] = 0;
        } else {
#if defined(_WIN64)
            /* Larger than a word: by hidden reference. */
            words[count++] = (UINT_PTR)&empty;
#else
            memcpy(&words[count], &empty, sizeof empty);
            count += sizeof empty / sizeof *words;
#endif
        }
    }
    return call_words(slot_function(object, member->slot), words, count);
}

HRESULT slot_call(IDispatch *object, const struct contract_member *member, struct slot_results *results)
{
    void *out[CONTRACT_MAX_PARAMS] = {0};

    if (results)
        memset(results, 0, sizeof *results);
    for (size_t i = 0; results && i < CONTRACT_MAX_PARAMS; i++)
        out[i] = &results->out[i];
    return slot_call_out(object, member, out);
}

bool slot_results_are_zero(const struct contract_member *member, const struct slot_results *results)
{
    static const struct slot_results zero;

    for (size_t i = 0; i < contract_param_count(member); i++) {
        if (memcmp(&results->out[i], &zero.out[i], sizeof zero.out[i]) != 0)
            return false;
    }
    return true;
}

void slot_results_clear(const struct contract_member *member, struct slot_results *results)
{
    for (size_t i = 0; i < contract_param_count(member); i++) {
        const char *type = member->params[i].type;

        if (!param_is_out(&member->params[i]))
            continue;
        if (strcmp(type, "BSTR *") == 0)
            SysFreeString(results->out[i].text);
        else if (strcmp(type, "VARIANT *") == 0)
            VariantClear(&results->out[i].variant);
        else if (strcmp(type, "GUESTOSVERSIONINFOEX **") == 0)
            CoTaskMemFree(results->out[i].memory);
        else if (strstr(type, "**") && results->out[i].object)
            IUnknown_Release(results->out[i].object);
    }
}
