package dev.berth.placement;

import dev.berth.cluster.Topology;
import java.util.Arrays;

/**
 * Looks at domains one by one, for what sums alone do not say: gangs that are spread over failure domains, and domains that
 * cross. O(nodes * log nodes) for each tier. Its buffers are used again.
 *
 * <p>The nodes of a domain that may be used are sorted into <em>groups</em>, one for each domain of the spread tier, and these
 * into <em>parts</em>, one for each domain of the segment tier; without these tiers there is one group, and a part is a node.
 */
final class GangScan {
    private static final int BITS = 20;
    private static final int MASK = (1 << BITS) - 1;

    private final CellTree tree;
    private final Topology topology;
    private final GangDescent descent;

    // Of the set of nodes that is looked at.
    private GangIndex index;
    private GangTiers tiers;
    private int segmentTasks;
    private long[] nodes = new long[64];
    private int nodeCount;
    private int[] partFrom = new int[64];
    private int[] partUnits = new int[64];
    private int parts;
    private int[] groupFrom = new int[64];
    private int groups;
    private int totalUnits;
    private long[] byUnits = new long[64];

    private int[] insideOf = new int[16];
    private long[] words = new long[64];
    private int loadedTier;
    private int loadedDomain;

    private final RailSets railSets;
    private boolean rails;

    GangScan(CellTree tree, GangDescent descent, RailSets railSets, GangIndex anyIndex, GangTiers anyTiers) {
        this.tree = tree;
        this.topology = tree.topology;
        this.descent = descent;
        this.railSets = railSets;
        index = anyIndex;
        tiers = anyTiers;
    }

    /** What is to be looked for from now on. */
    void begin(GangIndex in, GangDemand demand) {
        index = in;
        tiers = demand.tiers();
        segmentTasks = demand.request().segmentTasks();
        rails = demand.request().railAligned();
    }

    /** Room in units of the set that {@link #tightest} has found last. */
    int foundUnits() {
        return totalUnits;
    }

    /**
     * The domain of a tier in which so many tasks fit most tightly, or -1; it is loaded then.
     */
    int tightest(int tier, int tasks, int minDomains) {
        int units = tasks / segmentTasks;
        int best = -1;
        int bestInside = -1;
        int bestUnits = Integer.MAX_VALUE;
        for (int domain = 0; domain < topology.domainCount(tier); domain++) {
            int cell = tree.cellOf(tier, domain);
            if (cell < 0 || index.room(cell) < tasks) {
                continue;
            }
            int inside = insideOf(tier, domain);
            for (int i = 0; i < inside; i++) {
                load(tier, domain, insideOf[i]);
                if (totalUnits < bestUnits && holds(units, minDomains)) {
                    best = domain;
                    bestInside = insideOf[i];
                    bestUnits = totalUnits;
                }
            }
        }
        if (best >= 0) {
            load(tier, best, bestInside);
            holds(units, minDomains);
        }
        return best;
    }

    /** Lists the domains of the highest tier allowed that the members of a domain are in; returns how many. */
    private int insideOf(int tier, int domain) {
        int count = 0;
        for (int i = 0, of = topology.memberCount(tier, domain); i < of; i++) {
            int inside = topology.domainOf(tiers.highest(), topology.member(tier, domain, i));
            boolean known = inside < 0;
            for (int j = 0; j < count && !known; j++) {
                known = insideOf[j] == inside;
            }
            if (!known) {
                insideOf = count == insideOf.length ? Arrays.copyOf(insideOf, 2 * count) : insideOf;
                insideOf[count++] = inside;
            }
        }
        return count;
    }

    /** Loads the nodes with room that are both in a domain and in one of the highest tier allowed. */
    private void load(int tier, int domain, int inside) {
        int segment = Math.max(0, tiers.segment());
        loadedTier = tier;
        loadedDomain = domain;
        nodeCount = 0;
        for (int i = 0, of = topology.memberCount(tier, domain); i < of; i++) {
            int node = topology.member(tier, domain, i);
            int group = tiers.spread() < 0 ? 0 : topology.domainOf(tiers.spread(), node);
            int part = topology.domainOf(segment, node);
            if (index.room(node) > 0 && group >= 0 && part >= 0 && topology.domainOf(tiers.highest(), node) == inside) {
                nodes = nodeCount == nodes.length ? Arrays.copyOf(nodes, 2 * nodeCount) : nodes;
                nodes[nodeCount++] = (long) group << 2 * BITS | (long) part << BITS | topology.positionOf(node);
            }
        }
        LongSort.sort(nodes, 0, nodeCount);
        makeRoom(nodeCount + 2);
        sortIntoParts();
    }

    private void makeRoom(int length) {
        if (partFrom.length < length) {
            partFrom = new int[2 * length];
            partUnits = new int[2 * length];
            groupFrom = new int[2 * length];
            byUnits = new long[2 * length];
            words = new long[2 * length];
        }
    }

