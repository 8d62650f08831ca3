package dev.berth.planner.cli;

import java.util.Map;

/**
 * What the streams lead to. Java cannot tell whether a stream is a terminal, so the launcher says it in {@code BERTH_TTY}: {@code 1}
 * for standard output, {@code 2} for standard error, {@code 12} for both; neither is one where nothing is said.
 *
 * @param output whether standard output is a terminal
 * @param errors whether standard error is one
 * @param colour whether to colour standard output: a terminal, and neither {@code NO_COLOR} set nor {@code TERM} dumb
 */
public record Terminal(boolean output, boolean errors, boolean colour) {
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
        return new Terminal(output, tty.contains("2"), output && !plain);
    }
}
