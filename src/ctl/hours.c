/* vpcctl report: the past hour of virtual machines, by the minute, as rows or as one page for a browser. */
#include <stdlib.h>
#include <string.h>
#include "chart.h"
#include "exit_code.h"
#include "figures.h"
#include "file.h"
#include "hour.h"
#include "html.h"
#include "moment.h"
#include "output.h"
#include "report.h"
#include "rows.h"
#include "run.h"
#include "utf8.h"

static const struct column minute_columns[] = {
    {"name", "NAME", COLUMN_TEXT},
    {"time", "MINUTE", COLUMN_TIME},
    {"cpu_percent", "CPU", COLUMN_PERCENT},
    {"network_bytes_sent", "SENT", COLUMN_BYTES},
    {"network_bytes_received", "RECEIVED", COLUMN_BYTES},
    {"disk_bytes_read", "READ", COLUMN_BYTES},
    {"disk_bytes_written", "WRITTEN", COLUMN_BYTES},
};

/* A machine on the page. */
struct machine {
    char *name;
    const char *state; /* static text */
    struct hour hour;
    json_t *rows;
    struct buffer failure; /* why there is no more of it; empty: all went well */
};

struct hours {
    LONGLONG start_ms;
    struct machine *machines;
    size_t count;
};

static void hours_fail(struct vpc *vpc, struct machine *machine, HRESULT hr)
{
    struct failure failure;
    if (machine->failure.length)
        return;
    failure_take(&failure, hr, vpc->library);
    failure_add(&machine->failure, &failure);
    failure_report(&failure, "report", machine->name);
    failure_clear(&failure);
}

static int hours_visit(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, void *context)
{
    struct hours *hours = context;
    VMVMState state;
    hours->machines = need(realloc(hours->machines, (hours->count + 1) * sizeof *hours->machines));
    struct machine *machine = &hours->machines[hours->count++];
    *machine = (struct machine){
        .name = need(_strdup(name)),
        .state = "error",
        .hour.start_ms = hours->start_ms,
        .rows = need(json_array()),
    };
    HRESULT hr = IVMVirtualMachine_get_State(vm, &state);
    if (FAILED(hr))
        hours_fail(vpc, machine, hr);
    else
        machine->state = state_word(state);
    if (FAILED(hr = hour_read(&machine->hour, vpc, vm, name, machine->rows)))
        hours_fail(vpc, machine, hr);
    return machine->failure.length ? EXIT_CODE_FAILED : EXIT_CODE_OK;
}

static void hours_clear(struct hours *hours)
{
    for (size_t i = 0; i < hours->count; i++) {
        free(hours->machines[i].name);
        json_decref(hours->machines[i].rows);
        buffer_clear(&hours->machines[i].failure);
    }
    free(hours->machines);
}

static void hours_print_rows(const struct arguments *arguments, const struct hours *hours)
{
    json_t *rows = need(json_array());
    for (size_t i = 0; i < hours->count; i++)
        json_array_extend(rows, hours->machines[i].rows);
    output_rows(arguments, "minutes", minute_columns, ARRAYSIZE(minute_columns), rows, OUTPUT_ONLY);
    json_decref(rows);
}

/* ---- the page ---- */

/* "2026-05-04 09:15", where the user is. */
static void page_add_time(struct buffer *out, LONGLONG utc_ms)
{
    char day[MOMENT_TEXT], time[MOMENT_TEXT];
    moment_local_day(day, utc_ms);
    moment_local(time, utc_ms);
    buffer_format(out, "%s %.5s", day, time);
}

/* Cells of a table: the processor, and four sums or figures of a minute in bytes. */
static void page_add_total_cells(struct buffer *out, const struct hour *hour)
{
    for (int figure = 0; figure < HOUR_FIGURES; figure++) {
        double total;
        buffer_add(out, "<td>");
        if (!hour_total(hour, (enum hour_figure)figure, &total))
            buffer_add(out, "-");
        else if (figure == HOUR_CPU)
            buffer_format(out, "%.0f %%", total);
        else
            chart_add_bytes(out, total);
        buffer_add(out, "</td>");
    }
}

static const char table_heads[] = "<th scope=\"col\">CPU</th><th scope=\"col\">Sent</th><th scope=\"col\">Received</th>"
                                  "<th scope=\"col\">Read</th><th scope=\"col\">Written</th></tr></thead>\n<tbody>\n";

static void page_add_overview(struct buffer *out, const struct hours *hours)
{
    buffer_add(out, "<section class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Name</th>"
                    "<th scope=\"col\" class=\"state\">State</th>");
    buffer_add(out, table_heads);
    for (size_t i = 0; i < hours->count; i++) {
        const struct machine *machine = &hours->machines[i];
        buffer_format(out, "<tr><td><a href=\"#vm%u\">", (unsigned)i + 1);
        html_add_text(out, machine->name);
        buffer_format(out, "</a></td><td class=\"state%s\">%s</td>", machine->failure.length ? " bad" : "",
                      machine->failure.length ? "error" : machine->state);
        page_add_total_cells(out, &machine->hour);
        buffer_add(out, "</tr>\n");
    }
    buffer_add(out, "</tbody></table></section>\n");
}

