package dev.berth.placement;

import dev.berth.cluster.Topology;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds nodes for further tasks of a gang that runs already, as near to it as there is room: in the lowest tier with a domain
 * that holds the running tasks and the further ones. The indexes are up to date, and what is excluded is excluded.
 */
final class GangExtension {
    private final GangIndexes indexes;
    private final View view;
    private final CellTree tree;
    private final Topology topology;
    private final GangDescent descent = new GangDescent();
    private final NodeTasks chosen = new NodeTasks();

    GangExtension(GangIndexes indexes, View view) {
        this.indexes = indexes;
        this.view = view;
        tree = indexes.tree;
        topology = tree.topology;
    }

    /** The lowest tier with a domain that all these nodes are in. */
    int tierOf(int[] nodes) {
        int tier = 0;
        while (!together(nodes, tier)) {
            tier++;
        }
        return tier;
    }

    private boolean together(int[] nodes, int tier) {
        int domain = topology.domainOf(tier, nodes[0]);
        boolean all = domain >= 0;
        for (int node : nodes) {
            all &= topology.domainOf(tier, node) == domain;
        }
        return all;
    }

    /**
     * Chooses nodes for as many further tasks as fit, {@code most} at most.
     *
     * @param nodes where tasks run, a node as often as it has tasks; one at least
     * @return null when fewer than {@code least} fit
     */
    @Nullable
    NodeTasks grow(GangDemand demand, int[] nodes, int least, int most) {
        chosen.clear();
        GangIndex index = limited(demand, nodes);
        if (index == null) {
            return null;
        }
        try {
            boolean grown = demand.scanned()
                    ? oneByOne(demand, index, nodes, least, most)
                    : atOnce(demand, index, nodes, least, most);
            return grown ? chosen : null;
        } finally {
            unlimited(demand, nodes);
        }
    }

    private boolean atOnce(GangDemand demand, GangIndex index, int[] nodes, int least, int most) {
        int highest = demand.tiers().highest();
        int each = demand.request().segmentTasks();
        if (!together(nodes, highest)) {
            return false;
        }
        int more = Math.min(most, roomTasks(index, highest, nodes[0], each));
        if (more < least) {
            return false;
        }
        int tier = tierOf(nodes);
        while (!together(nodes, tier) || roomTasks(index, tier, nodes[0], each) < more) {
            tier++;
        }
        descent.take(index, cell(tier, nodes[0]), index.units(tier, more), chosen);
        return true;
    }

    private int cell(int tier, int node) {
        return tree.cellOf(tier, topology.domainOf(tier, node));
    }

    /** Whole segments that fit into the domain that a node is in, in tasks. */
    private int roomTasks(GangIndex index, int tier, int node, int each) {
        int room = index.room(cell(tier, node));
        return index.units(tier, each) == each ? room - room % each : room * each;
    }