    private void sortIntoParts() {
        parts = 0;
        groups = 0;
        totalUnits = 0;
        for (int i = 0; i < nodeCount; ) {
            if (i == 0 || nodes[i] >>> 2 * BITS != nodes[i - 1] >>> 2 * BITS) {
                groupFrom[groups++] = parts;
            }
            long part = nodes[i] >>> BITS;
            int room = 0;
            partFrom[parts] = i;
            for (; i < nodeCount && nodes[i] >>> BITS == part; i++) {
                room += index.room(node(i));
            }
            partUnits[parts] = room / segmentTasks;
            totalUnits += partUnits[parts++];
        }
        partFrom[parts] = nodeCount;
        groupFrom[groups] = parts;
    }

    private int node(int i) {
        return topology.nodeAt((int) nodes[i] & MASK);
    }

    private int groupUnits(int group) {
        int units = 0;
        for (int part = groupFrom[group]; part < groupFrom[group + 1]; part++) {
            units += partUnits[part];
        }
        return units;
    }

    private boolean holds(int units, int minDomains) {
        if (totalUnits < units) {
            return false;
        }
        if (rails) {
            railSets.clear();
            for (int i = 0; i < nodeCount; i++) {
                railSets.add(node(i), index.room(node(i)));
            }
            return railSets.find(units);
        }
        return tiers.spread() < 0 || evenDomains(units, minDomains) > 0;
    }

    /** The smallest number of groups, {@code minDomains} at least, that units can be spread over evenly; 0 for none. */
    private int evenDomains(int units, int minDomains) {
        for (int group = 0; group < groups; group++) {
            byUnits[group] = Fewest.word(groupUnits(group), group);
        }
        LongSort.sort(byUnits, 0, groups);
        for (int domains = minDomains; domains <= Math.min(units, groups); domains++) {
            int each = units / domains;
            int more = units % domains;
            // The domains-th largest has the usual share, the last of those with one more has that.
            if (Fewest.units(byUnits[groups - domains]) >= each
                    && (more == 0 || Fewest.units(byUnits[groups - more]) > each)) {
                return domains;
            }
        }
        return 0;
    }

    /** Takes nodes of the loaded set for so many tasks. */
    void take(int tasks, int minDomains, NodeTasks out) {
        int units = tasks / segmentTasks;
        if (rails) {
            railSets.take(out);
            return;
        }
        if (tiers.spread() < 0) {
            boolean whole =
                    tiers.segment() < 0 && index.room(tree.cellOf(loadedTier, loadedDomain)) == room(0, nodeCount);
            if (whole) {
                descent.take(index, tree.cellOf(loadedTier, loadedDomain), tasks, out);
            } else {
                takeParts(0, units, out);
            }
            return;
        }
        int domains = evenDomains(units, minDomains);
        int each = units / domains;
        int withOneMore = units % domains;
        int withEach = domains - withOneMore;
        // From the smallest on: those that can have no more than the share first, then those that can.
        for (int i = 0; withEach + withOneMore > 0; i++) {
            int room = Fewest.units(byUnits[i]);
            if (room >= each && withEach > 0) {
                takeParts(Fewest.id(byUnits[i]), each, out);
                withEach--;
            } else if (room > each) {
                takeParts(Fewest.id(byUnits[i]), each + 1, out);
                withOneMore--;
            }
        }
    }

    /** Takes so many units in the fewest parts of a group. */
    private void takeParts(int group, int units, NodeTasks out) {
        boolean wholeGroup = tiers.segment() < 0 && tiers.spread() >= 0;
        if (wholeGroup
                && takeDomain(
                        tiers.spread(),
                        partFrom[groupFrom[group]],
                        partFrom[groupFrom[group + 1]],
                        units * segmentTasks,
                        out)) {
            return;
        }
        int end = 0;
        for (int part = groupFrom[group]; part < groupFrom[group + 1]; part++) {
            if (partUnits[part] > 0) {
                words[end++] = Fewest.word(partUnits[part], part);
            }
        }
        int chosen = Fewest.select(words, 0, end, units);
        for (int i = 0; i < chosen; i++) {
            takeNodes(Fewest.id(words[i]), Fewest.units(words[i]) * segmentTasks, end, out);
        }
    }

    private int room(int from, int to) {
        int room = 0;
        for (int i = from; i < to; i++) {
            room += index.room(node(i));
        }
        return room;
    }

    /** Leaves the choice to the descent when all the room of a domain is in these nodes. */
    private boolean takeDomain(int tier, int from, int to, int tasks, NodeTasks out) {
        int cell = tree.cellOf(tier, topology.domainOf(tier, node(from)));
        if (index.room(cell) != room(from, to)) {
            return false;
        }
        descent.take(index, cell, tasks, out);
        return true;
    }

    private void takeNodes(int part, int tasks, int base, NodeTasks out) {
        int from = partFrom[part];
        int to = partFrom[part + 1];
        if (takeDomain(Math.max(0, tiers.segment()), from, to, tasks, out)) {
            return;
        }
        words = words.length < base + to - from ? Arrays.copyOf(words, 2 * (base + to - from)) : words;
        for (int i = from; i < to; i++) {
            words[base + i - from] = Fewest.word(index.room(node(i)), node(i));
        }
        int chosen = Fewest.select(words, base, base + to - from, tasks);
        for (int i = base; i < base + chosen; i++) {
            out.add(Fewest.id(words[i]), Fewest.units(words[i]));
        }
    }
}
