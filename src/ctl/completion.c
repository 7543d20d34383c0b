/* vpcctl completion: scripts for the shells, made from the table of commands. */
#include <string.h>
#include "command.h"
#include "exit_code.h"
#include "output.h"
#include "report.h"
#include "run.h"

/* The kinds of operands as the scripts name them. */
static const char *kind_word(enum operand_kind kind)
{
    static const char *const words[] = {
        [OPERAND_NONE] = "none", [OPERAND_VM] = "vm", [OPERAND_FILE] = "file", [OPERAND_WORD] = "word"};
    return words[kind];
}

/* All commands, `between` every two of them. */
static void add_commands(struct buffer *out, const char *between)
{
    for (size_t i = 0; i < command_count; i++)
        buffer_format(out, "%s%s", i ? between : "", commands[i].name);
}

static void add_options(struct buffer *out, const struct command *command, const char *between)
{
    const char *separator = "";
    for (int id = 0; id < OPTIONS; id++) {
        if (id != OPTION_HELP && !(command->options & OPTION_BIT(id)))
            continue;
        buffer_format(out, "%s--%s", separator, options[id].name);
        separator = between;
    }
}

/* What the operand of a command can be, where those are words. */
static void add_words(struct buffer *out, const struct command *command)
{
    if (command->words)
        buffer_add(out, command->words);
    else if (command->kind == OPERAND_WORD)
        add_commands(out, " ");
}

/* The words that can follow an option, "" for a path; NULL: none, or none that are known. */
static const char *option_values(int id)
{
    const struct option_text *option = &options[id];
    if (!option->value)
        return NULL;
    return option->words ? option->words : strcmp(option->value, "FILE") == 0 ? "" : NULL;
}

static void add_bash_values(struct buffer *out)
{
    for (int id = 0; id < OPTIONS; id++) {
        const char *words = option_values(id);
        if (!words)
            continue;
        buffer_format(out, "    --%s)", options[id].name);
        if (*words)
            buffer_format(out, " COMPREPLY=($(compgen -W \"%s\" -- \"$word\"));", words);
        else
            buffer_add(out, " compopt -o default;");
        buffer_add(out, " return ;;\n");
    }
}

static void add_bash(struct buffer *out)
{
    buffer_add(out, "# bash completion of vpcctl: eval \"$(vpcctl completion bash)\"\n"
                    "_vpcctl() {\n"
                    "    local word=${COMP_WORDS[COMP_CWORD]} before= options= kind=none words= name plain\n"
                    "    COMPREPLY=()\n"
                    "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
                    "        COMPREPLY=($(compgen -W \"");
    add_commands(out, " ");
    buffer_add(out, "\" -- \"$word\"))\n"
                    "        return\n"
                    "    fi\n"
                    "    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < command_count; i++) {
        buffer_format(out, "    %s) kind=%s options=\"", commands[i].name, kind_word(commands[i].kind));
        add_options(out, &commands[i], " ");
        buffer_add(out, "\" words=\"");
        add_words(out, &commands[i]);
        buffer_add(out, "\" ;;\n");
    }
    buffer_add(out, "    esac\n"
                    "    before=${COMP_WORDS[COMP_CWORD-1]}\n"
                    "    # bash takes --by=day for three words.\n"
                    "    if [ \"$word\" = = ]; then word=\n"
                    "    elif [ \"$before\" = = ]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
                    "    case $before in\n");
    add_bash_values(out);
    buffer_add(out, "    esac\n"
                    "    if [ \"${word:0:1}\" = - ]; then\n"
                    "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
                    "        return\n"
                    "    fi\n"
                    "    case $kind in\n"
                    "    word) COMPREPLY=($(compgen -W \"$words\" -- \"$word\")) ;;\n"
                    "    file) compopt -o default ;;\n"
                    "    vm)\n"
                    "        plain=${word#[\\\"\\']}\n"
                    "        plain=${plain//\\\\/}\n"
                    "        while IFS= read -r name; do\n"
                    "            [[ ${name,,} == \"${plain,,}\"* ]] && COMPREPLY+=(\"$(printf %q \"$name\")\")\n"
                    "        done < <(vpcctl list --names 2>/dev/null)\n"
                    "        ;;\n"
                    "    esac\n"
                    "}\n"
                    "complete -F _vpcctl vpcctl vpcctl.exe\n");
}

