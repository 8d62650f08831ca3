package dev.berth.k8s.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.berth.k8s.api.LeaseTiming;
import dev.berth.k8s.engine.EngineSettings;
import dev.berth.k8s.nodes.ClusterSettings;
import dev.berth.k8s.nodes.TopologyLevel;
import dev.berth.k8s.pods.PodSettings;
import dev.berth.k8s.readback.ReadBackSettings;
import dev.berth.k8s.server.ServerSettings;
import dev.berth.planner.BadInputException;
import dev.berth.planner.io.ClusterFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code berth k8s serve} is told by its file. Immutable; docs/kubernetes.md has the fields.
 *
 * @param mode how pods come to their nodes
 * @param pods which resources are GPUs, and which are counted
 * @param cluster how nodes are read
 * @param engine how places are decided
 * @param server what is listened on
 * @param leaseNamespace namespace of the lease; null for that of the pod that this runs in
 * @param leaseName name of the lease
 * @param lease how fast leadership changes hands
 * @param parallelWrites how many writes to the API server are under way at most
 * @param readBack from where the GPUs that pods really have are read
 */
record ServeSettings(
        Mode mode,
        PodSettings pods,
        ClusterSettings cluster,
        EngineSettings engine,
        ServerSettings server,
        @Nullable String leaseNamespace,
        String leaseName,
        LeaseTiming lease,
        int parallelWrites,
        ReadBackSettings readBack) {
    /** How pods come to their nodes. */
    enum Mode {
        /** They are gated, planned and led there. */
        STEERED,
        /** kube-scheduler asks. */
        EXTENDER,
        /** Both. */
        BOTH
    }

    /** Pods that kube-scheduler takes in about a second. */
    private static final int NOMINATE_AHEAD = 128;

    /** Measured: more make the API server no faster, and cost it more each. */
    private static final int PARALLEL_WRITES = 8;

    private static final YAMLMapper YAML = YAMLMapper.builder(YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /**
     * Reads a file.
     *
     * @throws BadInputException naming the field, its value and what is allowed
     */
    static ServeSettings read(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new BadInputException("cannot read the settings '" + file + "': " + e, e);
        }
        return parse(file.toString(), text);
    }

    /** Reads the text of a file of that name. */
    static ServeSettings parse(String file, String text) {
        JsonNode root;
        try {
            root = YAML.readTree(text);
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null
                    ? ""
                    : ":" + e.getLocation().getLineNr() + ":" + e.getLocation().getColumnNr();
            String why = String.valueOf(e.getOriginalMessage());
            throw new BadInputException(
                    file + place + ": is no YAML: " + why.lines().findFirst().orElse(""), e);
        }
        SettingsNode all = new SettingsNode(
                file,
                "",
                root == null || root.isMissingNode() || root.isNull() ? JsonNodeFactory.instance.objectNode() : root);
        ServeSettings settings = of(file, all);
        all.end();
        return settings;
    }

    private static ServeSettings of(String file, SettingsNode all) {
        Mode mode = all.word("mode", Mode.class, Mode.STEERED);
        SettingsNode cluster = all.part("cluster");
        SettingsNode steering = all.part("steering");
        SettingsNode extender = all.part("extender");
        SettingsNode preemption = all.part("preemption");
        SettingsNode server = all.part("server");
        SettingsNode lease = all.part("lease");
        SettingsNode api = all.part("api");
        SettingsNode readBack = all.part("readBack");

        Set<String> managed =
                new LinkedHashSet<>(cluster.texts("managedResources", ServerSettings.Gates.USUAL_RESOURCES));
        PodSettings pods = pods(managed, cluster);
        Set<String> schedulers =
                Set.copyOf(steering.texts("schedulerNames", List.copyOf(EngineSettings.DEFAULT.schedulerNames())));
        EngineSettings engine;
        try {
            engine = new EngineSettings(
                    schedulers,
                    steering.text("gate", EngineSettings.GATE),
                    steering.flag("planAtCreation", EngineSettings.DEFAULT.planAtCreation()),
                    steering.word("how", EngineSettings.Steering.class, EngineSettings.DEFAULT.steering()),
                    steering.flag("heal", EngineSettings.DEFAULT.heal()),
                    extender.seconds(
                                    "reservationSeconds", Duration.ofMillis(EngineSettings.DEFAULT.reservationMillis()))
                            .toMillis(),
                    steering.seconds(
                                    "gangTimeoutSeconds", Duration.ofMillis(EngineSettings.DEFAULT.gangTimeoutMillis()))
                            .toMillis(),
                    EngineSettings.DEFAULT.gangLingerMillis(),
                    nominateAhead(mode, extender),
                    EngineSettings.DEFAULT.stuckMillis(),
                    preemption.word("gangs", EngineSettings.GangVictims.class, EngineSettings.DEFAULT.gangVictims()));
        } catch (IllegalArgumentException e) {
            throw steering.bad("", e);
        }
        LeaseTiming timing;
        try {
            timing = new LeaseTiming(
                    lease.seconds("durationSeconds", LeaseTiming.DEFAULT.lease()),
                    lease.seconds("renewSeconds", LeaseTiming.DEFAULT.renewDeadline()),
                    lease.seconds("retrySeconds", LeaseTiming.DEFAULT.retry()));
        } catch (IllegalArgumentException e) {
            throw lease.bad("", e);
        }
        return new ServeSettings(
                mode,
                pods,
                cluster(file, cluster, pods),
                engine,
                server(mode, server, extender, managed, schedulers),
                lease.textOrNull("namespace"),
                lease.text("name", "berth"),
                timing,
                api.number("parallelWrites", PARALLEL_WRITES, 1, 256),
                new ReadBackSettings(
                        prometheus(file, readBack.child("prometheus")),
                        podResources(file, readBack.child("podResources"))));
    }

    private static ReadBackSettings.@Nullable Prometheus prometheus(String file, @Nullable SettingsNode at) {
        if (at == null) {
            return null;
        }
        String token = at.textOrNull("tokenFile");
        String ca = at.textOrNull("caFile");
        try {
            return new ReadBackSettings.Prometheus(
                    URI.create(at.text("url")),
                    at.text("selector", ReadBackSettings.SELECTOR),
                    at.seconds("everySeconds", ReadBackSettings.EVERY),
                    at.seconds("timeoutSeconds", ReadBackSettings.TIMEOUT),
                    token == null ? null : besides(file, token),
                    ca == null ? null : besides(file, ca));
        } catch (IllegalArgumentException e) {
            throw at.bad("", e);
        }
    }

    private static ReadBackSettings.@Nullable PodResources podResources(String file, @Nullable SettingsNode at) {
        if (at == null) {
            return null;
        }
        try {
            return new ReadBackSettings.PodResources(
                    besides(file, at.text("directory")), at.seconds("everySeconds", ReadBackSettings.EVERY));
        } catch (IllegalArgumentException e) {
            throw at.bad("", e);
        }
    }

    /** None where nobody would ask Berth, or where Berth only advises. */
    private static int nominateAhead(Mode mode, SettingsNode extender) {
        int most = extender.number("nominateAhead", NOMINATE_AHEAD, 0, 10_000);
        return mode == Mode.STEERED || filter(extender) == ServerSettings.Filter.ALL ? 0 : most;
    }

    private static ServerSettings.Filter filter(SettingsNode extender) {
        return extender.word("filter", ServerSettings.Filter.class, ServerSettings.Filter.ONE);
    }

    private static PodSettings pods(Set<String> managed, SettingsNode cluster) {
        List<String> gpus = new ArrayList<>();
        for (String resource : managed) {
            // MIG instances are no GPUs; they are known by their form
            if (!resource.startsWith("nvidia.com/mig-")) {
                gpus.add(resource);
            }
        }
        Set<String> counted = new LinkedHashSet<>(PodSettings.DEFAULT.counted());
        counted.addAll(cluster.texts("countedResources", List.of()));
        return new PodSettings(gpus, List.copyOf(counted));
    }

    private static ClusterSettings cluster(String file, SettingsNode cluster, PodSettings pods) {
        String preset = cluster.text("preset", "auto");
        List<TopologyLevel> levels = new ArrayList<>();
        String path = cluster.textOrNull("file");
        try {
            for (String label : cluster.texts("topologyLabels", List.of())) {
                levels.add(TopologyLevel.of(label));
            }
            return new ClusterSettings(
                    preset.equals("auto") ? null : preset,
                    levels,
                    ClusterSettings.NVLINK_LABELS,
                    path == null ? null : ClusterFile.read(besides(file, path)),
                    pods);
        } catch (IllegalArgumentException e) {
            throw cluster.bad("", e);
        }
    }

    /** Files are named as seen from the settings file. */
    private static Path besides(String file, String path) {
        return Path.of(file).resolveSibling(path);
    }

    private static ServerSettings server(
            Mode mode, SettingsNode server, SettingsNode extender, Set<String> managed, Set<String> schedulers) {
        SettingsNode extenderAt = server.child("extender");
        SettingsNode webhookAt = server.child("webhook");
        if (mode != Mode.STEERED && extenderAt == null) {
            throw server.bad(
                    "extender",
                    new IllegalArgumentException("is missing; kube-scheduler asks there with mode " + lower(mode)));
        }
        if (mode == Mode.STEERED && extenderAt != null) {
            throw server.bad(
                    "extender", new IllegalArgumentException("is not for mode steered; allowed: extender, both"));
        }
        if (mode == Mode.EXTENDER && webhookAt != null) {
            throw server.bad(
                    "webhook", new IllegalArgumentException("is not for mode extender; allowed: steered, both"));
        }
        ServerSettings.Limits usual = ServerSettings.Limits.DEFAULT;
        SettingsNode limits = server.child("limits");
        try {
            int body = limits == null
                    ? usual.bodyBytes()
                    : limits.number("bodyMib", usual.bodyBytes() >> 20, 1, 1024) << 20;
            Duration request = limits == null ? usual.write() : limits.seconds("requestSeconds", usual.write());
            int threads =
                    limits == null ? usual.threads() : limits.number("concurrentRequests", usual.threads(), 1, 1024);
            return new ServerSettings(
                    listener(extenderAt),
                    listener(server.child("page")),
                    listener(webhookAt),
                    listener(server.child("metrics")),
                    extender.flag("nodeCacheCapable", true),
                    filter(extender),
                    new ServerSettings.Gates(managed, schedulers),
                    new ServerSettings.Limits(
                            threads,
                            usual.connections(),
                            body,
                            Math.max(usual.bodiesBytes(), body),
                            usual.read(),
                            usual.readWhenBusy(),
                            request,
                            usual.queue(),
                            usual.bind(),
                            usual.binds()));
        } catch (IllegalArgumentException e) {
            throw server.bad("limits", e);
        }
    }

    private static String lower(Mode mode) {
        return mode.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static ServerSettings.@Nullable Listener listener(@Nullable SettingsNode at) {
        if (at == null) {
            return null;
        }
        String address = at.text("address", "127.0.0.1");
        int port = at.number("port", 0, 0, 65_535);
        SettingsNode tls = at.child("tls");
        if (tls == null) {
            return ServerSettings.Listener.plain(address, port);
        }
        try {
            String certificate = tls.textOrNull("certificate");
            String key = tls.textOrNull("key");
            String clientCa = tls.textOrNull("clientCa");
            List<String> names = tls.texts("allowedNames", List.of());
            return new ServerSettings.Listener(
                    address,
                    port,
                    clientCa == null ? ServerSettings.Security.TLS : ServerSettings.Security.MUTUAL_TLS,
                    certificate == null ? null : Path.of(certificate),
                    key == null ? null : Path.of(key),
                    clientCa == null ? null : Path.of(clientCa),
                    names);
        } catch (IllegalArgumentException e) {
            throw tls.bad("", e);
        }
    }
}
