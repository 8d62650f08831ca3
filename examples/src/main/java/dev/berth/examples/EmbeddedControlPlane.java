package dev.berth.examples;

import dev.berth.ClusterUpdate;
import dev.berth.Running;
import dev.berth.Scheduler;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import dev.berth.placement.Answer;
import dev.berth.placement.LostRace;
import dev.berth.placement.Placement;
import dev.berth.placement.Proposal;
import dev.berth.placement.Refusal;
import dev.berth.placement.Request;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A control plane in small: it describes its machines, takes in what already runs, places what arrives, plans first and commits
 * later, drains a node, loses a node, and asks why a task is refused.
 */
public final class EmbeddedControlPlane {
    private EmbeddedControlPlane() {}

    /** Runs the example and prints what happens. */
    public static void main(String[] args) {
        run(System.out);
    }

    static void run(PrintStream out) {
        try (Scheduler scheduler = Scheduler.builder(cluster(8)).build()) {
            // What already runs when the control plane starts: with the GPUs, when they are known.
            scheduler.adopt(new Running(Request.gpus(4, 32_000, 400_000), "h100-0", List.of(0, 1, 2, 3)));
            scheduler.adopt(new Running(Request.share(500, 4_000, 16_000), "l40s-0", List.of()));

            // Place and run.
            List<Placement> training = new ArrayList<>();
            for (int i = 0; i < 7; i++) {
                Answer answer = scheduler.place(Request.gpus(8, 96_000, 900_000).onModels(Set.of("H100-SXM5-80GB")));
                if (answer instanceof Placement placement) {
                    training.add(placement);
                }
            }
            out.println("training tasks placed: " + training.size() + ", the first on "
                    + training.get(0).nodeName() + " GPUs " + training.get(0).gpus());

            // Plan now, commit when the caller's own checks are done; nothing is held in between.
            // Policies learn from arrivals: place() tells of them itself, who plans and commits does so here.
            Request slice = Request.mig("3g.40gb", 8_000, 64_000);
            scheduler.arrived(slice);
            Answer planned = scheduler.plan(slice);
            if (planned instanceof Proposal proposal) {
                Answer committed = scheduler.commit(proposal);
                out.println("MIG instance: " + committed);
                Answer again = scheduler.commit(proposal);
                out.println("the same proposal again: "
                        + (again instanceof LostRace ? "lost the race, plan again" : again));
            }

            // A refusal says what is missing and what would help.
            Answer answer = scheduler.place(Request.gpus(8, 96_000, 900_000).onModels(Set.of("H100-SXM5-80GB")));
            if (answer instanceof Refusal refusal) {
                out.println("refused: " + refusal.binding());
                out.println("would help: " + refusal.relaxation());
            }

            // Maintenance: the node keeps what it has and takes nothing new.
            scheduler.setState("l40s-0", NodeState.DRAINING);
            scheduler.release(training.get(0).claim());

            // The fleet changes under running tasks; claims are kept by node name.
            ClusterUpdate update = scheduler.update(cluster(7));
            out.println("after a node went away: " + update.orphans().size() + " orphans, overcommitted "
                    + update.overcommitted());
            out.println(scheduler.snapshot());
        }
    }

    private static Cluster cluster(int h100Nodes) {
        Cluster.Builder cluster = Cluster.builder();
        for (int i = 0; i < h100Nodes; i++) {
            cluster.add(NodeSpec.named("h100-" + i)
                    .gpus("H100-SXM5-80GB", 8, 81_559)
                    .cpuMilli(208_000)
                    .memoryMib(2_000_000)
                    .counted("pods", 110)
                    .label("pool", "training")
                    .build());
        }
        for (int i = 0; i < 2; i++) {
            cluster.add(NodeSpec.named("l40s-" + i)
                    .gpus("L40S", 4, 46_068)
                    .cpuMilli(64_000)
                    .memoryMib(500_000)
                    .counted("pods", 110)
                    .label("pool", "inference")
                    .build());
        }
        cluster.add(NodeSpec.named("a100-mig")
                .gpus("A100-SXM4-80GB", 8, 81_920)
                .migGpuMask(0xFF)
                .cpuMilli(128_000)
                .memoryMib(1_000_000)
                .counted("pods", 110)
                .build());
        return cluster.build();
    }

    /** How a request with everything in it looks. */
    static Request fullRequest() {
        return Request.gpus(2, 16_000, 128_000)
                .withMinGpuMemoryMib(40_000)
                .withLabels(Map.of("pool", "training"))
                .withCounted(Map.of("pods", 1L));
    }
}
