package dev.berth.planner.replay;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The curves of a saturating experiment as an SVG drawing: a colour and a dash for each policy, its name at the end. */
final class AllocationChart {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 460;
    private static final int LEFT = 48;
    private static final int RIGHT = 130;
    private static final int TOP = 16;
    private static final int BOTTOM = 44;
    private static final int LABEL_HEIGHT = 16;
    /** Until here all policies place nearly everything, so the drawing begins here when there is more to see. */
    private static final double FIRST_PERCENT = 70;

    /** Okabe and Ito's colours that all can tell apart, without the yellow that is too light for lines. */
    private static final List<String> COLOURS =
            List.of("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#888888");

    private static final List<String> DASHES = List.of("", "9 4", "2 3", "12 4 2 4", "5 2", "1 5", "16 5");

    private final double from;
    private final double to;

    private AllocationChart(double to) {
        this.from = to > 2 * (to - FIRST_PERCENT) && to > FIRST_PERCENT + 10 ? FIRST_PERCENT : 0;
        this.to = to;
    }

    static String svg(Saturation saturation) {
        double to = 0;
        for (Saturation.Curve curve : saturation.curves()) {
            to = Math.max(to, curve.arrivedPercent().get(curve.arrivedPercent().size() - 1));
        }
        return new AllocationChart(to).draw(saturation);
    }

    private double x(double arrived) {
        return LEFT + (arrived - from) / (to - from) * (WIDTH - LEFT - RIGHT);
    }

    private double y(double allocated) {
        return HEIGHT - BOTTOM - (allocated - from) / (Math.max(100, from + 1) - from) * (HEIGHT - TOP - BOTTOM);
    }

    private String draw(Saturation saturation) {
        StringBuilder svg = new StringBuilder(format(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"GPU milli allocated against GPU demand arrived\">%n",
                WIDTH, HEIGHT));
        grid(svg);
        bound(svg, saturation);
        curves(svg, saturation.curves());
        return svg.append("</svg>\n").toString();
    }

    private void grid(StringBuilder svg) {
        for (double tick = from; tick <= to + 1e-9; tick += 10) {
            svg.append(format(
                    "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>",
                    x(tick), x(tick), TOP, HEIGHT - BOTTOM));
            svg.append(format(
                    "<text class=\"soft\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>%n",
                    x(tick), HEIGHT - BOTTOM + 18, tick));
        }
        for (double tick = from; tick <= 100; tick += from > 0 ? 5 : 20) {
            svg.append(format(
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>",
                    LEFT, WIDTH - RIGHT, y(tick), y(tick)));
            svg.append(format(
                    "<text class=\"soft\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>%n",
                    LEFT - 8, y(tick) + 4, tick));
        }
        svg.append(format(
                "<text class=\"soft\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">arrived, %% (upwards: allocated, %%)</text>%n",
                LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 6));
    }

    private void bound(StringBuilder svg, Saturation saturation) {
        for (Saturation.Row row : saturation.rows()) {
            Double bound = row.boundPercent();
            if (bound != null
                    && row.load() >= from
                    && row.policy().equals(saturation.curves().get(0).policy())) {
                svg.append(format(
                        "<path d=\"M%.1f %.1fh16\" stroke=\"currentColor\" stroke-width=\"3\"><title>bound %.2f %%</title></path>%n",
                        x(row.load()) - 8, y(bound), bound));
                if (row.load() > 80) {
                    svg.append(format(
                            "<text class=\"soft\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">bound</text>%n",
                            x(row.load()) - 12, y(bound) + 4));
                }
            }
        }
    }

    /** The end of a curve and its place in the list. */
    private record End(int curve, double y) {}

    private void curves(StringBuilder svg, List<Saturation.Curve> curves) {
        List<End> ends = new ArrayList<>();
        for (int c = 0; c < curves.size(); c++) {
            Saturation.Curve curve = curves.get(c);
            StringBuilder path = new StringBuilder();
            double last = 0;
            for (int i = 0; i < curve.arrivedPercent().size(); i++) {
                double arrived = curve.arrivedPercent().get(i);
                if (arrived >= from) {
                    last = y(curve.allocatedPercent().get(i));
                    path.append(format("%s%.1f %.1f", path.isEmpty() ? "M" : "L", x(arrived), last));
                }
            }
            svg.append(format(
                    "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>%n",
                    path, COLOURS.get(c % COLOURS.size()), DASHES.get(c % DASHES.size())));
            ends.add(new End(c, last));
        }
        ends.sort(Comparator.comparingDouble(End::y));
        double free = TOP;
        for (End end : ends) {
            double at = Math.max(free, end.y());
            free = at + LABEL_HEIGHT;
            svg.append(format(
                    "<path d=\"M%d %.1fh18\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>",
                    WIDTH - RIGHT + 8,
                    at,
                    COLOURS.get(end.curve() % COLOURS.size()),
                    DASHES.get(end.curve() % DASHES.size())));
            svg.append(format(
                    "<text x=\"%d\" y=\"%.1f\">%s</text>%n",
                    WIDTH - RIGHT + 30,
                    at + 4,
                    ReplayReport.escaped(curves.get(end.curve()).policy())));
        }
    }

    private static String format(String text, Object... values) {
        return String.format(Locale.ROOT, text, values);
    }
}
