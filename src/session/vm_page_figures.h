/* Between the accountant and the VM page: the figures that clients read, and all that the next supervisor needs to go
 * on counting. */
#ifndef VPC_SESSION_VM_PAGE_FIGURES_H
#define VPC_SESSION_VM_PAGE_FIGURES_H

#include "accounting/accountant.h"
#include "session/vm_page.h"

/* Puts epoch, counters and processor use of the accountant into the body. Leaves all its other fields (state, sampled,
 * times of sample and session, tasks, engine memory) as they are. */
void vm_page_fill_figures(struct vm_page_body *body, const struct accountant *accountant);

/* The accountant (out) as it was when the body was filled, so that a supervisor that takes over a running VM counts on
 * in the same epoch. Processor use is measured anew from the next sample; its history is kept. Counters of a damaged
 * page never count from behind their baseline. */
void vm_page_restore_figures(struct accountant *accountant, const struct vm_page_body *body);

#endif
