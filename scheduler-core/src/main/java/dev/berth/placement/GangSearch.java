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
    private @Nullable GangScan scan;
    private @Nullable GangScan dividing;
    private final NodeTasks chosen = new NodeTasks();
    private int allowedGpus;

    GangSearch(GangIndexes indexes) {
        this.indexes = indexes;
        tree = indexes.tree;
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
        int each = request.segmentTasks();
        int least = request.minTasks() / each;
        int most = request.maxTasks() / each;
        int highest = demand.tiers().highest();
        if (!demand.scanned()) {
            int fit = Math.min(request.maxTasks(), index.mostTasks(highest));
            if (fit == request.maxTasks() || !index.hasCuts()) {
                return fit < request.minTasks() ? 0 : fit;
            }
        }
        // What holds so many tasks holds fewer, so that the most can be closed in on.
        if (!fits(demand, index, highest, least * each)) {
            return 0;
        }
        while (least < most) {
            int middle = least + most + 1 >>> 1;
            if (fits(demand, index, highest, middle * each)) {
                least = middle;
            } else {
                most = middle - 1;
            }
        }
        return least * each;
    }

    /** Whether some domain of a tier has room for so many tasks, however racks that are short of power are divided. */
    private boolean fits(GangDemand demand, GangIndex index, int tier, int tasks) {
        boolean fits =
                demand.scanned() ? scan(demand, index).tightest(tier, tasks) >= 0 : index.mostTasks(tier) >= tasks;
        if (!fits && index.hasCuts()) {
            fits = dividing(demand, index).fitsDivided(tier, tasks);
        }
        return fits;
    }

    private GangScan scan(GangDemand demand, GangIndex index) {
        GangScan over = scan;
        if (over == null) {
            over = new GangScan(index, demand);
            scan = over;
        }
        over.begin(index, demand);
        return over;
    }

    /** Lowest tier with a domain in which so many tasks fit, -1 when there is none. */
    int lowestTier(GangDemand demand, GangIndex index, int tasks) {
        for (int tier = 0; tier <= demand.tiers().highest(); tier++) {
            if (fits(demand, index, tier, tasks)) {
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
        if (tiers.preferred() > 0 && chooseAtAll(demand, tiers.preferred(), tasks)) {
            return chosen;
        }
        for (int tier = 0; tier <= tiers.highest(); tier++) {
            if (chooseAtAll(demand, tier, tasks)) {
                return chosen;
            }
        }
        throw new IllegalStateException(tasks + " tasks fit into one domain of tier "
                + tree.topology.tiers().get(tiers.highest()) + ", but no domain has room for them");
    }

    private boolean chooseAtAll(GangDemand demand, int tier, int tasks) {
        return chooseIn(demand, tier, tasks) || chooseDividing(demand, tier, tasks);
    }

    /** Chooses after dividing racks that are short of power as the gang needs it. */
    private boolean chooseDividing(GangDemand demand, int tier, int tasks) {
        for (int k = 0; k < demand.classes().length; k++) {
            GangIndex index = indexes.get(demand, k);
            if (index.hasCuts() && mightFit(demand, k, tier, tasks)) {
                GangScan over = dividing(demand, index);
                if (over.fitsDivided(tier, tasks)) {
                    over.impose();
                    boolean found = chooseIn(demand, tier, tasks);
                    over.restore();
                    return found;
                }
            }
        }
        return false;
    }

    private boolean mightFit(GangDemand demand, int k, int tier, int tasks) {
        return demand.scanned() || indexes.mostWithoutCaps(demand.classes()[k])[tier] >= tasks;
    }

    private GangScan dividing(GangDemand demand, GangIndex index) {
        GangScan over = dividing;
        if (over == null) {
            over = new GangScan(index, demand);
            dividing = over;
        }
        over.beginDividing(index, demand, null);
        return over;
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
        GangIndex best = null;
        int bestUnits = Integer.MAX_VALUE;
        for (int k = 0; k < demand.classes().length; k++) {
            GangIndex index = indexes.get(demand, k);
            GangScan over = scan(demand, index);
            if (over.tightest(tier, tasks) >= 0 && over.foundUnits() < bestUnits) {
                best = index;
                bestUnits = over.foundUnits();
            }
        }
        if (best == null) {
            return false;
        }
        GangScan over = scan(demand, best);
        over.tightest(tier, tasks);
        over.take(tasks, chosen);
        if (demand.request().railAligned()) {
            allowedGpus = over.railSet();
        }
        return true;
    }
}