static void add_powershell(struct buffer *out)
{
    buffer_add(out, "# PowerShell completion of vpcctl: vpcctl completion powershell | Out-String | Invoke-Expression\n"
                    "Register-ArgumentCompleter -Native -CommandName 'vpcctl', 'vpcctl.exe' -ScriptBlock {\n"
                    "    param($word, $ast, $position)\n"
                    "    $commands = [ordered]@{\n");
    for (size_t i = 0; i < command_count; i++) {
        buffer_format(out, "        '%s' = @{ kind = '%s'; options = '", commands[i].name, kind_word(commands[i].kind));
        add_options(out, &commands[i], " ");
        buffer_add(out, "'; words = '");
        add_words(out, &commands[i]);
        buffer_add(out, "' }\n");
    }
    buffer_add(out, "    }\n    $values = @{\n");
    for (int id = 0; id < OPTIONS; id++)
        if (options[id].words)
            buffer_format(out, "        '--%s' = '%s'\n", options[id].name, options[id].words);
    buffer_add(out,
               "    }\n"
               "    $before = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position })\n"
               "    $command = if ($before.Count -gt 1) { $commands[$before[1].Extent.Text] }\n"
               "    if ($before.Count -le 1) { $found = $commands.Keys }\n"
               "    elseif (-not $command) { return }\n"
               "    elseif ($values[$before[-1].Extent.Text]) { $found = -split $values[$before[-1].Extent.Text] }\n"
               "    elseif ($word.StartsWith('-')) { $found = -split $command.options }\n"
               "    elseif ($command.kind -eq 'word') { $found = -split $command.words }\n"
               "    elseif ($command.kind -eq 'vm') {\n"
               "        # Names come in UTF-8, whatever the console expects.\n"
               "        $encoding, $program = [Console]::OutputEncoding, $ast.GetCommandName()\n"
               "        try {\n"
               "            [Console]::OutputEncoding = [System.Text.UTF8Encoding]::new()\n"
               "            $found = @(& $program list --names 2>$null)\n"
               "        } finally { [Console]::OutputEncoding = $encoding }\n"
               "    }\n"
               "    else { return }\n"
               "    $plain = $word.Trim(\"'\", '\"')\n"
               "    $found | Where-Object { $_.StartsWith($plain, 'OrdinalIgnoreCase') } | ForEach-Object {\n"
               "        $text = $_\n"
               "        if ($text -match '[^\\w.-]') {\n"
               "            # A typographic apostrophe ends a string as well.\n"
               "            $inner = [System.Management.Automation.Language.CodeGeneration]::"
               "EscapeSingleQuotedStringContent($text)\n"
               "            $text = \"'$inner'\"\n"
               "        }\n"
               "        [System.Management.Automation.CompletionResult]::new($text, $_, 'ParameterValue', $_)\n"
               "    }\n"
               "}\n");
}

int run_completion(struct vpc *vpc, const struct arguments *arguments)
{
    const char *shell = arguments->operands[0];
    struct buffer out = {0};
    (void)vpc;
    if (strcmp(shell, "bash") == 0) {
        add_bash(&out);
    } else if (strcmp(shell, "powershell") == 0) {
        add_powershell(&out);
    } else {
        report_usage("completion", "unknown shell '%s'", shell);
        return EXIT_CODE_USAGE;
    }
    output_text(buffer_text(&out));
    buffer_clear(&out);
    return EXIT_CODE_OK;
}
