package dev.berth.k8s.pods;

import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Collects what is wrong with what one pod asks for. */
final class Problems {
    private static final int SHOWN_CHARS = 80;

    private @Nullable StringJoiner found;

    /**
     * Adds a problem.
     *
     * @param field such as {@code annotation berth.dev/gang-size}
     */
    void add(String field, Object value, String allowed) {
        found = found == null ? new StringJoiner("; ") : found;
        String text = String.valueOf(value).replaceAll("\\p{Cntrl}", "?");
        found.add(field + " is " + (text.length() > SHOWN_CHARS ? text.substring(0, SHOWN_CHARS) + "..." : text)
                + ", allowed: " + allowed);
    }

    /** One line, or null when there is none. */
    @Nullable
    String text() {
        return found == null ? null : found.toString();
    }
}
