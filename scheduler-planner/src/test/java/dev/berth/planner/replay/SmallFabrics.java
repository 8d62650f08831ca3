package dev.berth.planner.replay;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.NodeSpec;
import java.util.ArrayList;
import java.util.List;

/** Clusters with a fabric that a test can see through, and jobs for them. */
final class SmallFabrics {
    static final String MODEL = "A";

    private SmallFabrics() {}

    /** Leaves of so many nodes of 8 GPUs, so many leaves under each spine, all spines under one core. */
    static Cluster tree(int spines, int leaves, int nodes) {
        Cluster.Builder builder = Cluster.builder().add(new FabricSwitch("core", "core", null, 1));
        for (int spine = 0; spine < spines; spine++) {
            builder.add(new FabricSwitch("s" + spine, "spine", "core", 1));
            for (int leaf = 0; leaf < leaves; leaf++) {
                String name = "s" + spine + "l" + leaf;
                builder.add(new FabricSwitch(name, "leaf", "s" + spine, 1));
                for (int node = 0; node < nodes; node++) {
                    builder.add(node(name + "n" + node, 8).fabricSwitch(name).build());
                }
            }
        }
        return builder.build();
    }

    /** NVLink domains of so many nodes of 4 GPUs. */
    static Cluster domains(int domains, int nodes) {
        Cluster.Builder builder = Cluster.builder();
        for (int domain = 0; domain < domains; domain++) {
            for (int node = 0; node < nodes; node++) {
                builder.add(node("d" + domain + "n" + node, 4)
                        .nvlinkDomain("d" + domain)
                        .build());
            }
        }
        return builder.build();
    }

    private static NodeSpec.Builder node(String name, int gpus) {
        return NodeSpec.named(name).gpus(MODEL, gpus, 0).cpuMilli(gpus * 1_000).memoryMib(gpus * 1_000L);
    }

    /** Sizes of jobs in proportions like those of the Philly trace. */
    static List<Integer> philly() {
        List<Integer> sizes = new ArrayList<>();
        for (int i = 0; i < 94; i++) {
            sizes.add(1);
        }
        sizes.addAll(List.of(2, 2, 4, 4, 8, 8, 32));
        return sizes;
    }

    /** The kinds of jobs that the mix makes for a cluster. */
    static List<GangJob> jobs(Cluster cluster) {
        return GangMix.phillyTail(cluster, Ladder.of(cluster), philly());
    }

    static GangRun.Setting setting(Cluster cluster, double loadPercent) {
        return new GangRun.Setting(
                cluster, Ladder.of(cluster), IslandMap.of(cluster), jobs(cluster), loadPercent, Lifetimes.EXP);
    }
}
