/* Every option that some command takes: one table, from which parsing, help and completion come. */
#ifndef VPC_CTL_OPTION_H
#define VPC_CTL_OPTION_H

enum option_id {
    OPTION_JSON,
    OPTION_CSV,
    OPTION_HTML,
    OPTION_BYTES,
    OPTION_PER_ADAPTER,
    OPTION_NAMES,
    OPTION_WATCH,
    OPTION_COUNT,
    OPTION_FOR_STATE,
    OPTION_NO_WAIT,
    OPTION_MEMORY,
    OPTION_NAT,
    OPTION_OUTPUT,
    OPTION_FORMAT,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_BY,
    OPTION_WITH_USAGE,
    OPTION_MARKDOWN,
    OPTION_HELP,
    OPTIONS /* how many there are */
};

/* The bit of an option in the set that a command takes. */
#define OPTION_BIT(id) (1u << (id))

struct option_text {
    const char *name;  /* without the dashes */
    const char *value; /* what it takes, as help shows it; NULL: nothing */
    const char *help;
    const char *words; /* what the value can be, separated by spaces; NULL: anything, or a path where `value` is FILE */
};

extern const struct option_text options[OPTIONS];

#endif
