package dev.berth.k8s.page;

import dev.berth.k8s.engine.ClusterView;
import dev.berth.k8s.engine.ClusterView.NodeView;
import dev.berth.k8s.engine.ClusterView.WaitingView;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Clusters to look at. */
final class DemoCluster {
    private static final int GPUS = 8;

    private DemoCluster() {}

    /** Racks of 16 nodes with 8 GPUs each under spines of 32 racks; every kind of state and of load is there. */
    static ClusterView large(int nodes, long seed) {
        Random random = new Random(seed);
        List<NodeView> made = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            int rack = i / 16;
            String rackName = String.format(Locale.ROOT, "r%03d", rack);
            List<String> domains = List.of(
                    String.format(Locale.ROOT, "leaf-%03d", rack), String.format(Locale.ROOT, "spine-%02d", rack / 32));
            // Packed: full racks first, then a frontier, then free ones.
            double filled = 0.72;
            double at = (double) i / nodes;
            List<Integer> held = new ArrayList<>();
            List<String> pods = new ArrayList<>();
            List<String> gangs = new ArrayList<>();
            String state = "READY";
            if (at < filled - 0.06) {
                if (rack % 3 == 0) {
                    held = list(GPUS, 1000);
                    pods.add("train/llama-" + rack + "-" + i % 16);
                    gangs.add("train/llama-" + rack);
                } else if (rack % 7 == 1) {
                    for (int gpu = 0; gpu < GPUS; gpu++) {
                        int share = random.nextInt(6) == 0 ? 0 : 250 * (1 + random.nextInt(4));
                        held.add(share);
                        if (share > 0) {
                            pods.add("serve/chat-" + i + "-" + gpu);
                            gangs.add("");
                        }
                    }
                } else {
                    for (int gpu = 0; gpu < GPUS; gpu++) {
                        boolean taken = random.nextInt(40) != 0;
                        held.add(taken ? 1000 : 0);
                        if (taken) {
                            pods.add("batch/sweep-" + i + "-" + gpu);
                            gangs.add("");
                        }
                    }
                }
            } else if (at < filled && random.nextInt(3) != 0) {
                int taken = 1 + random.nextInt(GPUS);
                for (int gpu = 0; gpu < GPUS; gpu++) {
                    held.add(gpu < taken ? 1000 : 0);
                }
                pods.add("batch/job-" + i);
                gangs.add("");
            } else {
                held = list(GPUS, 0);
            }
            if (random.nextInt(160) == 0) {
                state = "DRAINING";
            } else if (random.nextInt(250) == 0) {
                state = "NOT_READY";
                held = list(GPUS, 0);
                pods.clear();
                gangs.clear();
            } else if (random.nextInt(900) == 0 && !pods.isEmpty()) {
                state = "OVERCOMMITTED";
                held = new ArrayList<>(held);
                held.set(0, 2000);
            }
            made.add(new NodeView(
                    String.format(Locale.ROOT, "gpu-node-%04d", i),
                    rackName,
                    domains,
                    rack % 5 == 4 ? "NVIDIA-H200" : "NVIDIA-H100-80GB-HBM3",
                    state,
                    held,
                    list(GPUS, 0),
                    pods,
                    gangs));
        }
        return new ClusterView(0, true, made, waiting());
    }

    /** A dozen nodes of three sorts. */
    static ClusterView small() {
        List<NodeView> nodes = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            String name = String.format(Locale.ROOT, "dgx-h100-%03d", i + 1);
            List<Integer> held =
                    i < 2 ? list(8, 1000) : i == 2 ? List.of(1000, 1000, 1000, 1000, 500, 250, 0, 0) : list(8, 0);
            List<String> pods = i < 2
                    ? List.of("train/llama-70b-" + i)
                    : i == 2 ? List.of("batch/sweep-0", "batch/sweep-1", "serve/chat-a", "serve/chat-b") : List.of();
            List<String> gangs = i < 2 ? List.of("train/llama-70b") : List.of();
            nodes.add(new NodeView(
                    name,
                    i < 4 ? "rack-a" : "rack-b",
                    List.of(i < 4 ? "leaf-1" : "leaf-2", "spine-1"),
                    "NVIDIA-H100-80GB-HBM3",
                    i == 4 ? "DRAINING" : "READY",
                    held,
                    list(8, 0),
                    pods,
                    gangs));
        }
        for (int i = 0; i < 4; i++) {
            nodes.add(new NodeView(
                    "l40s-" + (i + 1),
                    "rack-c",
                    List.of("leaf-3", "spine-1"),
                    "NVIDIA-L40S",
                    i == 3 ? "OVERCOMMITTED" : i == 2 ? "NOT_READY" : "READY",
                    i == 3 ? List.of(1000, 1500, 0, 0) : i == 0 ? List.of(300, 0, 0, 1000) : list(4, 0),
                    List.of(0, 0, 1, 1),
                    i == 3
                            ? List.of("batch/old-0", "batch/old-1")
                            : i == 0 ? List.of("serve/tiny-0", "serve/tiny-1") : List.of()));
        }
        for (int i = 0; i < 2; i++) {
            nodes.add(new NodeView(
                    "gb200-" + (i + 1),
                    "rack-d",
                    List.of("nvl-1", "leaf-4", "spine-1"),
                    "NVIDIA-GB200",
                    "READY",
                    i == 0 ? list(4, 1000) : list(4, 0),
                    list(4, 0),
                    i == 0 ? List.of("train/moe-0") : List.of()));
        }
        return new ClusterView(0, true, nodes, waiting());
    }

    private static List<WaitingView> waiting() {
        long now = System.currentTimeMillis();
        return List.of(
                new WaitingView(
                        "train/llama-405b",
                        true,
                        64,
                        64,
                        1000,
                        now - 754_000,
                        "64 pods of 8 GPUs need 64 whole nodes of one model under one spine; the best, spine-09, has 41 free."),
                new WaitingView(
                        "train/moe-16b",
                        true,
                        5,
                        8,
                        0,
                        now - 41_000,
                        "3 of its 8 pods have not been created yet; it starts when all are there."),
                new WaitingView(
                        "team-vision/eval-x",
                        false,
                        1,
                        1,
                        0,
                        now - 9_000,
                        "It asks for 8 GPUs on one node with label zone=b; the best node there has 6 free."));
    }

    private static List<Integer> list(int size, int value) {
        List<Integer> list = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            list.add(value);
        }
        return list;
    }
}
