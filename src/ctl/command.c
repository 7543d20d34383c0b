#include "command.h"

#include <string.h>
#include "run.h"

#define ROWS (OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_CSV))

const struct command commands[] = {
    {
        .name = "list",
        .options = ROWS | OPTION_BIT(OPTION_NAMES),
        .summary = "List the virtual machines and their states",
        .text = "One row a virtual machine. A machine whose configuration cannot be read is listed with the state\n"
                "'error'; a line on standard error says why, and the exit code is 1.",
        .example = "vpcctl list",
        .needs_api = true,
        .run = run_list,
    },
    {
        .name = "stats",
        .operands = "[VM...]",
        .most = -1,
        .kind = OPERAND_VM,
        .options = ROWS | OPTION_BIT(OPTION_BYTES) | OPTION_BIT(OPTION_WATCH) | OPTION_BIT(OPTION_COUNT),
        .summary = "Show what virtual machines use: processor, network, disk",
        .text = "Of the named machines, or of all. Figures count from the last power on, reset or restore; those of a\n"
                "machine that is neither running nor paused are '-'. Bytes of the network are those of the Ethernet\n"
                "frames that pass the machine's adapters; what the guest sends is 'sent'.",
        .example = "vpcctl stats --watch",
        .needs_api = true,
        .run = run_stats,
    },
    {
        .name = "start",
        .operands = "VM...",
        .least = 1,
        .most = -1,
        .kind = OPERAND_VM,
        .options = OPTION_BIT(OPTION_NO_WAIT),
        .summary = "Start virtual machines, or restore saved ones",
        .text = "Waits until each is running.",
        .example = "vpcctl start Web \"Mail server\"",
        .needs_api = true,
        .run = run_start,
    },
    {
        .name = "stop",
        .operands = "VM...",
        .least = 1,
        .most = -1,
        .kind = OPERAND_VM,
        .options = OPTION_BIT(OPTION_NO_WAIT),
        .summary = "Turn virtual machines off",
        .text = "Cuts their power: the guest is not told. Waits until each is turned off.",
        .example = "vpcctl stop Web",
        .needs_api = true,
        .run = run_stop,
    },
    {
        .name = "version",
        .options = OPTION_BIT(OPTION_JSON),
        .summary = "Print the versions of vpcctl and of the API",
        .text = "",
        .example = "vpcctl version",
        .needs_api = true,
        .run = run_version,
    },
    {
        .name = "help",
        .operands = "[COMMAND]",
        .most = 1,
        .kind = OPERAND_WORD,
        .options = OPTION_BIT(OPTION_MARKDOWN),
        .summary = "Print this list, or the help of a command",
        .text = "'vpcctl COMMAND --help' prints the same.",
        .example = "vpcctl help stats",
        .run = run_help,
    },
};

const size_t command_count = sizeof commands / sizeof *commands;

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}
