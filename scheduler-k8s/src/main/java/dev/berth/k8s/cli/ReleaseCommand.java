package dev.berth.k8s.cli;

import dev.berth.planner.BadInputException;
import dev.berth.planner.cli.Main;
import dev.berth.planner.cli.Progress;
import dev.berth.planner.cli.Terminal;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth k8s release}. */
@Command(
        name = "release",
        mixinStandardHelpOptions = true,
        description = {
            "Takes Berth's gate berth.dev/plan off pods, so that kube-scheduler places them without Berth. It asks the API"
                    + " server alone, and so works while Berth is down.",
            "Pods that are created later are gated again as long as Berth's webhook, or its policy, is there."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:no pod of these is held by Berth's gate any more (with --dry-run: it ran)",
            "1:some could not be released, or the API server could not be asked",
            "2:usage: the command line is wrong",
            "3:internal error"
        })
final class ReleaseCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "POD",
            description = "NAME, or NAMESPACE/NAME. Default: every gated pod of the namespace.")
    private List<String> pods = List.of();

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAMESPACE",
            description = "Namespace of the pods. Default: that of the kubeconfig's context.")
    private @Nullable String namespace;

    @Option(
            names = {"-A", "--all-namespaces", "--all"},
            description = "Every gated pod of the cluster.")
    private boolean all;

    @Option(names = "--dry-run", description = "Only say which pods would be released.")
    private boolean dryRun;

    @Option(
            names = "--format",
            paramLabel = "table|json",
            defaultValue = "table",
            description = "How to print what was done. Default: ${DEFAULT-VALUE}.")
    private Format format = Format.TABLE;

    @Mixin
    private final KubeOptions kube = new KubeOptions();

    @Override
    public Integer call() throws InterruptedException {
        CommandSpec command = Objects.requireNonNull(spec, "picocli sets it");
        if (all && (namespace != null || !pods.isEmpty())) {
            throw new ParameterException(
                    command.commandLine(),
                    "--all-namespaces takes every gated pod, so no --namespace and no POD go with it");
        }
        PrintWriter out = command.commandLine().getOut();
        PrintWriter err = command.commandLine().getErr();
        Terminal terminal = Terminal.ofProcess();
        Released released;
        try (KubernetesClient client = kube.client()) {
            List<PodName> notHeld = new ArrayList<>();
            List<Gated> held;
            try {
                held = find(client, notHeld);
            } catch (KubernetesClientException e) {
                throw KubeFailure.ended(client, "to list pods", e);
            }
            List<Releaser.Result> results = List.of();
            if (!dryRun && !held.isEmpty()) {
                String what = "releasing " + Texts.plural(held.size(), "pod");
                try (Progress progress = Progress.start(err, terminal, what, held.size())) {
                    results = new Releaser(client).release(held, progress::at);
                }
            }
            released = new Released(dryRun, held, results, notHeld);
        }
        if (format == Format.JSON) {
            out.println(ReleaseJson.of(released));
        } else {
            ReleaseText.print(released, new Paper(out, terminal.colour(), terminal.columns()));
        }
        out.flush();
        long failed = released.count(Releaser.Kind.FAILED);
        if (failed > 0) {
            err.println("berth: " + Texts.plural(failed, "pod") + " could not be released");
            err.flush();
        }
        return failed > 0 ? Main.BAD_INPUT : Main.RAN;
    }

    private List<Gated> find(KubernetesClient client, List<PodName> notHeld) {
        String usual = Objects.requireNonNullElse(client.getNamespace(), "default");
        if (pods.isEmpty()) {
            return Gated.list(client, all ? null : PodName.checkedNamespace(namespace == null ? usual : namespace));
        }
        Set<PodName> names = new LinkedHashSet<>();
        pods.forEach(text -> names.add(PodName.of(text, namespace, usual)));
        List<Gated> held = new ArrayList<>();
        for (PodName name : names) {
            @Nullable
            Pod pod = client.pods()
                    .inNamespace(name.namespace())
                    .withName(name.name())
                    .get();
            if (pod == null) {
                throw new BadInputException("there is no pod " + name + "; nothing was released");
            }
            @Nullable Gated gated = Gated.of(pod);
            if (gated == null) {
                notHeld.add(name);
            } else {
                held.add(gated);
            }
        }
        return held;
    }
}
