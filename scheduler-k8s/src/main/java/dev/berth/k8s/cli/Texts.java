package dev.berth.k8s.cli;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Texts as people read them, the same on every machine. */
final class Texts {
    private Texts() {}

    /** 1,234,567. */
    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** The noun in its number: {@code 1 pod}, {@code 2 pods}. */
    static String plural(long count, String noun) {
        return count(count) + " " + noun + (count == 1 ? "" : "s");
    }

    /** A part of 1 in percent; 100 and 0 only when it is all or nothing. */
    static String percent(double fraction) {
        double percent = 100 * fraction;
        if (fraction < 1 && percent >= 99.95) {
            return "99.9 %";
        }
        if (fraction > 0 && percent < 0.05) {
            return "0.1 %";
        }
        return String.format(Locale.ROOT, "%.1f %%", percent);
    }

    /** 1/1000 of GPUs as GPUs. */
    static String gpus(long milli) {
        return milli % 1000 == 0 ? count(milli / 1000) : String.format(Locale.ROOT, "%,.1f", milli / 1000.0);
    }

    /** In the one or two units that matter. */
    static String lasting(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        if (seconds < 60) {
            return seconds + " s";
        }
        if (seconds < 3600) {
            return seconds / 60 + " min";
        }
        if (seconds < 86_400) {
            return seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
        }
        return plural(seconds / 86_400, "day");
    }

    /** Ascending numbers, neighbours together: {@code 0-3, 6}. */
    static String ranges(List<Integer> numbers) {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < numbers.size(); ) {
            int j = i;
            while (j + 1 < numbers.size() && numbers.get(j + 1) == numbers.get(j) + 1) {
                j++;
            }
            parts.add(i == j ? numbers.get(i).toString() : numbers.get(i) + "-" + numbers.get(j));
            i = j + 1;
        }
        return String.join(", ", parts);
    }

    /** On one line that moves no cursor, and not longer than so many characters. */
    static String line(String text, int longest) {
        String line = text.strip().replaceAll("\\p{Cntrl}+", " ");
        return line.length() <= longest ? line : line.substring(0, longest - 1) + "…";
    }

    /** What lies at the bottom of a failure, in one line. */
    static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (true) {
            // Java's own clients say nothing in the causes of these.
            if (root instanceof ConnectException) {
                return "connection refused";
            }
            if (root instanceof UnresolvedAddressException || root instanceof UnknownHostException) {
                return "unknown host";
            }
            Throwable cause = root.getCause();
            if (cause == null) {
                break;
            }
            root = cause;
        }
        String message = root.getMessage();
        String text = message == null || message.isBlank() ? root.getClass().getSimpleName() : message;
        return line(text, 300);
    }

    /** Lines of at most so many characters, broken at blanks; a longer word has a line of its own. */
    static List<String> wrapped(String text, int columns) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.strip().split("\\s+", -1)) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > columns) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