/* The same figures for those who want or need numbers. */
static void page_add_minutes(struct buffer *out, const struct hour *hour)
{
    buffer_add(out, "<details><summary>Figures of each minute</summary><div class=\"scroll\"><table>\n"
                    "<thead><tr><th scope=\"col\">Minute</th>");
    buffer_add(out, table_heads);
    for (int minute = 0; minute < HOUR_MINUTES; minute++) {
        if (!hour->known[minute])
            continue;
        char time[MOMENT_TEXT];
        moment_local(time, hour->start_ms + minute * (LONGLONG)MINUTE_MS);
        buffer_format(out, "<tr><th scope=\"row\">%.5s</th><td>", time);
        chart_add_percent(out, hour, minute);
        buffer_add(out, "</td>");
        for (int figure = HOUR_SENT; figure < HOUR_FIGURES; figure++) {
            buffer_add(out, "<td>");
            chart_add_bytes(out, hour->values[figure][minute]);
            buffer_add(out, "</td>");
        }
        buffer_add(out, "</tr>\n");
    }
    buffer_add(out, "</tbody></table></div></details>\n");
}

static void page_add_machine(struct buffer *out, const struct machine *machine, unsigned number)
{
    const struct hour *hour = &machine->hour;
    buffer_format(out, "<section id=\"vm%u\" aria-labelledby=\"name%u\"><h2 id=\"name%u\">", number, number, number);
    html_add_text(out, machine->name);
    buffer_add(out, "</h2>\n");
    if (machine->failure.length) {
        buffer_add(out, "<p class=\"bad\">");
        html_add_text(out, machine->failure.bytes);
        buffer_add(out, "</p></section>\n");
        return;
    }
    double ignored;
    bool known = hour_total(hour, HOUR_SENT, &ignored);
    buffer_format(out, "<p>%s%s</p>\n", machine->state, known ? "" : "; no figures in this hour");
    if (!known) {
        buffer_add(out, "</section>\n");
        return;
    }
    buffer_add(out, "<div class=\"charts\">\n");
    chart_add_cpu(out, hour, machine->name);
    chart_add_rates(out, hour, machine->name, "Network", HOUR_SENT, "sent", HOUR_RECEIVED, "received");
    chart_add_rates(out, hour, machine->name, "Disk", HOUR_READ, "read", HOUR_WRITTEN, "written");
    buffer_add(out, "</div>\n");
    page_add_minutes(out, hour);
    buffer_add(out, "</section>\n");
}

static void page_add(struct buffer *out, const struct hours *hours)
{
    html_add_head(out, "Virtual machines: the past hour");
    buffer_add(out, "<header><h1>Virtual machines: the past hour</h1>\n<p>");
    page_add_time(out, hours->start_ms);
    buffer_add(out, " to ");
    page_add_time(out, hours->start_ms + HOUR_MINUTES * (LONGLONG)MINUTE_MS);
    buffer_add(out, ", time of this host. Network: bytes of the Ethernet frames, as the guest sends and receives them."
                    "</p></header>\n<main>\n");
    if (hours->count > 0)
        page_add_overview(out, hours);
    else
        buffer_add(out, "<section><p>There is no virtual machine.</p></section>\n");
    for (size_t i = 0; i < hours->count; i++)
        page_add_machine(out, &hours->machines[i], (unsigned)i + 1);
    buffer_add(out, "</main>\n</body>\n</html>\n");
}

static int hours_print_page(const struct arguments *arguments, const struct hours *hours)
{
    struct buffer page = {0};
    int code = EXIT_CODE_OK;
    page_add(&page, hours);
    if (arguments->given[OPTION_OUTPUT])
        code = file_replace("report", arguments->value[OPTION_OUTPUT], &page);
    else
        output_text(buffer_text(&page));
    buffer_clear(&page);
    return code;
}

int run_report(struct vpc *vpc, const struct arguments *arguments)
{
    struct hours hours = {.start_ms = hour_start(moment_now())};
    if (arguments->given[OPTION_OUTPUT] && !arguments->given[OPTION_HTML]) {
        report_usage("report", "--output needs --html");
        return EXIT_CODE_USAGE;
    }
    int code = vpc_each(vpc, "report", arguments->operands, arguments->operand_count, hours_visit, &hours);
    if (arguments->given[OPTION_HTML]) {
        int printed = hours_print_page(arguments, &hours);
        code = printed ? printed : code;
    } else {
        hours_print_rows(arguments, &hours);
    }
    hours_clear(&hours);
    return code;
}
