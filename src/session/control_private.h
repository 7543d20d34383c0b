/* What the files of the control pipe share. */
#ifndef VPC_SESSION_CONTROL_PRIVATE_H
#define VPC_SESSION_CONTROL_PRIVATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "session/control.h"
#include "util/text.h"

/* A message as a line with "\n" at the end: new memory, NULL when out of memory or when `message` is NULL. Takes
 * `message`. */
char *control_line(json_t *message);

/* One line as a JSON object: new reference. Anything else is VPC_INVALID_ARGUMENT. `size` does not count the "\n". */
bool control_parse_object(const char *line, size_t size, json_t **object, struct vpc_error *err);

/* Fills *err (out) from {"cause":...,"text":...} and returns false; anything else is an error too. */
bool control_fail_as_told(const json_t *error, struct vpc_error *err);

/* A task id from a message: 0 when it is missing or no number of 32 bits. */
uint32_t control_task_id(const json_t *object);

/* The client's end of a pipe. One thread at a time. Errors: VPC_VM_NOT_RUNNING when nobody serves it or the other end
 * has gone, VPC_ACCESS_DENIED, VPC_TIMED_OUT. Deadlines are of clock_monotonic_ms(). */
struct control_stream;
bool control_stream_connect(struct control_stream **stream, const char *name, uint64_t deadline_ms,
                            struct vpc_error *err);
void control_stream_close(struct control_stream *stream);
bool control_stream_write(struct control_stream *stream, const char *data, size_t size, uint64_t deadline_ms,
                          struct vpc_error *err);
/* Waits for at least one byte; *got (out) is how many of `size` came. */
bool control_stream_read(struct control_stream *stream, char *data, size_t size, uint64_t deadline_ms, size_t *got,
                         struct vpc_error *err);

/* Appends an argument to a Windows command line, quoted so that CommandLineToArgvW and the C runtime give back exactly
 * these bytes. Arguments are separated by a blank. */
void control_quote_argument(struct buffer *command_line, const char *argument);

#endif
