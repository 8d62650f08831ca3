package dev.berth.planner.cli;

import dev.berth.placement.Policies;
import dev.berth.placement.Policy;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The value of {@code --policy}, alike in all commands. */
public final class PolicyOption {
    private PolicyOption() {}

    /**
     * The policy of a name.
     *
     * @param command the command whose option it is
     * @throws ParameterException if there is no such policy; it names those that there are
     */
    public static Policy byName(String name, CommandSpec command) {
        if (!Policies.names().contains(name)) {
            throw new ParameterException(
                    command.commandLine(),
                    "--policy is '" + name + "', allowed: " + String.join(", ", Policies.names()));
        }
        return Policies.byName(name);
    }
}
