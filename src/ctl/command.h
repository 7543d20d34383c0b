/*
 * The commands of vpcctl: one table. Parsing, `vpcctl help`, docs/vpcctl.md and the completions are made from it, so a
 * new command is a row here and a function.
 */
#ifndef VPC_CTL_COMMAND_H
#define VPC_CTL_COMMAND_H

#include <stddef.h>
#include "arguments.h"
#include "vpc.h"

enum operand_kind {
    OPERAND_NONE,
    OPERAND_VM,   /* names of virtual machines */
    OPERAND_FILE, /* a path */
    OPERAND_WORD  /* one of the words in `words` */
};

struct command {
    const char *name;
    const char *operands; /* as help shows them */
    int least, most;      /* how many operands; most -1: any number */
    enum operand_kind kind;
    const char *words;    /* for OPERAND_WORD: separated by spaces; NULL: the names of the commands */
    unsigned options;     /* set of OPTION_BIT; every command takes OPTION_HELP */
    const char *summary;  /* one line */
    const char *text;     /* paragraphs */
    const char *example;  /* a command line */
    const char *page;     /* more for the page of documentation, Markdown; NULL: nothing */
    bool needs_api;       /* `run` gets an open `vpc` */
    bool single_threaded; /* in a single-threaded apartment */
    /* Does the work; an exit code. */
    int (*run)(struct vpc *vpc, const struct arguments *arguments);
};

extern const struct command commands[];
extern const size_t command_count;

/* NULL when there is no such command. */
const struct command *command_find(const char *name);

#endif
