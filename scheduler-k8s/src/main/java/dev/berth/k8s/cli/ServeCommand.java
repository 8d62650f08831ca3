package dev.berth.k8s.cli;

import dev.berth.k8s.api.ApiAddress;
import dev.berth.planner.BadInputException;
import dev.berth.planner.cli.Main;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code berth k8s serve}: runs until it is told to end by SIGTERM or SIGINT, and then ends with exit code 0. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description = {
            "Runs Berth for a cluster: reads it, competes for the lease and, while it has it, decides where GPU pods stand.",
            "SIGTERM ends it: what is under way is finished, and the lease is given back."
        })
final class ServeCommand implements Callable<Integer> {
    /** EX_SOFTWARE of sysexits.h. */
    private static final int LOST_A_THREAD = 70;

    private static final Path OWN_NAMESPACE = Path.of("/var/run/secrets/kubernetes.io/serviceaccount/namespace");

    /** How much is logged. */
    enum Level {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--config",
            paramLabel = "FILE",
            required = true,
            description = "The settings, in YAML; docs/kubernetes.md has the fields.")
    private @Nullable Path config;

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description = "How to reach the API server. Default: by the pod's service account, or as kubectl does.")
    private @Nullable Path kubeconfig;

    @Option(
            names = "--log-level",
            paramLabel = "error|warn|info|debug|trace",
            defaultValue = "info",
            description = "How much is logged, on stderr. Default: ${DEFAULT-VALUE}.")
    private Level level = Level.INFO;

    @Override
    public Integer call() throws IOException, InterruptedException {
        // logback reads it when the first logger is made, which is below
        System.setProperty("berth.log.level", level.name());
        Path file = Objects.requireNonNull(config, "picocli demands it");
        ServeSettings settings = ServeSettings.read(file);
        ApiAddress address;
        try {
            address = kubeconfig == null ? ApiAddress.ofSurroundings() : ApiAddress.ofKubeconfig(kubeconfig.toFile());
        } catch (IllegalArgumentException e) {
            throw new BadInputException((kubeconfig == null ? "" : "--kubeconfig: ") + e.getMessage(), e);
        }
        String podName = System.getenv("POD_NAME");
        String podNamespace = System.getenv("POD_NAMESPACE");
        String namespace = settings.leaseNamespace() != null ? settings.leaseNamespace() : ownNamespace(podNamespace);
        // a name that no earlier process of this replica had: it may still think that it leads
        String identity = (podName == null ? hostName() : podName) + "_"
                + UUID.randomUUID().toString().substring(0, 8);
        Serving serving = new Serving(settings, address, namespace, identity, podName, podNamespace);
        CountDownLatch ended = new CountDownLatch(1);
        Thread end = new Thread(
                () -> {
                    serving.stop();
                    ended.countDown();
                    // the JVM's own answer to SIGTERM is exit code 143, as if it had been cut off
                    Runtime.getRuntime().halt(Main.RAN);
                },
                "end");
        // A replica that has lost a thread would neither decide nor give up the lease: one that starts anew does both.
        Thread.setDefaultUncaughtExceptionHandler((thread, cause) -> {
            LoggerFactory.getLogger(ServeCommand.class)
                    .error("thread {} has ended; so does Berth", thread.getName(), cause);
            Runtime.getRuntime().halt(LOST_A_THREAD);
        });
        serving.start();
        Runtime.getRuntime().addShutdownHook(end);
        ended.await();
        return Main.RAN;
    }

    private static String ownNamespace(@Nullable String podNamespace) {
        if (podNamespace != null && !podNamespace.isBlank()) {
            return podNamespace;
        }
        try {
            return Files.readString(OWN_NAMESPACE, StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new BadInputException(
                    "lease.namespace is not set, and this is no pod of which it could be taken: there is no "
                            + OWN_NAMESPACE,
                    e);
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            // a machine without a name is told from others by the random part
            return "berth";
        }
    }
}
