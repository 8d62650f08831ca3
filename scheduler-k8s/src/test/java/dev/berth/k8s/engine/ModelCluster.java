package dev.berth.k8s.engine;

import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.PodSpec;
import dev.berth.k8s.objects.PodStatus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A model of what stands around the engine: the API server with its pods and nodes, the watch that delivers late but in order, kube-scheduler with and without the extender, and
 * controllers that make deleted pods anew. Everything that can go wrong goes wrong by the numbers of one random generator, so that a seed repeats a run. What the model says of
 * the API server is itself compared with the real one by a test on the rig.
 */
final class ModelCluster implements Writes, EngineClock {
    final Random random;
    final Map<String, PodObject> pods = new LinkedHashMap<>();
    final Map<String, NodeObject> nodes = new TreeMap<>();
    /** What kube-scheduler has assumed: pods on their way to be bound by the extender. */
    final Map<String, String> assumed = new HashMap<>();

    final List<String> told = new ArrayList<>();
    private final ArrayDeque<Consumer<Engine>> watch = new ArrayDeque<>();
    private final ArrayDeque<Runnable> answers = new ArrayDeque<>();
    private final ArrayDeque<Runnable> requests = new ArrayDeque<>();
    Engine engine;
    long now = 1_000;
    private int uid;
    private int version;
    /** How many of 100 writes go wrong. */
    int faults;
    /** What happened last, for the message of a failure. */
    final ArrayDeque<String> history = new ArrayDeque<>();

    /** Whether the nodes tell which GPUs the device plugin has given: it chooses as it likes, as the real one does. */
    final boolean tells;

    private final Random plugin;
    /** By UID, the GPUs that a pod really has. */
    final Map<String, List<Integer>> truth = new HashMap<>();

    private final ArrayDeque<List<GpuReport>> reports = new ArrayDeque<>();

    ModelCluster(long seed) {
        random = new Random(seed);
        plugin = new Random(31 * seed);
        tells = seed % 2 == 0;
    }

    /** The usual settings, but for these. */
    static EngineSettings settings(boolean planAtCreation, EngineSettings.GangVictims gangVictims) {
        EngineSettings usual = EngineSettings.DEFAULT;
        return new EngineSettings(
                usual.schedulerNames(),
                usual.gate(),
                planAtCreation,
                usual.steering(),
                usual.heal(),
                usual.reservationMillis(),
                usual.gangTimeoutMillis(),
                usual.gangLingerMillis(),
                usual.nominateAhead(),
                usual.stuckMillis(),
                gangVictims);
    }

    void note(String what) {
        if (history.size() == 400) {
            history.removeFirst();
        }
        history.addLast(now + " " + what);
    }

    @Override
    public long millis() {
        return now;
    }

    @Override
    public long wallMillis() {
        return now;
    }

    // ---- objects

    /** Nodes that had more GPUs once: what annotations say of indices there is out of date, as kubelet numbers them anew. */
    final Set<String> shrunk = new HashSet<>();

    /** Gangs that were whole at some time. */
    final Set<String> oncePlaced = new HashSet<>();

    private final Map<String, Integer> gpusOnce = new HashMap<>();

    void node(String name, int gpus, Map<String, String> labels, boolean schedulable) {
        Integer before = gpusOnce.put(name, gpus);
        if (before != null && before > gpus) {
            shrunk.add(name);
        }
        NodeObject node = new NodeObject(
                name,
                "uid-" + name,
                labels,
                Map.of(),
                Map.of("nvidia.com/gpu", (long) gpus, "cpu", 64_000L),
                !schedulable,
                true,
                false,
                List.of());
        nodes.put(name, node);
        watch.add(to -> to.nodeSeen(node));
    }

    void deleteNode(String name) {
        note("node " + name + " goes");
        nodes.remove(name);
        watch.add(to -> to.nodeGone(name));
    }

    /** Whether the API server asks about pods while it creates them; if not, their template has the gate. */
    boolean asksAtCreation;

