/* vpcctl list, vpcctl stats */
#include "console.h"
#include "exit_code.h"
#include "machine_row.h"
#include "output.h"
#include "run.h"

static const struct column list_columns[] = {
    {"name", "NAME", COLUMN_TEXT},
    {"state", "STATE", COLUMN_STATE},
    {"memory_mib", "MEMORY", COLUMN_MEBIBYTES},
    {"adapters", "ADAPTERS", COLUMN_NUMBER},
    {"uptime_seconds", "UPTIME", COLUMN_SECONDS},
    {"id", NULL, COLUMN_TEXT},
    {"file", NULL, COLUMN_TEXT},
    {"error", NULL, COLUMN_ERROR},
};

static const struct column stats_columns[] = {
    {"name", "NAME", COLUMN_TEXT},
    {"state", "STATE", COLUMN_STATE},
    {"cpu_percent", "CPU", COLUMN_PERCENT},
    {"network_bytes_sent", "SENT", COLUMN_BYTES},
    {"network_bytes_received", "RECEIVED", COLUMN_BYTES},
    {"disk_bytes_read", "READ", COLUMN_BYTES},
    {"disk_bytes_written", "WRITTEN", COLUMN_BYTES},
    {"uptime_seconds", "UPTIME", COLUMN_SECONDS},
    {"network_packets_sent", NULL, COLUMN_NUMBER},
    {"network_packets_received", NULL, COLUMN_NUMBER},
    {"epoch", NULL, COLUMN_NUMBER},
    {"epoch_start", NULL, COLUMN_TEXT},
    {"epoch_cause", NULL, COLUMN_TEXT},
    {"error", NULL, COLUMN_ERROR},
};

static const struct column adapter_columns[] = {
    {"name", "NAME", COLUMN_TEXT},
    {"adapter", "#", COLUMN_NUMBER},
    {"network", "NETWORK", COLUMN_TEXT},
    {"bytes_sent", "SENT", COLUMN_BYTES},
    {"packets_sent", "PACKETS", COLUMN_NUMBER},
    {"bytes_received", "RECEIVED", COLUMN_BYTES},
    {"packets_received", "PACKETS", COLUMN_NUMBER},
    {"ethernet_address", NULL, COLUMN_TEXT},
    {"error", NULL, COLUMN_ERROR},
};

/* Adds the row of one VM to the array `context`. */
static int list_visit(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, void *context)
{
    bool failed;
    json_array_append_new(context, machine_row_list(vpc, vm, name, &failed));
    return failed ? EXIT_CODE_FAILED : EXIT_CODE_OK;
}

static int stats_visit(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, void *context)
{
    bool failed;
    json_array_append_new(context, machine_row_stats(vpc, vm, name, &failed));
    return failed ? EXIT_CODE_FAILED : EXIT_CODE_OK;
}

static int adapters_visit(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, void *context)
{
    bool failed;
    machine_rows_adapters(vpc, vm, name, context, &failed);
    return failed ? EXIT_CODE_FAILED : EXIT_CODE_OK;
}

static int names_visit(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, void *context)
{
    (void)vpc;
    (void)vm;
    (void)context;
    output_line("%s", name);
    return EXIT_CODE_OK;
}

int run_list(struct vpc *vpc, const struct arguments *arguments)
{
    if (arguments->given[OPTION_NAMES])
        return vpc_each(vpc, "list", NULL, 0, names_visit, NULL);
    json_t *rows = need(json_array());
    int code = vpc_each(vpc, "list", NULL, 0, list_visit, rows);
    output_rows(arguments, "machines", list_columns, ARRAYSIZE(list_columns), rows, OUTPUT_ONLY);
    json_decref(rows);
    return code;
}

static int stats_print(struct vpc *vpc, const struct arguments *arguments, enum output_turn turn)
{
    json_t *rows = need(json_array());
    bool adapters = arguments->given[OPTION_PER_ADAPTER];
    int code = vpc_each(vpc, "stats", arguments->operands, arguments->operand_count,
                        adapters ? adapters_visit : stats_visit, rows);
    if (adapters)
        output_rows(arguments, "adapters", adapter_columns, ARRAYSIZE(adapter_columns), rows, turn);
    else
        output_rows(arguments, "machines", stats_columns, ARRAYSIZE(stats_columns), rows, turn);
    json_decref(rows);
    return code;
}

int run_stats(struct vpc *vpc, const struct arguments *arguments)
{
    long times;
    if (!arguments_number(arguments, OPTION_COUNT, 0, 1, 1000000000, &times))
        return EXIT_CODE_USAGE;
    if (!arguments->given[OPTION_WATCH])
        return stats_print(vpc, arguments, OUTPUT_ONLY);
    console_catch_interrupt();
    int code = stats_print(vpc, arguments, OUTPUT_FIRST);
    for (long i = 1; (times == 0 || i < times) && !console_out_error() && console_rest(1000); i++) {
        int again = stats_print(vpc, arguments, OUTPUT_NEXT);
        code = code ? code : again;
    }
    return code;
}
