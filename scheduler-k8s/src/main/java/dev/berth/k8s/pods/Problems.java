package dev.berth.k8s.pods;

import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Collects what is wrong with what one pod asks for. */
final class Problems {
    private static final int SHOWN_CHARS = 100;

    private @Nullable StringJoiner found;

    /**
     * Adds a problem.
     *
     * @param field such as {@code annotation berth.dev/gang-size}
     */
    void add(String field, Object value, String allowed) {
        add(shown(field) + " is " + shown(String.valueOf(value)) + ", allowed: " + allowed);
    }

    /** Adds a problem that says field, value and what is allowed itself. */
    void add(String problem) {
        found = found == null ? new StringJoiner("; ") : found;
        found.add(problem.replaceAll("\\p{Cntrl}", "?"));
    }

    private static String shown(String text) {
        return text.length() > SHOWN_CHARS ? text.substring(0, SHOWN_CHARS) + "..." : text;
    }

    /** One line, or null when there is none. */
    @Nullable
    String text() {
        return found == null ? null : found.toString();
    }
}
