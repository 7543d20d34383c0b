/*
 * Figures of the VM page as values that COM clients take. What a VM has counted is read here in one piece; the fast
 * path of a single total is in accountant.c.
 */
#ifndef VPC_OBJECTS_FIGURES_H
#define VPC_OBJECTS_FIGURES_H

#include "com/error.h"
#include "objects/machine.h"

/* The page in *body (out, new memory for free()). S_FALSE and NULL when the VM is not active; DISP_E_EXCEPTION when it
 * cannot be told. Counters and processor use in it may be unknown: see `sampled`. */
HRESULT figures_read(const struct com_class *class, struct machine *machine, struct vm_page_body **body);

/* The same for who needs counters or processor use: a source that cannot be read is DISP_E_EXCEPTION with the text that
 * names it. */
HRESULT figures_read_known(const struct com_class *class, struct machine *machine, struct vm_page_body **body);

/* The same for who needs processor use alone. */
HRESULT figures_read_cpu(const struct com_class *class, struct machine *machine, struct vm_page_body **body);

/* DISP_E_EXCEPTION: processor use is not known. */
HRESULT figure_no_cpu(const struct com_class *class);

/* What one adapter has counted, which has to be a kind that adapters count. An adapter without a source has counted
 * nothing. */
struct u96 figure_of_adapter(const struct vm_page_body *body, uint32_t adapter, enum vm_page_total which);

/* Seconds from the start of the epoch to another moment, or to now; 0 when that lies before. */
LONG figure_up_time_at(uint64_t epoch_start_monotonic_ms, uint64_t monotonic_ms);
LONG figure_up_time(uint64_t epoch_start_monotonic_ms);

/* The number of the epoch; a page that shows more than a long holds is DISP_E_OVERFLOW. */
HRESULT figure_epoch(const struct com_class *class, uint64_t number, LONG *epoch);

/* VT_DECIMAL, scale 0. *value (out) needs no VariantClear. */
static inline void figure_to_decimal(struct u96 figure, VARIANT *value)
{
    /* The type lies over DECIMAL's reserved word, so it comes last. */
    value->decVal.Hi32 = figure.high;
    value->decVal.Lo64 = figure.low;
    value->decVal.scale = 0;
    value->decVal.sign = 0;
    value->vt = VT_DECIMAL;
}

/* Exact up to 2^53, rounded beyond. */
double figure_to_double(struct u96 figure);
/* All digits, as a new BSTR. */
HRESULT figure_to_text(const struct com_class *class, struct u96 figure, BSTR *text);
/* Milliseconds since 1970 as an automation date. */
DATE figure_to_date(int64_t utc_ms);

/* The same instant as "2001-02-03T04:05:06.789Z"; an empty text for 0, which stands for no instant. A new BSTR. */
HRESULT figure_to_iso(const struct com_class *class, int64_t utc_ms, BSTR *text);

/* ACCOUNTING_HISTORY percentages as VT_ARRAY|VT_VARIANT of VT_I4, the one kind of array that every script engine walks.
 * `history` may be NULL: all zero. */
HRESULT figure_history(const struct com_class *class, const uint8_t *history, VARIANT *value);

#endif
