package dev.berth.planner.io;

import dev.berth.planner.BadInputException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line of a text that knows where it stands, for readers of formats that others define.
 *
 * @param source what messages call the text: a file name
 * @param number from 1
 * @param text without its end
 */
record TextLine(String source, int number, String text) {
    private static final int SHOWN_CHARACTERS = 60;

    /** The lines of a text; their ends may be of any system. */
    static List<TextLine> of(String source, String text) {
        List<TextLine> lines = new ArrayList<>();
        text.lines().forEach(line -> lines.add(new TextLine(source, lines.size() + 1, line)));
        return lines;
    }

    /** A complaint about a value of this line. */
    BadInputException bad(String field, String value, String allowed) {
        return bad(field, value, allowed, null);
    }

    /** A complaint about a value of this line, raised by {@code cause}. */
    BadInputException bad(String field, String value, String allowed, @Nullable Throwable cause) {
        return new BadInputException(
                source + ":" + number + ": " + field + " is '" + shown(value) + "', allowed: " + allowed, cause);
    }

    ImportNote note(String what) {
        return new ImportNote(source, number, what);
    }

    /** A text as messages show it: on one line, and not endless. */
    static String shown(String text) {
        StringBuilder shown = new StringBuilder();
        text.codePoints()
                .limit(SHOWN_CHARACTERS)
                .forEach(c -> shown.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c));
        return shown.length() < text.length() ? shown + "..." : shown.toString();
    }
}
