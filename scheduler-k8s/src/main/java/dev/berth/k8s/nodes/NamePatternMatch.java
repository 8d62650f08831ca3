package dev.berth.k8s.nodes;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Regular expressions that somebody else wrote, searched for in names. One that would take too long is given up. */
final class NamePatternMatch {
    /** A name has 253 characters at most; a sane expression looks at each a few times. */
    private static final int MAX_STEPS = 50_000;

    private static final int MAX_LENGTH = 500;

    private final Pattern pattern;

    private NamePatternMatch(Pattern pattern) {
        this.pattern = pattern;
    }

    /** The expression, or null when it is none or too long. */
    static @Nullable NamePatternMatch of(String text) {
        if (text.length() > MAX_LENGTH) {
            return null;
        }
        try {
            return new NamePatternMatch(Pattern.compile(text));
        } catch (PatternSyntaxException e) {
            return null;
        }
    }

    /** Whether it is found in a name. */
    boolean isIn(String name) throws TooManyStepsException {
        Matcher matcher = pattern.matcher(new CountedText(name));
        return matcher.find();
    }

    /** An expression looked at a name too often. */
    static final class TooManyStepsException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooManyStepsException() {
            super("more than " + MAX_STEPS + " steps", null, false, false);
        }
    }

    /** Text that can be looked at a limited number of times: a backtracking search has no other bound. */
    private static final class CountedText implements CharSequence {
        private final String text;
        private int steps;

        CountedText(String text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            if (++steps > MAX_STEPS) {
                throw new TooManyStepsException();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
