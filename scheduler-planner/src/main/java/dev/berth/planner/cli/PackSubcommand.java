package dev.berth.planner.cli;

/** Adds {@code berth pack}. */
public final class PackSubcommand implements Subcommand {
    @Override
    public Object command() {
        return new PackCommand();
    }
}