    PodObject create(
            String name,
            int gpus,
            boolean gated,
            boolean owned,
            int priority,
            Map<String, String> annotations,
            String pool) {
        PodSpec spec = new PodSpec(
                null,
                "default-scheduler",
                priority,
                gated ? List.of(EngineSettings.GATE) : List.of(),
                Map.of("nvidia.com/gpu", (long) gpus, "cpu", 1_000L),
                pool == null ? Map.of() : Map.of("pool", pool),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                false,
                null);
        PodObject pod = new PodObject(
                "default",
                name,
                "uid-" + ++uid,
                String.valueOf(++version),
                now,
                false,
                Map.of(),
                annotations,
                owned ? new PodObject.Owner("Job", "job", "uid-job") : null,
                spec,
                new PodStatus(PodStatus.Phase.PENDING, null, null, false));
        if (gated && asksAtCreation) {
            // Gangs are promised less when a member is not asked about, and a quota that ends them is nobody's fault.
            int wrong = annotations.containsKey("berth.dev/gang") ? 0 : faults;
            pod = admit(pod, wrong);
            if (random.nextInt(100) < wrong) {
                note("pod " + name + " is refused: the quota is used up");
                return pod;
            }
        }
        put(pod);
        note("pod " + name + " " + pod.uid() + " is made: " + gpus + " GPUs" + pod.annotations()
                + pod.spec().schedulingGates());
        return pod;
    }

    /** What the API server makes of a pod that is to be gated, as it asks Berth. */
    private PodObject admit(PodObject gated, int wrong) {
        PodObject asked = with(gated, List.of(), List.of(), gated.annotations(), 0);
        boolean isLost = random.nextInt(100) < wrong;
        boolean isChanged = random.nextInt(6) == 0;
        PodObject pod = admitted(asked, engine.admit(asked.withUid("")));
        if (isChanged && pod.spec().schedulingGates().isEmpty()) {
            // Somebody else's webhook adds GPUs, so that Berth is asked again.
            PodObject changed = with(pod, List.of(), pod.spec().nodeTerms(), pod.annotations(), random.nextInt(3));
            note("asked again about " + pod.name() + " with " + changed.spec().requests());
            pod = admitted(changed, engine.admit(changed.withUid("")));
        }
        // Without an answer the API server goes on as if there were no webhook.
        return isLost ? asked : pod;
    }

    private PodObject admitted(PodObject asked, Admitted answer) {
        note("admitted " + asked.name() + ": " + answer);
        Map<String, String> annotations = new LinkedHashMap<>(asked.annotations());
        annotations.keySet().removeAll(answer.outdated());
        annotations.putAll(answer.annotations());
        if (answer.nodeName() == null) {
            return with(asked, List.of(EngineSettings.GATE), List.of(), annotations, 0);
        }
        List<PodSpec.NodeTerm> terms = asked.spec().nodeTerms();
        if (answer.wasPinned() && !terms.equals(pin(answer.nodeName()))) {
            throw new AssertionError(asked.name() + " is pinned to " + terms + ", and placed on " + answer.nodeName());
        }
        return with(asked, List.of(), pin(answer.nodeName()), annotations, 0);
    }

    private PodObject with(
            PodObject pod,
            List<String> gates,
            List<PodSpec.NodeTerm> terms,
            Map<String, String> annotations,
            int moreGpus) {
        Map<String, Long> requests = new HashMap<>(pod.spec().requests());
        requests.merge("nvidia.com/gpu", (long) moreGpus, Long::sum);
        PodSpec spec = with(pod.spec(), null, gates, terms, requests);
        return with(pod, spec, annotations, PodStatus.Phase.PENDING, null, null);
    }

    private static List<PodSpec.NodeTerm> pin(String nodeName) {
        return List.of(new PodSpec.NodeTerm(
                List.of(), List.of(new PodSpec.Expression("metadata.name", "In", List.of(nodeName)))));
    }

    private void put(PodObject pod) {
        pods.put(pod.uid(), pod);
        watch.add(to -> to.podSeen(pod));
    }

    void delete(PodObject pod) {
        note("pod " + pod.name() + " " + pod.uid() + " is deleted");
        pods.remove(pod.uid());
        assumed.remove(pod.uid());
        PodRef ref = ref(pod);
        watch.add(to -> to.podGone(ref));
        if (pod.owner() != null) {
            Map<String, String> template = new LinkedHashMap<>(pod.annotations());
            template.keySet().removeIf(key -> key.startsWith("berth.dev/") && !key.startsWith("berth.dev/gang"));
            String tier = pod.annotations().get("berth.dev/required-tier");
            if (tier != null) {
                template.put("berth.dev/required-tier", tier);
            }
            boolean gated = pod.labels().isEmpty() && wasSteered;
            create(
                    pod.name(),
                    gpus(pod),
                    gated,
                    true,
                    pod.spec().priority(),
                    template,
                    pod.spec().nodeSelector().get("pool"));
        }
    }

