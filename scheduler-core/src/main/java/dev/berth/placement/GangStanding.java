package dev.berth.placement;

import com.carrotsearch.hppc.IntIntHashMap;
import com.carrotsearch.hppc.cursors.IntIntCursor;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.Topology;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What of a gang stands while further tasks are sought for it, and the ranks that these will have. A segment of which some tasks
 * stand and others are lost is <em>short</em>: the new ones must come to where the rest of it is. Immutable.
 */
final class GangStanding {
    /** A segment of which some tasks stand: where the others must come to. */
    record ShortSegment(int node, int islandMask, List<Integer> ranks) {}

    private final Cluster cluster;
    private final Topology topology;
    private final GangDemand demand;
    private final int[] nodes;
    private final int[] ranks;
    private final IntIntHashMap tasks = new IntIntHashMap();
    private final IntIntHashMap masks = new IntIntHashMap();
    private final IntIntHashMap needs = new IntIntHashMap();
    private final List<ShortSegment> shorts = new ArrayList<>();
    private final int islandMask;
    private int need;
    private boolean keepsToRequest = true;

    private GangStanding(Cluster cluster, GangDemand demand, GangMembers members, int[] ranks) {
        this.cluster = cluster;
        this.demand = demand;
        this.ranks = ranks;
        topology = cluster.topology();
        nodes = new int[members.size() - lost(members)];
        int size = 0;
        for (int rank = 0; rank < members.size(); rank++) {
            if (!isNew(rank)) {
                int node = members.node(rank);
                if (node < 0 || node >= cluster.nodeCount()) {
                    throw new IllegalArgumentException("rank " + rank + " is on node " + node + ", allowed: 0 to "
                            + (cluster.nodeCount() - 1) + ", or that it is among those to be replaced");
                }
                nodes[size++] = node;
                tasks.addTo(node, 1);
                masks.put(node, maskOn(node) | members.gpuMask(rank));
            }
        }
        findShortSegments(members);
        islandMask = demand.tiers().oneIsland() ? islandOf(nodes[0], maskOn(nodes[0])) : 0;
        keepsToRequest &= !demand.tiers().oneIsland() || islandMask != 0 && tasksOn(nodes[0]) == nodes.length;
        GangKind kind = GangKind.askedFor(demand.request()) ? GangKind.of(cluster, nodes[0], demand.request()) : null;
        keepsToRequest &= kind != null || !GangKind.askedFor(demand.request());
        for (int node : nodes) {
            keepsToRequest &= kind == null || kind.has(cluster, node);
        }
    }

    /** All of a gang, that is to have so many tasks more. */
    static GangStanding growing(Cluster cluster, GangDemand demand, GangMembers members, int more) {
        int[] ranks = new int[more];
        for (int i = 0; i < more; i++) {
            ranks[i] = members.size() + i;
        }
        return new GangStanding(cluster, demand, members, ranks);
    }

    /** The ranks of a gang that are not lost. */
    static GangStanding without(Cluster cluster, GangDemand demand, GangMembers members, int[] lostRanks) {
        int[] ranks = lostRanks.clone();
        Arrays.sort(ranks);
        return new GangStanding(cluster, demand, members, ranks);
    }

    private int lost(GangMembers members) {
        int lost = 0;
        for (int rank : ranks) {
            lost += rank < members.size() ? 1 : 0;
        }
        return lost;
    }

    private boolean isNew(int rank) {
        return Arrays.binarySearch(ranks, rank) >= 0;
    }

    private void findShortSegments(GangMembers members) {
        int each = demand.request().segmentTasks();
        int tier = demand.tiers().segment();
        if (tier == GangClass.NONE) {
            return;
        }
        for (int from = 0; from < members.size(); from += each) {
            int mate = -1;
            int mask = 0;
            int lost = 0;
            for (int rank = from; rank < Math.min(from + each, members.size()); rank++) {
                if (isNew(rank)) {
                    lost++;
                } else {
                    int node = members.node(rank);
                    mate = mate < 0 ? node : mate;
                    mask |= members.gpuMask(rank);
                    keepsToRequest &= inOnePart(mate, node);
                }
            }
            if (mate >= 0) {
                int island = tier == GangClass.ISLAND ? islandOf(mate, mask) : 0;
                keepsToRequest &= tier != GangClass.ISLAND || island != 0;
                if (lost > 0) {
                    int first = from;
                    shorts.add(new ShortSegment(
                            mate,
                            island,
                            Arrays.stream(ranks)
                                    .filter(rank -> rank >= first && rank < first + each)
                                    .boxed()
                                    .toList()));
                    needs.addTo(mate, lost);
                    need += lost;
                }
            }
        }
    }

