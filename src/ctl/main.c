/* vpcctl: virtual machines at the prompt, through the public COM API and nothing else. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include "command.h"
#include "console.h"
#include "exit_code.h"
#include "failure.h"
#include "help.h"
#include "output.h"
#include "report.h"
#include "utf8.h"

static int run(const struct arguments *arguments)
{
    const struct command *command = arguments->command;
    struct vpc vpc = {0};
    int code = command->needs_api ? vpc_open(&vpc, command->single_threaded) : EXIT_CODE_OK;
    if (code == EXIT_CODE_OK)
        code = command->run(&vpc, arguments);
    vpc_close(&vpc);
    return code;
}

/* What people try before they know that these are commands. */
static const char *command_word(const char *word)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return "help";
    return strcmp(word, "--version") == 0 ? "version" : word;
}

static int run_words(int count, char **words)
{
    struct arguments arguments;
    struct buffer out = {0};
    if (count == 0) {
        report_usage(NULL, "which command?");
        return EXIT_CODE_USAGE;
    }
    const struct command *command = command_find(command_word(words[0]));
    if (!command) {
        report_usage(NULL, "unknown command '%s'", words[0]);
        return EXIT_CODE_USAGE;
    }
    if (!arguments_parse(&arguments, command, count, words))
        return EXIT_CODE_USAGE;
    if (!arguments.given[OPTION_HELP])
        return run(&arguments);
    help_add_command(&out, command);
    output_text(buffer_text(&out));
    buffer_clear(&out);
    return EXIT_CODE_OK;
}

int wmain(int argc, WCHAR **argv)
{
    console_open();
    char **words = need(calloc((size_t)argc + 1, sizeof *words));
    char **owned = need(calloc((size_t)argc + 1, sizeof *owned));
    for (int i = 1; i < argc; i++)
        owned[i - 1] = words[i - 1] = utf8_from_wide(argv[i]);
    int code = run_words(argc > 0 ? argc - 1 : 0, words);
    for (int i = 1; i < argc; i++)
        free(owned[i - 1]);
    free(words);
    free(owned);
    if (console_out_error()) {
        struct failure failure;
        failure_make(&failure, HRESULT_FROM_WIN32(console_out_error()), "", NULL);
        failure_report(&failure, "write the output", NULL);
        failure_clear(&failure);
        code = code ? code : EXIT_CODE_OUTPUT;
    }
    return code;
}
