package dev.berth.planner.cli;

/**
 * A subcommand of {@code berth}, found by {@link java.util.ServiceLoader}: a jar that names an implementation in
 * {@code META-INF/services/dev.berth.planner.cli.Subcommand} adds its command.
 */
public interface Subcommand {

    /**
     * The command itself: an object that carries picocli's {@code @Command} (with its name) and is a
     * {@link java.util.concurrent.Callable} or {@link Runnable}, or a {@code CommandLine.Model.CommandSpec}.
     */
    Object command();
}
