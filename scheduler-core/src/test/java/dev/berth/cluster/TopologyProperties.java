package dev.berth.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

class TopologyProperties {
    private static final List<String> TIERS = List.of("leaf", "spine", "core", "super");

    /** A description and the cluster of it. */
    record Case(List<NodeSpec> nodes, List<FabricSwitch> switches, boolean described, Cluster cluster) {
        Topology topology() {
            return cluster.topology();
        }

        NaiveTopology naive() {
            return naive(TIERS);
        }

        /** With the ladder in force, for tiers that no chain of switches puts in order. */
        NaiveTopology naive(List<String> tiers) {
            return new NaiveTopology(nodes, switches, tiers, described);
        }
    }

    @Property(tries = 300)
    void ladderAndDomainsAreThoseOfTheParentWalk(@ForAll("cases") Case one) {
        Topology topology = one.topology();
        NaiveTopology naive = one.naive();
        // Tiers that no chain of switches puts in order may stand either way round.
        assertThat(topology.tiers()).containsExactlyInAnyOrderElementsOf(naive.ladder());
        for (FabricSwitch below : one.switches()) {
            if (below.parent() != null) {
                FabricSwitch above = one.switches().stream()
                        .filter(other -> other.name().equals(below.parent()))
                        .findFirst()
                        .orElseThrow();
                assertThat(topology.tier(below.tier())).isLessThan(topology.tier(above.tier()));
            }
        }
        for (int tier = 0; tier < topology.tiers().size(); tier++) {
            String name = topology.tiers().get(tier);
            assertThat(topology.tier(name)).isEqualTo(tier);
            for (int node = 0; node < one.nodes().size(); node++) {
                int domain = topology.domainOf(tier, node);
                assertThat(domain < 0 ? null : topology.domainName(tier, domain))
                        .isEqualTo(naive.domain(name, node));
            }
        }
    }

    @Property(tries = 300)
    void membersAreTheNodesOfTheDomainInFabricOrder(@ForAll("cases") Case one) {
        Topology topology = one.topology();
        NaiveTopology naive = one.naive();
        for (int tier = 0; tier < topology.tiers().size(); tier++) {
            for (int domain = 0; domain < topology.domainCount(tier); domain++) {
                List<Integer> members = new ArrayList<>();
                List<Integer> positions = new ArrayList<>();
                for (int i = 0; i < topology.memberCount(tier, domain); i++) {
                    members.add(topology.member(tier, domain, i));
                    positions.add(topology.positionOf(topology.member(tier, domain, i)));
                }
                assertThat(members)
                        .containsExactlyInAnyOrderElementsOf(
                                naive.members(topology.tiers().get(tier), topology.domainName(tier, domain)));
                assertThat(positions).isSorted();
            }
        }
    }

    @Property(tries = 300)
    void fabricOrderSortsByTheHighestTierFirst(@ForAll("cases") Case one) {
        Topology topology = one.topology();
        NaiveTopology naive = one.naive(topology.tiers());
        List<Integer> order = new ArrayList<>();
        for (int position = 0; position < one.nodes().size(); position++) {
            order.add(topology.nodeAt(position));
            assertThat(topology.positionOf(topology.nodeAt(position))).isEqualTo(position);
        }
        assertThat(order).isEqualTo(naive.order((tier, domain) -> {
            for (int d = 0; d < topology.domainCount(topology.tier(tier)); d++) {
                if (topology.domainName(topology.tier(tier), d).equals(domain)) {
                    return d;
                }
            }
            throw new IllegalStateException(tier + " has no " + domain);
        }));
    }

    @Property(tries = 300)
    void nestedDomainsAreContiguous(@ForAll("cases") Case one) {
        Topology topology = one.topology();
        NaiveTopology naive = one.naive(topology.tiers());
        for (int tier = 0; tier < topology.tiers().size(); tier++) {
            for (int domain = 0; domain < topology.domainCount(tier); domain++) {
                int count = topology.memberCount(tier, domain);
                boolean contiguous = true;
                for (int i = 1; i < count; i++) {
                    contiguous &= topology.positionOf(topology.member(tier, domain, i))
                            == topology.positionOf(topology.member(tier, domain, 0)) + i;
                }
                assertThat(topology.isContiguous(tier, domain)).isEqualTo(contiguous);
                if (naive.nests(topology.tiers().get(tier), topology.domainName(tier, domain))) {
                    assertThat(contiguous).isTrue();
                }
            }
        }
    }

