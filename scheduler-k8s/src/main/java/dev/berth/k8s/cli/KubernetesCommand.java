package dev.berth.k8s.cli;

import dev.berth.planner.cli.Subcommand;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code berth k8s}. */
@Command(
        name = "k8s",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Berth under Kubernetes: why a pod stands where it stands, how Berth stands itself, and freeing the pods that it"
                    + " holds."
        },
        subcommands = {ServeCommand.class, WhyCommand.class, StatusCommand.class, ReleaseCommand.class})
final class KubernetesCommand implements Runnable {
    /** Adds {@code berth k8s}. */
    public static final class Provider implements Subcommand {
        @Override
        public Object command() {
            return new KubernetesCommand();
        }
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public void run() {
        CommandSpec command = Objects.requireNonNull(spec, "picocli sets it");
        throw new ParameterException(
                command.commandLine(),
                "no command given (there is "
                        + String.join(", ", command.subcommands().keySet()) + ")");
    }
}
