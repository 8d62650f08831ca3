package dev.berth.planner.io;

/**
 * Something in a source of topology that could not be used, or was used otherwise than it says.
 *
 * @param source the file
 * @param line its line, from 1; 0 when the note is about no single line
 * @param text one sentence without a full stop
 */
public record ImportNote(String source, int line, String text) {
    /** The note of a reader that writes source and line itself, {@code FILE: text} or {@code FILE:LINE: text}. */
    public static ImportNote of(String source, String written) {
        if (!written.startsWith(source + ":")) {
            return new ImportNote(source, 0, written);
        }
        String rest = written.substring(source.length() + 1);
        int colon = rest.indexOf(": ");
        boolean hasLine = colon > 0 && colon < 10 && rest.substring(0, colon).matches("[0-9]+");
        return hasLine
                ? new ImportNote(source, Integer.parseInt(rest.substring(0, colon)), rest.substring(colon + 2))
                : new ImportNote(source, 0, rest.strip());
    }

    /** {@code FILE:LINE: text}. */
    @Override
    public String toString() {
        return source + (line == 0 ? "" : ":" + line) + ": " + text;
    }
}
