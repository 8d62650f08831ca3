package dev.berth.planner.io;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A name, or many names by one range of numbers: {@code h100-{000..063}} is 64 names. When both ends of the range have the
 * same number of digits, all numbers are padded to it.
 *
 * @param prefix what stands before the range
 * @param first first number of the range
 * @param size how many names, 1 for a plain name
 * @param digits digits to pad to, 0 for a plain name
 * @param suffix what stands behind the range
 */
record NamePattern(String prefix, int first, int size, int digits, String suffix) {
    /** What a name may look like, for messages. */
    static final String ALLOWED = "a name, not blank, with at most one range of numbers such as {00..63}";

    /** The same rule as in the JSON schemas. */
    private static final Pattern SHAPE =
            Pattern.compile("([^{}]*)\\{([0-9]{1,9})\\.\\.([0-9]{1,9})\\}([^{}]*)", Pattern.DOTALL);

    /**
     * Reads a pattern.
     *
     * @throws IllegalArgumentException saying what is allowed instead
     */
    static NamePattern parse(String text) {
        Matcher matcher = SHAPE.matcher(text);
        if (matcher.matches()) {
            return range(matcher.group(1), matcher.group(2), matcher.group(3), matcher.group(4));
        }
        if (text.isBlank() || text.indexOf('{') >= 0 || text.indexOf('}') >= 0) {
            throw new IllegalArgumentException(ALLOWED);
        }
        return new NamePattern(text, 0, 1, 0, "");
    }

    private static NamePattern range(String prefix, String from, String to, String suffix) {
        int first = Integer.parseInt(from);
        int last = Integer.parseInt(to);
        if (last < first) {
            throw new IllegalArgumentException("a range that goes up, such as {" + to + ".." + from + "}");
        }
        if (from.length() != to.length() && (from.startsWith("0") && first > 0 || to.startsWith("0"))) {
            throw new IllegalArgumentException("a range whose ends have equally many digits, or no leading zeros");
        }
        return new NamePattern(
                prefix, first, last - first + 1, from.length() == to.length() ? from.length() : 1, suffix);
    }

    /** The name at a position, 0 to {@code size - 1}. */
    String name(int position) {
        if (digits == 0) {
            return prefix;
        }
        String number = Integer.toString(first + position);
        return prefix + "0".repeat(Math.max(0, digits - number.length())) + number + suffix;
    }

    /** Whether a name stands for itself when it is read as a pattern. */
    static boolean isPlain(String name) {
        return name.indexOf('{') < 0 && name.indexOf('}') < 0;
    }
}
