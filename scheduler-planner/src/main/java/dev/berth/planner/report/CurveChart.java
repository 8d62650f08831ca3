package dev.berth.planner.report;

import dev.berth.planner.pack.CurvePoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Allocation against arrivals, a line for each policy, each told apart by dashes and by its name at its end. Immutable. */
public final class CurveChart {
    private static final int WIDTH = 650;
    private static final int HEIGHT = 380;
    private static final int LEFT = 46;
    private static final int RIGHT = 146;
    private static final int TOP = 14;
    private static final int BOTTOM = 44;
    private static final double LABEL_HEIGHT = 16;
    private static final double BOUND_HALF_WIDTH = 9;
    /** So many looks of lines has the page's style. */
    private static final int LOOKS = 9;

    private final List<Line> lines;
    private final List<CurvePoint> bounds;
    private final double from;
    private final double to;
    private final double bottom;
    private final double top;

    /**
     * A policy's curve.
     *
     * @param policy its name
     * @param points in ascending order of arrivals, at least one; all lines of a chart have points at the same arrivals
     * @param chosen whether it is drawn thicker than the others
     */
    public record Line(String policy, List<CurvePoint> points, boolean chosen) {
        private double lastAllocated() {
            return points.get(points.size() - 1).allocatedPercent();
        }
    }

    /**
     * A chart.
     *
     * @param lines at least one
     * @param bounds what no policy can exceed, each marked by a short stroke
     */
    public CurveChart(List<Line> lines, List<CurvePoint> bounds) {
        this.lines = List.copyOf(lines);
        this.bounds = List.copyOf(bounds);
        double last = lines.stream()
                .map(line -> line.points().get(line.points().size() - 1))
                .mapToDouble(CurvePoint::arrivedPercent)
                .max()
                .orElse(0);
        from = Math.max(0, Math.floor((Math.min(partedAt(), last) - 5) / 10) * 10);
        to = Math.max(from + 10, last);
        double least = lines.stream()
                .flatMap(line -> line.points().stream())
                .filter(point -> point.arrivedPercent() >= from)
                .mapToDouble(CurvePoint::allocatedPercent)
                .min()
                .orElse(0);
        bottom = Math.min(90, Math.floor((least - 1) / 10) * 10);
        top = 100;
    }

    /** The arrivals in percent at which the policies first differ by more than one percent. They saw the same arrivals. */
    private double partedAt() {
        List<CurvePoint> chosen = lines.get(0).points();
        for (int i = 0; i < chosen.size(); i++) {
            double least = Double.MAX_VALUE;
            double most = 0;
            for (Line line : lines) {
                double allocated = line.points().get(i).allocatedPercent();
                least = Math.min(least, allocated);
                most = Math.max(most, allocated);
            }
            if (most - least > 1) {
                return chosen.get(i).arrivedPercent();
            }
        }
        return Double.MAX_VALUE;
    }

    /** What the drawing needs to be understood, as a sentence or two. */
    public String caption() {
        return (from > 0 ? "Drawn from " + Html.number(from) + " % on; before, the policies hardly differ. " : "")
                + "Dotted: all that arrived."
                + (bounds.isEmpty() ? "" : " Short strokes: the bound, which no scheduler can exceed.");
    }

    /** The chart as an SVG element, styled by {@link Page}. */
    public String svg() {
        StringBuilder out = new StringBuilder();
        draw(out);
        return out.toString();
    }

    private void draw(StringBuilder out) {
        out.append("<svg class=\"chart\" viewBox=\"0 0 ")
                .append(WIDTH)
                .append(' ')
                .append(HEIGHT)
                .append("\" role=\"img\" aria-labelledby=\"chart-title\"><title id=\"chart-title\">")
                .append(Html.escape(title()))
                .append("</title>");
        axes(out);
        double start = Math.max(from, bottom);
        double end = Math.min(to, top);
        out.append("<path class=\"all\" d=\"M")
                .append(at(start, start))
                .append('L')
                .append(at(Math.max(start, end), Math.max(start, end)))
                .append("\"/>");
        for (CurvePoint bound : bounds) {
            bound(out, bound);
        }
        for (int i = lines.size() - 1; i >= 0; i--) {
            line(out, i);
        }
        names(out);
        out.append("</svg>");
    }

