package dev.berth.placement;

import dev.berth.cluster.Topology;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Looks at domains one by one, for what sums alone do not say: gangs that are spread over failure domains or rail-aligned,
 * domains that cross, gangs of which some tasks stand, and racks that are short of power. O(nodes * log nodes) for each tier. Its
 * buffers are used again.
 */
final class GangScan {
    private final CellTree tree;
    private final Topology topology;
    private final GangDescent descent = new GangDescent();
    private final GangParts parts;
    private final EvenShares shares = new EvenShares();
    private final RailSets railSets;
    private final RackDivisions divisions;

    private GangIndex index;
    private GangDemand demand;
    private GangTiers tiers;
    private int segmentTasks;
    private boolean rails;
    private @Nullable GangStanding standing;
    /** Whether each node is given all the power that its rack has left, and racks are divided for each domain. */
    private boolean divides;

    private int[] insideOf = new int[16];
    private long[] words = new long[64];
    private int[] taken = new int[64];
    private int loadedTier;
    private int loadedDomain;

    GangScan(GangIndex anyIndex, GangDemand anyDemand) {
        tree = anyIndex.tree;
        topology = tree.topology;
        parts = new GangParts(topology);
        railSets = new RailSets(anyIndex.view(), anyDemand.task());
        divisions = new RackDivisions(parts, this::holds);
        index = anyIndex;
        demand = anyDemand;
        tiers = anyDemand.tiers();
    }

    /** What is to be looked for from now on, on the nodes as the index has divided the power of their racks. */
    void begin(GangIndex in, GangDemand of) {
        begin(in, of, null, false);
    }

    /** The same, with the power of racks divided for each domain anew. */
    void beginDividing(GangIndex in, GangDemand of, @Nullable GangStanding beside) {
        begin(in, of, beside, in.shares() != null);
    }

    private void begin(GangIndex in, GangDemand of, @Nullable GangStanding beside, boolean divide) {
        index = in;
        demand = of;
        tiers = of.tiers();
        segmentTasks = of.request().segmentTasks();
        rails = of.request().railAligned();
        standing = beside;
        divides = divide;
        railSets.begin(in.view(), of.task(), beside);
    }

    /** Room in segments of the set that was found last. */
    int foundUnits() {
        return parts.totalUnits();
    }

    /** The GPUs that each node of a rail-aligned gang gives. */
    int railSet() {
        return railSets.set();
    }

