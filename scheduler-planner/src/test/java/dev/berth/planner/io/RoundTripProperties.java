package dev.berth.planner.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Cooling;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.GpuModel;
import dev.berth.cluster.GpuModel.Interconnect;
import dev.berth.cluster.GpuNic;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.LinkKind;
import dev.berth.cluster.NodePower;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import dev.berth.cluster.PowerBasis;
import dev.berth.cluster.Rack;
import dev.berth.cluster.Site;
import dev.berth.placement.GangRequest;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Request;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is written is read back the same. */
final class RoundTripProperties {
    @Property(tries = 200)
    void clusters(@ForAll("clusters") Cluster cluster) {
        requireEqual(ClusterFile.write(cluster), cluster);
    }

    @Property(tries = 200)
    void clustersInRanges(@ForAll("clusters") Cluster cluster) {
        requireEqual(ClusterFileWriter.write(cluster), cluster);
    }

    static void requireEqual(String written, Cluster cluster) {
        Cluster read = ClusterFile.parse("written", written.getBytes(StandardCharsets.UTF_8));
        assertThat(specs(read)).isEqualTo(specs(cluster));
        assertThat(read.switches()).isEqualTo(cluster.switches());
        assertThat(read.describedRacks()).containsExactlyElementsOf(cluster.describedRacks());
        assertThat(read.describedGpuModels()).containsExactlyElementsOf(cluster.describedGpuModels());
        assertThat(read.describedSites()).containsExactlyElementsOf(cluster.describedSites());
        assertThat(read.powerBasis()).isEqualTo(cluster.powerBasis());
    }

    @Property(tries = 200)
    void workloads(@ForAll("workloads") Workload workload) {
        byte[] written = JobsFile.write(workload).getBytes(StandardCharsets.UTF_8);
        assertThat(JobsFile.parse("written", written, FileCorpus.CLUSTER)).isEqualTo(workload);
    }

