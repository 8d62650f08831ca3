package dev.berth.k8s.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.MigGeometry;
import dev.berth.k8s.engine.GpuReport.Device;
import dev.berth.k8s.nodes.ClusterSettings;
import dev.berth.k8s.nodes.TopologyStore;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.PodSpec;
import dev.berth.k8s.objects.PodStatus;
import dev.berth.k8s.objects.ResourceSliceObject;
import dev.berth.k8s.pods.PodSettings;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What comes of reports of shares, of units that are parts of GPUs, and of MIG instances: by examples, and by random nodes that give away what they like. */
class ReadBackPartsTest {
    private static final int SCHEDULES = Boolean.getBoolean("berth.full") ? 20_000 : 1_000;
    private static final String SHARE = "berth.dev/gpu-milli";
    private static final String GPU = "nvidia.com/gpu";
    private static final String A100 = "NVIDIA-A100-SXM4-80GB";

    private final ObjectReading reading = new ObjectReading(PodSettings.DEFAULT, ClusterSettings.DEFAULT, false);
    private final Engine engine = engine(reading);
    private long now = 100_000;

    private static Engine engine(Reading reading) {
        Writes writes = (Writes) Proxy.newProxyInstance(
                Writes.class.getClassLoader(), new Class<?>[] {Writes.class}, (proxy, method, args) -> {
                    throw new AssertionError("nothing is to be written, but " + method.getName() + List.of(args));
                });
        EngineClock clock = new EngineClock() {
            @Override
            public long millis() {
                return 1;
            }

            @Override
            public long wallMillis() {
                return 1;
            }
        };
        return new Engine(EngineSettings.DEFAULT, reading, writes, clock);
    }

    private static NodeObject node(String name, Map<String, Long> resources, Map<String, String> labels) {
        Map<String, Long> allocatable = new HashMap<>(resources);
        allocatable.put("cpu", 96_000L);
        allocatable.put("memory", 1L << 40);
        return new NodeObject(name, "uid-" + name, labels, Map.of(), allocatable, false, true, false, List.of());
    }

    /** Two GPUs, of each four replicas. */
    private static NodeObject sliced(String name) {
        return node(
                name,
                Map.of(GPU, 8L),
                Map.of(
                        "nvidia.com/gpu.count",
                        "2",
                        "nvidia.com/gpu.replicas",
                        "4",
                        "nvidia.com/gpu.product",
                        "Tesla-T4-SHARED",
                        "nvidia.com/gpu.memory",
                        "15360"));
    }

    private static NodeObject plain(String name, int gpus) {
        return node(
                name,
                Map.of(GPU, (long) gpus),
                Map.of(
                        "nvidia.com/gpu.count",
                        String.valueOf(gpus),
                        "nvidia.com/gpu.product",
                        A100,
                        "nvidia.com/gpu.memory",
                        "81920"));
    }

    /** GPUs in MIG mode. Of the larger instances there are as many as pods ask for, so that none of these are counted here. */
    private static NodeObject cut(String name, int gpus) {
        return node(
                name,
                Map.of("nvidia.com/mig-1g.10gb", 7L * gpus),
                Map.of(
                        "nvidia.com/gpu.count",
                        String.valueOf(gpus),
                        "nvidia.com/gpu.product",
                        A100,
                        "nvidia.com/gpu.memory",
                        "81920"));
    }

    private void open(NodeObject... nodes) {
        List.of(nodes).forEach(engine::nodeSeen);
        engine.synced();
        engine.lead();
    }

    private static PodObject pod(
            String name, String nodeName, String planned, Map<String, Long> requests, Map<String, String> annotations) {
        Map<String, String> all = new HashMap<>(annotations);
        if (!planned.isEmpty()) {
            all.put(Stamps.NODE, nodeName);
            all.put(Stamps.GPUS, planned);
        }
        PodSpec spec = new PodSpec(
                nodeName,
                "default-scheduler",
                0,
                List.of(),
                requests,
                Map.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                false,
                null);
        return new PodObject(
                "default",
                name,
                "uid-" + name,
                "1",
                1_000,
                false,
                Map.of(),
                all,
                null,
                spec,
                new PodStatus(PodStatus.Phase.RUNNING, null, null, false));
    }

