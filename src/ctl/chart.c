#include "chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "html.h"
#include "moment.h"
#include "rows.h"

/* In units of the drawing, which are about pixels of the screen. */
enum {
    WIDTH = 400,
    HEIGHT = 176,
    LEFT = 66,
    RIGHT = 10,
    TOP = 10,
    BOTTOM = 24,
    PLOT_WIDTH = WIDTH - LEFT - RIGHT,
    PLOT_HEIGHT = HEIGHT - TOP - BOTTOM,
    LABEL_EVERY = 10 /* minutes */
};

/* What stands on the left of a chart: from 0 to `top` in so many steps. */
struct scale {
    double top;
    int steps;
    double unit; /* what labels are divided by */
    const char *unit_word;
};

static const struct scale percent_scale = {100, 4, 1, " %"};

/* The least of 1, 2, 3, 4, 6, 8, 12, ... units that holds `most`: its marks are round in binary units. */
static struct scale scale_of_bytes(double most)
{
    static const char *const words[] = {" B/s", " KiB/s", " MiB/s", " GiB/s", " TiB/s"};
    struct scale scale = {4, 4, 1, words[0]};
    for (double power = 4; scale.top < most; power *= 2) { /* NOLINT(cert-flp30-c): powers of two are exact */
        bool fits = power * 1.5 >= most;
        scale.top = fits ? power * 1.5 : power * 2;
        scale.steps = fits ? 3 : 4;
    }
    for (size_t i = 1; i < sizeof words / sizeof *words && scale.top >= scale.unit * 1024; i++) {
        scale.unit *= 1024;
        scale.unit_word = words[i];
    }
    return scale;
}

static double chart_x(int minute)
{
    return LEFT + PLOT_WIDTH * (minute + 0.5) / HOUR_MINUTES;
}

static double chart_y(const struct scale *scale, double value)
{
    return TOP + PLOT_HEIGHT * (1 - value / scale->top);
}

/* "09:15", where the user is. */
static void chart_add_clock(struct buffer *out, const struct hour *hour, int minute)
{
    char text[MOMENT_TEXT];
    moment_local(text, hour->start_ms + minute * (LONGLONG)MINUTE_MS);
    buffer_add_bytes(out, text, 5);
}

static void chart_add_axes(struct buffer *out, const struct hour *hour, const struct scale *scale)
{
    for (int step = 0; step <= scale->steps; step++) {
        double value = scale->top * step / scale->steps, y = chart_y(scale, value);
        buffer_format(out, "<path class=\"%s\" d=\"M%d %.1fH%d\"/>", step ? "grid" : "axis", LEFT, y, WIDTH - RIGHT);
        buffer_format(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g%s</text>\n", LEFT - 6, y + 4,
                      value / scale->unit, step == scale->steps ? scale->unit_word : "");
    }
    for (int minute = 0; minute < HOUR_MINUTES; minute++) {
        struct buffer clock = {0};
        chart_add_clock(&clock, hour, minute);
        if (atoi(clock.bytes + 3) % LABEL_EVERY == 0) { /* NOLINT(cert-err34-c): two digits of our own */
            double x = LEFT + PLOT_WIDTH * (double)minute / HOUR_MINUTES;
            buffer_format(out, "<path class=\"axis\" d=\"M%.1f %dv4\"/>", x, HEIGHT - BOTTOM);
            /* At the edges a label would reach over the drawing. */
            if (x < WIDTH - 18)
                buffer_format(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", x, HEIGHT - 6,
                              clock.bytes);
        }
        buffer_clear(&clock);
    }
}

/* One line, with a gap where nothing is known; a minute that stands alone is a dot, by the round ends of strokes.
 * `area`: down to the axis instead. */
static void chart_add_line(struct buffer *out, const struct hour *hour, const struct scale *scale,
                           enum hour_figure figure, double divisor, const char *class, bool area)
{
    bool drawing = false;
    buffer_format(out, "<path class=\"%s\" d=\"", class);
    for (int minute = 0; minute < HOUR_MINUTES; minute++) {
        if (!hour_knows(hour, figure, minute)) {
            drawing = false;
            continue;
        }
        double x = chart_x(minute), y = chart_y(scale, hour->values[figure][minute] / divisor);
        bool last = minute + 1 == HOUR_MINUTES || !hour_knows(hour, figure, minute + 1);
        if (area && !drawing)
            buffer_format(out, "M%.1f %dV%.1f", x, HEIGHT - BOTTOM, y);
        else
            buffer_format(out, "%s%.1f %.1f", drawing ? "L" : "M", x, y);
        if (area && last)
            buffer_format(out, "V%dZ", HEIGHT - BOTTOM);
        else if (last && !drawing)
            buffer_add(out, "h0");
        drawing = true;
    }
    buffer_add(out, "\"/>\n");
}

void chart_add_bytes(struct buffer *out, double bytes)
{
    char digits[64];
    snprintf(digits, sizeof digits, "%.0f", bytes);
    rows_add_bytes(out, digits);
}

