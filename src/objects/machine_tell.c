/* A state that a VM enters without a supervisor: saved state thrown away, being deleted. */
#include <stdlib.h>
#include "objects/machine.h"
#include "objects/out.h"
#include "objects/vm_events.h"
#include "util/path.h"

bool machine_tell_state(struct machine *machine, enum vm_state state, struct vpc_error *err)
{
    struct vm_page_body *body = malloc(sizeof *body);
    struct vm_page *page = NULL;
    char *folder = NULL, *path = NULL;
    bool told = body ? machine_run_folder(machine, &folder, err) : fail_out_of_memory(err);
    if (told) {
        path = path_join(folder, VM_PAGE_FILE);
        told = path ? vm_page_create(&page, path, err) : fail_out_of_memory(err);
    }
    if (told) {
        vm_page_read(page, body);
        /* A page that says that something is under way is one that has lost its supervisor. */
        if (vm_state_is_off(state))
            body->state = state; /* NOLINT(clang-analyzer-core.NullDereference): there when all was well */
        body->events[body->event_count++ % VM_PAGE_EVENTS] = /* NOLINT(clang-analyzer-core.NullDereference): as above */
            (struct vm_page_event){.kind = VM_EVENT_STATE, .value = (uint32_t)state};
        vm_page_publish(page, body);
        vm_page_close(page);
        vm_events_look(machine);
    }
    free(path);
    free(folder);
    free(body);
    return told;
}