    private void share(String name, int milli, String planned) {
        engine.podSeen(pod(name, "n", planned, Map.of(), Map.of(SHARE, String.valueOf(milli))));
    }

    private void instance(String name, String profile, String planned) {
        engine.podSeen(pod(name, "n", planned, Map.of("nvidia.com/mig-" + profile, 1L), Map.of()));
    }

    private void whole(String name, long gpus, String planned) {
        engine.podSeen(pod(name, "n", planned, Map.of(GPU, gpus), Map.of()));
    }

    private void told(String pod, Device... gpus) {
        engine.gpusSeen(List.of(new GpuReport("default", pod, "", "n", List.of(gpus), ++now)));
    }

    private static Device mig(int index, int instance) {
        return new Device("GPU-" + index, index, String.valueOf(instance), "");
    }

    private void stands(String pod, boolean isKnown, Integer... gpus) {
        Explanation why = engine.why("default", pod).orElseThrow();
        assertThat(why.gpus()).as("%s", why).containsExactly(gpus);
        assertThat(why.gpusKnown()).as("%s", why).isEqualTo(isKnown);
    }

    private void hasIgnored(long reports) {
        assertThat(engine.figures().gpuReportsIgnored()).isEqualTo(reports);
        assertThat(engine.figures().overcommittedNodes()).isZero();
    }

    // ---- shares

    @Test
    void sharesThatAreOnlyPlannedMakeRoomForOneThatIsKnown() {
        open(plain("n", 2));
        share("a", 600, "0");
        share("b", 400, "0");
        share("c", 500, "1");
        share("d", 500, "1");
        told("c", new Device("", 0));
        stands("c", true, 0);
        // 600 fits beside nothing but 400, so that 500 has to be on the other one: all that is only planned is put
        // anew.
        stands("a", false, 1);
        stands("d", false, 0);
        stands("b", false, 1);
        hasIgnored(0);
        assertThat(engine.figures().podsOnOtherGpus()).isEqualTo(1);
    }

    @Test
    void whatIsPlannedStaysWhereItHasRoom() {
        open(plain("n", 2));
        share("a", 250, "0");
        share("b", 250, "0");
        whole("w", 1, "1");
        told("a", new Device("", 0));
        told("b", new Device("", 0));
        stands("a", true, 0);
        stands("b", true, 0);
        stands("w", false, 1);
        assertThat(engine.figures().podsGpusKnown()).isEqualTo(2);
        assertThat(engine.figures().podsGpusNotKnown()).isEqualTo(1);
        hasIgnored(0);
    }

    @Test
    void aWholeGpuAndSharesOfItCannotBothBe() {
        open(plain("n", 2));
        share("a", 250, "0");
        whole("w", 1, "1");
        told("a", new Device("", 1));
        stands("a", true, 1);
        stands("w", false, 0);
        // The later word counts.
        told("w", new Device("", 1));
        stands("w", true, 1);
        stands("a", false, 0);
        hasIgnored(1);
    }

    @Test
    void sharesOfMoreThanAGpuAreWhatTheNodeSays() {
        open(plain("n", 2));
        share("a", 700, "0");
        share("b", 700, "1");
        told("a", new Device("", 1));
        stands("a", true, 1);
        stands("b", false, 0);
        told("b", new Device("", 1));
        stands("b", true, 1);
        assertThat(engine.figures().gpuReportsIgnored()).isZero();
        assertThat(engine.figures().overcommittedNodes()).isEqualTo(1);
    }

    @Test
    void aShareHasOneGpuThatIsNoInstance() {
        open(plain("n", 2));
        share("a", 700, "0");
        told("a", new Device("", 1), new Device("", 0));
        told("a", mig(1, 7));
        told("a", new Device("", 2));
        stands("a", false, 0);
        hasIgnored(3);
    }

    // ---- units