    /**
     * The domain of a tier in which so many tasks fit most tightly, or -1; it is loaded then.
     */
    int tightest(int tier, int tasks) {
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
                if (parts.totalUnits() < bestUnits && holds(tasks)) {
                    best = domain;
                    bestInside = insideOf[i];
                    bestUnits = parts.totalUnits();
                }
            }
        }
        if (best >= 0) {
            load(tier, best, bestInside);
            holds(tasks);
        }
        return best;
    }

    /**
     * Whether there is a domain of a tier in which so many tasks fit if racks that are short of power are divided otherwise than the
     * index has divided them; it is loaded then.
     */
    boolean fitsDivided(int tier, int tasks) {
        for (int domain = 0; domain < topology.domainCount(tier); domain++) {
            int inside = isCut(tier, domain) ? insideOf(tier, domain) : 0;
            for (int i = 0; i < inside; i++) {
                load(tier, domain, insideOf[i]);
                if (holdsDivided(tasks)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean isCut(int tier, int domain) {
        for (int i = 0, of = topology.memberCount(tier, domain); i < of; i++) {
            if (index.isCut(topology.member(tier, domain, i))) {
                return true;
            }
        }
        return false;
    }

    private boolean holdsDivided(int tasks) {
        if (!holds(tasks)) {
            return false;
        }
        if (rails) {
            // These ask the racks themselves.
            if (divides) {
                railSets.tellRooms(parts);
            }
            return true;
        }
        RackShares racks = index.shares();
        return !divides || racks == null || divisions.find(index, racks, demand, standing, tasks);
    }

    /** Has the index divide racks as what is loaded needs it. */
    void impose() {
        for (int i = 0; i < parts.nodeCount(); i++) {
            if (isShared(parts.node(i))) {
                index.room(parts.node(i), parts.room(i));
            }
        }
    }

    private boolean isShared(int node) {
        RackShares racks = index.shares();
        return racks != null && racks.rackOf(node) >= 0;
    }

    /** Undoes {@link #impose}. */
    void restore() {
        RackShares racks = index.shares();
        int last = -1;
        for (int i = 0; racks != null && i < parts.nodeCount(); i++) {
            int rack = racks.rackOf(parts.node(i));
            if (rack >= 0 && rack != last) {
                racks.divide(rack, index);
                last = rack;
            }
        }
    }

    /** Whether so many further tasks have room beside those that stand, in their domain of a tier; it is loaded then. */
    boolean holdsBeside(GangStanding others, int tier, int tasks) {
        load(tier, topology.domainOf(tier, others.anyNode()), topology.domainOf(tiers.highest(), others.anyNode()));
        return holdsDivided(tasks);
    }

    /** Most further tasks that there might be room for beside those that stand, in their domain of a tier. */
    int roomBeside(GangStanding others, int tier) {
        load(tier, topology.domainOf(tier, others.anyNode()), topology.domainOf(tiers.highest(), others.anyNode()));
        return others.need() + parts.totalUnits() * segmentTasks;
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
        parts.clear();
        for (int i = 0, of = topology.memberCount(tier, domain); i < of; i++) {
            int node = topology.member(tier, domain, i);
            int group = tiers.spread() < 0 ? 0 : topology.domainOf(tiers.spread(), node);
            int part = topology.domainOf(segment, node);
            boolean used = room(node) > 0 || standing != null && standing.isOn(node);
            if (used && group >= 0 && part >= 0 && topology.domainOf(tiers.highest(), node) == inside) {
                parts.add(node, group, part);
            }
        }
        parts.sort();
        for (int i = 0; i < parts.nodeCount(); i++) {
            parts.room(i, room(parts.node(i)));
        }
        parts.sum(segmentTasks, standing);
    }

    private int room(int node) {
        GangStanding beside = standing;
        if (beside != null && tiers.oneIsland()) {
            return node == beside.anyNode() ? roomInIsland(node, beside) : 0;
        }
        if (beside != null && tiers.segment() == GangClass.ISLAND && beside.needOn(node) > 0) {
            return roomInIslands(node, beside);
        }
        return divides ? index.alone(node) : index.room(node);
    }

    private boolean isExcluded(int node) {
        boolean excluded = !index.mayTake(node);
        for (int other : demand.excluded()) {
            excluded |= other == node;
        }
        return excluded;
    }

    private int mostOn(int node, GangStanding beside) {
        return Math.max(0, demand.request().maxTasksPerNode() - beside.tasksOn(node));
    }

    private int roomInIsland(int node, GangStanding beside) {
        int free = Integer.bitCount(index.view().freeGpuMask(node) & beside.islandMask())
                / demand.task().wholeGpus();
        int most = TaskRoom.besideGpus(index.view(), node, demand.task(), mostOn(node, beside));
        return isExcluded(node) ? 0 : borne(node, Math.min(free, most), 0, 1);
    }

    private int roomInIslands(int node, GangStanding beside) {
        int room = isExcluded(node) ? 0 : beside.roomInIslands(index.view(), node, mostOn(node, beside));
        return borne(node, room, beside.needOn(node), segmentTasks);
    }

    /** Most tasks, {@code need} and a multiple of {@code each}, for which the rack of a node has power. */
    private int borne(int node, int room, int need, int each) {
        RackShares racks = isShared(node) ? index.shares() : null;
        int tasks = room;
        while (racks != null && tasks > 0 && racks.added(node, tasks) > racks.leftW(racks.rackOf(node))) {
            tasks = tasks - each < need ? 0 : tasks - each;
        }
        return tasks;
    }

    /** Whether so many tasks fit on the nodes with the rooms that they have now. */
    private boolean holds(int tasks) {
        int need = standing == null ? 0 : standing.need();
        int units = (tasks - need) / segmentTasks;
        if (!parts.sound() || parts.totalUnits() < units) {
            return false;
        }
        if (rails) {
            railSets.clear();
            for (int i = 0; i < parts.nodeCount(); i++) {
                railSets.add(parts.node(i), parts.room(i));
            }
            return railSets.find(units);
        }
        return tiers.spread() < 0 || shares.find(parts, units, demand.request().minDomains());
    }

    /** Takes nodes of the loaded set for so many tasks. */
    void take(int tasks, NodeTasks out) {
        int need = standing == null ? 0 : standing.need();
        if (rails) {
            railSets.take(out);
        } else if (tiers.spread() >= 0) {
            for (int group = 0; group < parts.groups(); group++) {
                takeGroup(group, shares.share(group), out);
            }
        } else {
            int cell = tree.cellOf(loadedTier, loadedDomain);
            boolean whole = tiers.segment() == GangClass.NONE && isAllOf(cell, 0, parts.nodeCount());
            if (whole) {
                descent.take(index, cell, tasks, out);
            } else {
                takeParts(0, (tasks - need) / segmentTasks, out);
            }
        }
    }

    private void takeGroup(int group, int units, NodeTasks out) {
        int from = parts.partFrom(parts.groupFrom(group));
        int to = parts.partFrom(parts.groupFrom(group + 1));
        boolean whole = units > 0 && tiers.segment() == GangClass.NONE;
        if (!whole || !takeDomain(tiers.spread(), from, to, units, out)) {
            takeParts(group, units, out);
        }
    }

    /** Takes so many segments in the fewest parts of a group, and what short segments need. */
    private void takeParts(int group, int units, NodeTasks out) {
        int first = parts.groupFrom(group);
        int last = parts.groupFrom(group + 1);
        words = words.length < last - first ? new long[2 * (last - first)] : words;
        taken = taken.length < last ? new int[2 * last] : taken;
        int end = 0;
        for (int part = first; part < last; part++) {
            taken[part] = parts.partNeed(part);
            if (parts.partUnits(part) > 0) {
                words[end++] = Fewest.word(parts.partUnits(part), part);
            }
        }
        int chosen = Fewest.select(words, 0, end, units);
        for (int i = 0; i < chosen; i++) {
            taken[Fewest.id(words[i])] += Fewest.units(words[i]) * segmentTasks;
        }
        for (int part = first; part < last; part++) {
            if (taken[part] > 0) {
                takeNodes(part, taken[part], out);
            }
        }
    }

    /** Whether these places have all the room that the index says a cell has. */
    private boolean isAllOf(int cell, int from, int to) {
        int room = 0;
        boolean same = true;
        for (int i = from; i < to; i++) {
            room += parts.room(i);
            same &= parts.room(i) == index.room(parts.node(i));
        }
        return same && index.room(cell) == room;
    }

    /** Leaves the choice to the descent when all the room of a domain is in these nodes. */
    private boolean takeDomain(int tier, int from, int to, int tasks, NodeTasks out) {
        int cell = tree.cellOf(tier, topology.domainOf(tier, parts.node(from)));
        if (!isAllOf(cell, from, to)) {
            return false;
        }
        descent.take(index, cell, tasks, out);
        return true;
    }

    private void takeNodes(int part, int tasks, NodeTasks out) {
        int from = parts.partFrom(part);
        int to = parts.partFrom(part + 1);
        if (takeDomain(Math.max(0, tiers.segment()), from, to, tasks, out)) {
            return;
        }
        words = words.length < to - from ? new long[2 * (to - from)] : words;
        for (int i = from; i < to; i++) {
            words[i - from] = Fewest.word(parts.room(i), parts.node(i));
        }
        int chosen = Fewest.select(words, 0, to - from, tasks);
        for (int i = 0; i < chosen; i++) {
            out.add(Fewest.id(words[i]), Fewest.units(words[i]));
        }
    }
}
