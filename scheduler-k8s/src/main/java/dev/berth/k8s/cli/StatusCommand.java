package dev.berth.k8s.cli;

import dev.berth.k8s.page.Status;
import dev.berth.k8s.page.StatusJson;
import dev.berth.planner.cli.Main;
import dev.berth.planner.cli.Terminal;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code berth k8s status}. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Says which replica of Berth leads, what is held and free, and who waits and why.",
            "Where Berth does not answer, says how many pods its gate holds."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:Berth leads and answers",
            "1:it does not",
            "2:usage: the command line is wrong",
            "3:internal error"
        })
final class StatusCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--lease",
            paramLabel = "NAME",
            defaultValue = "berth",
            description = "The lease that says who leads. Default: ${DEFAULT-VALUE}.")
    private String lease = "berth";

    @Option(
            names = "--format",
            paramLabel = "table|json",
            defaultValue = "table",
            description = "How to print the answer. Default: ${DEFAULT-VALUE}.")
    private Format format = Format.TABLE;

    @Mixin
    private final KubeOptions kube = new KubeOptions();

    @Mixin
    private final BerthOptions berth = new BerthOptions();

    @Override
    public Integer call() {
        CommandSpec command = Objects.requireNonNull(spec, "picocli sets it");
        PrintWriter out = command.commandLine().getOut();
        Terminal terminal = Terminal.ofProcess();
        Standing standing;
        try (KubernetesClient client = kube.client()) {
            standing = ask(client);
        }
        if (format == Format.JSON) {
            out.println(StandingJson.of(standing));
        } else {
            StandingText.print(standing, new Paper(out, terminal.colour(), terminal.columns()));
        }
        out.flush();
        return standing.status() != null && standing.status().ready() ? Main.RAN : Main.BAD_INPUT;
    }

    private Standing ask(KubernetesClient client) {
        Clock clock = Clock.systemUTC();
        LeaseView leader = LeaseView.read(client, berth.namespace(), lease, clock.instant());
        try {
            Status status = berth.ask(client, "/v1/status", StatusJson::read);
            return new Standing(leader, status, null, null, clock.millis());
        } catch (SilentException e) {
            return silent(client, leader, String.valueOf(e.getMessage()), clock);
        }
    }

    private static Standing silent(KubernetesClient client, LeaseView leader, String why, Clock clock) {
        @Nullable Integer gated = null;
        try {
            gated = Gated.list(client, null).size();
        } catch (KubernetesClientException e) {
            return new Standing(
                    leader,
                    null,
                    why + "; pods cannot be listed either: " + KubeFailure.message(e),
                    null,
                    clock.millis());
        }
        return new Standing(leader, null, why, gated, clock.millis());
    }
}