    @Test
    void aUnitOfTheRightGpuIsTaken() {
        open(sliced("n"));
        whole("a", 1, "0");
        whole("b", 2, "1,2");
        whole("c", 1, "4");
        // One GPU for each pod, or with the replica: unit 4 to 7 are of the second GPU.
        told("a", new Device("GPU-b", 1));
        stands("a", true, 5);
        told("b", new Device("GPU-a", 0, "", "3"), new Device("GPU-b", 1, "", "2"));
        stands("b", true, 1, 6);
        told("c", new Device("GPU-b", 1));
        stands("c", true, 4);
        hasIgnored(0);
        // b has one of another GPU than planned, as has a.
        assertThat(engine.figures().podsOnOtherGpus()).isEqualTo(2);
        told("a", new Device("GPU-b", 1));
        told("b", new Device("GPU-a", 0, "", "3"), new Device("GPU-b", 1, "", "2"));
        stands("a", true, 5);
        stands("b", true, 1, 6);
    }

    @Test
    void moreUnitsOfAGpuThanItMakesCannotBe() {
        open(sliced("n"));
        whole("a", 4, "0,1,2,3");
        whole("b", 1, "4");
        told("a", replicas(1, 4));
        stands("a", true, 4, 5, 6, 7);
        stands("b", false, 0);
        engine.gpusSeen(List.of(new GpuReport("default", "b", "", "n", List.of(new Device("", 1)), now)));
        stands("b", false, 0);
        hasIgnored(1);
        told("a", replicas(1, 5));
        told("a", new Device("", 2), new Device("", 0), new Device("", 0), new Device("", 0));
        stands("a", true, 4, 5, 6, 7);
        hasIgnored(3);
    }