void chart_add_percent(struct buffer *out, const struct hour *hour, int minute)
{
    if (hour_knows(hour, HOUR_CPU, minute))
        buffer_format(out, "%.0f %%", hour->values[HOUR_CPU][minute]);
    else
        buffer_add(out, "not known");
}

static void chart_add_value(struct buffer *out, const struct hour *hour, enum hour_figure figure, int minute)
{
    double value = hour->values[figure][minute];
    if (figure == HOUR_CPU) {
        chart_add_percent(out, hour, minute);
        return;
    }
    chart_add_bytes(out, value / 60);
    buffer_add(out, "/s");
}

/* A strip for each minute that says its figures when a pointer rests there. */
static void chart_add_touch(struct buffer *out, const struct hour *hour, enum hour_figure first, const char *first_word,
                            enum hour_figure second, const char *second_word)
{
    for (int minute = 0; minute < HOUR_MINUTES; minute++) {
        if (!hour->known[minute])
            continue;
        buffer_format(out, "<rect class=\"touch\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"><title>",
                      LEFT + PLOT_WIDTH * (double)minute / HOUR_MINUTES, TOP, (double)PLOT_WIDTH / HOUR_MINUTES,
                      PLOT_HEIGHT);
        chart_add_clock(out, hour, minute);
        buffer_format(out, " %s ", first_word);
        chart_add_value(out, hour, first, minute);
        if (second_word) {
            buffer_format(out, ", %s ", second_word);
            chart_add_value(out, hour, second, minute);
        }
        buffer_add(out, "</title></rect>\n");
    }
}

/* "sent 12.3 MiB", with a piece of its line. */
static void chart_add_key(struct buffer *out, const struct hour *hour, enum hour_figure figure, const char *class,
                          const char *word)
{
    double total;
    buffer_format(out,
                  "<span class=\"key\"><svg viewBox=\"0 0 26 8\" aria-hidden=\"true\"><path class=\"line %s\" "
                  "d=\"M1 4H25\"/></svg>%s <b>",
                  class, word);
    if (!hour_total(hour, figure, &total))
        buffer_add(out, "-");
    else if (figure == HOUR_CPU)
        buffer_format(out, "%.0f %%", total);
    else
        chart_add_bytes(out, total);
    buffer_add(out, "</b></span>\n");
}

static void chart_begin(struct buffer *out, const char *heading)
{
    buffer_format(out, "<figure><figcaption><h3>%s</h3>\n", heading);
}

/* Ends the legend and begins the drawing. */
static void chart_open(struct buffer *out, const struct hour *hour, const char *vm, const char *heading,
                       const char *what)
{
    buffer_format(out, "</figcaption>\n<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s of ",
                  WIDTH, HEIGHT, heading);
    html_add_text(out, vm);
    buffer_add(out, ", ");
    chart_add_clock(out, hour, 0);
    buffer_add(out, " to ");
    chart_add_clock(out, hour, HOUR_MINUTES);
    buffer_format(out, ": %s by the minute\">\n", what);
}

static void chart_close(struct buffer *out)
{
    buffer_add(out, "</svg></figure>\n");
}

void chart_add_cpu(struct buffer *out, const struct hour *hour, const char *vm)
{
    chart_begin(out, "Processor");
    chart_add_key(out, hour, HOUR_CPU, "cpu", "mean");
    chart_open(out, hour, vm, "Processor", "use in percent");
    chart_add_axes(out, hour, &percent_scale);
    chart_add_line(out, hour, &percent_scale, HOUR_CPU, 1, "area", true);
    chart_add_line(out, hour, &percent_scale, HOUR_CPU, 1, "line cpu", false);
    chart_add_touch(out, hour, HOUR_CPU, "processor", HOUR_CPU, NULL);
    chart_close(out);
}

void chart_add_rates(struct buffer *out, const struct hour *hour, const char *vm, const char *heading,
                     enum hour_figure first, const char *first_word, enum hour_figure second, const char *second_word)
{
    double most = 0;
    for (int minute = 0; minute < HOUR_MINUTES; minute++)
        if (hour->known[minute])
            most = fmax(most, fmax(hour->values[first][minute], hour->values[second][minute]) / 60);
    struct scale scale = scale_of_bytes(most);
    struct buffer what = {0};
    buffer_format(&what, "bytes a second, %s and %s,", first_word, second_word);
    chart_begin(out, heading);
    chart_add_key(out, hour, first, "first", first_word);
    chart_add_key(out, hour, second, "second", second_word);
    chart_open(out, hour, vm, heading, what.bytes);
    chart_add_axes(out, hour, &scale);
    chart_add_line(out, hour, &scale, first, 60, "line first", false);
    chart_add_line(out, hour, &scale, second, 60, "line second", false);
    chart_add_touch(out, hour, first, first_word, second, second_word);
    chart_close(out);
    buffer_clear(&what);
}
