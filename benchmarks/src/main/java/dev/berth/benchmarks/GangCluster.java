package dev.berth.benchmarks;

import com.carrotsearch.hppc.LongArrayList;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.NodeSpec;
import dev.berth.ledger.Ledger;
import dev.berth.placement.GangPlan;
import dev.berth.placement.GangPlanner;
import dev.berth.placement.GangRequest;
import dev.berth.placement.Planner;
import dev.berth.placement.Policies;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Nodes of eight GPUs, 32 to a leaf, 32 leaves to a spine, 16 spines to a core, full of gangs of 64 nodes and of gangs of 1 to 8
 * nodes, half of the nodes each; of the small ones so many have left, here and there, that a tenth of the GPUs is free.
 */
final class GangCluster {
    static final Request TASK = Request.gpus(8, 96_000, 1 << 19);
    static final int TASKS = 64;

    private static final int LEAF_NODES = 32;
    private static final int SPINE_LEAVES = 32;
    private static final int CORE_SPINES = 16;
    private static final long SEED = 42;

    final Cluster cluster;
    final Ledger ledger;
    final GangPlanner planner;
    /** Handles of the gangs of 64 nodes. */
    final List<LongArrayList> large = new ArrayList<>();

    GangCluster(int nodes) {
        cluster = cluster(nodes);
        ledger = Ledger.of(cluster);
        planner = new GangPlanner(new Planner(ledger, Policies.byName("best-fit"), SEED));
        fill(new SplittableRandom(SEED));
    }

    private static Cluster cluster(int nodes) {
        Cluster.Builder builder = Cluster.builder();
        for (int node = 0; node < nodes; node++) {
            int leaf = node / LEAF_NODES;
            int spine = leaf / SPINE_LEAVES;
            int core = spine / CORE_SPINES;
            if (node % (LEAF_NODES * SPINE_LEAVES * CORE_SPINES) == 0) {
                builder.add(new FabricSwitch("core-" + core, "core", null, 2));
            }
            if (node % (LEAF_NODES * SPINE_LEAVES) == 0) {
                builder.add(new FabricSwitch("spine-" + spine, "spine", "core-" + core, 2));
            }
            if (node % LEAF_NODES == 0) {
                builder.add(new FabricSwitch("leaf-" + leaf, "leaf", "spine-" + spine, 1));
            }
            builder.add(NodeSpec.named("node-" + node)
                    .gpus("H100-SXM5-80GB", 8, 81_559)
                    .cpuMilli(128_000)
                    .memoryMib(1 << 20)
                    .fabricSwitch("leaf-" + leaf)
                    .build());
        }
        return builder.build();
    }

    private void fill(SplittableRandom random) {
        List<LongArrayList> small = new ArrayList<>();
        int nodes = cluster.nodeCount();
        int inLarge = 0;
        for (int taken = 0; taken < nodes; ) {
            boolean isLarge = inLarge < taken / 2 && nodes - taken >= TASKS;
            int size = isLarge ? TASKS : Math.min(nodes - taken, 1 + random.nextInt(8));
            (isLarge ? large : small).add(place(size));
            taken += size;
            inLarge += isLarge ? size : 0;
        }
        for (int free = 0; free < nodes / 10; ) {
            LongArrayList leaving = small.remove(random.nextInt(small.size()));
            free += leaving.size();
            release(leaving);
        }
    }

    private LongArrayList place(int tasks) {
        GangPlan plan = new GangPlan();
        boolean placed =
                planner.plan(planner.demand(GangRequest.of(TASK, tasks).build()), plan) && planner.commit(plan) == 0;
        if (!placed) {
            throw new IllegalStateException("nobody else writes, but a gang of " + tasks + " tasks was refused");
        }
        LongArrayList handles = new LongArrayList(tasks);
        for (int rank = 0; rank < tasks; rank++) {
            handles.add(plan.handle(rank));
        }
        return handles;
    }

    private void release(LongArrayList gang) {
        for (int i = 0; i < gang.size(); i++) {
            ledger.release(gang.get(i));
        }
    }
}
