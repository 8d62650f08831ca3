package dev.berth.placement;

import dev.berth.cluster.Topology;
import org.jspecify.annotations.Nullable;

/**
 * Finds nodes for further tasks of a gang that runs already, as near to it as there is room: in the lowest tier with a domain
 * that holds the running tasks and the further ones, with all that the gang asked for kept to. The indexes are up to date, and what is
 * excluded is excluded.
 */
final class GangExtension {
    private final GangIndexes indexes;
    private final CellTree tree;
    private final Topology topology;
    private final GangDescent descent = new GangDescent();
    private final NodeTasks chosen = new NodeTasks();
    private @Nullable GangScan scan;
    private int allowedGpus;

    GangExtension(GangIndexes indexes) {
        this.indexes = indexes;
        tree = indexes.tree;
        topology = tree.topology;
    }

    /** The GPUs that tasks may use on the chosen nodes, a bit each. */
    int allowedGpus() {
        return allowedGpus;
    }

    /**
     * Chooses nodes for as many further tasks as fit, {@code most} at most.
     *
     * @return null when fewer than {@code least} fit; else where the choice is until the next one
     */
    @Nullable
    NodeTasks find(GangDemand demand, GangStanding standing, int least, int most) {
        chosen.clear();
        allowedGpus = demand.tiers().oneIsland() ? standing.islandMask() : -1;
        int kind = standing.classOf();
        boolean may = kind >= 0
                && standing.keepsToRequest()
                && standing.isIn(demand.tiers().highest());
        if (!may) {
            return null;
        }
        GangIndex index = indexes.get(demand, kind);
        int mostPerNode = demand.request().maxTasksPerNode();
        standing.eachNode(node -> index.limit(node, mostPerNode - standing.tasksOn(node)));
        try {
            boolean sums = !demand.scanned() && !demand.tiers().oneIsland() && standing.need() == 0 && !index.hasCuts();
            boolean found = sums
                    ? bySums(demand, index, standing, least, most)
                    : oneByOne(demand, index, standing, least, most);
            return found ? chosen : null;
        } finally {
            standing.eachNode(index::update);
        }
    }

    private boolean bySums(GangDemand demand, GangIndex index, GangStanding standing, int least, int most) {
        int node = standing.anyNode();
        int each = demand.request().segmentTasks();
        int more = Math.min(most, roomTasks(index, demand.tiers().highest(), node, each));
        if (more < least) {
            return false;
        }
        int tier = standing.tier();
        while (!standing.isIn(tier) || roomTasks(index, tier, node, each) < more) {
            tier++;
        }
        descent.take(index, cell(tier, node), index.units(tier, more), chosen);
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

    /** Most tasks first, then the lowest tier. */
    private boolean oneByOne(GangDemand demand, GangIndex index, GangStanding standing, int least, int most) {
        GangScan over = scan;
        if (over == null) {
            over = new GangScan(index, demand);
            scan = over;
        }
        over.beginDividing(index, demand, standing);
        int each = demand.request().segmentTasks();
        int highest = demand.tiers().highest();
        int room = over.roomBeside(standing, highest);
        for (int more = least + (Math.min(room, most) - least) / each * each; more >= least; more -= each) {
            for (int tier = standing.tier(); tier <= highest; tier++) {
                if (standing.isIn(tier) && over.holdsBeside(standing, tier, more)) {
                    over.impose();
                    over.take(more, chosen);
                    over.restore();
                    if (demand.request().railAligned()) {
                        allowedGpus = over.railSet();
                    }
                    return true;
                }
            }
        }
        return false;
    }
}
