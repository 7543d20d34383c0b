/* vpcctl help */
#include "help.h"

#include <string.h>
#include "exit_code.h"
#include "output.h"
#include "report.h"
#include "run.h"

struct exit_text {
    enum exit_code code;
    const char *text;
};

static const struct exit_text exit_texts[] = {
    {EXIT_CODE_OK, "done"},
    {EXIT_CODE_FAILED, "a call failed; standard error has one line for each"},
    {EXIT_CODE_USAGE, "the command line is wrong; nothing was done"},
    {EXIT_CODE_NO_VM, "no virtual machine has this name"},
    {EXIT_CODE_NO_API, "the API cannot be used: its DLL is not registered, or has no home folder"},
    {EXIT_CODE_OUTPUT, "the output cannot be written"},
};

static void help_add_usage(struct buffer *out, const struct command *command)
{
    buffer_format(out, "vpcctl %s%s%s%s", command->name, command->options ? " [OPTION...]" : "",
                  command->operands ? " " : "", command->operands ? command->operands : "");
}

/* "--count N" */
static void help_add_option(struct buffer *out, int id)
{
    buffer_format(out, "--%s%s%s", options[id].name, options[id].value ? " " : "",
                  options[id].value ? options[id].value : "");
}

static bool command_takes(const struct command *command, int id)
{
    return id == OPTION_HELP || command->options & OPTION_BIT(id);
}

void help_add_list(struct buffer *out)
{
    buffer_add(out, "usage: vpcctl COMMAND [OPTION...] [ARGUMENT...]\n\nVirtual machines at the prompt.\n\n");
    for (size_t i = 0; i < command_count; i++)
        buffer_format(out, "  %-11s %s\n", commands[i].name, commands[i].summary);
    buffer_add(out, "\n'vpcctl help COMMAND' says more of one.\n\nexit codes:\n");
    for (size_t i = 0; i < sizeof exit_texts / sizeof *exit_texts; i++)
        buffer_format(out, "  %d  %s\n", exit_texts[i].code, exit_texts[i].text);
}

void help_add_command(struct buffer *out, const struct command *command)
{
    buffer_add(out, "usage: ");
    help_add_usage(out, command);
    buffer_format(out, "\n\n%s.\n", command->summary);
    if (*command->text)
        buffer_format(out, "\n%s\n", command->text);
    buffer_add(out, "\noptions:\n");
    for (int id = 0; id < OPTIONS; id++) {
        struct buffer option = {0};
        if (!command_takes(command, id))
            continue;
        help_add_option(&option, id);
        buffer_format(out, "  %-17s %s\n", option.bytes, options[id].help);
        buffer_clear(&option);
    }
    buffer_format(out, "\nexample:\n  %s\n", command->example);
}

/* What the page says of the forms of output. */
static void help_add_output(struct buffer *out)
{
    buffer_add(
        out,
        "\n## Output\n\n"
        "Redirected output is UTF-8 with LF at the ends of lines. Colours appear on a terminal only, and not when the "
        "environment variable `NO_COLOR` is set to anything. Where the output is no terminal, `COLUMNS` says how "
        "wide a table may be. Names and states are cut to that; figures and times never are, so exact bytes "
        "(`--bytes`) can make it wider.\n\n"
        "Tables are for people and may change; units are binary (1 KiB = 1024 B). Programs take `--json` or `--csv`: "
        "members and columns stay, new ones may come; the columns of CSV are the members of the rows of JSON. Bytes "
        "and packets are strings of decimal digits in JSON, since "
        "a double would round them; `null` (empty in CSV) is what is not known or does not apply. Schemas: "
        "[list](schema/list.schema.json), [stats](schema/stats.schema.json), "
        "[stats --per-adapter](schema/stats-per-adapter.schema.json), [events](schema/events.schema.json), "
        "[usage](schema/usage.schema.json), "
        "[report](schema/report.schema.json), [version](schema/version.schema.json). "
        "With `--watch`, and of `events`, JSON is one document a line.\n\n"
        "An error is one line on standard error. Of a call that failed it is `vpcctl: <command> '<machine>': <name> "
        "(<HRESULT>): <text>`; the machine is left out where there is none, and where a code has no name it is "
        "`<HRESULT>: "
        "<text>`. Without HRESULT are a wrong command line, `vpcctl: <command>: <text>; see 'vpcctl help <command>'`, "
        "and "
        "a machine that does not exist, `vpcctl: <command> '<machine>': no virtual machine has this name`.\n");
}

void help_add_page(struct buffer *out)
{
    buffer_add(
        out, "# vpcctl\n\n"
             "<!-- Made by `vpcctl help --markdown`; change src/ctl/command.c instead. -->\n\n"
             "Virtual machines at the prompt: a client of the COM API. `VPCCOMInterfaces.dll` has to be registered.\n\n"
             "| command | |\n|---|---|\n");
    for (size_t i = 0; i < command_count; i++)
        buffer_format(out, "| [%s](#vpcctl-%s) | %s |\n", commands[i].name, commands[i].name, commands[i].summary);
    for (size_t i = 0; i < command_count; i++) {
        buffer_format(out, "\n## vpcctl %s\n\n```\n", commands[i].name);
        help_add_command(out, &commands[i]);
        buffer_add(out, "```\n");
        if (commands[i].page)
            buffer_format(out, "\n%s", commands[i].page);
    }
    help_add_output(out);
    buffer_add(out, "\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
    for (size_t i = 0; i < sizeof exit_texts / sizeof *exit_texts; i++)
        buffer_format(out, "| %d | %s |\n", exit_texts[i].code, exit_texts[i].text);
    buffer_add(out, "\nOf several virtual machines each is tried; the code is that of the first that failed.\n");
}

int run_help(struct vpc *vpc, const struct arguments *arguments)
{
    struct buffer out = {0};
    (void)vpc;
    const struct command *command = arguments->operand_count ? command_find(arguments->operands[0]) : NULL;
    if (arguments->operand_count && !command) {
        report_usage(NULL, "unknown command '%s'", arguments->operands[0]);
        return EXIT_CODE_USAGE;
    }
    if (arguments->given[OPTION_MARKDOWN])
        help_add_page(&out);
    else if (command)
        help_add_command(&out, command);
    else
        help_add_list(&out);
    output_text(buffer_text(&out));
    buffer_clear(&out);
    return EXIT_CODE_OK;
}
