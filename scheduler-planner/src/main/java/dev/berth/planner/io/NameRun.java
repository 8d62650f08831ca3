package dev.berth.planner.io;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Names that follow each other, so that one {@link NamePattern} stands for them. Not thread-safe. */
final class NameRun {
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");
    private static final int MAX_DIGITS = 9;

    private final String firstName;
    private String lastName;
    private int size = 1;
    /** Where the number stands in the first name; null as long as there is one name. */
    private @Nullable String prefix;

    private String suffix = "";
    private String firstDigits = "";

    NameRun(String firstName) {
        this.firstName = firstName;
        lastName = firstName;
    }

    /** Takes the next name if it continues the run. */
    boolean add(String name) {
        if (!(prefix == null ? start(name) : name.equals(expected(size)))) {
            return false;
        }
        lastName = name;
        size++;
        return true;
    }

    /** Looks for the number in the first name by which the second is one more. */
    private boolean start(String second) {
        Matcher numbers = NUMBER.matcher(firstName);
        while (numbers.find()) {
            prefix = firstName.substring(0, numbers.start());
            suffix = firstName.substring(numbers.end());
            firstDigits = numbers.group();
            if (second.equals(expected(1))) {
                return true;
            }
        }
        prefix = null;
        return false;
    }

    /** The name at a place of the run, or null when a range cannot say it. */
    private @Nullable String expected(int position) {
        if (firstDigits.length() > MAX_DIGITS) {
            return null;
        }
        int first = Integer.parseInt(firstDigits);
        String digits = Integer.toString(first + position);
        boolean padded = firstDigits.startsWith("0") && firstDigits.length() > 1;
        if (digits.length() > MAX_DIGITS || padded && digits.length() > firstDigits.length()) {
            return null;
        }
        return prefix + "0".repeat(Math.max(0, firstDigits.length() - digits.length())) + digits + suffix;
    }

    /** The first names of the run as one name or range. */
    String pattern(int names) {
        if (names == 1 || prefix == null) {
            return firstName;
        }
        String last = names == size ? lastName : String.valueOf(expected(names - 1));
        return prefix + "{" + firstDigits + ".." + last.substring(prefix.length(), last.length() - suffix.length())
                + "}" + suffix;
    }
}
