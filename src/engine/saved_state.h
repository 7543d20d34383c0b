/*
 * The file of a saved state: a header of ours, then what the engine gives, as it is.
 *
 *   offset  bytes
 *        0     16  "VPC saved state\n"
 *       16      4  version of this layout, 1
 *       20      4  bytes of the header, 256
 *       24      8  bytes that follow the header
 *       32      4  CRC-32C of those
 *       36      4  CRC-32C of the header, these four bytes taken as zero
 *       40     16  name of the engine
 *       56     64  version of the hypervisor
 *      120     64  type of the virtual machine's hardware, as the engine names it
 *      184     40  ConfigID of the virtual machine
 *      224     32  zero
 *
 * Numbers are little-endian, texts UTF-8 with a NUL. A file that is cut, altered, foreign or another VM's is known as
 * such before any hypervisor sees it: VPC_SAVED_STATE. The checksum finds damage, not forgery.
 *
 * While it is written the file has the name "<path>.tmp" and no header.
 */
#ifndef VPC_ENGINE_SAVED_STATE_H
#define VPC_ENGINE_SAVED_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "util/error.h"

/* What the header says. `bytes` is filled by the writer. */
struct saved_state_about {
    char engine[16];
    char version[64];
    char hardware[64];
    char config_id[40];
    uint64_t bytes;
};

struct saved_state_writer;

/* Begins a new file, for the user alone where the system has such rights; an older unfinished one, or whatever else has
 * its name, is removed first. *writer (out) is NULL on failure. */
bool saved_state_create(struct saved_state_writer **writer, const char *path, const struct saved_state_about *about,
                        struct vpc_error *err);
bool saved_state_write(struct saved_state_writer *writer, const void *data, size_t size, struct vpc_error *err);
/* Bytes written so far, without the header. */
uint64_t saved_state_written(const struct saved_state_writer *writer);
/* Writes the header, flushes to the disk and gives the file its name, in place of an older one. May take long, and may
 * be called on another thread than the others. On failure no file is left. Frees the writer in both cases. */
bool saved_state_commit(struct saved_state_writer *writer, struct vpc_error *err);
/* Removes what was written and frees the writer; NULL is allowed. */
void saved_state_discard(struct saved_state_writer *writer);

/* False, with VPC_STATE_CONFLICT, when the file of that name is the saved state of another VM than `config_id`: a new
 * one must not take its place. */
bool saved_state_is_free(const char *path, const char *config_id, struct vpc_error *err);

/* Removes what a writer has left that was lost in the middle; there may be nothing. */
bool saved_state_remove_part(const char *path, struct vpc_error *err);

struct saved_state_reader;

/* Opens a file and reads it through: checksum, length, engine and ConfigID (`config_id` of the VM, case ignored). May
 * take long, and may be called on another thread than the others. The reader stands at the first byte after the header.
 * VPC_SAVED_STATE when the file is not what it should be. */
bool saved_state_open(struct saved_state_reader **reader, const char *path, const char *engine, const char *config_id,
                      struct saved_state_about *about, struct vpc_error *err);
/* Reads up to `size` bytes; *got (out) is 0 at the end. */
bool saved_state_read(struct saved_state_reader *reader, void *data, size_t size, size_t *got, struct vpc_error *err);
void saved_state_close(struct saved_state_reader *reader); /* NULL is allowed */

#endif