    /** kube-scheduler, or who does as it does, begins to take a pod's place away. */
    void preempt(PodObject pod) {
        note("pod " + pod.name() + " " + pod.uid() + " is preempted");
        put(new PodObject(
                pod.namespace(),
                pod.name(),
                pod.uid(),
                String.valueOf(++version),
                pod.createdMillis(),
                true,
                pod.labels(),
                pod.annotations(),
                pod.owner(),
                pod.spec(),
                new PodStatus(pod.status().phase(), null, null, true)));
    }

    boolean wasSteered = true;

    void finish(PodObject pod) {
        note("pod " + pod.name() + " ends");
        put(with(pod, pod.spec(), pod.annotations(), PodStatus.Phase.SUCCEEDED, null, null));
    }

    static PodRef ref(PodObject pod) {
        return new PodRef(pod.namespace(), pod.name(), pod.uid());
    }

    static int gpus(PodObject pod) {
        return pod.spec().requests().get("nvidia.com/gpu").intValue();
    }

    private PodObject with(
            PodObject pod,
            PodSpec spec,
            Map<String, String> annotations,
            PodStatus.Phase phase,
            String nominated,
            String unschedulable) {
        return new PodObject(
                pod.namespace(),
                pod.name(),
                pod.uid(),
                String.valueOf(++version),
                pod.createdMillis(),
                pod.deleting(),
                pod.labels(),
                annotations,
                pod.owner(),
                spec,
                new PodStatus(phase, nominated, unschedulable, false));
    }

    private static PodSpec with(PodSpec spec, String nodeName, List<String> gates, List<PodSpec.NodeTerm> terms) {
        return with(spec, nodeName, gates, terms, spec.requests());
    }

    private static PodSpec with(
            PodSpec spec,
            String nodeName,
            List<String> gates,
            List<PodSpec.NodeTerm> terms,
            Map<String, Long> requests) {
        return new PodSpec(
                nodeName,
                spec.schedulerName(),
                spec.priority(),
                gates,
                requests,
                spec.nodeSelector(),
                terms,
                spec.tolerations(),
                spec.podTerms(),
                spec.hostPorts(),
                spec.volumeClaims(),
                spec.resourceClaims(),
                spec.podGroup());
    }

    // ---- the API server

    /** @param isAllowed whether the API server does this with a pod as it is then */
    private void request(
            PodRef ref, String what, Predicate<PodObject> isAllowed, Runnable effect, Consumer<Outcome> done) {
        boolean lost = random.nextInt(100) < faults;
        boolean busy = random.nextInt(100) < faults;
        boolean refuse = random.nextInt(100) < faults / 4;
        requests.add(() -> {
            PodObject pod = pods.get(ref.uid());
            Outcome outcome;
            if (pod == null) {
                outcome = new Outcome(Outcome.Kind.GONE, "not found");
            } else if (busy) {
                outcome = new Outcome(random.nextBoolean() ? Outcome.Kind.BUSY : Outcome.Kind.UNKNOWN, "busy");
            } else if (refuse) {
                outcome = new Outcome(Outcome.Kind.REFUSED, "denied by a policy");
            } else if (!isAllowed.test(pod)) {
                outcome = new Outcome(Outcome.Kind.REFUSED, "not allowed for a pod in this state");
            } else {
                effect.run();
                outcome = lost ? new Outcome(Outcome.Kind.UNKNOWN, "time-out") : Outcome.DONE;
            }
            note(what + " " + ref.name() + " " + ref.uid() + ": " + outcome);
            Outcome answer = outcome;
            answers.add(() -> done.accept(answer));
        });
    }