    private static Device[] replicas(int gpu, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Device("", gpu, "", String.valueOf(i)))
                .toArray(Device[]::new);
    }

    @Test
    void aGpuThatANodeDoesNotHaveMakesNoUnits() {
        open(node(
                "n",
                Map.of(GPU, 16L),
                Map.of("nvidia.com/gpu.count", "2", "nvidia.com/gpu.replicas", "8", "nvidia.com/gpu.product", A100)));
        whole("a", 1, "0");
        for (int index : List.of(2, 4, 8, 16, 999, Integer.MAX_VALUE)) {
            told("a", new Device("", index));
        }
        stands("a", false, 0);
        hasIgnored(6);
        told("a", new Device("", 1));
        stands("a", true, 8);
    }

    @Test
    void whatIsSaidOfADeviceIsSaidInWords() {
        assertThat(new Device("GPU-1", 3)).hasToString("GPU GPU-1 of index 3");
        assertThat(new Device("", 3)).hasToString("GPU of index 3");
        assertThat(new Device("", -1, "MIG-1", "2")).hasToString("replica 2 of MIG instance MIG-1");
        assertThat(mig(1, 7)).hasToString("MIG instance 7 of GPU GPU-1 of index 1");
    }

    @Test
    void unitsOfUnequalGpusStayAsPlanned() {
        NodeObject odd = sliced("n");
        Map<String, String> labels = new HashMap<>(odd.labels());
        labels.put("nvidia.com/gpu.count", "3");
        open(node("n", Map.of(GPU, 8L), labels));
        whole("a", 1, "0");
        told("a", new Device("", 1));
        stands("a", false, 0);
        hasIgnored(0);
    }

    @Test
    void instancesOfTheStrategySingleAreUnits() {
        open(node(
                "n",
                Map.of(GPU, 14L),
                Map.of("nvidia.com/gpu.count", "14", "nvidia.com/gpu.product", A100 + "-MIG-1g.10gb")));
        whole("a", 2, "0,1");
        told("a", mig(0, 7), mig(1, 9));
        stands("a", true, 0, 7);
        hasIgnored(0);
    }

    // ---- instances

    @Test
    void anInstanceIsAccountedToItsGpu() {
        open(cut("n", 2));
        instance("a", "3g.40gb", "0");
        instance("b", "3g.40gb", "1");
        told("a", mig(1, 2));
        stands("a", true, 1);
        stands("b", false, 1);
        instance("c", "4g.40gb", "0");
        told("c", mig(1, 1));
        stands("a", true, 1);
        stands("c", true, 1);
        stands("b", false, 0);
        hasIgnored(0);
        assertThat(engine.figures().podsOnOtherGpus()).isEqualTo(2);
        engine.follow();
        engine.lead();
        stands("a", true, 1);
        stands("c", true, 1);
        stands("b", false, 0);
        hasIgnored(0);
    }

    @Test
    void instancesThatCannotBeOnOneGpuAreNot() {
        open(cut("n", 2));
        instance("a", "4g.40gb", "0");
        instance("b", "4g.40gb", "1");
        told("a", mig(1, 1));
        told("b", mig(1, 2));
        stands("a", true, 1);
        stands("b", false, 0);
        hasIgnored(1);
        told("b", new Device("", 1));
        told("b", mig(2, 2));
        stands("b", false, 0);
        hasIgnored(3);
    }

    // ---- by UUIDs alone, as kubelets tell

    private void slices(Map<String, String> instances, String... uuids) {
        List<ResourceSliceObject.Gpu> gpus = IntStream.range(0, uuids.length)
                .mapToObj(i -> new ResourceSliceObject.Gpu("gpu-" + i, uuids[i], "", 0, -1, "", false))
                .toList();
        TopologyStore store = new TopologyStore();
        store.seen(new ResourceSliceObject("s", "gpu.nvidia.com", "n", 1, 1, "n", gpus, instances));
        engine.factSeen(() -> reading.topology(store.objects()), true);
    }

    @Test
    void theUuidOfAUnitIsThatOfItsGpu() {
        open(sliced("n"));
        whole("a", 1, "0");
        told("a", new Device("GPU-b", -1, "", "3"));
        stands("a", false, 0);
        slices(Map.of(), "GPU-a", "GPU-b");
        assertThat(reading.gpuUuids("n")).hasSize(8).containsSubsequence("GPU-a", "GPU-a", "GPU-b", "GPU-b");
        told("a", new Device("GPU-b", -1, "", "3"));
        stands("a", true, 4);
        told("a", new Device("GPU-c", -1, "", "3"));
        stands("a", true, 4);
        hasIgnored(1);
    }

    @Test
    void theGpuOfAnInstanceIsWhatResourceSlicesSay() {
        open(cut("n", 2));
        instance("a", "1g.10gb", "0");
        told("a", new Device("", -1, "MIG-1", ""));
        stands("a", false, 0);
        slices(Map.of("MIG-1", "gpu-1-mig-1g10gb-19-4", "MIG-2", "gpu-0-mig-1g10gb-19-4"));
        told("a", new Device("", -1, "MIG-1", ""));
        stands("a", true, 1);
        hasIgnored(0);
    }

    // ---- random nodes

    private enum Kind {
        PLAIN,
        SLICED,
        CUT
    }

    /** A node that gives away what it likes, and what Berth once planned for it; by pods, as far as they are there. */
    private static final class Giver {
        final Kind kind;
        final int gpus;
        final Random random;
        /** What stands on each GPU: 1/1000 of it, replicas of it, or slices of it. */
        final int[] held;

        Giver(Kind kind, int gpus, Random random) {
            this.kind = kind;
            this.gpus = gpus;
            this.random = random;
            held = new int[gpus];
        }

        /** GPUs for a pod; none when there is no room. */
        List<Integer> give(int size, int count, MigGeometry geometry, int profile, int[] start) {
            List<Integer> order = new ArrayList<>();
            for (int gpu = 0; gpu < gpus; gpu++) {
                order.addAll(Collections.nCopies(kind == Kind.SLICED ? 4 : 1, gpu));
            }
            Collections.shuffle(order, random);
            List<Integer> given = new ArrayList<>();
            int[] more = new int[gpus];
            for (int gpu : order) {
                if (given.size() == count) {
                    break;
                }
                if (kind == Kind.CUT) {
                    int starts = geometry.placeableStarts(profile, held[gpu]);
                    if (starts != 0) {
                        do {
                            start[0] = random.nextInt(8);
                        } while ((starts >>> start[0] & 1) == 0);
                        more[gpu] = geometry.occupancyOf(profile, start[0]);
                        given.add(gpu);
                    }
                } else if (held[gpu] + more[gpu] + size <= (kind == Kind.SLICED ? 4 : 1000)) {
                    more[gpu] += size;
                    given.add(gpu);
                }
            }
            if (given.size() < count) {
                return List.of();
            }
            for (int gpu = 0; gpu < gpus; gpu++) {
                held[gpu] += more[gpu];
            }
            Collections.sort(given);
            return given;
        }

        void takeBack(int what, List<Integer> from) {
            from.forEach(gpu -> held[gpu] -= what);
        }
    }

    /** A pod, what it has in truth, and what it was planned for. */
    private record Given(int what, List<Integer> truth, int plannedWhat, List<Integer> planned) {}

    @Test
    void randomNodesAreFollowed() {
        for (long seed = 1; seed <= SCHEDULES; seed++) {
            for (Kind kind : Kind.values()) {
                try {
                    new ReadBackPartsTest().follow(kind, new Random(seed));
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError(kind + " of seed " + seed + ": " + e.getMessage(), e);
                }
            }
        }
    }

    private void follow(Kind kind, Random random) {
        int gpus = kind == Kind.SLICED ? 2 : 2 + random.nextInt(4);
        open(kind == Kind.PLAIN ? plain("n", gpus) : kind == Kind.SLICED ? sliced("n") : cut("n", gpus));
        MigGeometry geometry = MigGeometry.find(A100, 81_920);
        Giver node = new Giver(kind, gpus, random);
        Giver plan = new Giver(kind, gpus, random);
        Map<String, Given> pods = new HashMap<>();
        for (int step = 0; step < 60; step++) {
            switch (random.nextInt(4)) {
                case 0, 1 -> make(step, geometry, node, plan, pods);
                case 2 -> {
                    String name = any(random, pods);
                    if (name != null) {
                        Given gone = pods.remove(name);
                        node.takeBack(gone.what, gone.truth);
                        plan.takeBack(gone.plannedWhat, gone.planned);
                        engine.podGone(new PodRef("default", name, "uid-" + name));
                    }
                }
                default -> {
                    if (random.nextInt(8) == 0) {
                        engine.follow();
                        engine.lead();
                    }
                    int before = engine.figures().overcommittedNodes();
                    tell(kind, random, pods, random.nextInt(100));
                    // Units and shares can always be put so that they fit; instances where nobody knows may not.
                    if (before == 0 && kind != Kind.CUT) {
                        assertThat(engine.figures().overcommittedNodes()).isZero();
                    }
                }
            }
        }
        tell(kind, random, pods, 100);
        // By the first of two it may be that a pod is known to be where another has gone.
        tell(kind, random, pods, 100);
        check(kind, pods, "after a report of all");
        engine.follow();
        engine.lead();
        check(kind, pods, "after another replica led");
        tell(kind, random, pods, 100);
        check(kind, pods, "after the same was said again");
    }

    private static String any(Random random, Map<String, Given> pods) {
        List<String> names = pods.keySet().stream().sorted().toList();
        return names.isEmpty() ? null : names.get(random.nextInt(names.size()));
    }

    private void make(int step, MigGeometry geometry, Giver node, Giver plan, Map<String, Given> pods) {
        Random random = node.random;
        boolean isShare = node.kind == Kind.PLAIN && random.nextInt(3) > 0;
        int count = isShare || node.kind == Kind.CUT ? 1 : 1 + random.nextInt(2);
        int size = node.kind == Kind.SLICED ? 1 : isShare ? 125 << random.nextInt(3) : 1000;
        int profile = random.nextInt(geometry.profileCount());
        int[] start = new int[1];
        List<Integer> truth = node.give(size, count, geometry, profile, start);
        if (truth.isEmpty()) {
            return;
        }
        int what = node.kind == Kind.CUT ? geometry.occupancyOf(profile, start[0]) : size;
        List<Integer> planned = random.nextInt(8) == 0 ? List.of() : plan.give(size, count, geometry, profile, start);
        int plannedWhat = node.kind == Kind.CUT && !planned.isEmpty() ? geometry.occupancyOf(profile, start[0]) : size;
        String name = "pod-" + step;
        pods.put(name, new Given(what, truth, plannedWhat, planned));
        // On a node of units, the plan names any units of these GPUs.
        List<Integer> units = new ArrayList<>();
        for (int gpu : planned) {
            int unit = node.kind == Kind.SLICED ? 4 * gpu + random.nextInt(4) : gpu;
            units.add(units.contains(unit) ? unit ^ 1 : unit);
        }
        String stamp =
                String.join(",", units.stream().sorted().map(String::valueOf).toList());
        Map<String, Long> requests = node.kind == Kind.CUT
                ? Map.of("nvidia.com/mig-" + geometry.profileName(profile).replace('+', '.'), 1L)
                : isShare ? Map.of() : Map.of(GPU, (long) count);
        engine.podSeen(pod(name, "n", stamp, requests, isShare ? Map.of(SHARE, String.valueOf(size)) : Map.of()));
    }

    private void tell(Kind kind, Random random, Map<String, Given> pods, int outOf100) {
        List<GpuReport> reports = new ArrayList<>();
        now++;
        pods.forEach((name, given) -> {
            List<Device> devices = new ArrayList<>();
            for (int gpu : given.truth) {
                devices.add(
                        new Device("GPU-" + gpu, gpu, kind == Kind.CUT ? name : "", String.valueOf(devices.size())));
            }
            if (random.nextInt(100) < outOf100) {
                reports.add(new GpuReport("default", name, "", "n", devices, now));
            }
        });
        Collections.shuffle(reports, random);
        engine.gpusSeen(reports);
    }

    private void check(Kind kind, Map<String, Given> pods, String when) {
        pods.forEach((name, given) -> {
            Explanation why = engine.why("default", name).orElseThrow();
            assertThat(why.gpusKnown()).as("%s %s", why, when).isTrue();
            assertThat(why.gpus().stream().map(gpu -> kind == Kind.SLICED ? gpu / 4 : gpu))
                    .as("%s %s", why, when)
                    .isEqualTo(given.truth);
        });
        assertThat(engine.figures().overcommittedNodes()).as(when).isZero();
        assertThat(engine.figures().podsGpusKnown()).isEqualTo(pods.size());
        assertThat(engine.figures().podsGpusNotKnown()).isZero();
    }

    /** In the order of the book, all get a start that can be on one GPU at once: for each model, and whatever can be on it. */
    @Test
    void theLargestFirstAllFit() {
        for (String model : List.of("A30", "A100-40GB", "A100-80GB", "H100-80GB", "H200", "B200", "RTX PRO 6000")) {
            MigGeometry geometry = Objects.requireNonNull(MigGeometry.find(model, 0), model);
            reach(geometry, 0, Collections.nCopies(geometry.profileCount(), 0), new HashSet<>());
        }
    }

    private static void reach(
            MigGeometry geometry, int occupancy, List<Integer> counts, Set<Map.Entry<Integer, List<Integer>>> seen) {
        if (!seen.add(Map.entry(occupancy, counts))) {
            return;
        }
        int taken = 0;
        for (int p : largestFirst(geometry)) {
            for (int i = 0; i < counts.get(p); i++) {
                int start = geometry.bestStart(p, taken);
                assertThat(start)
                        .as("%s of %s on %s", geometry.profileName(p), counts, geometry.name())
                        .isNotNegative();
                taken |= geometry.occupancyOf(p, start);
            }
        }
        for (int p = 0; p < counts.size(); p++) {
            for (int starts = geometry.placeableStarts(p, occupancy); starts != 0; starts &= starts - 1) {
                List<Integer> more = new ArrayList<>(counts);
                more.set(p, more.get(p) + 1);
                reach(geometry, occupancy | geometry.occupancyOf(p, Integer.numberOfTrailingZeros(starts)), more, seen);
            }
        }
    }

    private static List<Integer> largestFirst(MigGeometry geometry) {
        return IntStream.range(0, geometry.profileCount())
                .boxed()
                .sorted(Comparator.comparing(p -> -16 * geometry.sizeSlices(p) - geometry.computeSlices(p)))
                .toList();
    }
}
