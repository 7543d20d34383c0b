#include "html.h"

#include "utf8.h"

void html_add_text(struct buffer *out, const char *text)
{
    struct buffer clean = {0};
    /* Control characters are not allowed in a page, not even escaped. */
    utf8_add_cut(&clean, text, (size_t)-1);
    for (const char *c = buffer_text(&clean); *c; c++) {
        switch (*c) {
        case '&':
            buffer_add(out, "&amp;");
            break;
        case '<':
            buffer_add(out, "&lt;");
            break;
        case '>':
            buffer_add(out, "&gt;");
            break;
        case '"':
            buffer_add(out, "&quot;");
            break;
        case '\'':
            buffer_add(out, "&#39;");
            break;
        default:
            buffer_add_bytes(out, c, 1);
        }
    }
    buffer_clear(&clean);
}

/* The two colours of a chart are blue and orange (vermilion), which people with any of the usual kinds of colour
 * blindness tell apart (Okabe and Ito, "Color Universal Design"); the second line is dashed as well. */
static const char styles[] =
    ":root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--edge:#d8dde3;--text:#1b1f24;--soft:#57606a;"
    "--grid:#e4e8ec;--first:#0072b2;--second:#c04f00;--cpu:#00795a;--bad:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--page:#0f1318;--card:#171c23;--edge:#2e3641;--text:#e6eaef;"
    "--soft:#9aa5b1;--grid:#262e38;--first:#56b4e9;--second:#f0a030;--cpu:#3ecf9f;--bad:#ff8a80}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;padding:24px;background:var(--page);color:var(--text);"
    "font:15px/1.45 system-ui,'Segoe UI','DejaVu Sans',sans-serif}\n"
    "main,header{max-width:1240px;margin:0 auto}\n"
    "h1{font-size:26px;margin:0}h2{font-size:20px;margin:0;overflow-wrap:anywhere}h3{font-size:14px;margin:0}\n"
    "p{margin:4px 0 16px;color:var(--soft)}\n"
    "section>p:last-child{margin-bottom:0}\n"
    "a{color:inherit}\n"
    "section{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:18px 20px;margin:0 0 "
    "20px}\n"
    ".scroll{overflow-x:auto}\n"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:5px 12px 5px 0;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}\n"
    "th:first-child,td:first-child,.state{text-align:left}\n"
    "td:first-child{white-space:normal;overflow-wrap:anywhere}\n"
    "thead th{color:var(--soft);font-weight:600;font-size:13px}\n"
    "tbody th{font-weight:400}\n"
    ".charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:20px 24px;margin:14px 0 8px}\n"
    "figure{margin:0}\n"
    "figcaption{display:flex;flex-wrap:wrap;gap:2px 16px;align-items:baseline;margin:0 0 4px}\n"
    ".key{font-size:13px;color:var(--soft);white-space:nowrap}\n"
    ".key svg{width:26px;height:8px;margin-right:6px;vertical-align:middle}\n"
    ".key b{color:var(--text);font-weight:600}\n"
    "svg{display:block}.key svg{display:inline-block}\n"
    ".chart{width:100%;height:auto}\n"
    ".chart text{font:11px system-ui,'Segoe UI','DejaVu Sans',sans-serif;fill:var(--soft)}\n"
    ".grid{stroke:var(--grid)}.axis{stroke:var(--soft)}\n"
    ".line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}\n"
    ".first{stroke:var(--first)}.second{stroke:var(--second);stroke-dasharray:5 3}.cpu{stroke:var(--cpu)}\n"
    ".area{fill:var(--cpu);opacity:.16}\n"
    ".touch{fill:transparent}.touch:hover{fill:var(--soft);opacity:.22}\n"
    ".bad{color:var(--bad)}\n"
    "summary{cursor:pointer;color:var(--soft);font-size:13px}\n"
    "@media print{body{padding:0}section{break-inside:avoid}}\n";

void html_add_head(struct buffer *out, const char *title)
{
    buffer_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    "style-src 'unsafe-inline'\">\n<title>");
    html_add_text(out, title);
    buffer_add(out, "</title>\n<style>\n");
    buffer_add(out, styles);
    buffer_add(out, "</style>\n</head>\n<body>\n");
}
