#include "option.h"

#include <stddef.h>

const struct option_text options[OPTIONS] = {
    [OPTION_JSON] = {"json", NULL, "print JSON"},
    [OPTION_CSV] = {"csv", NULL, "print comma-separated values with a line of headings"},
    [OPTION_HTML] = {"html", NULL, "print one page for a browser, with charts"},
    [OPTION_BYTES] = {"bytes", NULL, "print exact bytes instead of KiB, MiB, ..."},
    [OPTION_PER_ADAPTER] = {"per-adapter", NULL, "print a row a network adapter"},
    [OPTION_NAMES] = {"names", NULL, "print nothing but the names, one a line"},
    [OPTION_WATCH] = {"watch", NULL, "print again each second, until Ctrl-C"},
    [OPTION_COUNT] = {"count", "N", "end after N events, or N times of --watch"},
    [OPTION_FOR_STATE] = {"for-state", "STATE", "end when a machine is in this state, as turned-off",
                          "turned-off saved turning-on restoring running paused saving turning-off merging deleting"},
    [OPTION_NO_WAIT] = {"no-wait", NULL, "return when the work has begun, not when it is done"},
    [OPTION_MEMORY] = {"memory", "MIB", "memory of the machine in MiB"},
    [OPTION_NAT] = {"nat", NULL, "add a network adapter on 'Shared Networking (NAT)'"},
    [OPTION_OUTPUT] = {"output", "FILE", "write to the file, which is replaced in one step"},
    [OPTION_FORMAT] = {"format", "FORMAT", "openmetrics or prometheus (text format 0.0.4)", "openmetrics prometheus"},
    [OPTION_SINCE] = {"since", "DAY", "first day that counts, as 2026-05-04 or 2026-05; UTC"},
    [OPTION_UNTIL] = {"until", "DAY", "last day that counts"},
    [OPTION_BY] = {"by", "WHAT", "a row for each vm (the preset), adapter, day or month", "vm adapter day month"},
    [OPTION_WITH_USAGE] = {"with-usage", NULL, "remove what they have used from the usage ledger as well"},
    [OPTION_MARKDOWN] = {"markdown", NULL, "print the whole reference as a Markdown page"},
    [OPTION_HELP] = {"help", NULL, "print the help of the command"},
};
