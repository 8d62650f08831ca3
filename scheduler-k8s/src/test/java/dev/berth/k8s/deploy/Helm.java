package dev.berth.k8s.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.berth.k8s.rig.Rig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The real helm, built by the rig, on our chart. Immutable. */
public final class Helm {
    public static final Path DEPLOY = Rig.scripts().resolveSibling("deploy");
    static final String NAMESPACE = "berth-system";

    private static final YAMLMapper YAML = new YAMLMapper();
    private static final String CHART = DEPLOY.resolve("berth").toString();

    private final String binary;
    private final Path home;
    private final @Nullable Path kubeconfig;

    /**
     * @param home where helm may keep what it keeps
     * @param kubeconfig the cluster, null for none
     */
    public Helm(Path home, @Nullable Path kubeconfig) {
        this.binary = run(List.of(Rig.scripts().resolve("build").toString(), "--paths", "helm"), Map.of())
                .orThrow()
                .lines()
                .reduce((first, last) -> last)
                .orElseThrow();
        this.home = home;
        this.kubeconfig = kubeconfig;
    }

    /**
     * How a command ended.
     *
     * @param status its exit code
     * @param said all that it printed
     */
    public record Ended(int status, String said) {
        /** What it said; an {@link AssertionError} when it failed. */
        public String orThrow() {
            if (status != 0) {
                throw new AssertionError("exit code " + status + ": " + said);
            }
            return said;
        }
    }

    /** Any command of helm. */
    Ended helm(String... arguments) {
        List<String> command = new ArrayList<>(List.of(binary));
        command.addAll(List.of(arguments));
        Map<String, String> environment = Map.of(
                "HELM_CACHE_HOME", home.resolve("cache").toString(),
                "HELM_CONFIG_HOME", home.resolve("config").toString(),
                "HELM_DATA_HOME", home.resolve("data").toString(),
                "KUBECONFIG", kubeconfig == null ? "/dev/null" : kubeconfig.toString());
        return run(command, environment);
    }

    /** {@code template} with settings such as {@code mode=both,replicas=3}. */
    public Ended template(String settings, String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("template", "berth", CHART, "--namespace", NAMESPACE, "--kube-version", "1.36.3"));
        if (!settings.isEmpty()) {
            arguments.addAll(List.of("--set", settings));
        }
        arguments.addAll(List.of(more));
        return helm(arguments.toArray(String[]::new));
    }

    /** {@code install} or {@code upgrade}. */
    Ended release(String command, String settings, String... more) {
        List<String> arguments =
                new ArrayList<>(List.of(command, "berth", CHART, "--namespace", NAMESPACE, "--set", settings));
        arguments.addAll(List.of(more));
        return helm(arguments.toArray(String[]::new));
    }

    Ended uninstall(String... more) {
        List<String> arguments = new ArrayList<>(List.of("uninstall", "berth", "--namespace", NAMESPACE));
        arguments.addAll(List.of(more));
        return helm(arguments.toArray(String[]::new));
    }

    Ended lint(String settings) {
        return helm("lint", "--strict", CHART, "--set", settings);
    }

    /** Documents of a YAML stream, empty ones left out. */
    public static List<JsonNode> objects(String yaml) {
        try (var values = YAML.readerFor(JsonNode.class).<JsonNode>readValues(yaml)) {
            List<JsonNode> objects = new ArrayList<>();
            while (values.hasNextValue()) {
                JsonNode object = values.nextValue();
                if (object != null && object.isObject()) {
                    objects.add(object);
                }
            }
            return objects;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static Ended run(List<String> command, Map<String, String> environment) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().putAll(environment);
            Process process = builder.start();
            process.getOutputStream().close();
            try (InputStream output = process.getInputStream()) {
                String said = new String(output.readAllBytes(), StandardCharsets.UTF_8);
                return new Ended(process.waitFor(), said);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while " + command.get(0) + " ran", interrupted);
        }
    }
}
