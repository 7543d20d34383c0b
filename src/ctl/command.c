#include "command.h"

#include <string.h>
#include "run.h"

#define ROWS (OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_CSV))

const struct command commands[] = {
    {
        .name = "list",
        .options = ROWS | OPTION_BIT(OPTION_NAMES),
        .summary = "List the virtual machines and their states",
        .text = "One row a virtual machine. A machine whose configuration cannot be read is\n"
                "listed with the state 'error'; a line on standard error says why, and the exit\n"
                "code is 1.",
        .example = "vpcctl list",
        .needs_api = true,
        .run = run_list,
    },
    {
        .name = "stats",
        .operands = "[VM...]",
        .most = -1,
        .kind = OPERAND_VM,
        .options = ROWS | OPTION_BIT(OPTION_BYTES) | OPTION_BIT(OPTION_PER_ADAPTER) | OPTION_BIT(OPTION_WATCH) |
                   OPTION_BIT(OPTION_COUNT),
        .summary = "Show what virtual machines use: processor, network, disk",
        .text = "Of the named machines, or of all. Figures count from the last power on, reset or\n"
                "restore; those of a machine that is neither running nor paused are '-'. Bytes of\n"
                "the network are those of the Ethernet frames that pass the machine's adapters;\n"
                "what the guest sends is 'sent'.",
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
        .name = "reset",
        .operands = "VM...",
        .least = 1,
        .most = -1,
        .kind = OPERAND_VM,
        .options = OPTION_BIT(OPTION_NO_WAIT),
        .summary = "Restart virtual machines",
        .text = "Restarts their hardware: the guest is not told. Counters are zero again.",
        .example = "vpcctl reset Web",
        .needs_api = true,
        .run = run_reset,
    },
    {
        .name = "pause",
        .operands = "VM...",
        .least = 1,
        .most = -1,
        .kind = OPERAND_VM,
        .summary = "Stop the processors of virtual machines",
        .text = "Waits until each is paused. Nothing is written to disk.",
        .example = "vpcctl pause Web",
        .needs_api = true,
        .run = run_pause,
    },
    {
        .name = "resume",
        .operands = "VM...",
        .least = 1,
        .most = -1,
        .kind = OPERAND_VM,
        .summary = "Let paused virtual machines run on",
        .text = "Waits until each is running.",
        .example = "vpcctl resume Web",
        .needs_api = true,
        .run = run_resume,
    },
    {
        .name = "save",
        .operands = "VM...",
        .least = 1,
        .most = -1,
        .kind = OPERAND_VM,
        .options = OPTION_BIT(OPTION_NO_WAIT),
        .summary = "Save running virtual machines to disk and stop them",
        .text = "Waits until each is saved; 'vpcctl start' goes on where it was.",
        .example = "vpcctl save Web",
        .needs_api = true,
        .run = run_save,
    },
    {
        .name = "create",
        .operands = "NAME PATH",
        .least = 2,
        .most = 2,
        .kind = OPERAND_FILE,
        .options = OPTION_BIT(OPTION_MEMORY) | OPTION_BIT(OPTION_NAT),
        .summary = "Create a virtual machine",
        .text = "PATH is the folder of its configuration; it is made if it is missing. When\n"
                "something fails, nothing is created.",
        .example = "vpcctl create \"Mail server\" C:\\Machines\\Mail --memory 512 --nat",
        .needs_api = true,
        .run = run_create,
    },
    {
        .name = "register",
        .operands = "FILE",
        .least = 1,
        .most = 1,
        .kind = OPERAND_FILE,
        .summary = "Register an existing configuration, a .vmc file",
        .text = "The machine has the name of the file.",
        .example = "vpcctl register C:\\Machines\\Mail\\Mail.vmc",
        .needs_api = true,
        .run = run_register,
    },
    {
        .name = "unregister",
        .operands = "VM...",
        .least = 1,
        .most = -1,
        .kind = OPERAND_VM,
        .summary = "Forget virtual machines but keep their files",
        .text = "They must be off. 'vpcctl register' brings them back.",
        .example = "vpcctl unregister Web",
        .needs_api = true,
        .run = run_unregister,
    },
    {
        .name = "delete",
        .operands = "VM...",
        .least = 1,
        .most = -1,
        .kind = OPERAND_VM,
        .options = OPTION_BIT(OPTION_WITH_USAGE),
        .summary = "Remove virtual machines and their configurations",
        .text = "They must be off. Configuration and saved state are deleted; images of hard\n"
                "disks stay, and so does what 'vpcctl usage' shows. Nobody is asked.",
        .example = "vpcctl delete Web",
        .needs_api = true,
        .run = run_delete,
    },
    {
        .name = "events",
        .operands = "[VM...]",
        .most = -1,
        .kind = OPERAND_VM,
        .options = ROWS | OPTION_BIT(OPTION_COUNT) | OPTION_BIT(OPTION_FOR_STATE),
        .summary = "Follow what happens to virtual machines",
        .text = "Of the named machines, or of all, also of those that are registered later.\n"
                "Begins with a line 'listening' and the state of each; then comes a line for each\n"
                "change of state, reset, shutdown by the guest and disk of the host that is short\n"
                "of space, from whatever process or guest it comes. Ends by Ctrl-C or as --count\n"
                "or --for-state say. With --json each line is a document.",
        .example = "vpcctl events --json --for-state turned-off Web",
        .needs_api = true,
        .single_threaded = true,
        .run = run_events,
    },
    {
        .name = "usage",
        .operands = "[VM...]",
        .most = -1,
        .kind = OPERAND_VM,
        .options = ROWS | OPTION_BIT(OPTION_BYTES) | OPTION_BIT(OPTION_SINCE) | OPTION_BIT(OPTION_UNTIL) |
                   OPTION_BIT(OPTION_BY),
        .summary = "Show what virtual machines have used, over all resets",
        .text = "From the usage ledger: of the named machines, or of all, also of those that were\n"
                "deleted. What a running machine uses is there after 5 seconds at most. Days and\n"
                "months are those of UTC.",
        .example = "vpcctl usage --by month --since 2026-01",
        .needs_api = true,
        .run = run_usage,
    },
    {
        .name = "report",
        .operands = "[VM...]",
        .most = -1,
        .kind = OPERAND_VM,
        .options = ROWS | OPTION_BIT(OPTION_HTML) | OPTION_BIT(OPTION_BYTES) | OPTION_BIT(OPTION_OUTPUT),
        .summary = "Show the past hour of virtual machines, by the minute",
        .text = "Of the named machines, or of all: the past 60 full minutes, from the usage\n"
                "ledger. A minute in which a machine was off has no row. With --html it is one\n"
                "page with charts of processor, network and disk, light or dark as the reader's\n"
                "system is, without scripts and without anything that is fetched.",
        .example = "vpcctl report --html --output vms.html",
        .page = "<picture>\n  <source media=\"(prefers-color-scheme: dark)\" srcset=\"report-dark.png\">\n"
                "  <img src=\"report-light.png\" alt=\"The page: a table of all machines, then charts of processor, "
                "network and disk for each\">\n</picture>\n",
        .needs_api = true,
        .run = run_report,
    },
    {
        .name = "metrics",
        .options = OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_FORMAT),
        .summary = "Print the figures of all machines for Prometheus",
        .text = "OpenMetrics, or the older text format of Prometheus where --format says so or\n"
                "--output ends in .prom: textfile collectors read only that. A machine that\n"
                "cannot be asked has vpc_vm_up 0, a line on standard error and exit code 1; the\n"
                "others are printed all the same. When the machines cannot be listed, nothing is\n"
                "printed and the file stays as it is.",
        .example = "vpcctl metrics --output C:\\Figures\\vpc.prom",
        .needs_api = true,
        .run = run_metrics,
    },
    {
        .name = "completion",
        .operands = "SHELL",
        .least = 1,
        .most = 1,
        .kind = OPERAND_WORD,
        .words = "bash powershell",
        .summary = "Print the script that completes command lines: bash or powershell",
        .text = "bash:        eval \"$(vpcctl completion bash)\"\n"
                "PowerShell:  vpcctl completion powershell | Out-String | Invoke-Expression\n\n"
                "The script for bash is run in the tests. That for PowerShell is only parsed:\n"
                "there was none to run it.",
        .example = "vpcctl completion bash > /etc/bash_completion.d/vpcctl",
        .run = run_completion,
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
