/*
 * All machine records of this process by the path of their .vmcx, case ignored: a hash table that grows with them.
 *
 * No lock of its own: machine.c calls under its lock.
 */
#ifndef VPC_OBJECTS_MACHINE_MAP_H
#define VPC_OBJECTS_MACHINE_MAP_H

#include <stdbool.h>
#include <stdint.h>

/* In a record. All zero: in no map. */
struct machine_map_node {
    struct machine_map_node *next;
    const char *path; /* borrowed while the node is in the map */
    uint32_t hash;
};

/* The node of that path, NULL if there is none. */
struct machine_map_node *machine_map_find(const char *path);

/* Adds a node under a path that no other node has. Out of memory only makes the table slower. */
void machine_map_add(struct machine_map_node *node, const char *path);

/* One that is not in the map is left alone. */
void machine_map_remove(struct machine_map_node *node);

#endif
