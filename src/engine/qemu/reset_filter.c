#include "engine/qemu/reset_filter.h"

enum reset_verdict reset_filter_judge(struct reset_filter *filter, bool by_guest, int64_t time_us, bool guest_acted)
{
    /* A clock that was set back (the event's is the host's) makes the distance negative: no echo, rather than none for
     * hours. */
    if (by_guest && filter->had_reset && !guest_acted && time_us >= filter->reset_us &&
        time_us - filter->reset_us <= RESET_ECHO_US)
        return RESET_ECHO;
    filter->had_reset = true;
    filter->reset_us = time_us;
    return by_guest ? RESET_BY_GUEST : RESET_BY_HOST;
}

void reset_filter_resumed(struct reset_filter *filter, int64_t time_us)
{
    if (filter->had_reset)
        filter->reset_us = time_us;
}
