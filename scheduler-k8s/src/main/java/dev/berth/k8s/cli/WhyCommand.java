package dev.berth.k8s.cli;

import dev.berth.k8s.engine.Explanation;
import dev.berth.k8s.page.ExplanationJson;
import dev.berth.planner.BadInputException;
import dev.berth.planner.cli.Main;
import dev.berth.planner.cli.Terminal;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth k8s why}. */
@Command(
        name = "why",
        mixinStandardHelpOptions = true,
        description = {
            "Says why a pod stands where it stands, or why it does not yet, and what would help.",
            "Asks the Berth that leads. Where it does not answer, the pod's own annotations, conditions and events are told."
        })
final class WhyCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "POD", description = "NAME, or NAMESPACE/NAME.")
    private String pod = "";

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAMESPACE",
            description = "Namespace of the pod. Default: that of the kubeconfig's context.")
    private @Nullable String namespace;

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
        try (KubernetesClient client = kube.client()) {
            PodName name = PodName.of(pod, namespace, Objects.requireNonNullElse(client.getNamespace(), "default"));
            Terminal terminal = Terminal.ofProcess();
            Paper paper = new Paper(out, terminal.colour(), terminal.columns());
            String silent;
            try {
                Explanation why = ask(client, name);
                if (format == Format.JSON) {
                    out.println(WhyJson.of(why));
                } else {
                    WhyText.print(why, paper);
                }
                out.flush();
                return Main.RAN;
            } catch (SilentException e) {
                silent = String.valueOf(e.getMessage());
            }
            PodStory story = story(client, name, silent);
            if (format == Format.JSON) {
                out.println(WhyJson.of(story, silent));
            } else {
                WhyText.print(story, silent, paper);
            }
        }
        out.flush();
        return Main.RAN;
    }

    /** A pod that Berth does not know may have been created a moment ago; its own record knows. */
    private Explanation ask(KubernetesClient client, PodName name) throws SilentException {
        return berth.ask(
                client,
                "/v1/why?namespace=" + BerthWay.encoded(name.namespace()) + "&pod=" + BerthWay.encoded(name.name()),
                ExplanationJson::read);
    }

    private static PodStory story(KubernetesClient client, PodName name, String silent) {
        @Nullable Pod found;
        try {
            found = client.pods()
                    .inNamespace(name.namespace())
                    .withName(name.name())
                    .get();
        } catch (KubernetesClientException e) {
            throw new BadInputException(
                    "Berth does not answer (" + silent + "), and "
                            + KubeFailure.ended(client, "to show pod " + name, e)
                                    .getMessage(),
                    e);
        }
        if (found == null) {
            throw new BadInputException("there is no pod " + name);
        }
        return PodStories.of(
                found,
                events(client, found),
                pinnedGone(client, found),
                Clock.systemUTC().instant());
    }

    private static List<Event> events(KubernetesClient client, Pod pod) {
        try {
            return client.v1()
                    .events()
                    .inNamespace(pod.getMetadata().getNamespace())
                    .withField("involvedObject.uid", pod.getMetadata().getUid())
                    .list()
                    .getItems();
        } catch (KubernetesClientException e) {
            Event refused = new Event();
            refused.setMetadata(new io.fabric8.kubernetes.api.model.ObjectMeta());
            refused.setReason("Events cannot be read");
            refused.setMessage(KubeFailure.message(e));
            return List.of(refused);
        }
    }

    private static boolean pinnedGone(KubernetesClient client, Pod pod) {
        String pin = PodStories.pinnedTo(pod);
        if (pin == null || pod.getSpec().getNodeName() != null) {
            return false;
        }
        try {
            return client.nodes().withName(pin).get() == null;
        } catch (KubernetesClientException e) {
            // Who may not read nodes is not told about them.
            return false;
        }
    }
}
