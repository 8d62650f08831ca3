package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Cooling;
import dev.berth.cluster.NodePower;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import dev.berth.cluster.PowerBasis;
import dev.berth.cluster.Rack;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** A small random cluster of every kind of node, with requests of every kind for it, and outside writers. */
final class PlacementCase {
    /** Requests of every kind; some fit nowhere. */
    static final List<Request> REQUESTS = List.of(
            Request.gpus(1, 4_000, 16_000),
            Request.gpus(2, 8_000, 0),
            Request.gpus(4, 16_000, 64_000),
            Request.gpus(8, 0, 0),
            Request.gpus(16, 0, 0),
            Request.share(100, 1_000, 2_000),
            Request.share(500, 4_000, 0),
            Request.share(501, 2_000, 8_000),
            Request.share(999, 0, 0),
            Request.cpuOnly(4_000, 8_000),
            Request.cpuOnly(0, 100_000),
            Request.cpuOnly(0, 0),
            Request.mig("1g.10gb", 1_000, 4_000),
            Request.mig("1g.10gb+me", 1_000, 0),
            Request.mig("3g.40gb", 2_000, 0),
            Request.mig("7g.80gb", 0, 0),
            Request.mig("2g.12gb", 0, 0),
            Request.mig("9g.90gb", 0, 0),
            Request.gpus(1, 2_000, 0).onModels(Set.of("A100-SXM4-80GB")),
            Request.gpus(2, 0, 0).onModels(Set.of("T4", "H100-SXM5-80GB")),
            Request.share(300, 1_000, 0).onModels(Set.of("T4")),
            Request.gpus(1, 0, 0).onModels(Set.of("TPU")),
            Request.mig("1g.10gb", 0, 0).onModels(Set.of("H100-SXM5-80GB")),
            Request.gpus(1, 1_000, 0).withMinGpuMemoryMib(40_000),
            Request.share(250, 0, 0).withMinGpuMemoryMib(15_000),
            Request.gpus(1, 1_000, 0).withLabels(Map.of("zone", "a")),
            Request.share(200, 500, 0).withLabels(Map.of("zone", "b", "tier", "gold")),
            Request.cpuOnly(1_000, 0).withLabels(Map.of("zone", "a")),
            Request.cpuOnly(1_000, 0).withLabels(Map.of("zone", "nowhere")),
            Request.gpus(1, 0, 0).withCounted(Map.of("pods", 1L, "rdma", 1L)),
            Request.share(50, 100, 100).withCounted(Map.of("pods", 1L)),
            Request.cpuOnly(500, 0).withCounted(Map.of("pods", 2L)),
            Request.cpuOnly(500, 0).withCounted(Map.of("fpga", 1L)),
            Request.gpus(1, 0, 0).withCounted(Map.of("fpga", 0L)));

    private static final NodeState[] STATES = NodeState.values();

    final Cluster cluster;
    final Ledger ledger;
    private final ClaimSpec spec = new ClaimSpec();

    PlacementCase(int nodes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Cluster.Builder builder = Cluster.builder();
        int racks = random.nextBoolean() ? 0 : 1 + nodes / 4;
        builder.powerBasis(PowerBasis.values()[random.nextInt(3)]);
        for (int rack = 0; rack < racks; rack++) {
            builder.add(new Rack("r" + rack, random.nextInt(3) == 0 ? 0 : 1_000 + random.nextInt(4_000), Cooling.AIR));
        }
        for (int node = 0; node < nodes; node++) {
            NodeSpec spec = node("n" + node, random);
            builder.add(racks == 0 ? spec : powered(spec, racks, random));
        }
        cluster = builder.build();
        ledger = Ledger.of(cluster, 64);
    }

