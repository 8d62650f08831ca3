package dev.berth.k8s.rig;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A real Kubernetes control plane on 127.0.0.1, by the scripts in {@code scheduler-k8s/rig}: etcd, kube-apiserver,
 * kube-scheduler, and kwok when asked for. Starting takes some seconds; the first one ever builds the binaries, which takes
 * minutes. Closing ends the processes and deletes the folder. Thread-safe.
 */
public final class Rig implements AutoCloseable {
    private static final Path SCRIPTS = Stream.of("rig", "scheduler-k8s/rig")
            .map(Path::of)
            .filter(path -> Files.isExecutable(path.resolve("start")))
            .findFirst()
            .orElse(Path.of("rig"))
            .toAbsolutePath();

    private final Path folder;
    private final Thread atExit = new Thread(this::end, "rig-end");
    private final KubernetesClient client;

    private Rig(Path folder) {
        this.folder = folder;
        this.client = clientOf("admin");
        // The processes have sessions of their own, and would outlive a test run that is broken off.
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Whether Go is there, which the binaries are built with. */
    public static boolean isAvailable() {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "go")));
    }

    /** The folder of the scripts, {@code scheduler-k8s/rig}. */
    public static Path scripts() {
        return SCRIPTS;
    }

    /**
     * Starts one.
     *
     * @param options of the script {@code start}, such as {@code --service-account}, {@code berth/berth}
     */
    public static Rig start(String... options) {
        try {
            Path folder = Files.createTempDirectory("berth-rig");
            List<String> command = new ArrayList<>(List.of("start", folder.toString()));
            command.addAll(List.of(options));
            script(command);
            try {
                return new Rig(folder);
            } catch (RuntimeException | Error failure) {
                script(List.of("stop", "--delete", folder.toString()));
                throw failure;
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Where its files are; see the README of the scripts. */
    public Path folder() {
        return folder;
    }

    /** A client that may do everything. It lives as long as the rig. */
    public KubernetesClient client() {
        return client;
    }

    /** A further client, with the rights of a user or service account that was named at the start; the caller closes it. */
    public KubernetesClient clientOf(String name) {
        try {
            Config config = Config.fromKubeconfig(Files.readString(kubeconfig(name)));
            // The API server is stopped and started under it.
            config.setRequestRetryBackoffLimit(3);
            return new KubernetesClientBuilder().withConfig(config).build();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** How that user or service account reaches the API server; {@code admin} may do everything. */
    public Path kubeconfig(String name) {
        return folder.resolve(name + ".kubeconfig");
    }

    /** A file among the certificates, such as {@code ca.crt}, {@code NAME.key}. */
    public Path certificate(String file) {
        return folder.resolve("certificates").resolve(file);
    }

    /** A port by its name in the file {@code ports}, such as {@code api}, {@code berth_extender}. */
    public int port(String name) {
        try {
            return Files.readAllLines(folder.resolve("ports")).stream()
                    .filter(line -> line.startsWith(name + "_port="))
                    .mapToInt(line -> Integer.parseInt(line.substring(line.indexOf('=') + 1)))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no port of that name: " + name));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Ends a component, such as {@code kube-apiserver}, as a crash does. */
    public void kill(String component) {
        script(List.of("stop", "--kill", folder.toString(), component));
    }

    /** Ends a component, and lets it say good-bye. */
    public void stop(String component) {
        script(List.of("stop", folder.toString(), component));
    }

    /** Starts every component again that does not run, with its data and its ports. */
    public void startAgain() {
        script(List.of("start", folder.toString()));
    }

    /**
     * Installs what of Berth's chart is there for a Berth that runs outside of the cluster: its rights, and what gates pods.
     *
     * @param options of the script {@code install}, such as {@code --mode}, {@code steered}
     */
    public void install(String... options) {
        List<String> command = new ArrayList<>(List.of("install", folder.toString()));
        command.addAll(List.of(options));
        script(command);
    }

    /** What a component has said so far. */
    public String log(String component) {
        try {
            return Files.readString(folder.resolve("logs").resolve(component + ".log"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Runs kubectl as somebody who may do everything, and returns what it printed; an error of it is an {@link AssertionError}. */
    public String kubectl(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                folder.resolve("kubectl").toString(),
                "--kubeconfig",
                kubeconfig("admin").toString()));
        command.addAll(List.of(arguments));
        return run(command);
    }

    /** Applies objects in YAML by kubectl. */
    public void kubectlApply(String yaml) {
        try {
            Path file = Files.createTempFile(folder, "applied-", ".yaml");
            Files.writeString(file, yaml);
            kubectl("apply", "--filename", file.toString());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        client.close();
        end();
    }

    private void end() {
        script(List.of("stop", "--delete", folder.toString()));
    }

    private static void script(List<String> command) {
        List<String> all = new ArrayList<>(command);
        all.set(0, SCRIPTS.resolve(command.get(0)).toString());
        run(all);
    }

    static String run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new AssertionError(String.join(" ", command) + ": exit code " + status + "\n" + said);
            }
            return said;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while " + command.get(0) + " ran", interrupted);
        }
    }
}
