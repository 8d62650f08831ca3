package dev.berth.planner.pack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import dev.berth.placement.GangRequest;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Policies;
import dev.berth.placement.Request;
import dev.berth.planner.io.Example;
import dev.berth.planner.io.Job;
import dev.berth.planner.io.Workload;
import dev.berth.planner.report.PackJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import org.jspecify.annotations.Nullable;

/** What is printed about a packing obeys the laws, whatever the cluster, the workload and the policy. */
final class PackProperties {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Property(tries = 9, shrinking = ShrinkingMode.OFF)
    void theExampleIsPackedLawfully(@ForAll("policies") String policy) throws JsonProcessingException {
        Cluster cluster = Example.cluster();
        Workload workload = Example.workload(cluster);
        JsonNode json = pack(cluster, workload, policy, 42);
        PackOracle.check(cluster, workload, json);
        assertThat(json.get("allocatedPercent").asDouble()).isGreaterThan(policy.equals("berth") ? 90 : 60);
        assertThat(json.get("refusals").size()).isGreaterThan(5);
    }

    @Property(tries = 150, shrinking = ShrinkingMode.OFF)
    void everyPackingIsLawful(@ForAll("policies") String policy, @ForAll Random random) throws JsonProcessingException {
        Cluster cluster = cluster(random);
        Workload workload = workload(cluster, random);
        JsonNode json = pack(cluster, workload, policy, 1);
        PackOracle.check(cluster, workload, json);
        assertThat(pack(cluster, workload, policy, 1)).as("the same again").isEqualTo(json);
    }

    private static JsonNode pack(Cluster cluster, Workload workload, String policy, long seed)
            throws JsonProcessingException {
        Packing packing = Packer.pack(cluster, workload, Policies.byName(policy), seed, done -> {});
        return MAPPER.readTree(PackJson.of(PackResult.of(packing), true));
    }

    @Provide
    Arbitrary<String> policies() {
        return Arbitraries.of(Policies.names());
    }

    private static Cluster cluster(Random random) {
        Cluster.Builder builder = Cluster.builder();
        int nodes = random.nextInt(12);
        for (int n = 0; n < nodes; n++) {
            int kind = random.nextInt(4);
            NodeSpec.Builder node = NodeSpec.named("n" + n)
                    .cpuMilli(random.nextInt(5) * 16_000)
                    .memoryMib(random.nextInt(5) * 65_536L)
                    .label("pool", random.nextBoolean() ? "a" : "b");
            if (kind == 1) {
                node.gpus("L40S", 1 + random.nextInt(16), 46068);
            } else if (kind == 2) {
                int gpus = 1 + random.nextInt(8);
                node.gpus("A100-SXM4-80GB", gpus, 81920).migGpuMask(random.nextInt(1 << gpus));
            } else if (kind == 3) {
                node.gpus("A30", 4, 24576).migGpuMask(random.nextInt(16));
            }
            if (random.nextBoolean()) {
                node.counted("pods", random.nextInt(20));
            }
            if (random.nextInt(6) == 0) {
                node.state(NodeState.values()[random.nextInt(NodeState.values().length)]);
            }
            builder.add(node.build());
        }
        return builder.build();
    }

    private static Workload workload(Cluster cluster, Random random) {
        List<Job> jobs = new ArrayList<>();
        int size = random.nextInt(8);
        for (int j = 0; j < size; j++) {
            GpuDemand gpus = switch (random.nextInt(4)) {
                case 0 -> GpuDemand.NONE;
                case 1 -> new GpuDemand.Whole(1 + random.nextInt(8));
                case 2 -> new GpuDemand.Share(1 + random.nextInt(999));
                default ->
                    new GpuDemand.Mig(
                            List.of("1g.10gb", "3g.40gb", "7g.80gb", "2g.12gb").get(random.nextInt(4)));
            };
            boolean none = gpus instanceof GpuDemand.None;
            Request request = new Request(
                    gpus,
                    random.nextInt(3) * 4_000,
                    random.nextInt(3) * 8_192L,
                    cluster.countedNames().isEmpty() || random.nextBoolean() ? Map.of() : Map.of("pods", 1L),
                    none || random.nextInt(3) > 0 ? Set.of() : Set.of("L40S", "A30"),
                    none || random.nextInt(4) > 0 ? 0 : 40_000,
                    random.nextInt(4) > 0 ? Map.of() : Map.of("pool", "a"));
            List<String> allowed = new ArrayList<>();
            for (int n = 0; random.nextInt(4) == 0 && n < cluster.nodeCount(); n += 2) {
                allowed.add(cluster.nodeName(n));
            }
            jobs.add(new Job("job" + j, 1 + random.nextInt(20), request, allowed, gang(request, random)));
        }
        return new Workload(jobs, random.nextBoolean() ? Workload.Order.SHUFFLED : Workload.Order.WRITTEN);
    }

    private static @Nullable GangRequest gang(Request task, Random random) {
        if (random.nextInt(3) > 0) {
            return null;
        }
        int least = 1 + random.nextInt(4);
        GangRequest.Builder gang = GangRequest.elastic(task, least, least + random.nextInt(3));
        return random.nextBoolean() ? gang.build() : gang.maxTasksPerNode(2).build();
    }
}
