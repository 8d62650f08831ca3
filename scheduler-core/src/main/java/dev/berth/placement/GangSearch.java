package dev.berth.placement;

import org.jspecify.annotations.Nullable;

/**
 * Finds how many tasks of a gang fit and which nodes take them; the indexes are up to date and what is excluded is excluded.
 * Its buffers are used again.
 */
final class GangSearch {
    private final GangIndexes indexes;
    private final CellTree tree;
    private final GangDescent descent = new GangDescent();
    private final RailSets railSets;
    private @Nullable GangScan scan;
    private final NodeTasks chosen = new NodeTasks();
    private int allowedGpus;

    GangSearch(GangIndexes indexes, View view) {
        this.indexes = indexes;
        tree = indexes.tree;
        railSets = new RailSets(view);
    }

    /** Whether domains must be looked at one by one. */
    static boolean needsScan(GangRequest request, GangTiers tiers, CellTree tree) {
        boolean mustNest = tiers.highest() < tree.tiers - 1 || tiers.segment() >= 0;
        return tiers.spread() >= 0 || request.railAligned() || mustNest && !tree.nested();
    }

    /** Most tasks that fit, up to what the gang asks for; 0 when its least number does not fit. */
    int mostTasks(GangDemand demand) {
        int most = 0;
        for (int k = 0; k < demand.classes().length; k++) {
            most = Math.max(most, mostTasks(demand, indexes.get(demand, k)));
        }
        return most;
    }

    private int mostTasks(GangDemand demand, GangIndex index) {
        GangRequest request = demand.request();
        if (!demand.scanned()) {
            int most =
                    Math.min(request.maxTasks(), index.mostTasks(demand.tiers().highest()));
            return most < request.minTasks() ? 0 : most;
        }
        // What holds so many tasks holds fewer, so that the most can be closed in on.
        int each = request.segmentTasks();
        int least = request.minTasks() / each;
        int most = request.maxTasks() / each;
        if (!fits(demand, index, least * each)) {
            return 0;
        }
        while (least < most) {
            int middle = least + most + 1 >>> 1;
            if (fits(demand, index, middle * each)) {
                least = middle;
            } else {
                most = middle - 1;
            }
        }
        return least * each;
    }

    private boolean fits(GangDemand demand, GangIndex index, int tasks) {
        return scan(demand, index)
                        .tightest(
                                demand.tiers().highest(),
                                tasks,
                                demand.request().minDomains())
                >= 0;
    }

    private GangScan scan(GangDemand demand, GangIndex index) {
        GangScan over = scan;
        if (over == null) {
            over = new GangScan(tree, descent, railSets, index, demand.tiers());
            scan = over;
        }
        over.begin(index, demand);
        railSets.begin(demand.task());
        return over;
    }

    /** Lowest tier with a domain in which so many tasks fit, -1 when there is none. */
    int lowestTier(GangDemand demand, GangIndex index, int tasks) {
        for (int tier = 0; tier <= demand.tiers().highest(); tier++) {
            boolean fits = demand.scanned()
                    ? scan(demand, index).tightest(tier, tasks, demand.request().minDomains()) >= 0
                    : index.mostTasks(tier) >= tasks;
            if (fits) {
                return tier;
            }
        }
        return -1;
    }

    /**
     * Chooses nodes for so many tasks, which fit.
     *
     * @return where the choice is until the next one
     */
    NodeTasks choose(GangDemand demand, int tasks) {
        chosen.clear();
        allowedGpus = -1;
        GangTiers tiers = demand.tiers();
        // Tiers below the preferred one are as good; they hold what it misses.
        if (tiers.preferred() > 0 && chooseIn(demand, tiers.preferred(), tasks)) {
            return chosen;
        }
        for (int tier = 0; tier <= tiers.highest(); tier++) {
            if (chooseIn(demand, tier, tasks)) {
                return chosen;
            }
        }
        throw new IllegalStateException(tasks + " tasks fit into one domain of tier "
                + tree.topology.tiers().get(tiers.highest()) + ", but no domain has room for them");
    }

    private boolean chooseIn(GangDemand demand, int tier, int tasks) {
        if (demand.scanned()) {
            return scanTier(demand, tier, tasks);
        }
        return tier == 0 && chooseIsland(demand, tasks) || lookUp(demand, tier, tasks);
    }

    /** The GPUs that tasks may use on the chosen nodes, a bit each. */
    int allowedGpus() {
        return allowedGpus;
    }

    private boolean chooseIsland(GangDemand demand, int tasks) {
        if (demand.tiers().segment() == GangClass.ISLAND
                && tasks > demand.request().segmentTasks()) {
            return false;
        }
        for (int k = 0; k < demand.classes().length; k++) {
            int island = indexes.get(demand, k).tightestIsland(tasks);
            if (island >= 0) {
                chosen.add(indexes.islands.nodeOf(island), tasks);
                allowedGpus = indexes.islands.maskOf(island);
                return true;
            }
        }
        return false;
    }

    private boolean lookUp(GangDemand demand, int tier, int tasks) {
        GangIndex best = null;
        int cell = -1;
        for (int k = 0; k < demand.classes().length; k++) {
            GangIndex index = indexes.get(demand, k);
            int at = index.tightest(tier, tasks);
            if (at >= 0 && (best == null || index.room(at) < best.room(cell))) {
                best = index;
                cell = at;
            }
        }
        if (best == null) {
            return false;
        }
        descent.take(best, cell, best.units(tier, tasks), chosen);
        return true;
    }

    private boolean scanTier(GangDemand demand, int tier, int tasks) {
        int minDomains = demand.request().minDomains();
        GangIndex best = null;
        int bestUnits = Integer.MAX_VALUE;
        for (int k = 0; k < demand.classes().length; k++) {
            GangIndex index = indexes.get(demand, k);
            GangScan over = scan(demand, index);
            if (over.tightest(tier, tasks, minDomains) >= 0 && over.foundUnits() < bestUnits) {
                best = index;
                bestUnits = over.foundUnits();
            }
        }
        if (best == null) {
            return false;
        }
        GangScan over = scan(demand, best);
        over.tightest(tier, tasks, minDomains);
        over.take(tasks, minDomains, chosen);
        if (demand.request().railAligned()) {
            allowedGpus = railSets.set();
        }
        return true;
    }
}
