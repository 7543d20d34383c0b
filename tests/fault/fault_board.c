#include "fault_board.h"

#include <string.h>

uint64_t fault_mix(uint64_t key, uint64_t value)
{
    return (key ^ value) * UINT64_C(1099511628211);
}

void fault_place_name(struct fault_place *place, const char *name, uint32_t depth)
{
    place->key = UINT64_C(14695981039346656037);
    for (const char *c = name; *c != '\0'; c++)
        place->key = fault_mix(place->key, (unsigned char)*c);
    for (uint32_t i = 0; i < place->frame_count && i < depth; i++)
        place->key = fault_mix(place->key, place->frames[i]);
}

static bool is_new(const struct fault_board *board, const struct fault_place *place)
{
    for (uint32_t i = 0; i < board->site_count; i++)
        if (board->sites[i] == place->key)
            return false;
    return board->site_count < FAULT_MOST_SITES;
}

bool fault_strike(struct fault_board *board, const char *name, const struct fault_place *place)
{
    bool turn = false;
    while (atomic_exchange(&board->lock, 1) != 0)
        ;
    if (atomic_load(&board->armed) && is_new(board, place)) {
        board->sites[board->site_count++] = place->key;
        board->struck = 1;
        strncpy(board->name, name, FAULT_NAME_SIZE - 1);
        board->frame_count = place->frame_count;
        memcpy(board->frames, place->frames, sizeof board->frames);
        atomic_store(&board->armed, 0);
        turn = true;
    }
    atomic_store(&board->lock, 0);
    return turn;
}