    private String title() {
        return lines.stream()
                .map(line -> line.policy() + " " + Figures.decimal(line.lastAllocated()))
                .collect(Collectors.joining(", ", "Allocated GPUs in percent when all had arrived: ", ""));
    }

    private void axes(StringBuilder out) {
        for (double y = top, step = step(top - bottom); y >= bottom; y -= step) {
            grid(out, at(from, y), at(to, y));
            text(out, LEFT - 8, y(y) + 4, "end", Html.number(y) + (y == top ? " %" : ""));
        }
        for (double x = from, step = step(to - from); x <= to; x += step) {
            text(out, x(x), HEIGHT - BOTTOM + 18, "middle", Html.number(x));
        }
        text(
                out,
                (LEFT + WIDTH - RIGHT) / 2.0,
                HEIGHT - 6,
                "middle",
                "GPU demand of the tasks that had arrived, % of the GPUs");
    }

    private static double step(double span) {
        return span > 40 ? 20 : span > 20 ? 10 : 5;
    }

    private static void grid(StringBuilder out, String start, String end) {
        out.append("<path class=\"grid\" d=\"M")
                .append(start)
                .append('L')
                .append(end)
                .append("\"/>");
    }

    private static void text(StringBuilder out, double x, double y, String anchor, String text) {
        out.append("<text x=\"")
                .append(Html.number(x))
                .append("\" y=\"")
                .append(Html.number(y))
                .append("\" text-anchor=\"")
                .append(anchor)
                .append("\">")
                .append(Html.escape(text))
                .append("</text>");
    }

    private void bound(StringBuilder out, CurvePoint bound) {
        double x = x(bound.arrivedPercent());
        if (bound.arrivedPercent() >= from && bound.allocatedPercent() >= bottom) {
            out.append("<path class=\"bound\" d=\"M")
                    .append(Html.number(x - BOUND_HALF_WIDTH))
                    .append(' ')
                    .append(Html.number(y(bound.allocatedPercent())))
                    .append('h')
                    .append(Html.number(2 * BOUND_HALF_WIDTH))
                    .append("\"><title>bound ")
                    .append(Figures.decimal(bound.allocatedPercent()))
                    .append(" %</title></path>");
        }
    }

    private void line(StringBuilder out, int i) {
        out.append("<path class=\"line l")
                .append(i % LOOKS)
                .append(lines.get(i).chosen() ? " chosen" : "")
                .append("\" d=\"");
        String command = "M";
        CurvePoint before = new CurvePoint(0, 0);
        for (CurvePoint point : lines.get(i).points()) {
            if (point.arrivedPercent() >= from) {
                if (command.equals("M") && point.arrivedPercent() > from && before.arrivedPercent() < from) {
                    double part = (from - before.arrivedPercent()) / (point.arrivedPercent() - before.arrivedPercent());
                    double allocated =
                            before.allocatedPercent() + part * (point.allocatedPercent() - before.allocatedPercent());
                    out.append(command).append(at(from, Math.max(bottom, allocated)));
                    command = "L";
                }
                out.append(command).append(at(point.arrivedPercent(), Math.max(bottom, point.allocatedPercent())));
                command = "L";
            }
            before = point;
        }
        out.append("\"/>");
    }

    /** Names at the ends of the lines, moved apart where they would overlap. */
    private void names(StringBuilder out) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            order.add(i);
        }
        order.sort(Comparator.comparingDouble(i -> -lines.get(i).lastAllocated()));
        double lowest = Double.NEGATIVE_INFINITY;
        for (int i : order) {
            Line line = lines.get(i);
            double y = Math.max(y(Math.max(bottom, line.lastAllocated())) + 4, lowest + LABEL_HEIGHT);
            lowest = y;
            out.append("<text class=\"name n")
                    .append(i % LOOKS)
                    .append("\" x=\"")
                    .append(WIDTH - RIGHT + 8)
                    .append("\" y=\"")
                    .append(Html.number(y))
                    .append("\">")
                    .append(Html.escape(line.policy() + " " + Figures.decimal(line.lastAllocated())))
                    .append("</text>");
        }
    }

    private double x(double arrived) {
        return LEFT + (arrived - from) / (to - from) * (WIDTH - LEFT - RIGHT);
    }

    private double y(double allocated) {
        return HEIGHT - BOTTOM - (allocated - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM);
    }

    private String at(double arrived, double allocated) {
        return Html.number(x(arrived)) + " " + Html.number(y(allocated));
    }
}
