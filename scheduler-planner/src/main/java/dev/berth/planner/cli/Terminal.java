package dev.berth.planner.cli;

import java.util.Map;

/**
 * What the streams lead to. Java cannot tell whether a stream is a terminal, so the launcher says it in {@code BERTH_TTY}: {@code 1}
 * for standard output, {@code 2} for standard error, {@code 12} for both; neither is one where nothing is said. How wide it is stands in
 * {@code BERTH_COLUMNS}.
 *
 * @param output whether standard output is a terminal
 * @param errors whether standard error is one
 * @param colour whether to colour standard output: a terminal, and neither {@code NO_COLOR} set nor {@code TERM} dumb
 * @param columns how many characters a line of text for people has at most, {@value #LEAST_COLUMNS} to {@value #MOST_COLUMNS}
 */
public record Terminal(boolean output, boolean errors, boolean colour, int columns) {
    /** Where nobody says how wide it is: what terminals have had since there are any. */
    private static final int USUAL_COLUMNS = 80;

    private static final int LEAST_COLUMNS = 40;
    /** Longer lines are hard to read, however wide the terminal. */
    private static final int MOST_COLUMNS = 120;

    /** As wide as is usual. */
    public Terminal(boolean output, boolean errors, boolean colour) {
        this(output, errors, colour, USUAL_COLUMNS);
    }

    /** As the environment of the process has it. */
    public static Terminal ofProcess() {
        return of(System.getenv());
    }

    static Terminal of(Map<String, String> environment) {
        String tty = environment.getOrDefault("BERTH_TTY", "");
        // https://no-color.org: any value but the empty one
        boolean plain = !environment.getOrDefault("NO_COLOR", "").isEmpty()
                || environment.getOrDefault("TERM", "").equals("dumb");
        boolean output = tty.contains("1");
        String wide = environment.getOrDefault("BERTH_COLUMNS", "");
        int columns = wide.matches("[1-9][0-9]{0,4}") ? Integer.parseInt(wide) : USUAL_COLUMNS;
        return new Terminal(
                output, tty.contains("2"), output && !plain, Math.max(LEAST_COLUMNS, Math.min(columns, MOST_COLUMNS)));
    }
}
