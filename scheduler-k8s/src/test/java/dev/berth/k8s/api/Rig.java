package dev.berth.k8s.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A real API server of {@code scheduler-k8s/rig}, on loopback, for one test class. */
public final class Rig {
    private final Path scripts = Path.of("rig").toAbsolutePath();
    private final Path directory;

    private Rig(Path directory) {
        this.directory = directory;
    }

    /** Starts one, or skips the test where it cannot be had; says so on stderr. */
    public static Rig start(Path directory, String... options) throws IOException, InterruptedException {
        Rig rig = new Rig(directory.resolve("rig"));
        Path home = Path.of(System.getProperty("user.home"), ".cache");
        String cache = System.getenv("XDG_CACHE_HOME");
        Path binaries = (cache == null || cache.isEmpty() ? home : Path.of(cache)).resolve("berth/rig");
        boolean built = false;
        if (Files.isDirectory(binaries)) {
            try (Stream<Path> all = Files.list(binaries)) {
                built = all.anyMatch(p -> String.valueOf(p.getFileName()).startsWith("control-plane-"));
            }
        }
        if (!built) {
            skip("its binaries are not built yet: run scheduler-k8s/rig/build");
        }
        List<String> command =
                new ArrayList<>(List.of(rig.scripts.resolve("start").toString(), rig.directory.toString()));
        command.addAll(List.of(options));
        Ran ran = rig.run(command);
        if (ran.exit == 69) {
            skip("Go is missing");
        }
        assertThat(ran.exit).as(ran.output).isZero();
        return rig;
    }

    private static void skip(String why) {
        System.err.println("\n*** SKIPPED: a test against a real Kubernetes API server, as " + why + " ***\n");
        Assumptions.abort("no rig: " + why);
    }

    private record Ran(int exit, String output) {}

    private Ran run(List<String> command) throws IOException, InterruptedException {
        Path log = Files.createTempFile("rig", ".log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!process.waitFor(5, TimeUnit.MINUTES)) {
            process.destroy();
        }
        String output = Files.readString(log, StandardCharsets.UTF_8);
        Files.delete(log);
        return new Ran(process.waitFor(), output);
    }

    /** The kubeconfig of an identity. */
    public File kubeconfig(String user) {
        return directory.resolve(user + ".kubeconfig").toFile();
    }

    ApiAddress address() {
        return ApiAddress.ofKubeconfig(kubeconfig("admin"));
    }

    /** Kills a component without warning. */
    void kill(String component) throws IOException, InterruptedException {
        Ran ran = run(List.of(scripts.resolve("stop").toString(), "--kill", directory.toString(), component));
        assertThat(ran.exit).as(ran.output).isZero();
    }

    /** Starts again what does not run. */
    void again() throws IOException, InterruptedException {
        Ran ran = run(List.of(scripts.resolve("start").toString(), directory.toString()));
        assertThat(ran.exit).as(ran.output).isZero();
    }

    /** Ends it and deletes its files. */
    public void stop() throws IOException, InterruptedException {
        run(List.of(scripts.resolve("stop").toString(), "--delete", directory.toString()));
    }
}
