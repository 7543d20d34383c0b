#include "util/json_line.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "util/thread_slot.h"

enum {
    PIECE_BYTES = 64, /* given to Jansson at once */
    ALIGNMENT = 16,   /* of blocks of the reserve */
    /* What is still taken once memory was refused: for a word, which is at most the line, the lexer's buffer of twice
     * the size, the next one, and the word; and for the values in one piece. */
    RESERVE_LINES = 8,
    RESERVE_BYTES = 16 * 1024
};

/* Of Jansson, by this thread. */
struct use {
    bool lacked; /* memory: nothing more is read, and the outcome is of no use */
    char *reserve;
    size_t reserve_size, reserve_left; /* its end is given first */
    const char *bytes;                 /* to be read */
    size_t left;
};

static struct thread_slot slot;     /* of struct use */
static json_malloc_t system_malloc; /* NULL while the watch is not installed */
static json_free_t system_free;

static void *take_block(size_t size)
{
    void *block = system_malloc(size);
    struct use *use = block ? NULL : thread_slot_get(&slot);

    if (!use)
        return block;
    use->lacked = true;
    if (size > use->reserve_left)
        return NULL;
    use->reserve_left = (use->reserve_left - size) / ALIGNMENT * ALIGNMENT;
    return use->reserve + use->reserve_left;
}

static void give_block(void *block)
{
    const struct use *use = thread_slot_get(&slot);

    if (!use || (uintptr_t)block < (uintptr_t)use->reserve ||
        (uintptr_t)block >= (uintptr_t)use->reserve + use->reserve_size)
        system_free(block);
}

bool json_line_install(void)
{
    if (system_malloc)
        return true;
    if (!thread_slot_make(&slot))
        return false;
    json_get_alloc_funcs(&system_malloc, &system_free);
    json_set_alloc_funcs(take_block, give_block);
    return true;
}

void json_line_uninstall(void)
{
    if (!system_malloc)
        return;
    json_set_alloc_funcs(system_malloc, system_free);
    system_malloc = NULL;
    thread_slot_drop(&slot);
}

static bool begin_use(struct use *own)
{
    return !system_malloc || thread_slot_set(&slot, own);
}

static void end_use(void)
{
    if (system_malloc)
        thread_slot_set(&slot, NULL);
}

static size_t give_piece(void *piece, size_t size, void *context)
{
    struct use *of = context;

    if (of->lacked)
        return 0;
    if (size > PIECE_BYTES)
        size = PIECE_BYTES;
    if (size > of->left)
        size = of->left;
    memcpy(piece, of->bytes, size);
    of->bytes += size;
    of->left -= size;
    return size;
}

json_t *json_line_read(const char *bytes, size_t size, struct vpc_error *err)
{
    struct use own = {.bytes = bytes, .left = size, .reserve_size = RESERVE_LINES * size + RESERVE_BYTES};
    json_t *message = NULL;
    json_error_t fault;

    own.reserve_left = own.reserve_size;
    own.reserve = malloc(own.reserve_size);
    own.lacked = !own.reserve || !begin_use(&own);
    if (!own.lacked)
        message = json_load_callback(give_piece, &own, JSON_REJECT_DUPLICATES, &fault);
    if (own.lacked) {
        json_decref(message);
        message = NULL;
        vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to read a message");
    } else if (!message) {
        vpc_fail(err, VPC_CORRUPT, "message is not JSON: %s", fault.text);
    }
    end_use();
    free(own.reserve);
    return message;
}

char *json_line_write(const json_t *message)
{
    struct use own = {0};
    char *text;

    if (!begin_use(&own))
        return NULL;
    text = json_dumps(message, JSON_COMPACT);
    end_use();
    if (!own.lacked)
        return text;
    free(text);
    return NULL;
}
