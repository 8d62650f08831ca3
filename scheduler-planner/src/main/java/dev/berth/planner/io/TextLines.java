package dev.berth.planner.io;

import dev.berth.planner.BadInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The lines of what a tool has printed, without colours, and the notes and errors that name one of them. */
final class TextLines {
    private static final Pattern COLOUR = Pattern.compile("\u001B\\[[0-9;]*[A-Za-z]");
    private static final Pattern LINE_END = Pattern.compile("\r\n|\r|\n");
    /** Most of a line that is repeated in a note or an error. */
    private static final int MAX_SHOWN = 40;
    /** Most stray lines that are named one by one. */
    private static final int MAX_STRAY = 5;

    private final String source;
    private final String[] lines;
    private final List<String> notes = new ArrayList<>();
    private int stray;

    TextLines(String source, byte[] bytes) {
        this.source = source;
        String text = COLOUR.matcher(InputText.utf8(source, bytes)).replaceAll("");
        lines = LINE_END.split(text.startsWith("\uFEFF") ? text.substring(1) : text, -1);
    }

    int count() {
        return lines.length;
    }

    /** A line without blanks around it; the first is line 0. */
    String get(int line) {
        return lines[line].strip();
    }

    /** Notes something about a line; -1 for the whole file. */
    void note(int line, String what) {
        notes.add(source + (line < 0 ? "" : ":" + (line + 1)) + ": " + what);
    }

    /** Notes that a line is none of those that are read. */
    void stray(int line) {
        stray++;
        if (stray <= MAX_STRAY) {
            note(line, "is not used: '" + shown(get(line)) + "'");
        }
    }

    List<String> notes() {
        List<String> all = new ArrayList<>(notes);
        if (stray > MAX_STRAY) {
            all.add(source + ": " + (stray - MAX_STRAY) + " further lines are not used");
        }
        return all;
    }

    BadInputException bad(int line, String what) {
        return new BadInputException(source + ":" + (line + 1) + ": " + what);
    }

    /** A piece of text, short enough for a message and without control characters. */
    static String shown(String text) {
        String plain = text.replaceAll("\\p{Cntrl}", " ");
        return plain.length() <= MAX_SHOWN ? plain : plain.substring(0, MAX_SHOWN) + "...";
    }
}