    private static NodeSpec node(String name, SplittableRandom random) {
        NodeSpec.Builder node = NodeSpec.named(name).cpuMilli(32_000).memoryMib(128_000);
        switch (random.nextInt(9)) {
            case 0 -> node.gpus("A100-SXM4-80GB", 8, 81_920).cpuMilli(96_000);
            case 1 -> node.gpus("A100-SXM4-80GB", 4, 81_920).migGpuMask(0b1111);
            case 2 -> node.gpus("A100-SXM4-80GB", 8, 81_920).migGpuMask(0b1010_0000);
            case 3 -> node.gpus("A30", 2, 24_576).migGpuMask(0b11);
            case 4 -> node.gpus("H100-SXM5-80GB", 8, 81_559).counted("rdma", 4).counted("pods", 6);
            case 5 -> node.gpus("T4", 2, 15_360).counted("pods", 3);
            case 6 -> node.gpus("L40S", 4, 0).memoryMib(16_000);
            case 7 -> node.cpuMilli(8_000);
            default -> node.gpus("V100", 1, 16_384).cpuMilli(4_000);
        }
        if (random.nextInt(2) == 0) {
            node.label("zone", random.nextBoolean() ? "a" : "b");
        }
        if (random.nextInt(3) == 0) {
            node.label("tier", "gold");
        }
        return node.state(random.nextInt(8) == 0 ? NodeState.DRAINING : NodeState.READY)
                .build();
    }

    private static NodeSpec powered(NodeSpec spec, int racks, SplittableRandom random) {
        boolean known = random.nextInt(4) > 0;
        return spec.toBuilder(spec.name())
                .rack(random.nextInt(5) == 0 ? null : "r" + random.nextInt(racks))
                .power(new NodePower(
                        1_500, random.nextBoolean() ? 1_200 : 0, known ? 100 : 0, known ? random.nextInt(60) : 0))
                .build();
    }

    NodeSet someNodes(SplittableRandom random) {
        NodeSet set = NodeSet.of(cluster);
        int share = 1 + random.nextInt(4);
        for (int node = 0; node < cluster.nodeCount(); node++) {
            if (random.nextInt(share) == 0) {
                set.add(node);
            }
        }
        return set;
    }

    /** What somebody does who knows nothing of planners: claims, takes in, releases, changes states. */
    void outside(SplittableRandom random, List<Long> handles) {
        int node = random.nextInt(cluster.nodeCount());
        switch (random.nextInt(6)) {
            case 0, 1 -> keep(handles, ledger.claim(node, randomClaim(node, random), Ledger.ANY_VERSION));
            case 2 -> keep(handles, ledger.adopt(node, randomClaim(node, random)));
            case 3 -> ledger.setState(node, STATES[random.nextInt(STATES.length)]);
            case 4 -> ledger.setState(node, NodeState.READY);
            default -> releaseOne(random, handles);
        }
    }

    void releaseOne(SplittableRandom random, List<Long> handles) {
        if (!handles.isEmpty()) {
            int chosen = random.nextInt(handles.size());
            long last = handles.remove(handles.size() - 1);
            ledger.release(chosen == handles.size() ? last : handles.set(chosen, last));
        }
    }

    private static void keep(List<Long> handles, long handle) {
        if (handle > 0) {
            handles.add(handle);
        }
    }

    private ClaimSpec randomClaim(int node, SplittableRandom random) {
        spec.clear();
        spec.cpuMilli(random.nextInt(12_000)).memoryMib(random.nextInt(30_000));
        for (int r = 0; r < cluster.countedNames().size(); r++) {
            spec.counted(r, random.nextInt(2));
        }
        int gpus = cluster.gpuCount(node);
        if (gpus == 0 || random.nextInt(3) == 0) {
            return spec;
        }
        int gpu = random.nextInt(gpus);
        if ((cluster.migGpuMask(node) >>> gpu & 1) != 0) {
            return spec.mig(gpu, random.nextInt(4), random.nextInt(4));
        }
        return random.nextBoolean() ? spec.share(gpu, 1 + random.nextInt(999)) : spec.whole(1 << gpu);
    }

    /** All that a claim holds, to be compared. */
    List<Object> holding(ClaimSpec claim) {
        List<Object> holding = new ArrayList<>(List.of(
                claim.kind(),
                claim.gpuMask(),
                claim.shareMilli(),
                claim.migProfile(),
                claim.migStart(),
                claim.cpuMilli(),
                claim.memoryMib()));
        for (int r = 0; r < cluster.countedNames().size(); r++) {
            holding.add(claim.counted(r));
        }
        return holding;
    }

    /** Some requests, distinct, in random order. */
    static List<Request> requests(int count, SplittableRandom random) {
        List<Request> rest = new ArrayList<>(REQUESTS);
        List<Request> chosen = new ArrayList<>();
        while (chosen.size() < count && !rest.isEmpty()) {
            chosen.add(rest.remove(random.nextInt(rest.size())));
        }
        return chosen;
    }
}
