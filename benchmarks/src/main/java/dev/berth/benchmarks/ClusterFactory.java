package dev.berth.benchmarks;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.placement.Request;
import dev.berth.planner.io.OpenbNodes;
import dev.berth.planner.io.OpenbPods;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The machines and the tasks that are measured: the openb trace where it is at hand ({@code -Dberth.traces}, {@code
 * BERTH_TRACES} or {@code ../shared/traces}), else a cluster and tasks of our own of about the same make-up.
 */
final class ClusterFactory {
    private static final String NODES = "openb/openb_node_list_gpu_node.csv";
    private static final String PODS = "openb/openb_pod_list_default.csv";

    private ClusterFactory() {}

    /** Where the figures come from, for the output. */
    static String makeUp() {
        return traces().map(dir -> "openb").orElse("synthetic");
    }

    private static Optional<Path> traces() {
        String environment = System.getenv("BERTH_TRACES");
        String dir = System.getProperty("berth.traces", environment == null ? "../shared/traces" : environment);
        return Files.isRegularFile(Path.of(dir, NODES)) ? Optional.of(Path.of(dir)) : Optional.empty();
    }

    /** So many nodes: the list again and again, each time under new names. */
    static Cluster cluster(int nodes) {
        List<NodeSpec> list =
                traces().map(dir -> OpenbNodes.read(dir.resolve(NODES))).orElseGet(ClusterFactory::syntheticNodes);
        Cluster.Builder builder = Cluster.builder();
        for (int node = 0; node < nodes; node++) {
            NodeSpec like = list.get(node % list.size());
            builder.add(NodeSpec.named(like.name() + "-" + node / list.size())
                    .gpus(like.gpuModel(), like.gpuCount(), like.gpuMemoryMib())
                    .cpuMilli(like.cpuMilli())
                    .memoryMib(like.memoryMib())
                    .build());
        }
        return builder.build();
    }

    /** So many equal nodes of eight GPUs. */
    static Cluster eightGpuNodes(int nodes) {
        Cluster.Builder builder = Cluster.builder();
        for (int node = 0; node < nodes; node++) {
            builder.add(NodeSpec.named("node-" + node)
                    .gpus("H100-SXM5-80GB", 8, 81_559)
                    .cpuMilli(128_000)
                    .memoryMib(1 << 20)
                    .build());
        }
        return builder.build();
    }

    /** Tasks as they arrive: drawing one at random draws a class as often as it occurs. */
    static List<Request> tasks() {
        return traces().map(dir -> OpenbPods.read(dir.resolve(PODS)).stream()
                        .map(OpenbPods.Pod::request)
                        .toList())
                .orElseGet(ClusterFactory::syntheticTasks);
    }

    /** Of a hundred nodes: 8-GPU training machines, 4- and 2-GPU serving machines, single-GPU ones, a few without. */
    private static List<NodeSpec> syntheticNodes() {
        List<NodeSpec> nodes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            NodeSpec.Builder node = NodeSpec.named("node-" + i);
            if (i < 45) {
                node.gpus("A100-SXM4-80GB", 8, 81_920).cpuMilli(96_000).memoryMib(768 << 10);
            } else if (i < 60) {
                node.gpus("L40S", 4, 46_068).cpuMilli(64_000).memoryMib(512 << 10);
            } else if (i < 90) {
                node.gpus("T4", 2, 15_360).cpuMilli(96_000).memoryMib(384 << 10);
            } else {
                node.gpus("A10", 1, 23_028).cpuMilli(32_000).memoryMib(128 << 10);
            }
            nodes.add(node.build());
        }
        return nodes;
    }

    /** A hundred classes: half shares, a third single GPUs, some 2, 4 and 8, and tasks without GPUs. */
    private static List<Request> syntheticTasks() {
        List<Request> tasks = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            int cpuMilli = 1_000 * (2 + i * 7 % 11);
            long memoryMib = 1_024L * (4 + i * 5 % 29);
            int copies = 1 + 400 / (1 + i);
            Request task;
            if (i % 10 == 9) {
                task = Request.cpuOnly(cpuMilli, memoryMib);
            } else if (i % 2 == 0) {
                task = Request.share(50 * (1 + i % 19), cpuMilli / 2, memoryMib);
            } else if (i % 3 == 0) {
                int gpus = 1 << 1 + i / 3 % 3;
                task = Request.gpus(gpus, gpus * cpuMilli / 2, memoryMib);
            } else {
                task = Request.gpus(1, cpuMilli, memoryMib);
            }
            for (int copy = 0; copy < copies; copy++) {
                tasks.add(task);
            }
        }
        return tasks;
    }
}
