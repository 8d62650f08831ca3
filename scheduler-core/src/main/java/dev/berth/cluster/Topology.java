package dev.berth.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Which nodes are near each other: a ladder of tiers from a single node up to the whole cluster, and on each tier the domains
 * into which it divides the nodes. The further up the ladder two nodes first share a domain, the further apart they are.
 *
 * <p>The ladder is {@code node}; {@code nvlink-domain} (nodes whose GPUs NVLink joins, such as the 18 trays of an NVL72);
 * {@code rack}; the tiers of switches by the names that the cluster's description gives them, from the lowest up; {@code site};
 * {@code cluster}. Tiers of which the cluster has no domain are left out, except the first and the last.
 *
 * <p>A node may miss any tier, because it hangs on no such switch (trees may be of unequal depth: a leaf can hang straight on the
 * core) or because nobody knows. Domains of two tiers may cross, as when the nodes of a rack hang on two leaves: only what
 * {@link #isContiguous} says may be taken for granted.
 *
 * <p>This is how the cluster was described, whatever state its nodes are in. An NVLink domain with trays away is a smaller
 * domain, and how much of it is left is a matter of now: count the members that are ready, which the ledger knows. Operators
 * grade them so: an NVL72 with 16 or more of its 18 trays is sold as 64 GPUs, and as 72 only with all of them (CoreWeave).
 *
 * <p>Immutable, hence thread-safe. Accessors are O(1) unless they say otherwise, do not allocate, and throw
 * {@link IndexOutOfBoundsException} for a tier, domain, node or position that does not exist.
 */
public final class Topology {
    /** Lowest tier: each node is a domain of its own, with the node's id. */
    public static final String NODE = "node";
    /** Tier of the NVLink domains that span nodes; their ids are those of {@link Cluster#nvlinkDomains()}. */
    public static final String NVLINK_DOMAIN = "nvlink-domain";
    /** Tier of the racks; their ids are those of {@link Cluster#racks()}. */
    public static final String RACK = "rack";
    /** Tier of the sites; their ids are those of {@link Cluster#sites()}. */
    public static final String SITE = "site";
    /** Highest tier: one domain, of all nodes. */
    public static final String CLUSTER = "cluster";
    /** Names that a tier of switches cannot have. {@code island} is what is joined inside a node. */
    public static final List<String> RESERVED_TIERS =
            List.of("gpu", "island", NODE, NVLINK_DOMAIN, RACK, SITE, CLUSTER);

    private final List<String> tiers;
    /** Names of the domains of each tier. */
    private final List<List<String>> domainNames;
    /** Domain of each node on each tier, -1 for none. The first and the last tier need no array. */
    private final int[][] domainOf;
    /** Members of each tier, grouped by domain; {@code starts} says where each domain begins. */
    private final int[][] members;

    private final int[][] starts;

    private final double[][] oversubscription;
    private final int[] nodeAt;
    private final int[] positionOf;

    private Topology(Builder from) {
        tiers = List.copyOf(from.tiers);
        domainNames = List.copyOf(from.domainNames);
        domainOf = from.domainOf.toArray(new int[0][]);
        oversubscription = from.oversubscription.toArray(new double[0][]);
        int n = domainNames.get(0).size();
        nodeAt = new int[n];
        for (int node = 0; node < n; node++) {
            nodeAt[node] = node;
        }
        // Sorting by each tier in turn, the highest last and each time keeping the order within equals, sorts by the
        // highest
        // first: O(tiers x nodes).
        for (int tier = 1; tier < tiers.size() - 1; tier++) {
            int[] sorted = new int[n];
            group(tier, nodeAt, sorted, new int[domainCount(tier) + 2]);
            System.arraycopy(sorted, 0, nodeAt, 0, n);
        }
        positionOf = new int[n];
        for (int position = 0; position < n; position++) {
            positionOf[nodeAt[position]] = position;
        }
        members = new int[tiers.size()][];
        starts = new int[tiers.size()][];
        for (int tier = 1; tier < tiers.size() - 1; tier++) {
            int[] sorted = new int[n];
            starts[tier] = new int[domainCount(tier) + 2];
            group(tier, nodeAt, sorted, starts[tier]);
            members[tier] = Arrays.copyOf(sorted, starts[tier][domainCount(tier)]);
        }
    }

    /** Writes nodes by their domain on a tier, those without one last, in the order they came in otherwise; O(nodes). */
    private void group(int tier, int[] from, int[] to, int[] startOf) {
        int last = domainCount(tier);
        int[] domains = domainOf[tier];
        for (int node : from) {
            startOf[(domains[node] < 0 ? last : domains[node]) + 1]++;
        }
        for (int domain = 0; domain <= last; domain++) {
            startOf[domain + 1] += startOf[domain];
        }
        int[] next = startOf.clone();
        for (int node : from) {
            to[next[domains[node] < 0 ? last : domains[node]]++] = node;
        }
    }

    /** Names of the tiers, the lowest first. Unmodifiable. */
    public List<String> tiers() {
        return tiers;
    }

    /** Place of a tier on the ladder, or -1 when the cluster has none of that name. O(tiers). */
    public int tier(String name) {
        return tiers.indexOf(name);
    }

    /** Number of domains of a tier. A domain may be empty: a switch or a rack on which no node hangs or stands. */
    public int domainCount(int tier) {
        return domainNames.get(tier).size();
    }

    /** Name of a domain: of the node, NVLink domain, rack, switch or site; {@code cluster} for the last. */
    public String domainName(int tier, int domain) {
        return domainNames.get(tier).get(domain);
    }

    /** The domain of a tier in which a node is, or -1 when it is in none. */
    public int domainOf(int tier, int node) {
        if (tier == 0 || tier == tiers.size() - 1) {
            return tier == 0 ? check(node) : check(node) - node;
        }
        return domainOf[tier][node];
    }

    private int check(int node) {
        return Objects.checkIndex(node, nodeAt.length);
    }

    /** Number of nodes in a domain, in whatever state. */
    public int memberCount(int tier, int domain) {
        checkDomain(tier, domain);
        if (tier == 0 || tier == tiers.size() - 1) {
            return tier == 0 ? 1 : nodeAt.length;
        }
        return starts[tier][domain + 1] - starts[tier][domain];
    }

    /** The {@code i}-th node of a domain, in fabric order, from 0. */
    public int member(int tier, int domain, int i) {
        Objects.checkIndex(i, memberCount(tier, domain));
        if (tier == 0 || tier == tiers.size() - 1) {
            return tier == 0 ? domain : nodeAt[i];
        }
        return members[tier][starts[tier][domain] + i];
    }

    private void checkDomain(int tier, int domain) {
        Objects.checkIndex(domain, domainCount(tier));
    }

    /**
     * Position of a node in fabric order. In it nodes are sorted by the highest tier first, then by the next, and so on, at last
     * by id: neighbours in position are neighbours in the fabric. Nodes that miss a tier come after those that do not.
     */
    public int positionOf(int node) {
        return positionOf[node];
    }

    /** The node at a position in fabric order. */
    public int nodeAt(int position) {
        return nodeAt[position];
    }

    /**
     * Whether the members of a domain stand at consecutive positions. They do whenever they agree on all higher tiers, as the
     * nodes of a leaf do in a tree; an empty domain does.
     */
    public boolean isContiguous(int tier, int domain) {
        int count = memberCount(tier, domain);
        return count == 0
                || positionOf(member(tier, domain, count - 1)) - positionOf(member(tier, domain, 0)) == count - 1;
    }

    /** The lowest tier on which two nodes are in one domain; 0 for a node and itself. O(tiers). */
    public int lowestCommonTier(int nodeA, int nodeB) {
        int tier = 0;
        while (domainOf(tier, nodeA) != domainOf(tier, nodeB) || domainOf(tier, nodeA) < 0) {
            tier++;
        }
        return tier;
    }

    /**
     * What the nodes of a domain can ask for over what leads out of it upwards, as {@link FabricSwitch#oversubscription} says; 0
     * when that is unknown, and on tiers that are not of switches.
     */
    public double oversubscription(int tier, int domain) {
        checkDomain(tier, domain);
        double[] known = oversubscription[tier];
        return known.length == 0 ? 0 : known[domain];
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("Topology[");
        for (int tier = 0; tier < tiers.size(); tier++) {
            text.append(tier == 0 ? "" : ", ")
                    .append(domainCount(tier))
                    .append(' ')
                    .append(tiers.get(tier));
        }
        return text.append(']').toString();
    }

    /** Collects the tiers in ascending order. */
    static final class Builder {
        private final List<String> tiers = new ArrayList<>();
        private final List<List<String>> domainNames = new ArrayList<>();
        private final List<int[]> domainOf = new ArrayList<>();
        private final List<double[]> oversubscription = new ArrayList<>();

        Builder(List<String> nodeNames) {
            put(NODE, nodeNames, new int[0], new double[0]);
        }

        /** Adds a tier of named places, unless it has none. */
        Builder add(String tier, List<String> names, int[] domains) {
            if (!names.isEmpty()) {
                put(tier, names, domains, new double[0]);
            }
            return this;
        }

        /** Adds the tiers of switches. */
        Builder addFabric(FabricTree fabric, int[] switchOf) {
            int count = fabric.tiers().size();
            int[][] domains = new int[count][switchOf.length];
            for (int[] tier : domains) {
                Arrays.fill(tier, -1);
            }
            for (int node = 0; node < switchOf.length; node++) {
                for (int at = switchOf[node]; at >= 0; at = fabric.parent(at)) {
                    domains[fabric.tierOf(at)][node] = fabric.idInTier(at);
                }
            }
            for (int tier = 0; tier < count; tier++) {
                List<String> names = new ArrayList<>();
                List<Double> ratios = new ArrayList<>();
                for (int s = 0; s < fabric.switches().size(); s++) {
                    if (fabric.tierOf(s) == tier) {
                        names.add(fabric.switches().get(s).name());
                        ratios.add(fabric.switches().get(s).oversubscription());
                    }
                }
                put(
                        fabric.tiers().get(tier),
                        List.copyOf(names),
                        domains[tier],
                        ratios.stream().mapToDouble(Double::doubleValue).toArray());
            }
            return this;
        }

        private void put(String tier, List<String> names, int[] domains, double[] ratios) {
            tiers.add(tier);
            domainNames.add(names);
            domainOf.add(domains);
            oversubscription.add(ratios);
        }

        Topology build() {
            put(CLUSTER, List.of(CLUSTER), new int[0], new double[0]);
            return new Topology(this);
        }
    }
}
