/*
 * vpcctl metrics: https://github.com/OpenObservability/OpenMetrics, or the older text format of Prometheus (0.0.4),
 * the only one that the textfile collectors of windows_exporter and node_exporter read. They differ in where "_total"
 * stands, in UNIT and EOF, and in "_created", the start of a counter.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "exit_code.h"
#include "figures.h"
#include "file.h"
#include "output.h"
#include "report.h"
#include "run.h"
#include "utf8.h"

struct sample {
    char *name;
    bool known; /* the figures could be read */
    struct figures figures;
};

struct samples {
    struct sample *rows;
    size_t count;
};

struct metrics {
    struct buffer out;
    bool openmetrics;
    const struct samples *samples;
};

struct family {
    const char *name;
    const char *unit; /* the last word of the name; NULL: none */
    const char *help;
};

static const struct family counter_families[COUNTERS] = {
    [COUNTER_NETWORK_BYTES_SENT] = {"vpc_vm_network_sent_bytes", "bytes",
                                    "Bytes of the Ethernet frames that the guest has sent."},
    [COUNTER_NETWORK_BYTES_RECEIVED] = {"vpc_vm_network_received_bytes", "bytes",
                                        "Bytes of the Ethernet frames that the guest has received."},
    [COUNTER_NETWORK_PACKETS_SENT] = {"vpc_vm_network_sent_packets", "packets",
                                      "Ethernet frames that the guest has sent."},
    [COUNTER_NETWORK_PACKETS_RECEIVED] = {"vpc_vm_network_received_packets", "packets",
                                          "Ethernet frames that the guest has received."},
    [COUNTER_DISK_BYTES_READ] = {"vpc_vm_disk_read_bytes", "bytes", "Bytes that the guest has read from its disks."},
    [COUNTER_DISK_BYTES_WRITTEN] = {"vpc_vm_disk_written_bytes", "bytes",
                                    "Bytes that the guest has written to its disks."},
};

/* The value of a label, with what the formats escape. */
static void metrics_add_label(struct buffer *out, const char *value)
{
    for (const char *c = value; *c; c++) {
        if (*c == '\\' || *c == '"')
            buffer_format(out, "\\%c", *c);
        else if (*c == '\n')
            buffer_add(out, "\\n");
        else
            buffer_add_bytes(out, c, 1);
    }
}

/* `name`, `suffix` and the label of the VM, without the closing brace. */
static void metrics_add_name(struct buffer *out, const char *name, const char *suffix, const char *vm)
{
    buffer_format(out, "%s%s{vm=\"", name, suffix);
    metrics_add_label(out, vm);
    buffer_add(out, "\"");
}

static void metrics_add_family(struct metrics *metrics, const struct family *family, bool counter)
{
    const char *suffix = counter && !metrics->openmetrics ? "_total" : "";
    buffer_format(&metrics->out, "# HELP %s%s %s\n", family->name, suffix, family->help);
    buffer_format(&metrics->out, "# TYPE %s%s %s\n", family->name, suffix, counter ? "counter" : "gauge");
    if (metrics->openmetrics && family->unit)
        buffer_format(&metrics->out, "# UNIT %s %s\n", family->name, family->unit);
}

static void metrics_add_up(struct metrics *metrics)
{
    static const struct family family = {"vpc_vm_up", NULL, "1: the machine could be asked; 0: it could not."};
    metrics_add_family(metrics, &family, false);
    for (size_t i = 0; i < metrics->samples->count; i++) {
        metrics_add_name(&metrics->out, family.name, "", metrics->samples->rows[i].name);
        buffer_format(&metrics->out, "} %d\n", metrics->samples->rows[i].known);
    }
}

static void metrics_add_states(struct metrics *metrics)
{
    static const struct family family = {"vpc_vm_state", NULL, "1 for the state that the machine is in."};
    metrics_add_family(metrics, &family, false);
    for (size_t i = 0; i < metrics->samples->count; i++) {
        const struct sample *sample = &metrics->samples->rows[i];
        for (VMVMState state = vmVMState_TurnedOff; sample->known && state <= vmVMState_DeleteMachine; state++) {
            metrics_add_name(&metrics->out, family.name, "", sample->name);
            buffer_format(&metrics->out, ",state=\"%s\"} %d\n", state_word(state), sample->figures.state == state);
        }
    }
}

/* A gauge of machines that are active; below 0 it is not known. */
static void metrics_add_gauge(struct metrics *metrics, const struct family *family,
                              double (*value)(const struct figures *figures), int digits)
{
    metrics_add_family(metrics, family, false);
    for (size_t i = 0; i < metrics->samples->count; i++) {
        const struct sample *sample = &metrics->samples->rows[i];
        if (!sample->known || !sample->figures.active || value(&sample->figures) < 0)
            continue;
        metrics_add_name(&metrics->out, family->name, "", sample->name);
        buffer_format(&metrics->out, "} %.*f\n", digits, value(&sample->figures));
    }
}