    @Override
    public void release(
            PodRef ref,
            How how,
            String nodeName,
            boolean hasNodeTerms,
            Map<String, String> annotations,
            Consumer<Outcome> done) {
        note("release " + ref.name() + " to " + nodeName + annotations);
        List<PodSpec.NodeTerm> pin = pin(nodeName);
        request(
                ref,
                "release",
                // Affinity cannot be changed once the gate is gone.
                pod -> {
                    if (how == How.NOMINATE) {
                        return !pod.isBound();
                    }
                    boolean isDone = hasNodeTerms
                            ? pod.annotations().entrySet().containsAll(annotations.entrySet())
                            : pod.spec().nodeTerms().equals(pin);
                    return !pod.spec().schedulingGates().isEmpty() || isDone;
                },
                () -> {
                    PodObject pod = pods.get(ref.uid());
                    Map<String, String> all = new LinkedHashMap<>(pod.annotations());
                    all.putAll(annotations);
                    boolean isGated = !pod.spec().schedulingGates().isEmpty();
                    List<PodSpec.NodeTerm> terms =
                            how == How.PIN && isGated ? pin : pod.spec().nodeTerms();
                    put(with(
                            pod,
                            with(pod.spec(), pod.spec().nodeName(), List.of(), terms),
                            all,
                            pod.status().phase(),
                            how == How.NOMINATE ? nodeName : pod.status().nominatedNodeName(),
                            null));
                },
                done);
    }

    @Override
    public void nominate(PodRef ref, String nodeName, Consumer<Outcome> done) {
        note("nominate " + ref.name() + " for " + nodeName);
        request(ref, "nominate", pod -> !pod.isBound(), () -> nominate(pods.get(ref.uid()), nodeName), done);
    }

    @Override
    public void withdrawNomination(PodRef ref, String nodeName, Consumer<Outcome> done) {
        note("nominate " + ref.name() + " for " + nodeName + " no more");
        request(
                ref,
                "withdrawal",
                pod -> nodeName.equals(pod.status().nominatedNodeName()),
                () -> nominate(pods.get(ref.uid()), null),
                // The test of a JSON patch does not say what it was that differed.
                outcome -> done.accept(
                        outcome.kind() == Outcome.Kind.GONE && isNameTaken(ref)
                                ? new Outcome(Outcome.Kind.REFUSED, "another pod has its name")
                                : outcome));
    }

    private boolean isNameTaken(PodRef ref) {
        return pods.values().stream().anyMatch(pod -> pod.path().equals(ref.toString()));
    }

    @Override
    public void ungate(PodRef ref, Consumer<Outcome> done) {
        throw new AssertionError("the engine never ungates without a place");
    }

    @Override
    public void bind(PodRef ref, String nodeName, Map<String, String> annotations, Consumer<Outcome> done) {
        note("bind " + ref.name() + " to " + nodeName + annotations);
        request(
                ref,
                "bind",
                pod -> !pod.isBound() && pod.spec().schedulingGates().isEmpty(),
                () -> bindNow(pods.get(ref.uid()), nodeName, annotations),
                done);
    }

    /** Binds, and checks that nothing is given twice. */
    void bindNow(PodObject pod, String nodeName, Map<String, String> annotations) {
        Map<String, String> all = new LinkedHashMap<>(pod.annotations());
        all.putAll(annotations);
        List<Integer> mine = indices(all);
        for (PodObject other : on(nodeName)) {
            // A bare pod is only nominated: when it was not bound in time its place was given up, and its annotations
            // are out of date.
            boolean isNominated = wasSteered && (pod.status().nominatedNodeName() != null || other.owner() == null);
            boolean isStale =
                    isNominated || !nodeName.equals(other.annotations().get(Stamps.NODE));
            List<Integer> theirs = new ArrayList<>(isStale ? List.of() : indices(other.annotations()));
            theirs.retainAll(mine);
            // Where the plugin tells what it chose, plans are made for what it has left, whatever older plans said.
            boolean mayOverlap = tells || shrunk.contains(nodeName);
            if (!theirs.isEmpty() && nodeName.equals(all.get(Stamps.NODE)) && !mayOverlap) {
                throw new AssertionError(
                        "GPUs " + theirs + " of " + nodeName + " are given to " + pod.name() + " and " + other.name());
            }
        }
        assumed.remove(pod.uid());
        boolean isKnown = nodes.containsKey(nodeName) && !shrunk.contains(nodeName);
        if (isKnown && freeGpus(nodeName) < gpus(pod)) {
            throw new AssertionError(nodeName + " has " + freeGpus(nodeName) + " free GPUs, and got " + pod.name());
        }
        give(pod, nodeName, mine);
        put(with(
                pod,
                with(
                        pod.spec(),
                        nodeName,
                        pod.spec().schedulingGates(),
                        pod.spec().nodeTerms()),
                all,
                PodStatus.Phase.RUNNING,
                null,
                null));
        String gang = pod.annotations().get("berth.dev/gang");
        boolean isWhole = gang != null
                && pods.values().stream()
                        .filter(other -> gang.equals(other.annotations().get("berth.dev/gang")))
                        .allMatch(other -> other.isBound() || other.isFinished());
        if (isWhole) {
            oncePlaced.add(gang);
        }
    }

