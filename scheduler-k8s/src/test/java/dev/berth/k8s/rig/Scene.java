package dev.berth.k8s.rig;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * A test's own cluster: nodes and a namespace in a rig that is shared by all tests of a mode and emptied between them, and the Berth processes. Closing it first checks
 * what must always hold ({@link Truth}), then ends the processes.
 */
final class Scene implements AutoCloseable {
    /** Label by which the pods of a test belong together. */
    static final String APP = "app";

    private static final Map<Mode, Rig> RIGS = new EnumMap<>(Mode.class);
    private static final AtomicInteger OPENED = new AtomicInteger();

    private final Mode mode;
    private final Rig rig;
    private final boolean ownsRig;
    private final String namespace;
    private final List<BerthProcess> berths = new CopyOnWriteArrayList<>();
    private final List<ApiProxy> proxies = new ArrayList<>();
    private final List<Front> fronts = new ArrayList<>();
    private final Set<String> shrunk = new HashSet<>();
    private final Remaker remaker;
    private boolean isChecked = true;
    private boolean isGatedByWebhook;

    private Scene(Mode mode, Rig rig, boolean ownsRig) {
        this.mode = mode;
        this.rig = rig;
        this.ownsRig = ownsRig;
        empty();
        namespace = "scene-" + OPENED.incrementAndGet();
        client().resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(namespace)
                        .endMetadata()
                        .build())
                .create();
        remaker = new Remaker(rig.client(), namespace);
        if (mode.isAsked()) {
            fronts.add(new Front(rig.port("berth_extender"), () -> berths, BerthSettings.Ports::extender));
        }
        if (mode.isSteering()) {
            fronts.add(new Front(rig.port("berth_webhook"), () -> berths, BerthSettings.Ports::webhook));
        }
    }

    static Scene open(Mode mode) {
        return new Scene(mode, rig(mode), false);
    }

    /** In a rig of its own, of which the API server has PodGroups (scheduling.k8s.io/v1alpha2) and kube-scheduler places by them. */
    static Scene openWithPodGroups(Mode mode) {
        String gates = "--feature-gates=GenericWorkload=true,GangScheduling=true";
        return new Scene(
                mode,
                startRig(
                        mode,
                        "--api-flag",
                        "--runtime-config=scheduling.k8s.io/v1alpha2=true",
                        "--api-flag",
                        gates,
                        "--scheduler-flag",
                        gates),
                true);
    }

    /** It lives until the tests end, when its own hook ends it. */
    private static synchronized Rig rig(Mode mode) {
        return RIGS.computeIfAbsent(mode, any -> startRig(any));
    }

    private static Rig startRig(Mode mode, String... further) {
        try {
            Path config = Files.createTempFile("scheduler", ".yaml");
            String usual = Files.readString(
                    Rig.scripts().resolve("modes").resolve(mode.label()).resolve("scheduler.yaml"));
            // Less waiting for pods that were refused once.
            Files.writeString(config, usual + "\npodInitialBackoffSeconds: 1\npodMaxBackoffSeconds: 1\n");
            List<String> options = new ArrayList<>(List.of(
                    "--service-account",
                    "berth-system/berth",
                    "--server-certificate",
                    "berth",
                    "--server-certificate",
                    "proxy",
                    "--scheduler-config",
                    config.toString()));
            options.addAll(List.of(further));
            Rig rig = Rig.start(options.toArray(String[]::new));
            Files.delete(config);
            rig.install("--mode", mode.label());
            return rig;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Removes what the scene before has left. Its events may stay: they are of its pods, by their UIDs. */
    private void empty() {
        client().pods().inAnyNamespace().withGracePeriod(0).delete();
        client().nodes().delete();
        client().leases().inNamespace("berth-system").delete();
    }

    Mode mode() {
        return mode;
    }

    Rig rig() {
        return rig;
    }

    String namespace() {
        return namespace;
    }

    KubernetesClient client() {
        return rig.client();
    }

    // ---- Berth

    BerthSettings settings() {
        BerthSettings usual = BerthSettings.of(rig, mode.label());
        return new BerthSettings(usual.mode(), usual.kubeconfig(), usual.ports(), usual.gangTimeoutSeconds(), 3, "");
    }

    /** A Berth that is ready. */
    BerthProcess startBerth() {
        return startBerth(settings()).awaitReady();
    }

    /** A Berth with these settings, which need not be ready when this returns. */
    BerthProcess startBerth(BerthSettings settings) {
        BerthProcess berth = BerthProcess.start(rig, settings);
        berths.add(berth);
        return berth;
    }

    /** A way to the API server that the test controls. */
    ApiProxy proxy() {
        ApiProxy proxy = new ApiProxy(rig, "berth");
        proxies.add(proxy);
        return proxy;
    }

    /** Stops the next write by which Berth gives a pod its place, before it is done. */
    ApiProxy.Breakpoint beforePlacing(ApiProxy proxy) {
        return mode.isSteering()
                ? proxy.beforeRequest("PATCH", "/" + namespace + "/pods/[^/?]+(\\?|$)")
                : proxy.beforeRequest("POST", "/binding");
    }

    /** Stops the answer to the next write by which Berth gives a pod its place. */
    ApiProxy.Breakpoint afterPlacing(ApiProxy proxy) {
        return mode.isSteering()
                ? proxy.beforeAnswer("PATCH", "/" + namespace + "/pods/[^/?]+(\\?|$)")
                : proxy.beforeAnswer("POST", "/binding");
    }

    /** The replica that leads; waits until one does. */
    BerthProcess leader() {
        List<BerthProcess> found = new ArrayList<>();
        Await.until("a leader among " + berths.size() + " replicas", () -> {
            berths.stream().filter(BerthProcess::isReady).findFirst().ifPresent(found::add);
            return !found.isEmpty();
        });
        return found.get(0);
    }

    // ---- nodes

    /** Nodes {@code node-0} and so on. */
    void nodes(int count, int gpus) {
        for (int index = 0; index < count; index++) {
            node(GpuObjects.node("node-" + index, gpus));
        }
    }

    void node(Node node) {
        client().resource(node).create();
    }

    /** What a test takes away from a node while pods use it is not held against Berth. */
    void setAllocatable(String node, String resource, int count) {
        shrunk.add(node);
        rig.kubectl(
                "patch",
                "node",
                node,
                "--subresource=status",
                "--type=merge",
                "--patch",
                "{\"status\":{\"allocatable\":{\"%1$s\":\"%2$d\"},\"capacity\":{\"%1$s\":\"%2$d\"}}}"
                        .formatted(resource, count));
    }

    // ---- pods

    /** Of a Job, which makes it anew when it is deleted. */
    Pod job(Pod pod) {
        return remaker.create(new PodBuilder(labelled(pod))
                .editMetadata()
                .addNewOwnerReference()
                .withApiVersion("batch/v1")
                .withKind("Job")
                .withName(pod.getMetadata().getName())
                .withUid("00000000-0000-4000-8000-000000000001")
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .build());
    }

    /** Of nobody. */
    Pod bare(Pod pod) {
        return client().resource(labelled(pod)).create();
    }

    private static Pod labelled(Pod pod) {
        ObjectMeta meta = pod.getMetadata();
        return meta.getLabels() != null && meta.getLabels().containsKey(APP)
                ? pod
                : new PodBuilder(pod)
                        .editMetadata()
                        .addToLabels(APP, meta.getName())
                        .endMetadata()
                        .build();
    }

    Pod pod(String name, int gpus) {
        return GpuObjects.pod(namespace, name, gpus);
    }

    /** A gang by our annotations, each pod of a Job. */
    void gang(String name, int size, int gpus, String... annotations) {
        for (int rank = 0; rank < size; rank++) {
            job(member(name, rank, size, gpus, annotations));
        }
    }

    Pod member(String gang, int rank, int size, int gpus, String... annotations) {
        PodBuilder builder = new PodBuilder(pod(gang + "-" + rank, gpus))
                .editMetadata()
                .addToLabels(APP, gang)
                .addToAnnotations("berth.dev/gang", gang)
                .addToAnnotations("berth.dev/gang-size", Integer.toString(size))
                .endMetadata();
        for (int i = 0; i < annotations.length; i += 2) {
            builder = builder.editMetadata()
                    .addToAnnotations(annotations[i], annotations[i + 1])
                    .endMetadata();
        }
        return builder.build();
    }

    List<Pod> pods(String app) {
        return client().pods().inNamespace(namespace).withLabel(APP, app).list().getItems();
    }

    /** Waits until as many pods of a name are bound; the nodes by name of pod. */
    Map<String, String> awaitBound(String app, int count) {
        Await.right(Await.LONG, () -> {
            Map<String, String> bound = bound(app);
            return bound.size() >= count
                    ? ""
                    : bound.size() + " of " + count + " pods " + app + " are bound: " + states(app);
        });
        return bound(app);
    }

    private String states(String app) {
        return pods(app).stream()
                .filter(pod -> pod.getSpec().getNodeName() == null)
                .map(pod ->
                        pod.getMetadata().getName() + " " + pod.getMetadata().getAnnotations() + " "
                                + pod.getSpec().getSchedulingGates() + " "
                                + pod.getStatus().getConditions())
                .collect(Collectors.joining("\n"));
    }

    Map<String, String> bound(String app) {
        Map<String, String> bound = new TreeMap<>();
        for (Pod pod : pods(app)) {
            if (Truth.holds(pod)) {
                bound.put(pod.getMetadata().getName(), pod.getSpec().getNodeName());
            }
        }
        return bound;
    }

    /** Waits until the pods of a name wait for a reason that is told, and none of them is bound. */
    void awaitExplained(String app) {
        Await.right(Await.LONG, () -> {
            Collection<String> bound = bound(app).keySet();
            return !bound.isEmpty() ? bound + " are bound" : Truth.silent(client());
        });
    }

    /** Deletes a pod at once; of a Job it is made anew. */
    void delete(Pod pod) {
        client().resource(pod).withGracePeriod(0).delete();
    }

    /** Deletes all pods of a name for good. */
    void end(String app) {
        remaker.abandon(app);
        pods(app).forEach(this::delete);
    }

    /** From now on Berth itself, which must be ready, is asked about new pods, in place of the API server's policy. */
    void gateByWebhook() {
        isGatedByWebhook = true;
        rig.kubectl("delete", "mutatingadmissionpolicies,mutatingadmissionpolicybindings", "--all");
        Await.until("the policy gates no more", () -> !isGating());
        rig.install("--mode", mode.label(), "--gate", "webhook");
        Await.until("the webhook gates", this::isGating);
    }

    private void gateByPolicy() {
        rig.kubectl("delete", "mutatingwebhookconfigurations", "--all");
        rig.install("--mode", mode.label());
    }

    /** Whether the API server gates pods now. */
    boolean isGating() {
        return Truth.isGated(client().resource(pod("probe", 1)).dryRun().create());
    }

    /** Whether the API server takes bindings now, of a pod without GPUs. */
    boolean mayBind() {
        if (client().pods().inNamespace(namespace).withName("bind-probe").get() == null) {
            bare(GpuObjects.pod(namespace, "bind-probe", Map.of()));
        }
        try {
            client().raw("/api/v1/namespaces/" + namespace + "/pods/bind-probe/binding?dryRun=All", "POST", """
                            {"apiVersion":"v1","kind":"Binding","metadata":{"name":"bind-probe"},"target":{"kind":"Node","name":"node-0"}}
                            """);
            return true;
        } catch (KubernetesClientException refused) {
            return !refused.getMessage().contains("not now");
        }
    }

    // ---- the end

    /** The caller has checked what holds by itself, and Berth may be in any state. */
    void skipCheck() {
        isChecked = false;
    }

    /** What must hold at any moment. */
    void checkNow() {
        String wrong = Truth.doubleBooked(client(), shrunk);
        if (!wrong.isEmpty()) {
            throw new AssertionError(wrong + "\n" + rig.folder());
        }
    }

    /** What must hold once all has settled, with a Berth that leads. */
    void check() {
        checkNow();
        BerthProcess leader = leader();
        Await.right(Await.LONG, () -> Truth.leaked(client(), leader, shrunk));
        Await.right(Await.LONG, () -> Truth.silent(client()));
        checkNow();
    }

    @Override
    public void close() {
        try {
            if (isChecked) {
                check();
            }
        } catch (AssertionError wrong) {
            berths.forEach(berth -> wrong.addSuppressed(new AssertionError(tail(berth.log()))));
            throw wrong;
        } finally {
            remaker.close();
            berths.forEach(BerthProcess::close);
            fronts.forEach(Front::close);
            proxies.forEach(ApiProxy::close);
            if (isGatedByWebhook) {
                gateByPolicy();
            }
            if (ownsRig) {
                rig.close();
            }
        }
    }

    private static String tail(String log) {
        return "Berth's log:\n" + log.substring(Math.max(0, log.length() - 4000));
    }
}
