/* What happens to the VM, as clients hear of it: by the page, where nothing is lost, and by lines on the control pipe.
 */
#include <stdlib.h>
#include "host/supervisor_parts.h"
#include "util/host_log.h"
#include "util/text.h"

enum {
    LOG_MOST_A_MINUTE = 60 /* a guest can reset itself without end */
};

/* The numbers of VMEventType. */
enum host_message {
    MESSAGE_NONE = -1,
    MESSAGE_LAUNCHED = 2,
    MESSAGE_RESTORED = 3,
    MESSAGE_SAVED = 4,
    MESSAGE_TURNED_OFF = 5,
    MESSAGE_TURNED_OFF_BY_GUEST = 6,
    MESSAGE_RESET = 7,
    MESSAGE_PROCESSOR_ERROR = 9,
    MESSAGE_SPACE_WARNING = 10,
    MESSAGE_SPACE_ERROR = 11
};

static const struct {
    enum host_log_level level;
    const char *text; /* with the name of the VM */
} messages[] = {
    [MESSAGE_LAUNCHED] = {HOST_LOG_INFORMATION, "virtual machine '%s' was started"},
    [MESSAGE_RESTORED] = {HOST_LOG_INFORMATION, "virtual machine '%s' was restored from its saved state"},
    [MESSAGE_SAVED] = {HOST_LOG_INFORMATION, "virtual machine '%s' was saved"},
    [MESSAGE_TURNED_OFF] = {HOST_LOG_INFORMATION, "virtual machine '%s' was turned off"},
    [MESSAGE_TURNED_OFF_BY_GUEST] = {HOST_LOG_INFORMATION, "virtual machine '%s' was turned off by its guest"},
    [MESSAGE_RESET] = {HOST_LOG_INFORMATION, "virtual machine '%s' was reset"},
    [MESSAGE_PROCESSOR_ERROR] = {HOST_LOG_ERROR, "the processor of virtual machine '%s' met a triple fault"},
    [MESSAGE_SPACE_WARNING] = {HOST_LOG_WARNING, "a disk that virtual machine '%s' needs is running out of space"},
    [MESSAGE_SPACE_ERROR] = {HOST_LOG_ERROR, "a disk that virtual machine '%s' needs is out of space"},
};

/* A start that fails, and a restore that leads back to Saved, are no news of a VM that was on. */
static enum host_message message_of_state(const struct supervisor *supervisor, enum vm_state from, enum vm_state to)
{
    if (to == VM_RUNNING && from == VM_TURNING_ON)
        return MESSAGE_LAUNCHED;
    if (to == VM_RUNNING && from == VM_RESTORING)
        return MESSAGE_RESTORED;
    if (to == VM_SAVED && from == VM_SAVING)
        return MESSAGE_SAVED;
    if (to == VM_TURNED_OFF && from != VM_TURNING_ON && from != VM_RESTORING)
        return supervisor->end_reason == ENGINE_STOP_BY_GUEST ? MESSAGE_TURNED_OFF_BY_GUEST : MESSAGE_TURNED_OFF;
    return MESSAGE_NONE;
}

static enum host_message message_of(struct supervisor *supervisor, enum vm_event_kind kind, uint32_t value)
{
    enum vm_state from = supervisor->told;
    switch (kind) {
    case VM_EVENT_STATE:
        supervisor->told = (enum vm_state)value;
        return message_of_state(supervisor, from, supervisor->told);
    case VM_EVENT_RESET:
        return MESSAGE_RESET;
    case VM_EVENT_TRIPLE_FAULT:
        return MESSAGE_PROCESSOR_ERROR;
    case VM_EVENT_DISK_OUT_OF_SPACE:
        return value ? MESSAGE_SPACE_ERROR : MESSAGE_SPACE_WARNING;
    default:
        return MESSAGE_NONE;
    }
}

/* True when the host's log has taken it. */
static bool message_write(struct supervisor *supervisor, enum host_message message)
{
    uint64_t now_ms = uv_now(supervisor->loop);
    if (supervisor->log_count == 0 || now_ms - supervisor->log_minute_ms >= 60000) {
        supervisor->log_minute_ms = now_ms;
        supervisor->log_count = 0;
    }
    if (supervisor->log_count >= LOG_MOST_A_MINUTE)
        return false;
    supervisor->log_count++;
    char *text = text_format(messages[message].text, supervisor->config->name);
    bool written = text != NULL && host_log_write(messages[message].level, (unsigned)message, text);
    free(text);
    return written;
}

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
    enum host_message written = message_of(supervisor, kind, value);
    if (written != MESSAGE_NONE && !message_write(supervisor, written))
        written = MESSAGE_NONE;
    body->events[body->event_count++ % VM_PAGE_EVENTS] =
        (struct vm_page_event){.kind = (uint16_t)kind, .logged = (uint16_t)(written + 1), .value = value};
    supervisor_publish(supervisor);
    if (supervisor->server == NULL)
        return;
    json_t *message = event_message(kind, value, body->event_count);
    if (message != NULL && written != MESSAGE_NONE)
        json_object_set_new(message, "logged", json_integer(written));
    if (message != NULL)
        control_server_broadcast(supervisor->server, message);
    json_decref(message);
}
