package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Cooling;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.GpuNic;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.LinkKind;
import dev.berth.cluster.NodePower;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.PowerBasis;
import dev.berth.cluster.Rack;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.Ledgers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A small cluster at random: a tree of unequal depth, racks that cross leaves, tiers that nodes miss, islands of every shape,
 * some of the GPUs held.
 */
final class GangCase {
    static final int GPUS = 4;

    final Cluster cluster;
    final Ledger ledger;

    private GangCase(Cluster cluster) {
        this.cluster = cluster;
        ledger = Ledgers.of(cluster);
    }

    /**
     * A cluster.
     *
     * @param crossing whether racks and NVLink domains may cross what else there is
     */
    static GangCase random(SplittableRandom random, int nodes, boolean crossing) {
        return random(random, nodes, crossing, false);
    }

    /** The same; racks may have power caps, and nodes that draw unlike watts. Little else is scarce then. */
    static GangCase random(SplittableRandom random, int nodes, boolean crossing, boolean caps) {
        Cluster.Builder builder = Cluster.builder();
        List<String> switches = switches(random, builder);
        // Sometimes all nodes are alike inside, so that gangs that need just these links find several.
        int shape = random.nextInt(3) == 0 ? 2 + random.nextInt(2) : -1;
        int plenty = caps ? 20 : 4;
        boolean racks = caps || random.nextBoolean();
        Set<String> capped = new HashSet<>();
        boolean alike = random.nextBoolean();
        if (caps) {
            builder.powerBasis(PowerBasis.values()[random.nextInt(PowerBasis.values().length)]);
        }
        boolean nvlink = random.nextInt(3) == 0;
        for (int i = 0; i < nodes; i++) {
            GpuTopology links = links(shape < 0 ? random.nextInt(5) : shape);
            NodeSpec.Builder node = NodeSpec.named("n" + i)
                    .gpus(random.nextInt(plenty) == 0 ? "A100" : "H100", GPUS, 81_559)
                    .cpuMilli(random.nextInt(plenty) == 0 ? 2_000 : 64_000)
                    .memoryMib(1 << 20)
                    .gpuTopology(links);
            if (random.nextInt(5) > 0) {
                node.label("driver", random.nextInt(3) == 0 ? "570" : "580");
            }
            if (!switches.isEmpty() && random.nextInt(8) > 0) {
                String under = switches.get(random.nextInt(switches.size()));
                node.fabricSwitch(under);
                if (racks && !crossing) {
                    cap(random, builder, node, "rack-" + under + "-" + random.nextInt(caps ? 1 : 2), caps, capped);
                }
            }
            if (crossing && racks && random.nextInt(6) > 0) {
                cap(random, builder, node, "rack-" + random.nextInt(caps ? 2 : 3), caps, capped);
            }
            if (caps) {
                node.power(alike ? new NodePower(1_000, 800, 100, 150) : watts(random));
            }
            if (crossing && nvlink && random.nextInt(3) > 0) {
                node.nvlinkDomain("nvl-" + random.nextInt(2));
            }
            builder.add(node.build());
        }
        GangCase made = new GangCase(builder.build());
        made.hold(random, caps ? nodes / 2 : 2 * nodes);
        return made;
    }

    private static void cap(
            SplittableRandom random,
            Cluster.Builder builder,
            NodeSpec.Builder node,
            String rack,
            boolean caps,
            Set<String> capped) {
        node.rack(rack);
        if (caps && capped.add(rack)) {
            builder.add(new Rack(rack, random.nextInt(5) == 0 ? 0 : 500 + random.nextInt(3_000), Cooling.AIR));
        }
    }

    static NodePower watts(SplittableRandom random) {
        return new NodePower(
                1_000 + random.nextInt(600),
                random.nextBoolean() ? 700 : 0,
                random.nextInt(200),
                random.nextInt(4) == 0 ? 0 : 50 + random.nextInt(150));
    }

    private static List<String> switches(SplittableRandom random, Cluster.Builder builder) {
        List<String> lowest = new ArrayList<>();
        if (random.nextInt(6) == 0) {
            return lowest;
        }
        builder.add(new FabricSwitch("core", "core", null, 0));
        for (int s = 0; s < 2; s++) {
            String spine = "spine-" + s;
            builder.add(new FabricSwitch(spine, "spine", "core", 0));
            for (int l = 0; l < 1 + random.nextInt(2); l++) {
                builder.add(new FabricSwitch(spine + "-leaf-" + l, "leaf", spine, 0));
                lowest.add(spine + "-leaf-" + l);
            }
            if (random.nextInt(3) == 0) {
                lowest.add(spine);
            }
        }
        if (random.nextInt(3) == 0) {
            builder.add(new FabricSwitch("far-leaf", "leaf", "core", 0));
            lowest.add("far-leaf");
        }
        return lowest;
    }

    private static GpuTopology links(int shape) {
        return switch (shape) {
            case 0 -> GpuTopology.none(GPUS);
            case 1 -> GpuTopology.pairs(GPUS, 50);
            case 2 -> GpuTopology.halves(GPUS, 300);
            case 3 -> railed(0, 1, 2, 3);
            default -> railed(1, 0, 3, 2);
        };
    }

    /** GPUs without links, each next to a NIC on a rail. */
    private static GpuTopology railed(int... rails) {
        GpuTopology.Builder builder = GpuTopology.builder(GPUS);
        for (int gpu = 0; gpu < GPUS; gpu++) {
            LinkKind[] distance = new LinkKind[GPUS];
            java.util.Arrays.fill(distance, LinkKind.SYS);
            distance[gpu] = LinkKind.PIX;
            builder.nic(new GpuNic("mlx5_" + gpu, rails[gpu], List.of(distance)));
        }
        return builder.build();
    }

    private void hold(SplittableRandom random, int most) {
        int claims = random.nextInt(most + 1);
        for (int i = 0; i < claims; i++) {
            int mask = 1 + random.nextInt((1 << GPUS) - 1);
            ledger.claim(random.nextInt(cluster.nodeCount()), new ClaimSpec().whole(mask), Ledger.ANY_VERSION);
        }
    }
}