    private static List<NodeSpec> specs(Cluster cluster) {
        List<NodeSpec> specs = new ArrayList<>();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            specs.add(cluster.spec(node));
        }
        return specs;
    }

    @Provide
    Arbitrary<Cluster> clusters() {
        return Combinators.combine(names().list().uniqueElements().ofMaxSize(6), Arbitraries.longs())
                .flatAs((names, seed) -> nodes(names, new Random(seed)));
    }

    private static Arbitrary<Cluster> nodes(List<String> names, Random random) {
        if (names.isEmpty()) {
            return Arbitraries.just(Cluster.builder().build());
        }
        if (random.nextBoolean()) {
            return node().list().ofSize(names.size()).map(nodes -> places(nodes, names, random));
        }
        return node().list().ofSize(names.size()).map(nodes -> {
            Cluster.Builder builder = Cluster.builder();
            for (int i = 0; i < nodes.size(); i++) {
                NodeSpec node = nodes.get(i);
                builder.add(node.toBuilder(names.get(i)).build());
            }
            return builder.build();
        });
    }

    /** The names serve as names of racks, sites and switches as well. */
    private static Cluster places(List<NodeSpec> nodes, List<String> names, Random random) {
        Cluster.Builder builder = Cluster.builder().powerBasis(PowerBasis.values()[random.nextInt(3)]);
        builder.add(new GpuModel("ACME " + random.nextInt(9), 65536, 500, 40, 800, 8, 0, Interconnect.MESH, "a: b"));
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            builder.add(new Rack(name, 1_000_000 * random.nextInt(2), Cooling.values()[random.nextInt(4)]));
            builder.add(new Site(
                    name, random.nextBoolean() ? name : null, random.nextBoolean() ? 0 : 1 + random.nextDouble()));
            builder.add(new FabricSwitch(
                    name, "tier " + i, i == 0 ? null : names.get(random.nextInt(i)), random.nextDouble()));
        }
        for (int i = 0; i < nodes.size(); i++) {
            String place = names.get(random.nextInt(names.size()));
            boolean gpus = nodes.get(i).gpuCount() > 0;
            builder.add(nodes.get(i).toBuilder(names.get(i))
                    .rack(place)
                    .site(place)
                    .fabricSwitch(random.nextBoolean() ? place : null)
                    .nvlinkDomain(gpus && random.nextBoolean() ? place : null)
                    .power(new NodePower(
                            9_000 + random.nextInt(9), 8_000, random.nextInt(500), random.nextInt(2) * 300))
                    .gpuTopology(
                            gpus && random.nextBoolean() ? topology(nodes.get(i).gpuCount(), random) : null)
                    .build());
        }
        return builder.build();
    }

    private static GpuTopology topology(int gpus, Random random) {
        int speed = 1 + random.nextInt(900);
        return switch (random.nextInt(6)) {
            case 0 -> gpus > 1 && gpus % 2 == 0 ? GpuTopology.halves(gpus, speed) : GpuTopology.none(gpus);
            case 1 -> GpuTopology.nvswitch(gpus, speed);
            case 2 -> GpuTopology.pairs(gpus, speed);
            case 3 -> gpus == 8 ? GpuTopology.hybridCubeMesh() : GpuTopology.mesh(gpus, speed);
            default -> matrix(gpus, speed, random);
        };
    }

    private static GpuTopology matrix(int gpus, int speed, Random random) {
        // Small ones only: finding the best sets of unlike links takes its time.
        GpuTopology.Builder builder = GpuTopology.builder(gpus);
        for (int gpu = 0; gpu < gpus; gpu++) {
            builder.numa(gpu, random.nextInt(3) - 1);
        }
        for (int pair = 0; pair < 6 && gpus >= 2 && gpus <= 8; pair++) {
            int a = random.nextInt(gpus);
            int b = (a + 1 + random.nextInt(gpus - 1)) % gpus;
            switch (random.nextInt(4)) {
                case 0 -> builder.nvlink(a, b, 1 + random.nextInt(2), 1 + random.nextInt(5));
                case 1 -> builder.link(a, b, LinkKind.XGMI, speed);
                case 2 -> builder.link(a, b, LinkKind.NVLINK, speed);
                default -> builder.link(a, b, LinkKind.PXB);
            }
        }
        if (random.nextBoolean()) {
            builder.switched(random.nextBoolean());
        }
        if (random.nextBoolean()) {
            builder.nic(new GpuNic("a b", random.nextInt(3) - 1, Collections.nCopies(gpus, LinkKind.NODE)));
        }
        return builder.build();
    }

    private static Arbitrary<NodeSpec> node() {
        Arbitrary<NodeSpec.Builder> withGpus = Combinators.combine(
                        Arbitraries.of("A100-SXM4-80GB", "L40S", "yes", "1e3"),
                        Arbitraries.integers().between(0, 16),
                        Arbitraries.integers().between(0, 0xFFFF),
                        amounts(),
                        amounts())
                .as((model, count, mask, cpu, memory) -> {
                    NodeSpec.Builder builder = NodeSpec.named("n").cpuMilli(cpu).memoryMib(memory);
                    boolean mig = model.startsWith("A100");
                    return count == 0
                            ? builder
                            : builder.gpus(model, count, mig ? 81920 : 0).migGpuMask(mig ? mask & (1 << count) - 1 : 0);
                });
        return Combinators.combine(
                        withGpus,
                        counted(),
                        labels(),
                        Arbitraries.of(NodeState.class),
                        names().injectNull(0.3),
                        names().injectNull(0.3))
                .as((builder, counted, labels, state, rack, site) -> {
                    counted.forEach(builder::counted);
                    labels.forEach(builder::label);
                    return builder.state(state).rack(rack).site(site).build();
                });
    }

    @Provide
    Arbitrary<Workload> workloads() {
        return Combinators.combine(
                        names().list().uniqueElements().ofMaxSize(6),
                        request().list().ofSize(6),
                        Arbitraries.of(Workload.Order.class),
                        Arbitraries.of(List.<String>of(), List.of("n1"), List.of("n1", "n0")),
                        Arbitraries.integers().between(0, 511))
                .as((names, requests, order, nodes, gang) -> {
                    List<Job> jobs = new ArrayList<>();
                    for (int i = 0; i < names.size(); i++) {
                        Request request = requests.get(i);
                        jobs.add(new Job(
                                names.get(i), 1 + i * 7, request, nodes, i % 2 == 0 ? null : gang(request, gang + i)));
                    }
                    return new Workload(jobs, order);
                });
    }

    /** A gang for each number, with one of its fields given for each bit. */
    private static GangRequest gang(Request task, int fields) {
        boolean whole = task.gpus() instanceof GpuDemand.Whole;
        GangRequest.Builder gang = (fields & 1) == 0 ? GangRequest.of(task, 6) : GangRequest.elastic(task, 6, 12);
        if ((fields & 2) != 0) {
            gang.maxTasksPerNode(3);
        }
        if ((fields & 4) != 0) {
            gang.within("cluster");
        }
        if ((fields & 8) != 0) {
            gang.preferably("node");
        }
        if ((fields & 16) != 0) {
            gang.spreadOver("node", 2);
        }
        if ((fields & 32) != 0) {
            gang.segments(3, whole ? "island" : "node");
        }
        if ((fields & 64) != 0) {
            gang.sameModel();
        }
        if ((fields & 128) != 0) {
            gang.sameLabels(List.of("yes", "a: b"));
        }
        if ((fields & 256) != 0 && (fields & (16 | 32)) == 0 && whole) {
            gang.railAligned();
        }
        return gang.build();
    }

    private static Arbitrary<Request> request() {
        Arbitrary<GpuDemand> gpus = Arbitraries.oneOf(
                Arbitraries.just(GpuDemand.NONE),
                Arbitraries.integers().between(1, 16).map(GpuDemand.Whole::new),
                Arbitraries.integers().between(1, 999).map(GpuDemand.Share::new),
                Arbitraries.of("1g.10gb", "3g.40gb", "1g.24gb+gfx", "2g.48gb-me")
                        .map(GpuDemand.Mig::new));
        return Combinators.combine(
                        gpus,
                        amounts(),
                        amounts(),
                        counted(),
                        labels(),
                        names().set().ofMaxSize(3),
                        amounts())
                .as((gpu, cpu, memory, counted, labels, models, least) -> {
                    boolean none = gpu instanceof GpuDemand.None;
                    return new Request(gpu, cpu, memory, counted, none ? Set.of() : models, none ? 0 : least, labels);
                });
    }

    private static Arbitrary<Integer> amounts() {
        return Arbitraries.integers().between(0, Integer.MAX_VALUE);
    }

    private static Arbitrary<Map<String, Long>> counted() {
        return Arbitraries.maps(
                        Arbitraries.of("pods", "rdma", "ephemeral storage", "0"),
                        Arbitraries.longs().between(0, Counted.MAX_AMOUNT))
                .ofMaxSize(3);
    }

    private static Arbitrary<Map<String, String>> labels() {
        return Arbitraries.maps(texts(), texts()).ofMaxSize(3);
    }

    private static Arbitrary<String> names() {
        return texts().filter(text -> !text.isBlank() && NamePattern.isPlain(text));
    }

    /** Texts that a careless writer would not quote, and any others that UTF-8 can carry. */
    private static Arbitrary<String> texts() {
        return Arbitraries.oneOf(
                Arbitraries.of(
                        "a", "yes", "null", "~", "17", "0x1F", "1e3", "- x", "a: b", "#", "'", "\"", "2026-11-22"),
                Arbitraries.strings().ofMinLength(1).ofMaxLength(8).filter(RoundTripProperties::isUnicode));
    }

    private static boolean isUnicode(String text) {
        return text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