    /** Most tasks first, then the lowest tier; where tiers cross, the nearest node may lie outside of the domain that holds all. */
    private boolean oneByOne(GangDemand demand, GangIndex index, int[] nodes, int least, int most) {
        for (int more = most; more >= least; more -= demand.request().segmentTasks()) {
            for (int tier = tierOf(nodes); tier <= demand.tiers().highest(); tier++) {
                if (together(nodes, tier) && oneByOneWithin(tier, demand, index, nodes, more)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean oneByOneWithin(int within, GangDemand demand, GangIndex index, int[] nodes, int more) {
        int[] all = nodes;
        while (all.length < nodes.length + more) {
            int node = nextTo(demand, index, all, all.length, within);
            if (node < 0) {
                for (int i = 0; i < chosen.size(); i++) {
                    index.update(chosen.node(i));
                }
                chosen.clear();
                limit(index, demand, nodes);
                return false;
            }
            index.limit(node, index.room(node) - 1);
            chosen.add(node, 1);
            all = Arrays.copyOf(all, all.length + 1);
            all[all.length - 1] = node;
        }
        return true;
    }

    /** Chooses a node for a rank whose task is lost; null when there is none. */
    @Nullable
    NodeTasks replace(GangDemand demand, int[] nodes, int lostRank) {
        chosen.clear();
        int[] others = new int[nodes.length - 1];
        System.arraycopy(nodes, 0, others, 0, lostRank);
        System.arraycopy(nodes, lostRank + 1, others, lostRank, others.length - lostRank);
        GangIndex index = limited(demand, others);
        if (index == null) {
            return null;
        }
        try {
            int node = nextTo(demand, index, others, lostRank, demand.tiers().highest());
            if (node < 0) {
                return null;
            }
            chosen.add(node, 1);
            return chosen;
        } finally {
            unlimited(demand, others);
        }
    }

    /**
     * The tightest node for one more task in the lowest tier that has one, -1 when there is none.
     *
     * @param rank which rank it takes; those after it are one place further up in {@code others}
     * @param within tier whose domain it must not leave
     */
    private int nextTo(GangDemand demand, GangIndex index, int[] others, int rank, int within) {
        int mate = segmentMate(demand.request(), others, rank);
        int highest = demand.tiers().highest();
        for (int tier = tierOf(others); tier <= within; tier++) {
            if (!together(others, tier)) {
                continue;
            }
            int best = -1;
            int domain = topology.domainOf(tier, others[0]);
            for (int i = 0, of = topology.memberCount(tier, domain); i < of; i++) {
                int node = topology.member(tier, domain, i);
                if (index.room(node) > 0
                        && (best < 0 || index.room(node) < index.room(best))
                        && topology.domainOf(highest, node) == topology.domainOf(highest, others[0])
                        && topology.domainOf(within, node) == topology.domainOf(within, others[0])
                        && staysInSegment(demand, node, mate)
                        && staysSpread(demand, others, node)) {
                    best = node;
                }
            }
            if (best >= 0) {
                return best;
            }
        }
        return -1;
    }

    /** A node of another task of the segment of a rank, -1 when there is none. */
    private static int segmentMate(GangRequest request, int[] others, int rank) {
        int each = request.segmentTasks();
        int first = rank - rank % each;
        return each == 1 || first >= others.length ? -1 : others[first];
    }

    private boolean staysInSegment(GangDemand demand, int node, int mate) {
        int segment = demand.tiers().segment();
        if (segment < 0) {
            return true;
        }
        int domain = topology.domainOf(segment, node);
        return domain >= 0 && (mate < 0 || domain == topology.domainOf(segment, mate));
    }

    private boolean staysSpread(GangDemand demand, int[] others, int added) {
        int tier = demand.tiers().spread();
        if (tier < 0) {
            return true;
        }
        int least = Integer.MAX_VALUE;
        int most = 0;
        int domains = 0;
        for (int i = 0; i <= others.length; i++) {
            int domain = topology.domainOf(tier, i < others.length ? others[i] : added);
            int before = 0;
            int tasks = domain == topology.domainOf(tier, added) ? 1 : 0;
            for (int j = 0; j < others.length; j++) {
                boolean same = topology.domainOf(tier, others[j]) == domain;
                tasks += same ? 1 : 0;
                before += same && j < i ? 1 : 0;
            }
            domains += before == 0 ? 1 : 0;
            least = Math.min(least, tasks);
            most = Math.max(most, tasks);
        }
        int each = demand.request().segmentTasks();
        return topology.domainOf(tier, added) >= 0
                && domains >= demand.request().minDomains()
                && (most + each - 1) / each - (least + each - 1) / each <= 1;
    }

    /** The index for the kind of nodes that the gang runs on, with what it may still take on the nodes that it has. */
    private @Nullable GangIndex limited(GangDemand demand, int[] nodes) {
        for (int k = 0; k < demand.classes().length; k++) {
            GangKind kind = demand.classes()[k].kind();
            if (kind == null || kind.has(view.cluster(), nodes[0])) {
                GangIndex index = indexes.get(demand, k);
                limit(index, demand, nodes);
                return index;
            }
        }
        return null;
    }

    private static void limit(GangIndex index, GangDemand demand, int[] nodes) {
        for (int node : nodes) {
            index.limit(node, demand.request().maxTasksPerNode() - tasksOn(nodes, node));
        }
    }

    private static int tasksOn(int[] nodes, int node) {
        int tasks = 0;
        for (int other : nodes) {
            tasks += other == node ? 1 : 0;
        }
        return tasks;
    }

    private void unlimited(GangDemand demand, int[] nodes) {
        for (int k = 0; k < demand.classes().length; k++) {
            for (int node : nodes) {
                indexes.get(demand, k).update(node);
            }
            for (int i = 0; i < chosen.size(); i++) {
                indexes.get(demand, k).update(chosen.node(i));
            }
        }
    }
}
