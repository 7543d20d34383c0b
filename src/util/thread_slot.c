#include "util/thread_slot.h"

#if defined(_WIN32)

#include <windows.h>

bool thread_slot_make(struct thread_slot *slot)
{
    const DWORD number = TlsAlloc();

    slot->number = number;
    return number != TLS_OUT_OF_INDEXES;
}

void thread_slot_drop(struct thread_slot *slot)
{
    TlsFree((DWORD)slot->number);
}

void *thread_slot_get(const struct thread_slot *slot)
{
    const DWORD last_error = GetLastError();
    void *pointer = TlsGetValue((DWORD)slot->number);

    SetLastError(last_error);
    return pointer;
}

bool thread_slot_set(struct thread_slot *slot, void *pointer)
{
    return TlsSetValue((DWORD)slot->number, pointer) || !pointer;
}

#else

#include <pthread.h>

bool thread_slot_make(struct thread_slot *slot)
{
    pthread_key_t key;

    if (pthread_key_create(&key, NULL) != 0)
        return false;
    slot->number = key;
    return true;
}

void thread_slot_drop(struct thread_slot *slot)
{
    pthread_key_delete((pthread_key_t)slot->number);
}

void *thread_slot_get(const struct thread_slot *slot)
{
    return pthread_getspecific((pthread_key_t)slot->number);
}

bool thread_slot_set(struct thread_slot *slot, void *pointer)
{
    return pthread_setspecific((pthread_key_t)slot->number, pointer) == 0 || !pointer;
}

#endif
