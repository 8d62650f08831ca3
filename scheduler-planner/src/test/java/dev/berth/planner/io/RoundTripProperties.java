package dev.berth.planner.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Request;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
        Cluster read = ClusterFile.parse("written", ClusterFile.write(cluster).getBytes(StandardCharsets.UTF_8));
        assertThat(specs(read)).isEqualTo(specs(cluster));
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
        return names().list().uniqueElements().ofMaxSize(6).flatMap(names -> nodes(names));
    }

    private static Arbitrary<Cluster> nodes(List<String> names) {
        if (names.isEmpty()) {
            return Arbitraries.just(Cluster.builder().build());
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
                        Arbitraries.of(List.<String>of(), List.of("n1"), List.of("n1", "n0")))
                .as((names, requests, order, nodes) -> {
                    List<Job> jobs = new ArrayList<>();
                    for (int i = 0; i < names.size(); i++) {
                        jobs.add(new Job(names.get(i), 1 + i * 7, requests.get(i), nodes));
                    }
                    return new Workload(jobs, order);
                });
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
