package dev.berth.planner.replay;

import dev.berth.planner.pack.CurvePoint;
import dev.berth.planner.report.CurveChart;
import dev.berth.planner.report.Html;
import dev.berth.planner.report.Page;
import java.util.ArrayList;
import java.util.List;

/** A result as one HTML page that needs nothing else: the curves, and the same tables that are printed. */
final class ReplayReport {
    private static final String DEFAULT_POLICY = "berth";

    private ReplayReport() {}

    static String html(ReplayResult result) {
        StringBuilder body = new StringBuilder("<header><h1>berth replay</h1>\n<p>")
                .append(Html.escape(result.title()))
                .append("</p></header>\n");
        Saturation saturation = result.saturation();
        if (saturation != null) {
            CurveChart chart = chart(saturation);
            body.append("<section><h2>Filling a fresh cluster</h2>\n<p>Tasks arrive and stay; mean of seeds ")
                    .append(result.seeds())
                    .append(". Upwards: allocated, % of all GPU milli. ")
                    .append(Html.escape(chart.caption()))
                    .append("</p>\n")
                    .append(chart.svg())
                    .append("</section>\n<section><h2>At each level of arrivals</h2>\n")
                    .append(table(ReplayPrinter.saturationTable(saturation)))
                    .append("</section>\n");
        }
        if (!result.churn().isEmpty()) {
            body.append("<section><h2>A living cluster</h2>\n<p>Tasks arrive and leave, lifetimes ")
                    .append(result.churn().get(0).lifetimes())
                    .append("; what does not fit when it arrives is lost. Mean of seeds ")
                    .append(result.churnSeeds())
                    .append(". Policies of a seed meet the same tasks, so compare the rows of one load.</p>\n")
                    .append(table(ReplayPrinter.churnTable(result.churn())))
                    .append("</section>\n");
        }
        return Page.of("berth replay: " + result.title(), body.toString());
    }

    static String html(GangReplay.Result result) {
        String body = "<header><h1>berth replay</h1>\n<p>"
                + Html.escape(result.title())
                + "</p></header>\n<section><h2>Gangs in a living cluster</h2>\n<p>Jobs arrive and leave, lifetimes "
                + result.rows().get(0).lifetimes()
                + "; what does not fit when it arrives is lost. Mean of seeds "
                + result.seeds()
                + ". Policies of a seed meet the same jobs, so compare the rows of one load.</p>\n"
                + table(ReplayPrinter.gangTable(result.rows()))
                + "</section>\n";
        return Page.of("berth replay: " + result.title(), body);
    }

    private static CurveChart chart(Saturation saturation) {
        List<CurveChart.Line> lines = new ArrayList<>();
        for (Saturation.Curve curve : saturation.curves()) {
            List<CurvePoint> points = new ArrayList<>();
            for (int i = 0; i < curve.arrivedPercent().size(); i++) {
                points.add(new CurvePoint(
                        curve.arrivedPercent().get(i), curve.allocatedPercent().get(i)));
            }
            lines.add(new CurveChart.Line(curve.policy(), points, curve.policy().equals(DEFAULT_POLICY)));
        }
        List<CurvePoint> bounds = new ArrayList<>();
        for (Saturation.Row row : saturation.rows()) {
            // The bound does not depend on the policy.
            if (row.boundPercent() != null && row.policy().equals(lines.get(0).policy())) {
                bounds.add(new CurvePoint(row.load(), row.boundPercent()));
            }
        }
        return new CurveChart(lines, bounds);
    }

    private static String table(TextTable table) {
        StringBuilder html = new StringBuilder("<div class=\"scroll\"><table>\n<thead>");
        List<List<String>> rows = table.rows();
        row(html, rows.get(0), "th");
        html.append("</thead>\n<tbody>");
        rows.subList(1, rows.size()).forEach(row -> row(html, row, "td"));
        return html.append("</tbody></table></div>\n").toString();
    }

    private static void row(StringBuilder html, List<String> cells, String tag) {
        html.append("<tr><th>").append(Html.escape(cells.get(0))).append("</th>");
        for (String cell : cells.subList(1, cells.size())) {
            html.append('<').append(tag).append(" class=\"r\">").append(Html.escape(cell));
            html.append("</").append(tag).append('>');
        }
        html.append("</tr>\n");
    }
}
