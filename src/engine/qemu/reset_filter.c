#include "engine/qemu/reset_filter.h"

enum {
    SET_UP_ANSWERS = 2
};

/* A clock that was set back makes the distance negative: no echo, rather than none for hours. */
static bool is_within(const struct reset_filter *filter, int64_t time_us)
{
    return filter->had_reset && time_us >= filter->reset_us && time_us - filter->reset_us <= RESET_ECHO_US;
}

void reset_filter_resumed(struct reset_filter *filter, int64_t time_us)
{
    if (filter->had_reset && !filter->acted_us)
        filter->reset_us = time_us;
}

void reset_filter_restored(struct reset_filter *filter, int64_t time_us)
{
    filter->had_reset = true;
    filter->reset_us = time_us;
}

bool reset_filter_wants_devices(const struct reset_filter *filter, int64_t time_us)
{
    return !filter->acted_us && is_within(filter, time_us);
}

void reset_filter_see_devices(struct reset_filter *filter, bool have_addresses)
{
    filter->set_up = have_addresses ? filter->set_up + 1 : 0;
}

void reset_filter_see_reset(struct reset_filter *filter)
{
    filter->set_up = 0;
}

void reset_filter_see_figures(struct reset_filter *filter, int64_t time_us, uint64_t packets, uint64_t disk)
{
    if (!filter->acted_us && (packets > filter->packets || disk > filter->disk || filter->set_up >= SET_UP_ANSWERS))
        filter->acted_us = time_us;
}

enum reset_verdict reset_filter_judge(struct reset_filter *filter, bool by_guest, int64_t time_us)
{
    bool acted = filter->acted_us && filter->acted_us <= time_us + RESET_PROMPT_US;

    if (by_guest && !acted && is_within(filter, time_us))
        return RESET_ECHO;
    filter->had_reset = true;
    filter->reset_us = time_us;
    return by_guest ? RESET_BY_GUEST : RESET_BY_HOST;
}

void reset_filter_open_epoch(struct reset_filter *filter, uint64_t packets, uint64_t disk)
{
    filter->packets = packets;
    filter->disk = disk;
    filter->acted_us = 0;
}
