package dev.berth.planner.replay;

import dev.berth.cluster.NodeSpec;
import dev.berth.placement.Request;
import dev.berth.planner.io.OpenbPods;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Clusters and lists that a test can see through. */
final class SmallTraces {
    private SmallTraces() {}

    /** So many equal nodes of a model, with plenty of CPU and memory. */
    static List<NodeSpec> nodes(String model, int count, int gpus) {
        List<NodeSpec> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.add(NodeSpec.named(model + "-" + gpus + "-" + i)
                    .gpus(model, gpus, 0)
                    .cpuMilli(128_000)
                    .memoryMib(1 << 20)
                    .build());
        }
        return nodes;
    }

    static List<OpenbPods.Pod> pods(int count, Request request) {
        List<OpenbPods.Pod> pods = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pods.add(new OpenbPods.Pod("p", request));
        }
        return pods;
    }

    /** Thirty nodes of two models and a mixture of tasks that asks for about twice what they have. */
    static Trace mixed() {
        List<NodeSpec> nodes = new ArrayList<>(nodes("A", 20, 8));
        nodes.addAll(nodes("B", 10, 4));
        List<OpenbPods.Pod> pods = new ArrayList<>();
        pods.addAll(pods(60, Request.share(810, 4_000, 1)));
        pods.addAll(pods(60, Request.share(470, 4_000, 1)));
        pods.addAll(pods(30, Request.share(190, 1_000, 1)));
        pods.addAll(pods(60, Request.gpus(1, 8_000, 1)));
        pods.addAll(pods(20, Request.gpus(1, 8_000, 1).onModels(Set.of("B"))));
        pods.addAll(pods(8, Request.gpus(8, 64_000, 1)));
        pods.addAll(pods(40, Request.cpuOnly(4_000, 1)));
        return new Trace(nodes, pods);
    }
}
