/*
 * Files, as this project needs them: whole-file reads, replacing a file so that no reader ever sees half of it, memory
 * maps.
 *
 * Paths are UTF-8 and absolute. Windows and POSIX have one file each behind this header (file_win.c, file_posix.c).
 * Errors name the path and carry the nearest cause (VPC_FILE_NOT_FOUND, VPC_PATH_NOT_FOUND, VPC_ALREADY_EXISTS,
 * VPC_ACCESS_DENIED, VPC_DISK_FULL, VPC_IO).
 */
#ifndef VPC_UTIL_FILE_H
#define VPC_UTIL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "util/error.h"

/* How the names end under which files are written, and under which what others have mapped still lies in a folder. */
#define FILE_TEMPORARY_SUFFIX ".tmp"

/* Reads a whole file into new memory (*data, out, free() it; a NUL that *size does not count follows). A file longer
 * than `limit` bytes is VPC_CORRUPT: nothing of ours is that large. */
bool file_read(const char *path, size_t limit, char **data, size_t *size, struct vpc_error *err);

/* Replaces or creates a file: temporary file beside it, flushed to the disk, renamed over it. On failure the old
 * content stays and no temporary file is left. */
bool file_replace(const char *path, const void *data, size_t size, struct vpc_error *err);

/* Like file_replace, but VPC_ALREADY_EXISTS when there is a file of that name, also when it appears meanwhile. */
bool file_create(const char *path, const void *data, size_t size, struct vpc_error *err);

/* Whether there is a file (not a folder) of that name: *there (out). False when that cannot be known, which is not the
 * same as "no". */
bool file_look(const char *path, bool *there, struct vpc_error *err);

bool file_exists(const char *path); /* a file, not a folder; false also when it cannot be known */
bool folder_exists(const char *path);

/* Name of a file as the folder spells it, found without regard to case (*name, out, new memory). VPC_FILE_NOT_FOUND
 * when there is none. Lists no folder where the system itself ignores case. */
bool file_spelling(const char *path, char **name, struct vpc_error *err);

/* Moves a file; VPC_ALREADY_EXISTS when there is one at `to` (unless both name the same file in another case). */
bool file_rename(const char *from, const char *to, struct vpc_error *err);

/* Removes a file. One that is not there is success. */
bool file_remove(const char *path, struct vpc_error *err);

/* Makes a folder and what is missing above it. One that is there is success. VPC_PATH_NOT_FOUND when it lies below what
 * cannot be made: a drive, a share. */
bool folder_make(const char *path, struct vpc_error *err);

/* Takes everybody's rights to a folder, and to what is and will be in it, but those of the user of this process and,
 * on Windows, of administrators and the system. VPC_NOT_SUPPORTED when its file system has no rights;
 * VPC_ACCESS_DENIED when it is another user's, who could give himself all of them again. */
bool folder_make_private(const char *path, struct vpc_error *err);

/* Makes a folder as folder_make does; one that is not there yet becomes private. One that is there keeps its rights. */
bool folder_make_own(const char *path, struct vpc_error *err);

/* Removes a folder and all in it; links are removed, not followed. One that is not there is success. On Windows a file
 * that somebody has mapped may stay, under a name with FILE_TEMPORARY_SUFFIX, and the folder with it. */
bool folder_remove(const char *path, struct vpc_error *err);

/* Removes a folder if there is nothing in it. */
void folder_remove_empty(const char *path);

/* A file found in a folder. */
struct folder_entry {
    char *name; /* not a path */
    int64_t modified_utc_ms;
};

/* The files (not folders) of a folder whose name ends with `suffix` (compared without case), in no order. A missing
 * folder is an empty list. Opens none of them. *entries (out): array of *count, free with folder_list_free. */
bool folder_list(const char *path, const char *suffix, struct folder_entry **entries, size_t *count,
                 struct vpc_error *err);
void folder_list_free(struct folder_entry *entries, size_t count);

/* Sets the time that folder_list shows. */
bool file_set_modified(const char *path, int64_t utc_ms, struct vpc_error *err);

/* A file that only grows, read piece by piece while another process writes it. */
struct file_tail;
bool file_tail_open(struct file_tail **tail, const char *path, struct vpc_error *err);
bool file_tail_size(struct file_tail *tail, uint64_t *bytes, struct vpc_error *err); /* at present */
/* Reads up to `size` bytes at `offset` into `data`; *got (out) is 0 at the present end. */
bool file_tail_read(struct file_tail *tail, uint64_t offset, void *data, size_t size, size_t *got,
                    struct vpc_error *err);
void file_tail_close(struct file_tail *tail);

/* A file mapped into memory. `data` is page aligned; writes of one process are seen by all others at once. */
struct file_map {
    void *data;
    size_t size;
    void *handle; /* private */
};

/* Creates a file of `size` zero bytes in place of what there is and maps it for writing. Who has an older file of that
 * name mapped keeps that one: nothing is ever cut under a reader. */
bool file_map_create(struct file_map *map, const char *path, size_t size, struct vpc_error *err);
/* Maps an existing file whole. Does not keep the file from being deleted or replaced. */
bool file_map_open(struct file_map *map, const char *path, bool writable, struct vpc_error *err);
void file_map_close(struct file_map *map);

/* An exclusive lock on a file of that name (made if missing), held until closed or until the process ends, however it
 * ends. *lock (out) is NULL and the result true when another holder has it. */
struct file_lock;
bool file_lock_try(struct file_lock **lock, const char *path, struct vpc_error *err);
void file_lock_release(struct file_lock *lock);

/* Releases a lock and removes its file, unless somebody else has it open meanwhile. */
void file_lock_remove(struct file_lock *lock);

#endif
