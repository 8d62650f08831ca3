package dev.berth.planner.report;

import dev.berth.placement.GpuDemand;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Numbers and asks as people read them; the same on every machine. */
public final class Figures {
    private static final String[] EIGHTHS = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

    private Figures() {}

    /** 1,234,567. */
    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** With one digit behind the point. */
    static String decimal(double value) {
        return String.format(Locale.ROOT, "%,.1f", value);
    }

    /** A part of 1 in percent, with one digit behind the point; 100 and 0 only when it is all or nothing. */
    static String percent(double fraction) {
        double percent = 100 * fraction;
        if (fraction < 1 && percent >= 99.95) {
            return "99.9 %";
        }
        if (fraction > 0 && percent < 0.05) {
            return "0.1 %";
        }
        return decimal(percent) + " %";
    }

    /** An amount of a resource in a unit of readable size. */
    static String amount(double value, String unit) {
        return switch (unit) {
            case "milli-cores" ->
                value < 100_000 ? trim(value / 1000) + " cores" : count(Math.round(value / 1000)) + " cores";
            case "MiB" -> mib(value);
            default -> count(Math.round(value)) + (unit.isEmpty() ? "" : " " + unit);
        };
    }

    private static String mib(double mib) {
        if (mib < 1024) {
            return trim(mib) + " MiB";
        }
        double gib = mib / 1024;
        return gib < 1024 ? trim(gib) + " GiB" : trim(gib / 1024) + " TiB";
    }

    private static String trim(double value) {
        String text = decimal(value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    /** What a request asks of the GPUs. */
    static String gpus(Request request) {
        if (request.gpus() instanceof GpuDemand.Whole whole) {
            return whole.count() == 1 ? "1 GPU" : whole.count() + " GPUs";
        }
        if (request.gpus() instanceof GpuDemand.Share share) {
            return share.milli() + " milli-GPU";
        }
        return request.gpus() instanceof GpuDemand.Mig mig ? "MIG " + mig.profile() : "no GPU";
    }

    /** A bar of a fixed width in eighths of a character. */
    static String bar(double fraction, int width) {
        int eighths = (int) Math.round(Math.max(0, Math.min(1, fraction)) * width * 8);
        String full = "█".repeat(eighths / 8) + EIGHTHS[eighths % 8];
        return full + " ".repeat(width - full.length());
    }

    static String left(String text, int width) {
        return text.length() <= width ? text + " ".repeat(width - text.length()) : text.substring(0, width - 1) + "…";
    }

    static String right(String text, int width) {
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }

    /** The noun in its number: {@code 1 task}, {@code 2 tasks}. */
    public static String plural(long count, String noun) {
        return count(count) + " " + noun + (count == 1 ? "" : "s");
    }

    /** The text in lines of at most so many characters, broken between words. */
    static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