    /** The device plugin chooses among what is free on its node: what was planned, or anything. */
    private void give(PodObject pod, String nodeName, List<Integer> planned) {
        NodeObject node = nodes.get(nodeName);
        List<Integer> free = new ArrayList<>();
        for (int gpu = 0; node != null && gpu < node.allocatable().get("nvidia.com/gpu"); gpu++) {
            free.add(gpu);
        }
        on(nodeName).forEach(other -> free.removeAll(truth.getOrDefault(other.uid(), List.of())));
        if (free.size() < gpus(pod)) {
            return; // as the kubelet refuses it
        }
        Collections.shuffle(free, plugin);
        boolean asPlanned = plugin.nextBoolean() && planned.size() == gpus(pod) && free.containsAll(planned);
        List<Integer> given = new ArrayList<>(asPlanned ? planned : free.subList(0, gpus(pod)));
        Collections.sort(given);
        truth.put(pod.uid(), given);
        note("the plugin gives " + pod.name() + " GPUs " + given + " of " + nodeName);
    }

    /** What the nodes say now of bound pods; {@code outOf100} of them. */
    List<GpuReport> report(int outOf100) {
        List<GpuReport> all = new ArrayList<>();
        for (PodObject pod : pods.values()) {
            if (pod.isBound() && !pod.isFinished() && truth.containsKey(pod.uid()) && plugin.nextInt(100) < outOf100) {
                all.add(report(pod, truth.get(pod.uid()), pod.spec().nodeName()));
            }
        }
        return all;
    }

    private GpuReport report(PodObject pod, List<Integer> gpus, String host) {
        String node = pod.spec().nodeName();
        boolean hasUuids = new PlainReading().gpuUuids(node) != null;
        return new GpuReport(
                pod.namespace(),
                pod.name(),
                plugin.nextBoolean() ? pod.uid() : "",
                plugin.nextBoolean() ? host : "exporter-1",
                gpus.stream()
                        .map(gpu -> new GpuReport.Device(
                                PlainReading.uuid(node, gpu), hasUuids && plugin.nextBoolean() ? -1 : gpu))
                        .toList(),
                now);
    }

    /** The sources read, or what they have read gets to the engine, which may be late; and now and then something is wrong. */
    void tell() {
        if (plugin.nextBoolean()) {
            List<GpuReport> some = new ArrayList<>(report(plugin.nextInt(101)));
            // One GPU more than it has can only be wrong.
            List<PodObject> served = pods.values().stream()
                    .filter(pod -> pod.isBound() && truth.containsKey(pod.uid()))
                    .toList();
            if (!served.isEmpty() && plugin.nextInt(4) == 0) {
                PodObject pod = served.get(plugin.nextInt(served.size()));
                List<Integer> wrong = new ArrayList<>(truth.get(pod.uid()));
                wrong.add(plugin.nextInt(20));
                some.add(report(pod, wrong, pod.spec().nodeName()));
            }
            reports.add(some);
        } else if (!reports.isEmpty() && engine != null) {
            List<GpuReport> next = reports.poll();
            note("reports " + next);
            engine.gpusSeen(next);
        }
    }

    private static List<Integer> indices(Map<String, String> annotations) {
        String text = annotations.get(Stamps.GPUS);
        return text == null || text.isEmpty()
                ? List.of()
                : Arrays.stream(text.split(",")).map(Integer::valueOf).toList();
    }

    @Override
    public void delete(PodRef ref, Consumer<Outcome> done) {
        request(ref, "delete", pod -> true, () -> delete(pods.get(ref.uid())), done);
    }

    @Override
    public void evict(PodRef ref, String why, Consumer<Outcome> done) {
        request(
                ref,
                "evict",
                pod -> true,
                () -> {
                    preempt(pods.get(ref.uid()));
                    delete(pods.get(ref.uid()));
                },
                done);
    }

    @Override
    public void tell(PodRef pod, boolean warning, String reason, String message, Boolean placed) {
        note("tell " + pod.name() + " " + reason + ": " + message);
        told.add(pod.name() + " " + reason + ": " + message);
    }

    /** The last that was told about a pod, or nothing. */
    String lastTold(PodObject pod) {
        return told.stream().filter(text -> text.startsWith(pod.name() + " ")).reduce("", (before, last) -> last);
    }