static double figures_cpu(const struct figures *figures)
{
    return figures->cpu_percent / 100.0;
}

static double figures_up_time(const struct figures *figures)
{
    return figures->up_time_s;
}

static double figures_epoch(const struct figures *figures)
{
    return figures->epoch;
}

static double figures_epoch_start(const struct figures *figures)
{
    return (double)figures->epoch_start_ms / 1000;
}

static void metrics_add_gauges(struct metrics *metrics)
{
    static const struct family cpu = {"vpc_vm_cpu_utilization_ratio", "ratio",
                                      "Processor use of the machine, 1: all of what it may use."};
    static const struct family up_time = {"vpc_vm_uptime_seconds", "seconds",
                                          "Time since the machine was started, reset or restored."};
    static const struct family epoch = {"vpc_vm_epoch", NULL,
                                        "Number of the epoch: one more at each start, reset and restore."};
    static const struct family start = {"vpc_vm_epoch_start_time_seconds", "seconds",
                                        "When the epoch began and the counters were zero, since 1970."};
    metrics_add_gauge(metrics, &cpu, figures_cpu, 2);
    metrics_add_gauge(metrics, &up_time, figures_up_time, 0);
    metrics_add_gauge(metrics, &epoch, figures_epoch, 0);
    metrics_add_gauge(metrics, &start, figures_epoch_start, 3);
}

static void metrics_add_counters(struct metrics *metrics)
{
    for (int counter = 0; counter < COUNTERS; counter++) {
        const struct family *family = &counter_families[counter];
        metrics_add_family(metrics, family, true);
        for (size_t i = 0; i < metrics->samples->count; i++) {
            const struct sample *sample = &metrics->samples->rows[i];
            if (!sample->known || !sample->figures.active)
                continue;
            metrics_add_name(&metrics->out, family->name, "_total", sample->name);
            buffer_format(&metrics->out, "} %ls\n", sample->figures.counters[counter]);
            if (!metrics->openmetrics)
                continue;
            metrics_add_name(&metrics->out, family->name, "_created", sample->name);
            buffer_format(&metrics->out, "} %.3f\n", figures_epoch_start(&sample->figures));
        }
    }
}

static int metrics_visit(struct vpc *vpc, IVMVirtualMachine *vm, const char *name, void *context)
{
    struct samples *samples = context;
    samples->rows = need(realloc(samples->rows, (samples->count + 1) * sizeof *samples->rows));
    struct sample *sample = &samples->rows[samples->count++];
    HRESULT hr = figures_read(&sample->figures, vm);
    sample->name = need(_strdup(name));
    sample->known = SUCCEEDED(hr);
    return sample->known ? EXIT_CODE_OK : vpc_report(vpc, "metrics", name, hr);
}

static void samples_clear(struct samples *samples)
{
    for (size_t i = 0; i < samples->count; i++) {
        free(samples->rows[i].name);
        figures_clear(&samples->rows[i].figures);
    }
    free(samples->rows);
}

static bool metrics_format(const struct arguments *arguments, bool *openmetrics)
{
    const char *format = arguments->value[OPTION_FORMAT], *file = arguments->value[OPTION_OUTPUT];
    size_t length = file ? strlen(file) : 0;
    *openmetrics = length < 5 || _stricmp(file + length - 5, ".prom") != 0;
    if (!format)
        return true;
    *openmetrics = strcmp(format, "openmetrics") == 0;
    if (*openmetrics || strcmp(format, "prometheus") == 0)
        return true;
    return report_usage("metrics", "--format takes 'openmetrics' or 'prometheus', not '%s'", format);
}

static void metrics_add_all(struct metrics *metrics)
{
    metrics_add_up(metrics);
    metrics_add_states(metrics);
    metrics_add_gauges(metrics);
    metrics_add_counters(metrics);
    if (metrics->openmetrics)
        buffer_add(&metrics->out, "# EOF\n");
}

int run_metrics(struct vpc *vpc, const struct arguments *arguments)
{
    struct samples samples = {0};
    struct metrics metrics = {.samples = &samples};
    if (!metrics_format(arguments, &metrics.openmetrics))
        return EXIT_CODE_USAGE;
    bool listed;
    int code = vpc_all(vpc, "metrics", metrics_visit, &samples, &listed);
    /* Machines that are missing from new figures would look as if they were gone; old figures can be told by their age.
     */
    if (listed)
        metrics_add_all(&metrics);
    if (listed && arguments->given[OPTION_OUTPUT]) {
        int written = file_replace("metrics", arguments->value[OPTION_OUTPUT], &metrics.out);
        code = written ? written : code;
    } else {
        output_text(buffer_text(&metrics.out));
    }
    buffer_clear(&metrics.out);
    samples_clear(&samples);
    return code;
}
