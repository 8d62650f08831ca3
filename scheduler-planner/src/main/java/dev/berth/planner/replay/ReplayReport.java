package dev.berth.planner.replay;

import java.util.List;
import java.util.Locale;

/** A result as one HTML page that needs nothing else: the curves, and the same tables that are printed. */
final class ReplayReport {
    private static final String HEAD = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>berth replay</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <style>
            :root { color-scheme: light dark; --ink: #1b1f24; --soft: #6a737d; --line: #d0d7de; --paper: #fff; }
            @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --paper: #0d1117; } }
            body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 80rem;
              margin: 2rem auto; padding: 0 1rem; }
            h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2.2rem; } p { color: var(--soft); max-width: 60rem; }
            div.wide { overflow-x: auto; }
            table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
            th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
            th:first-child, td:first-child { text-align: left; } th { font-weight: 600; }
            svg { width: 100%; height: auto; } svg text { font: 13px system-ui, sans-serif; fill: var(--ink); }
            svg .soft { fill: var(--soft); } svg .grid { stroke: var(--line); }
            </style></head><body>
            """;

    private ReplayReport() {}

    static String html(ReplayResult result) {
        StringBuilder page = new StringBuilder(HEAD);
        page.append("<h1>berth replay</h1>\n<p>")
                .append(escaped(result.title()))
                .append("</p>\n");
        Saturation saturation = result.saturation();
        if (saturation != null) {
            page.append("<h2>Filling a fresh cluster</h2>\n<p>Tasks arrive and stay; mean of seeds ")
                    .append(result.seeds())
                    .append(
                            ". Both axes are per cent of all GPU milli; the bound is what no scheduler can exceed.</p>\n")
                    .append(AllocationChart.svg(saturation))
                    .append(table(ReplayPrinter.saturationTable(saturation)));
        }
        if (!result.churn().isEmpty()) {
            page.append("<h2>A living cluster</h2>\n<p>Tasks arrive and leave, lifetimes ")
                    .append(result.churn().get(0).lifetimes())
                    .append("; what does not fit when it arrives is lost. Mean of seeds ")
                    .append(result.churnSeeds())
                    .append(". Policies of a seed meet the same tasks, so compare the rows of one load.</p>\n")
                    .append(table(ReplayPrinter.churnTable(result.churn())));
        }
        return page.append("</body></html>\n").toString();
    }

    private static String table(TextTable table) {
        StringBuilder html = new StringBuilder("<div class=\"wide\"><table>\n");
        String cell = "th";
        for (List<String> row : table.rows()) {
            html.append("<tr>");
            for (String text : row) {
                html.append(String.format(Locale.ROOT, "<%s>%s</%s>", cell, escaped(text), cell));
            }
            html.append("</tr>\n");
            cell = "td";
        }
        return html.append("</table></div>\n").toString();
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }
}