    // ---- kube-scheduler

    List<PodObject> on(String nodeName) {
        return pods.values().stream()
                .filter(pod -> nodeName.equals(pod.spec().nodeName()) && !pod.isFinished())
                .toList();
    }

    int freeGpus(String nodeName) {
        NodeObject node = nodes.get(nodeName);
        if (node == null) {
            return 0;
        }
        int used = on(nodeName).stream().mapToInt(ModelCluster::gpus).sum();
        for (Map.Entry<String, String> entry : assumed.entrySet()) {
            if (entry.getValue().equals(nodeName) && pods.containsKey(entry.getKey())) {
                used += gpus(pods.get(entry.getKey()));
            }
        }
        return node.allocatable().get("nvidia.com/gpu").intValue() - used;
    }

    /** Somebody nominates a node for a pod, kube-scheduler one that it has freed; none with null. */
    PodObject nominate(PodObject pod, String nodeName) {
        put(with(
                pod,
                pod.spec(),
                pod.annotations(),
                pod.status().phase(),
                nodeName,
                pod.status().unschedulable()));
        return pods.get(pod.uid());
    }

    /** Nodes that pass kube-scheduler's own filters. */
    List<String> feasible(PodObject pod) {
        List<String> names = new ArrayList<>();
        for (NodeObject node : nodes.values()) {
            boolean pinnedElsewhere = pod.spec().nodeTerms().stream()
                    .noneMatch(term -> term.fields().get(0).values().contains(node.name()));
            String pool = pod.spec().nodeSelector().get("pool");
            if ((pod.spec().nodeTerms().isEmpty() || !pinnedElsewhere)
                    && !node.unschedulable()
                    && (pool == null || pool.equals(node.labels().get("pool")))
                    && freeGpus(node.name()) >= gpus(pod)) {
                names.add(node.name());
            }
        }
        return names;
    }

    List<PodObject> schedulable() {
        return pods.values().stream()
                .filter(pod -> !pod.isBound()
                        && !pod.isFinished()
                        && !pod.deleting()
                        && pod.spec().schedulingGates().isEmpty()
                        && !assumed.containsKey(pod.uid()))
                .toList();
    }

    /** One attempt without an extender. */
    void schedule(PodObject pod) {
        List<String> names = feasible(pod);
        String nominated = pod.status().nominatedNodeName();
        if (names.isEmpty()) {
            // It waits for those that it has preempted; when they are gone and it finds no room all the same, its
            // nomination ends.
            boolean waits = nominated != null && on(nominated).stream().anyMatch(PodObject::deleting);
            if (pod.status().unschedulable() == null || nominated != null && !waits) {
                put(with(
                        pod,
                        pod.spec(),
                        pod.annotations(),
                        PodStatus.Phase.PENDING,
                        waits ? nominated : null,
                        "0 nodes are available"));
            }
            return;
        }
        String name = names.contains(nominated) ? nominated : names.get(random.nextInt(names.size()));
        note("kube-scheduler binds " + pod.name() + " to " + name);
        bindNow(pod, name, Map.of());
    }

    /**
     * The pods of a node that kube-scheduler would take for a more important one, the most important first: as few as will do, and less important ones rather than others. None when that does not help.
     */
    List<PodObject> victims(PodObject pod, String nodeName) {
        List<PodObject> less = new ArrayList<>(on(nodeName));
        less.removeIf(other -> other.spec().priority() >= pod.spec().priority());
        less.sort(Comparator.comparingInt(other -> -other.spec().priority()));
        int free =
                freeGpus(nodeName) + less.stream().mapToInt(ModelCluster::gpus).sum();
        if (free < gpus(pod)) {
            return List.of();
        }
        List<PodObject> victims = new ArrayList<>();
        for (PodObject other : less) {
            if (free - gpus(other) >= gpus(pod)) {
                free -= gpus(other); // it may stay
            } else {
                victims.add(other);
            }
        }
        return victims;
    }

