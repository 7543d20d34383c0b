#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "report.h"

/* The table of one command as getopt_long wants it; the last row is all zero. */
static void arguments_options(const struct command *command, struct option rows[OPTIONS + 1])
{
    int count = 0;
    for (int id = 0; id < OPTIONS; id++) {
        if (id != OPTION_HELP && !(command->options & OPTION_BIT(id)))
            continue;
        rows[count].name = options[id].name;
        rows[count].has_arg = options[id].value ? required_argument : no_argument;
        rows[count].flag = NULL;
        /* Above every character, which short options would be. */
        rows[count].val = 0x100 + id;
        count++;
    }
    rows[count] = (struct option){0};
}

static bool arguments_check(const struct arguments *arguments)
{
    const struct command *command = arguments->command;
    const bool *given = arguments->given;
    if (given[OPTION_HELP])
        return true;
    if (given[OPTION_JSON] + given[OPTION_CSV] + given[OPTION_HTML] + given[OPTION_NAMES] > 1)
        return report_usage(command->name, "more than one form of output is asked for");
    if (given[OPTION_COUNT] && command->options & OPTION_BIT(OPTION_WATCH) && !given[OPTION_WATCH])
        return report_usage(command->name, "--count needs --watch");
    if (arguments->operand_count < command->least)
        return report_usage(command->name, "needs %s", command->operands);
    if (command->most >= 0 && arguments->operand_count > command->most)
        return report_usage(command->name, "'%s' is too much", arguments->operands[command->most]);
    return true;
}

bool arguments_parse(struct arguments *arguments, const struct command *command, int count, char **words)
{
    struct option rows[OPTIONS + 1];
    int found;
    *arguments = (struct arguments){.command = command};
    arguments_options(command, rows);
    optind = 0; /* from the start, also in a second call */
    opterr = 0;
    while ((found = getopt_long(count, words, ":h", rows, NULL)) != -1) {
        if (found == 'h')
            found = 0x100 + OPTION_HELP;
        if (found == ':')
            return report_usage(command->name, "%s needs a value", words[optind - 1]);
        if (found < 0x100)
            return report_usage(command->name, "unknown option '%s'", words[optind - 1]);
        arguments->given[found - 0x100] = true;
        arguments->value[found - 0x100] = optarg;
    }
    arguments->operands = words + optind;
    arguments->operand_count = count - optind;
    return arguments_check(arguments);
}

bool arguments_number(const struct arguments *arguments, enum option_id id, long preset, long least, long most,
                      long *number)
{
    const char *value = arguments->value[id];
    char *end;
    *number = preset;
    if (!arguments->given[id])
        return true;
    errno = 0;
    *number = strtol(value, &end, 10);
    if (!*value || *end || errno || *number < least || *number > most)
        return report_usage(arguments->command->name, "--%s takes a whole number from %ld to %ld, not '%s'",
                            options[id].name, least, most, value);
    return true;
}
