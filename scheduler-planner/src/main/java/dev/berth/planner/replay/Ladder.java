package dev.berth.planner.replay;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Topology;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The tiers of a cluster as a plain table, for everything in a gang replay that must not share code with the planner: which
 * domain of each tier a node is in. The first tier is the node itself and the last one the cluster. Immutable.
 */
final class Ladder {
    private final List<String> names;
    private final int[][] domainOf;
    private final int[] switchTiers;

    /**
     * A ladder.
     *
     * @param names of the tiers, from the lowest up
     * @param domainOf domain of each node by tier, -1 for a node that is in none of the tier
     * @param switchTiers positions of the tiers that are switches of the fabric, ascending
     */
    Ladder(List<String> names, int[][] domainOf, int[] switchTiers) {
        this.names = List.copyOf(names);
        this.domainOf = domainOf;
        this.switchTiers = switchTiers;
    }

    /** The ladder of a cluster. */
    static Ladder of(Cluster cluster) {
        Topology topology = cluster.topology();
        List<String> tiers = topology.tiers();
        int[][] domains = new int[tiers.size()][cluster.nodeCount()];
        for (int tier = 0; tier < domains.length; tier++) {
            for (int node = 0; node < cluster.nodeCount(); node++) {
                domains[tier][node] = topology.domainOf(tier, node);
            }
        }
        int[] switches = IntStream.range(0, tiers.size())
                .filter(tier -> !Topology.RESERVED_TIERS.contains(tiers.get(tier)))
                .toArray();
        return new Ladder(tiers, domains, switches);
    }

    /** Number of tiers. */
    int size() {
        return names.size();
    }

    /** Name of a tier. */
    String name(int tier) {
        return names.get(tier);
    }

    /** Position of the tier of a name, or -1. */
    int tier(String name) {
        return names.indexOf(name);
    }

    /** Domain of a node in a tier, or -1. */
    int domainOf(int tier, int node) {
        return domainOf[tier][node];
    }

    /** One more than the highest domain of a tier. */
    int domainCount(int tier) {
        return Arrays.stream(domainOf[tier]).max().orElse(-1) + 1;
    }

    /** Number of nodes. */
    int nodeCount() {
        return domainOf[0].length;
    }

    /** Positions of the tiers that are switches, ascending. */
    int[] switchTiers() {
        return switchTiers.clone();
    }

    /** The lowest tier that has all of the nodes in one domain; -1 when none has. */
    int tierOf(int[] nodes) {
        for (int tier = 0; tier < size(); tier++) {
            int domain = domainOf[tier][nodes[0]];
            boolean same = domain >= 0;
            for (int node : nodes) {
                same &= domainOf[tier][node] == domain;
            }
            if (same) {
                return tier;
            }
        }
        return -1;
    }
}
