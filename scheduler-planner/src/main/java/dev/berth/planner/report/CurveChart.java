package dev.berth.planner.report;

import dev.berth.planner.pack.CurvePoint;
import dev.berth.planner.pack.Packing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Allocation against arrivals, a line for each policy, each told apart by dashes and by its name at its end. */
final class CurveChart {
    private static final int WIDTH = 620;
    private static final int HEIGHT = 380;
    private static final int LEFT = 46;
    private static final int RIGHT = 118;
    private static final int TOP = 14;
    private static final int BOTTOM = 44;
    private static final double LABEL_HEIGHT = 16;

    private final List<Packing> packings;
    private final double from;
    private final double to;
    private final double bottom;
    private final double top;
    private final StringBuilder out = new StringBuilder();

    private CurveChart(List<Packing> packings) {
        this.packings = packings;
        double last = packings.stream()
                .map(packing -> packing.curve().get(packing.curve().size() - 1))
                .mapToDouble(CurvePoint::arrivedPercent)
                .max()
                .orElse(0);
        from = Math.max(0, Math.floor((Math.min(partedAt(), last) - 5) / 10) * 10);
        to = Math.max(from + 10, last);
        double least = packings.stream()
                .flatMap(packing -> packing.curve().stream())
                .filter(point -> point.arrivedPercent() >= from)
                .mapToDouble(CurvePoint::allocatedPercent)
                .min()
                .orElse(0);
        bottom = Math.min(90, Math.floor((least - 1) / 10) * 10);
        top = 100;
    }

    /** The arrivals in percent at which the policies first differ by more than one percent. They saw the same arrivals. */
    private double partedAt() {
        List<CurvePoint> chosen = packings.get(0).curve();
        for (int i = 0; i < chosen.size(); i++) {
            double least = Double.MAX_VALUE;
            double most = 0;
            for (Packing packing : packings) {
                double allocated = packing.curve().get(i).allocatedPercent();
                least = Math.min(least, allocated);
                most = Math.max(most, allocated);
            }
            if (most - least > 1) {
                return chosen.get(i).arrivedPercent();
            }
        }
        return Double.MAX_VALUE;
    }

    /** The arrivals in percent from which the chart is drawn: before, the policies hardly differ. */
    static double start(List<Packing> packings) {
        return new CurveChart(packings).from;
    }

    /** The chart as SVG; the first packing is the chosen one. */
    static String of(List<Packing> packings) {
        CurveChart chart = new CurveChart(packings);
        chart.draw();
        return chart.out.toString();
    }

    private void draw() {
        out.append("<svg class=\"chart\" viewBox=\"0 0 ")
                .append(WIDTH)
                .append(' ')
                .append(HEIGHT)
                .append("\" role=\"img\" aria-labelledby=\"chart-title\"><title id=\"chart-title\">")
                .append(Html.escape(title()))
                .append("</title>");
        axes();
        double start = Math.max(from, bottom);
        double end = Math.min(to, top);
        out.append("<path class=\"all\" d=\"M")
                .append(at(start, start))
                .append('L')
                .append(at(Math.max(start, end), Math.max(start, end)))
                .append("\"/>");
        for (int i = packings.size() - 1; i >= 0; i--) {
            line(i);
        }
        names();
        out.append("</svg>");
    }

    private String title() {
        return packings.stream()
                .map(packing -> packing.policy() + " " + Figures.decimal(packing.allocatedPercent()))
                .collect(Collectors.joining(", ", "Allocated GPUs in percent when all had arrived: ", ""));
    }

    private void axes() {
        for (double y = bottom, step = step(top - bottom); y <= top; y += step) {
            grid(at(from, y), at(to, y));
            text(LEFT - 8, y(y) + 4, "end", Html.number(y) + (y == top ? " %" : ""));
        }
        for (double x = from, step = step(to - from); x <= to; x += step) {
            text(x(x), HEIGHT - BOTTOM + 18, "middle", Html.number(x));
        }
        text(
                (LEFT + WIDTH - RIGHT) / 2.0,
                HEIGHT - 6,
                "middle",
                "GPU demand of the tasks that had arrived, % of the ready GPUs");
    }

    private static double step(double span) {
        return span > 40 ? 20 : span > 20 ? 10 : 5;
    }

    private void grid(String start, String end) {
        out.append("<path class=\"grid\" d=\"M")
                .append(start)
                .append('L')
                .append(end)
                .append("\"/>");
    }

    private void text(double x, double y, String anchor, String text) {
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

    private void line(int i) {
        out.append("<path class=\"line l")
                .append(i % 5)
                .append(i == 0 ? " chosen" : "")
                .append("\" d=\"");
        String command = "M";
        CurvePoint before = new CurvePoint(0, 0);
        for (CurvePoint point : packings.get(i).curve()) {
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
    private void names() {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < packings.size(); i++) {
            order.add(i);
        }
        order.sort(Comparator.comparingDouble(i -> -packings.get(i).allocatedPercent()));
        double lowest = Double.NEGATIVE_INFINITY;
        for (int i : order) {
            Packing packing = packings.get(i);
            double y = Math.max(y(Math.max(bottom, packing.allocatedPercent())) + 4, lowest + LABEL_HEIGHT);
            lowest = y;
            out.append("<text class=\"name n")
                    .append(i % 5)
                    .append("\" x=\"")
                    .append(WIDTH - RIGHT + 8)
                    .append("\" y=\"")
                    .append(Html.number(y))
                    .append("\">")
                    .append(Html.escape(packing.policy() + " " + Figures.decimal(packing.allocatedPercent())))
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
