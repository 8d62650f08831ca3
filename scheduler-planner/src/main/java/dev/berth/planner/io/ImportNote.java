package dev.berth.planner.io;

/**
 * Something in a source of topology that could not be used, or was used otherwise than it says.
 *
 * @param source the file
 * @param line its line, from 1; 0 when the note is about no single line
 * @param text one sentence without a full stop
 */
public record ImportNote(String source, int line, String text) {
    /** {@code FILE:LINE: text}. */
    @Override
    public String toString() {
        return source + (line == 0 ? "" : ":" + line) + ": " + text;
    }
}
