package dev.berth.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Cooling;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.NodePower;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.PowerBasis;
import dev.berth.cluster.Rack;
import dev.berth.cluster.Topology;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * What stands around nodes may change under live claims: switches, racks and their caps, NVLink domains, links between GPUs,
 * watts. Claims follow the names of their nodes, the members of gangs each by a handle of its own, and the new cluster is as it
 * was described.
 */
final class MigrationSurroundingsTest {
    private static final int NODES = 8;
    private static final int GPUS = 4;

    /** A claim that is live in the old ledger. */
    private record Held(long handle, String node, int gpuMask, int cpuMilli, long pods) {}

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void claimsAndGangsFollowTheNamesOfTheirNodes(@ForAll long seed) {
        Random random = new Random(seed);
        Ledger old = Ledgers.of(cluster(random, names(random, NODES), true));
        List<Held> held = new ArrayList<>();
        List<List<Held>> gangs = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            List<Held> gang = claim(old, random);
            held.addAll(gang);
            gangs.add(gang);
        }
        Cluster described = cluster(random, names(random, NODES + 2), random.nextBoolean());
        Migration migration = old.migrate(described);
        Ledger next = Ledgers.track(migration.ledger());

        checkSurroundings(next.cluster(), described);
        for (Held claim : held) {
            checkClaim(migration, claim);
        }
        assertThat(next.snapshot().claimCount()).isEqualTo((int)
                held.stream().filter(claim -> described.nodeId(claim.node) >= 0).count());
        for (List<Held> gang : gangs) {
            for (Held member : gang) {
                long moved = migration.handle(member.handle);
                assertThat(moved != 0 && next.release(moved))
                        .as("each member is released by itself, once")
                        .isEqualTo(described.nodeId(member.node) >= 0);
                assertThat(moved != 0 && next.release(moved)).isFalse();
            }
        }
        for (int node = 0; node < described.nodeCount(); node++) {
            assertThat(next.freeGpuMask(node)).isEqualTo((1 << GPUS) - 1);
        }
    }

    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void gangsAreClaimedAcrossTheNewSurroundings(@ForAll long seed) {
        Random random = new Random(seed);
        Ledger old = Ledgers.of(cluster(random, names(random, NODES), true));
        for (int i = 0; i < 4; i++) {
            claim(old, random);
        }
        Ledger next = Ledgers.track(
                old.migrate(cluster(random, names(random, NODES), true)).ledger());
        Topology topology = next.cluster().topology();
        GangClaim gang = new GangClaim();
        boolean room = true;
        int rack = next.cluster().rackId(random.nextInt(NODES));
        for (int node = 0; node < NODES; node++) {
            if (next.cluster().rackId(node) == rack) {
                gang.add(node, Ledger.ANY_VERSION, new ClaimSpec().whole(1));
                room &= (next.freeGpuMask(node) & 1) != 0;
            }
        }
        assertThat(topology.memberCount(topology.tier(Topology.RACK), rack)).isEqualTo(gang.size());
        assertThat(next.claim(gang)).isEqualTo(room ? 0 : Ledger.NO_ROOM);
        assertThat(room && !next.isLive(gang.handle(0))).isFalse();
    }

    private static void checkClaim(Migration migration, Held claim) {
        Ledger next = migration.ledger();
        int node = next.cluster().nodeId(claim.node);
        long moved = migration.handle(claim.handle);
        if (node < 0) {
            assertThat(moved).isZero();
            assertThat(migration.orphans())
                    .filteredOn(orphan -> orphan.handle() == claim.handle)
                    .singleElement()
                    .satisfies(orphan -> {
                        assertThat(orphan.nodeName()).isEqualTo(claim.node);
                        assertThat(orphan.held().gpuMask()).isEqualTo(claim.gpuMask);
                    });
            return;
        }
        assertThat(Ledger.nodeOf(moved)).isEqualTo(node);
        assertThat(next.isLive(claim.handle)).as("old handles are stale").isFalse();
        ClaimSpec spec = new ClaimSpec();
        assertThat(next.claimOf(moved, spec)).isTrue();
        assertThat(spec.gpuMask()).as("the GPUs that it was on").isEqualTo(claim.gpuMask);
        assertThat(spec.cpuMilli()).isEqualTo(claim.cpuMilli);
        int pods = next.cluster().countedNames().indexOf("pods");
        assertThat(pods < 0 ? 0 : spec.counted(pods)).isEqualTo(claim.pods);
    }

    /** A counted resource may have been named besides; all else is as it was described. */
    private static void checkSurroundings(Cluster made, Cluster described) {
        assertThat(made.powerBasis()).isEqualTo(described.powerBasis());
        assertThat(made.switches()).isEqualTo(described.switches());
        assertThat(made.racks()).isEqualTo(described.racks());
        assertThat(made.nvlinkDomains()).isEqualTo(described.nvlinkDomains());
        assertThat(made.topology().tiers()).isEqualTo(described.topology().tiers());
        for (int rack = 0; rack < made.racks().size(); rack++) {
            assertThat(made.rack(rack)).isEqualTo(described.rack(rack));
        }
        for (int node = 0; node < made.nodeCount(); node++) {
            assertThat(made.nodeName(node)).isEqualTo(described.nodeName(node));
            assertThat(made.power(node)).isEqualTo(described.power(node));
            assertThat(made.gpuTopology(node)).isEqualTo(described.gpuTopology(node));
            for (int tier = 0; tier < made.topology().tiers().size(); tier++) {
                assertThat(made.topology().domainOf(tier, node))
                        .isEqualTo(described.topology().domainOf(tier, node));
            }
        }
    }

    /** A gang of up to four tasks, or one claim; empty when there was no room. */
    private static List<Held> claim(Ledger ledger, Random random) {
        GangClaim gang = new GangClaim();
        int pods = ledger.cluster().countedNames().indexOf("pods");
        List<ClaimSpec> specs = new ArrayList<>();
        for (int task = 0, of = 1 + random.nextInt(4); task < of; task++) {
            ClaimSpec spec = new ClaimSpec()
                    .whole(1 << random.nextInt(GPUS))
                    .cpuMilli(random.nextInt(3) * 100)
                    .counted(pods, random.nextInt(2));
            specs.add(spec);
            gang.add(random.nextInt(ledger.cluster().nodeCount()), Ledger.ANY_VERSION, spec);
        }
        List<Held> held = new ArrayList<>();
        if (ledger.claim(gang) == 0) {
            for (int task = 0; task < gang.size(); task++) {
                ClaimSpec spec = specs.get(task);
                held.add(new Held(
                        gang.handle(task),
                        ledger.cluster().nodeName(gang.node(task)),
                        spec.gpuMask(),
                        spec.cpuMilli(),
                        spec.counted(pods)));
            }
        }
        return held;
    }

    /** Eight of so many names, in any order. */
    private static List<String> names(Random random, int of) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < of; i++) {
            names.add("n" + i);
        }
        Collections.shuffle(names, random);
        return names.subList(0, NODES);
    }

    /** Nodes with the same GPUs, CPU and memory each time, and anything around them. */
    private static Cluster cluster(Random random, List<String> names, boolean pods) {
        Cluster.Builder builder =
                Cluster.builder().powerBasis(PowerBasis.values()[random.nextInt(PowerBasis.values().length)]);
        int leaves = 1 + random.nextInt(3);
        builder.add(new FabricSwitch("spine", "spine", null, 1 + random.nextInt(3)));
        for (int leaf = 0; leaf < leaves; leaf++) {
            builder.add(new FabricSwitch("leaf-" + leaf, "leaf", "spine", random.nextInt(4)));
        }
        int racks = 1 + random.nextInt(3);
        for (int rack = 0; rack < racks; rack++) {
            builder.add(new Rack("rack-" + rack, random.nextInt(3) * 1_500, Cooling.values()[random.nextInt(2)]));
        }
        for (String name : names) {
            NodeSpec.Builder node = NodeSpec.named(name)
                    .gpus("H100-80GB", GPUS, 81_559)
                    .cpuMilli(1_000)
                    .memoryMib(1_000)
                    .rack("rack-" + random.nextInt(racks))
                    .power(new NodePower(1_000 + random.nextInt(500), 900, random.nextInt(300), random.nextInt(150)))
                    .gpuTopology(
                            switch (random.nextInt(3)) {
                                case 0 -> GpuTopology.none(GPUS);
                                case 1 -> GpuTopology.pairs(GPUS, 50);
                                default -> GpuTopology.nvswitch(GPUS, 450);
                            });
            if (random.nextInt(4) > 0) {
                node.fabricSwitch("leaf-" + random.nextInt(leaves));
            }
            if (random.nextInt(3) == 0) {
                node.nvlinkDomain("nvl-" + random.nextInt(2));
            }
            builder.add((pods ? node.counted("pods", 9) : node).build());
        }
        return builder.build();
    }
}