    @Property(tries = 300)
    void lowestCommonTierIsTheFirstSharedDomain(@ForAll("cases") Case one) {
        Topology topology = one.topology();
        NaiveTopology naive = one.naive(topology.tiers());
        for (int a = 0; a < one.nodes().size(); a++) {
            for (int b = 0; b < one.nodes().size(); b++) {
                assertThat(topology.tiers().get(topology.lowestCommonTier(a, b)))
                        .isEqualTo(naive.lowestCommonTier(a, b));
            }
        }
    }

    @Property(tries = 200)
    void specsAndSurroundingsGiveTheSameClusterAgain(@ForAll("cases") Case one) {
        Cluster named = one.cluster().withCountedNames(List.of("further"));
        assertThat(named.countedNames()).contains("further");
        for (int node = 0; node < one.nodes().size(); node++) {
            assertThat(one.cluster().spec(node)).isEqualTo(one.nodes().get(node));
            GpuTopology described = one.nodes().get(node).gpuTopology();
            assertThat(named.gpuTopology(node))
                    .isEqualTo(described == null ? GpuCatalog.builtIn().topology("H100", 0, 8) : described);
            assertThat(named.spec(node).toBuilder("x").build())
                    .isEqualTo(one.nodes().get(node).toBuilder("x")
                            .counted("further", 0)
                            .build());
        }
        assertThat(named.switches()).isEqualTo(one.switches());
        assertThat(named.describedRacks())
                .containsExactlyElementsOf(one.cluster().describedRacks());
        assertThat(named.describedSites())
                .containsExactlyElementsOf(one.cluster().describedSites());
        assertThat(named.powerBasis()).isEqualTo(one.cluster().powerBasis());
        assertThat(named.topology().toString()).isEqualTo(one.topology().toString());
    }

    @Provide
    static Arbitrary<Case> cases() {
        return Arbitraries.longs().map(seed -> random(new Random(seed)));
    }

    /** Trees of unequal depth with switches in any order; nodes that miss anything; racks, NVLink domains and leaves that cross. */
    private static Case random(Random random) {
        List<FabricSwitch> switches = new ArrayList<>();
        List<List<String>> byTier = new ArrayList<>();
        int tiers = random.nextInt(TIERS.size() + 1);
        for (int t = 0; t < tiers; t++) {
            byTier.add(new ArrayList<>());
        }
        for (int t = tiers - 1; t >= 0; t--) {
            int count = 1 + random.nextInt(3);
            for (int i = 0; i < count; i++) {
                String name = TIERS.get(t) + i;
                String parent = null;
                if (t + 1 < tiers && random.nextInt(4) > 0) {
                    List<String> above = byTier.get(t + 1 + random.nextInt(tiers - t - 1));
                    parent = above.get(random.nextInt(above.size()));
                }
                switches.add(new FabricSwitch(name, TIERS.get(t), parent, random.nextInt(4)));
                byTier.get(t).add(name);
            }
        }
        Collections.shuffle(switches, random);
        Cluster.Builder builder = Cluster.builder();
        builder.powerBasis(PowerBasis.values()[random.nextInt(3)]);
        switches.forEach(builder::add);
        boolean described = random.nextBoolean();
        if (described) {
            for (int r = 0; r < 4; r++) {
                builder.add(new Rack("r" + r, 1_000 * random.nextInt(2), Cooling.values()[random.nextInt(3)]));
            }
            for (int s = 0; s < 2; s++) {
                builder.add(new Site("s" + s, s == 0 ? null : "NO", s));
            }
        }
        List<NodeSpec> nodes = new ArrayList<>();
        int count = random.nextInt(12);
        for (int i = 0; i < count; i++) {
            Integer rack = random.nextInt(5) == 0 ? null : (Integer) random.nextInt(4);
            NodeSpec node = NodeSpec.named("n" + i)
                    .gpus("H100", 8, 0)
                    .rack(rack == null ? null : "r" + rack)
                    .site(described && rack != null ? "s" + rack % 2 : name(random, "s", 2))
                    .nvlinkDomain(name(random, "nv", 3))
                    .fabricSwitch(
                            switches.isEmpty() || random.nextInt(5) == 0
                                    ? null
                                    : switches.get(random.nextInt(switches.size()))
                                            .name())
                    .gpuTopology(
                            switch (random.nextInt(3)) {
                                case 0 -> null;
                                case 1 -> GpuTopology.nvswitch(8, 900);
                                default -> GpuTopology.hybridCubeMesh();
                            })
                    .power(new NodePower(500 + random.nextInt(3), 400, 0, 0))
                    .build();
            nodes.add(node);
            builder.add(node);
        }
        return new Case(nodes, switches, described, builder.build());
    }

    private static @Nullable String name(Random random, String prefix, int count) {
        return random.nextInt(4) == 0 ? null : prefix + random.nextInt(count);
    }
}
