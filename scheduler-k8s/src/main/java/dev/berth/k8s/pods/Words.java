package dev.berth.k8s.pods;

import dev.berth.k8s.objects.PodObject;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Annotations and labels of one pod, read as numbers, names and lists. What cannot be read is a problem, and then absent. */
final class Words {
    private static final Pattern DURATION_PART = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(h|ms|m|s)");

    private final PodObject pod;
    private final Problems problems;

    Words(PodObject pod, Problems problems) {
        this.pod = pod;
        this.problems = problems;
    }

    PodObject pod() {
        return pod;
    }

    Problems problems() {
        return problems;
    }

    /** An annotation, or null when absent or blank. */
    @Nullable
    String annotation(String key) {
        return stripped(pod.annotations().get(key));
    }

    /** A label, or null when absent or blank. */
    @Nullable
    String label(String key) {
        return stripped(pod.labels().get(key));
    }

    /** An annotation or, in its absence, a label. */
    @Nullable
    String either(String key) {
        String annotation = annotation(key);
        return annotation != null ? annotation : label(key);
    }

    private static @Nullable String stripped(@Nullable String text) {
        return text == null || text.isBlank() ? null : text.strip();
    }

    /** Where a key stands, for messages. */
    String place(String key) {
        return (annotation(key) != null ? "annotation " : "label ") + key;
    }

    /** A whole number of an annotation or label in a range, or {@code absent}. */
    int number(String key, int least, int most, int absent) {
        String text = either(key);
        return text == null ? absent : number(place(key), text, least, most, absent);
    }

    /** A whole number in a range, or {@code absent}. */
    int number(String field, String text, int least, int most, int absent) {
        String digits = text.startsWith("+") ? text.substring(1) : text;
        if (!digits.isEmpty() && digits.length() <= 18 && digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            long number = Long.parseLong(digits);
            if (number >= least && number <= most) {
                return (int) number;
            }
        }
        problems.add(field, text, "a whole number from " + least + " to " + most);
        return absent;
    }

    /** A decimal of 0 or more as of an annotation or label, or null. */
    @Nullable
    BigDecimal decimal(String key, String allowed) {
        String text = either(key);
        if (text == null) {
            return null;
        }
        if (text.length() <= 32 && text.matches("[0-9]+(\\.[0-9]*)?|\\.[0-9]+")) {
            return new BigDecimal(text);
        }
        problems.add(place(key), text, allowed);
        return null;
    }

    /**
     * A length of time as Go writes it ({@code 90s}, {@code 1h30m}, {@code 500ms}), in seconds, rounded up; 0 when it cannot be read.
     */
    int seconds(String field, String text) {
        Matcher part = DURATION_PART.matcher(text);
        BigDecimal millis = BigDecimal.ZERO;
        int at = 0;
        while (text.length() <= 64 && at < text.length() && part.find() && part.start() == at) {
            int unit = switch (part.group(2)) {
                case "h" -> 3_600_000;
                case "m" -> 60_000;
                case "s" -> 1000;
                default -> 1;
            };
            millis = millis.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit)));
            at = part.end();
        }
        BigDecimal seconds = millis.divide(BigDecimal.valueOf(1000), 0, RoundingMode.CEILING);
        if (at == text.length() && seconds.compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) <= 0) {
            return seconds.intValueExact();
        }
        problems.add(field, text, "a length of time such as 90s or 1h30m");
        return 0;
    }

    /** Whether an annotation says true. */
    boolean truth(String key) {
        String text = annotation(key);
        if (text == null || text.equals("false")) {
            return false;
        }
        if (!text.equals("true")) {
            problems.add("annotation " + key, text, "true or false");
        }
        return text.equals("true");
    }

    /** What stands between commas in an annotation. */
    Set<String> set(String key) {
        String text = annotation(key);
        Set<String> set = new TreeSet<>();
        if (text != null) {
            for (String item : text.split(",", -1)) {
                if (!item.isBlank()) {
                    set.add(item.strip());
                }
            }
        }
        return set;
    }
}
