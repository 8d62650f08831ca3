package dev.berth.examples;

import dev.berth.Scheduler;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import dev.berth.placement.GangAnswer;
import dev.berth.placement.GangPlacement;
import dev.berth.placement.GangRefusal;
import dev.berth.placement.GangRequest;
import dev.berth.placement.Placement;
import dev.berth.placement.Request;
import java.io.PrintStream;
import java.util.List;

/**
 * Training jobs of several nodes on a cluster with two spines of two leaves: one that fits under a leaf, one that keeps its
 * pipeline stages under leaves, one that shrinks, one that is refused, and a node that fails.
 */
public final class GangsUnderLeaves {
    private static final Request NODE = Request.gpus(8, 96_000, 900_000);

    private GangsUnderLeaves() {}

    /** Runs the example and prints what happens. */
    public static void main(String[] args) {
        run(System.out);
    }

    static void run(PrintStream out) {
        try (Scheduler scheduler = Scheduler.builder(cluster()).build()) {
            // Three nodes under one leaf; ranks are in fabric order.
            GangAnswer answer = scheduler.place(GangRequest.of(NODE, 3).build());
            if (answer instanceof GangPlacement gang) {
                out.println("training: " + describe(gang));

                // A node fails: its task moves to the nearest node that is free, here under the same leaf.
                scheduler.setState(gang.members().get(1).nodeName(), NodeState.REPAIR);
                if (scheduler.replace(gang, 1) instanceof GangPlacement mended) {
                    out.println("after a failure: " + describe(mended) + ", " + mended.extraTiers() + " tiers more");
                }
            }

            // Two pipeline stages of two nodes, each under one leaf; anywhere below one spine.
            GangRequest pipeline =
                    GangRequest.of(NODE, 4).segments(2, "leaf").within("spine").build();
            if (scheduler.place(pipeline) instanceof GangPlacement stages) {
                out.println("pipeline: " + describe(stages));
            }

            // Two replicas of a service, not under the same leaf.
            GangRequest replicas = GangRequest.of(Request.gpus(2, 16_000, 100_000), 2)
                    .spreadOver("leaf", 2)
                    .build();
            if (scheduler.place(replicas) instanceof GangPlacement two) {
                out.println("replicas: " + describe(two));
            }

            // As many nodes as there are, eight at most and two at least.
            if (scheduler.place(GangRequest.elastic(NODE, 2, 8).build()) instanceof GangPlacement elastic) {
                out.println("elastic: " + describe(elastic));
            }

            // All or nothing: what does not fit holds nothing, and says what would help.
            GangAnswer large = scheduler.place(GangRequest.of(Request.gpus(6, 48_000, 600_000), 2)
                    .within("leaf")
                    .build());
            if (large instanceof GangRefusal refusal) {
                out.println("refused, " + refusal.tasksThatFit() + " would fit: " + refusal.relaxations());
            }
        }
    }

    private static String describe(GangPlacement gang) {
        List<String> nodes = gang.members().stream().map(Placement::nodeName).toList();
        return nodes + " in one " + gang.tier() + ", needs a " + gang.neededTier();
    }

    private static Cluster cluster() {
        Cluster.Builder cluster = Cluster.builder();
        for (int leaf = 0; leaf < 4; leaf++) {
            String spine = "spine-" + leaf / 2;
            if (leaf % 2 == 0) {
                cluster.add(new FabricSwitch(spine, "spine", null, 2));
            }
            cluster.add(new FabricSwitch("leaf-" + leaf, "leaf", spine, 1));
            for (int i = 0; i < 4; i++) {
                cluster.add(NodeSpec.named("h100-" + leaf + "-" + i)
                        .gpus("H100-SXM5-80GB", 8, 81_559)
                        .cpuMilli(208_000)
                        .memoryMib(2_000_000)
                        .fabricSwitch("leaf-" + leaf)
                        .build());
            }
        }
        return cluster.build();
    }
}