    private boolean inOnePart(int a, int b) {
        GangTiers tiers = demand.tiers();
        return sameDomain(Math.max(0, tiers.segment()), a, b)
                && (tiers.spread() < 0 || sameDomain(tiers.spread(), a, b));
    }

    private boolean sameDomain(int tier, int a, int b) {
        return topology.domainOf(tier, a) >= 0 && topology.domainOf(tier, a) == topology.domainOf(tier, b);
    }

    /** All GPUs of the island of a node that these are in, 0 when they are in none or in several. */
    private int islandOf(int node, int mask) {
        GpuTopology links = cluster.gpuTopology(node);
        return mask != 0 && Islands.holds(links, mask)
                ? links.islandMask(links.islandOf(Integer.numberOfTrailingZeros(mask)))
                : 0;
    }

    /** Whether what stands is as was asked, so that there can be nodes beside it that are too. */
    boolean keepsToRequest() {
        return keepsToRequest;
    }

    /** A node on which a task stands. */
    int anyNode() {
        return nodes[0];
    }

    /** The nodes of the tasks that stand, a node as often as it has tasks; not to be changed. */
    int[] nodes() {
        return nodes;
    }

    /** The ranks that the new tasks will have, ascending; not to be changed. */
    int[] ranks() {
        return ranks;
    }

    /** Does something for each node on which tasks stand, once. */
    void eachNode(IntConsumer action) {
        for (IntIntCursor cursor : tasks) {
            action.accept(cursor.key);
        }
    }

    boolean isOn(int node) {
        return tasks.containsKey(node);
    }

    int tasksOn(int node) {
        return tasks.getOrDefault(node, 0);
    }

    /** GPUs of a node that the tasks on it hold, a bit each. */
    int maskOn(int node) {
        return masks.getOrDefault(node, 0);
    }

    /** GPUs of the island that all tasks must be in; 0 when they need not. */
    int islandMask() {
        return islandMask;
    }

    /** Tasks that segments which stand on a node, or begin on it, are short of. */
    int needOn(int node) {
        return needs.getOrDefault(node, 0);
    }

    /** Tasks that short segments need together. */
    int need() {
        return need;
    }

    /** Segments of which some tasks stand and others are sought. */
    List<ShortSegment> shorts() {
        return shorts;
    }

    /** Whether all nodes on which tasks stand are in one domain of a tier. */
    boolean isIn(int tier) {
        for (int node : nodes) {
            if (!sameDomain(tier, node, nodes[0])) {
                return false;
            }
        }
        return true;
    }

    /** The lowest tier with a domain that all nodes on which tasks stand are in. */
    int tier() {
        int tier = 0;
        while (!isIn(tier)) {
            tier++;
        }
        return tier;
    }

    /** Which of a demand's classes has the kind of these nodes; -1 for none. */
    int classOf() {
        for (int k = 0; k < demand.classes().length; k++) {
            @Nullable GangKind kind = demand.classes()[k].kind();
            if (kind == null || kind.has(cluster, nodes[0])) {
                return k;
            }
        }
        return -1;
    }

    /**
     * Tasks that a node of an island gang has room for, those that short segments on it need included.
     *
     * @return 0 when it has no room for all of these
     */
    int roomInIslands(View view, int node, int most) {
        GpuTopology links = cluster.gpuTopology(node);
        int free = view.freeGpuMask(node);
        int gpus = demand.task().wholeGpus();
        int each = demand.request().segmentTasks();
        int whole = 0;
        for (int i = 0; i < links.islandCount(); i++) {
            int left = Integer.bitCount(free & links.islandMask(i));
            for (ShortSegment one : shorts) {
                left -= one.node == node && one.islandMask == links.islandMask(i) ? one.ranks.size() * gpus : 0;
            }
            if (left < 0) {
                return 0;
            }
            whole += left / gpus / each;
        }
        int beside = TaskRoom.besideGpus(view, node, demand.task(), most) - needOn(node);
        return beside < 0 ? 0 : needOn(node) + Math.min(whole, beside / each) * each;
    }
}
