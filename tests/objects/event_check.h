/*
 * An event sink as a client in C writes one, which keeps a record of what it is told:
 *
 *     struct test_sink *sink = test_sink_create(&DIID_IVMVirtualMachineEvents);
 *     DWORD cookie = test_sink_advise(sink, (IUnknown *)vm);
 *     ...
 *     test_sink_await(sink, "state 3; state 5");
 *     test_sink_unadvise(sink, (IUnknown *)vm, cookie);
 *     test_sink_release(sink);                             asserts that nobody else has it
 *
 * The record is one text: "state 5", "reset", "request-shutdown", "guest-shutdown", "triple-fault", "disk-out-of-space
 * 0", "config <key>=<value>", and for the application "<name> 5" and "logged 1", joined by "; ".
 */
#ifndef VPC_TESTS_OBJECTS_EVENT_CHECK_H
#define VPC_TESTS_OBJECTS_EVENT_CHECK_H

#include <stdbool.h>
#include <windows.h>
#include <ocidl.h>

struct test_sink;

struct test_sink *test_sink_create(REFIID events);
/* The same, known as IDispatch only. */
struct test_sink *test_sink_create_plain(REFIID events);

IUnknown *test_sink_unknown(struct test_sink *sink);

/* What the next calls answer. */
void test_sink_answer(struct test_sink *sink, HRESULT hr);
/* Called inside of each call, after it was recorded. */
void test_sink_on_call(struct test_sink *sink, void (*called)(void *context), void *context);
/* Calls hang until they are let go; sinks in one record share nothing. */
void test_sink_hang(struct test_sink *sink);
void test_sink_let_go(struct test_sink *sink);

/* The connection point of an object's events, one reference. */
IConnectionPoint *test_point(IUnknown *source);
DWORD test_sink_advise(struct test_sink *sink, IUnknown *source);
void test_sink_unadvise(IUnknown *source, DWORD cookie);

/* Waits until the record is exactly `expected`, and fails as soon as it cannot become that any more. In a
 * single-threaded apartment messages are pumped meanwhile. */
void test_sink_await(struct test_sink *sink, const char *expected);
/* Whether it is so now. */
bool test_sink_is(struct test_sink *sink, const char *expected);
/* Waits until the record ends with `end`; all of it, new memory. */
char *test_sink_await_end(struct test_sink *sink, const char *end);
void test_sink_clear(struct test_sink *sink);

/* Id of the thread that was last called on. */
DWORD test_sink_thread(struct test_sink *sink);

/* Two sinks keep one record: that of `first`. */
void test_sink_join(struct test_sink *sink, struct test_sink *first);

/* Asserts that the caller's reference is the last one. */
void test_sink_release(struct test_sink *sink);

/* Lets calls and messages in for a while when the thread has an apartment of its own, sleeps otherwise. */
void test_rest(void);

#endif
