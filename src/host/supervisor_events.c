/* What happens to the VM, as clients hear of it: by the page, where nothing is lost, and by lines on the control pipe.
 */
#include "host/supervisor_parts.h"

/* A line of docs/control-protocol.md; NULL when out of memory. */
static json_t *event_message(enum vm_event_kind kind, uint32_t value, uint64_t number)
{
    const json_int_t count = (json_int_t)number;
    switch (kind) {
    case VM_EVENT_STATE:
        return json_pack("{s:s,s:I,s:I}", "event", "state", "state", (json_int_t)value, "number", count);
    case VM_EVENT_REQUEST_SHUTDOWN:
        return json_pack("{s:s,s:I}", "event", "request-shutdown", "number", count);
    case VM_EVENT_RESET:
        return json_pack("{s:s,s:I}", "event", "reset", "number", count);
    case VM_EVENT_TRIPLE_FAULT:
        return json_pack("{s:s,s:I}", "event", "triple-fault", "number", count);
    case VM_EVENT_GUEST_SHUTDOWN:
        return json_pack("{s:s,s:I}", "event", "guest-shutdown", "number", count);
    case VM_EVENT_DISK_OUT_OF_SPACE:
        return json_pack("{s:s,s:b,s:I}", "event", "disk-out-of-space", "critical", (int)value, "number", count);
    }
    return NULL;
}

void supervisor_event(struct supervisor *supervisor, enum vm_event_kind kind, uint32_t value)
{
    struct vm_page_body *body = &supervisor->body;
    body->events[body->event_count++ % VM_PAGE_EVENTS] = (struct vm_page_event){.kind = kind, .value = value};
    supervisor_publish(supervisor);
    if (supervisor->server == NULL)
        return;
    json_t *message = event_message(kind, value, body->event_count);
    if (message != NULL)
        control_server_broadcast(supervisor->server, message);
    json_decref(message);
}