    /** One attempt to free a node for a pod that fits nowhere. */
    void preemptFor(PodObject pod, boolean extended) {
        Map<String, Victims> candidates = new TreeMap<>();
        for (NodeObject node : nodes.values()) {
            List<PodObject> victims = node.unschedulable() ? List.of() : victims(pod, node.name());
            if (!victims.isEmpty()) {
                candidates.put(
                        node.name(),
                        new Victims(victims.stream().map(PodObject::uid).toList(), 0));
            }
        }
        Map<String, Victims> allowed =
                !extended || candidates.isEmpty() ? candidates : new TreeMap<>(engine.preempt(pod, candidates));
        note("preempt for " + pod.name() + " of " + candidates + ": " + allowed);
        if (allowed.isEmpty()) {
            return;
        }
        List<String> names = List.copyOf(allowed.keySet());
        String name = names.get(random.nextInt(names.size()));
        for (String victim : allowed.get(name).uids()) {
            PodObject known = pods.get(victim);
            if (known != null) {
                if (known.spec().priority() >= pod.spec().priority()) {
                    throw new AssertionError(known.name() + " would be taken for " + pod.name());
                }
                preempt(known);
            }
        }
        nominate(pod, name);
    }

    /** The grace period of a pod that ends is over. */
    boolean endOne() {
        for (PodObject pod : List.copyOf(pods.values())) {
            if (pod.deleting()) {
                delete(pod);
                return true;
            }
        }
        return false;
    }

    private FilterAnswer ask(PodObject pod, List<String> names) {
        FilterAnswer answer = engine.filter(pod, names);
        note("filter " + pod.name() + " of " + names + ": " + answer);
        return answer;
    }

    /** GPUs of a node that kube-scheduler keeps from a pod for others that wait and are no less important. */
    private int nominatedGpus(PodObject pod, String nodeName) {
        return schedulable().stream()
                .filter(other -> !other.uid().equals(pod.uid())
                        && nodeName.equals(other.status().nominatedNodeName())
                        && other.spec().priority() >= pod.spec().priority())
                .mapToInt(ModelCluster::gpus)
                .sum();
    }

    /** One attempt with the extender: filter, and then a binding that may be lost. */
    void scheduleExtended(PodObject pod, boolean loseBinding) {
        List<String> names = feasible(pod);
        names.removeIf(name -> freeGpus(name) - nominatedGpus(pod, name) < gpus(pod));
        String nominated = pod.status().nominatedNodeName();
        FilterAnswer answer = nominated != null && names.contains(nominated) ? ask(pod, List.of(nominated)) : null;
        if (answer == null || answer.nodeNames().isEmpty()) {
            answer = names.isEmpty() ? null : ask(pod, names);
        }
        if (answer == null || answer.nodeNames().isEmpty()) {
            if (nominated != null || pod.status().unschedulable() == null) {
                put(with(pod, pod.spec(), pod.annotations(), pod.status().phase(), null, "0 nodes are available"));
            }
            return;
        }
        String name = answer.nodeNames().get(random.nextInt(answer.nodeNames().size()));
        if (!names.contains(name)) {
            throw new AssertionError("filter answered " + name + ", which was not asked for");
        }
        if (loseBinding) {
            note("the binding of " + pod.name() + " is lost");
            return;
        }
        assumed.put(pod.uid(), name);
        engine.bind(ref(pod), name, error -> {
            note("bind of " + pod.name() + " answered '" + error + "'");
            assumed.remove(pod.uid());
        });
    }

    // ---- steps

    boolean deliver() {
        Consumer<Engine> event = watch.poll();
        if (event != null && engine != null) {
            event.accept(engine);
        }
        return event != null;
    }

    boolean serve() {
        Runnable request = requests.poll();
        if (request != null) {
            request.run();
        }
        return request != null;
    }

    /** All that has been seen is worked on, and all that is written then is done, while some time passes. */
    void settle() {
        for (int i = 0; i < 5; i++) {
            while (deliver() || serve() || answer()) {
                engine.work();
            }
            now += 250;
            engine.tick();
            engine.work();
        }
    }

    boolean answer() {
        Runnable answer = answers.poll();
        if (answer != null) {
            answer.run();
        }
        return answer != null;
    }

    /** A new process takes over: what the old one had sent may still arrive, its answers do not. */
    void restart(EngineSettings settings) {
        note("Berth is killed and starts again");
        answers.clear();
        if (random.nextBoolean()) {
            requests.clear();
        }
        while (serve()) {
            answers.clear();
        }
        assumed.clear();
        watch.clear();
        engine = new Engine(settings, new PlainReading(), this, this);
        nodes.values().forEach(engine::nodeSeen);
        pods.values().forEach(engine::podSeen);
        engine.synced();
        engine.lead();
    }
}
