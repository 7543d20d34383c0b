#include "tests/util/scarce_memory.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

static struct {
    unsigned passed, refused; /* still to come */
    size_t size;
    unsigned done; /* refused */
} scarce;

static bool is_refused(size_t size)
{
    if (!scarce.refused || size < scarce.size)
        return false;
    if (scarce.passed) {
        scarce.passed--;
        return false;
    }
    scarce.refused--;
    scarce.done++;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return is_refused(size) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused(count * size) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return is_refused(size) ? NULL : __real_realloc(block, size);
}

void scarce_install(void)
{
    json_set_alloc_funcs(__wrap_malloc, free);
}

void scarce_begin(unsigned passed, unsigned refused, size_t size)
{
    scarce.passed = passed;
    scarce.refused = refused;
    scarce.size = size;
    scarce.done = 0;
}

unsigned scarce_end(void)
{
    scarce.refused = 0;
    return scarce.done;
}
