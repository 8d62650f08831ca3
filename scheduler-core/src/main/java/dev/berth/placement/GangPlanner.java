package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.ledger.Ledger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds the nodes for the tasks of a gang: in the lowest tier that has a domain with room for all of them, in the domain that
 * they fit most tightly, and inside it so that whole sub-domains are left whole for others. A gang is refused only when no set
 * of nodes would do.
 *
 * <p>It never walks the tree of domains: for each class of tasks it keeps, for every node and every domain, how many of them
 * fit, corrects these numbers along one path when a node changes, and looks the tightest domain up. A plan costs O(changes since
 * the last one * tiers + tasks + children of the domains that it opens), whatever the size of the cluster, and does not
 * allocate once a class has been seen; the first plan of a class costs O(nodes * tiers). Where a gang is spread or rail-aligned, and
 * where a rack that is short of power could be divided otherwise than it is, domains are looked at one by one, O(nodes) for each tier; the
 * latter allocates. Divisions of power are tried up to a bound (docs/decisions/0048-rack-power.md), beyond which a gang that fits
 * can be refused.
 *
 * <p>For one thread at a time, the one that its {@link Planner} is used by.
 */
public final class GangPlanner {
    private static final long INDEX_BYTES = 256L << 20;

    private final Planner planner;
    private final Engine engine;
    private final Ledger ledger;
    private final GangIndexes indexes;
    private final Map<GangRequest, GangDemand> demands = new HashMap<>();
    private final GangSearch search;
    private final GangExtension extension;
    private final GangReach reach;
    private final TaskClaims claims = new TaskClaims();

    /** A planner of gangs beside a planner of single tasks, on the same ledger. O(nodes * tiers). */
    public GangPlanner(Planner planner) {
        this.planner = planner;
        engine = planner.engine();
        ledger = planner.ledger();
        indexes = new GangIndexes(engine, INDEX_BYTES);
        search = new GangSearch(indexes);
        extension = new GangExtension(indexes);
        reach = new GangReach(indexes.tree.topology);
    }

    /**
     * The demand of a request. Allocates the first time that a request is seen.
     *
     * @throws IllegalArgumentException if it names a tier that the cluster does not have
     */
    public GangDemand demand(GangRequest request) {
        GangDemand known = demands.get(request);
        if (known == null) {
            known = resolve(request);
            demands.put(request, known);
        }
        return known;
    }

    private GangDemand resolve(GangRequest request) {
        Cluster cluster = ledger.cluster();
        GangTiers tiers = GangTiers.of(request, cluster.topology());
        Demand task = planner.demand(request.task());
        boolean scanned = GangSearch.needsScan(request, tiers, indexes.tree);
        // A scan looks at tiers and segments itself; only what an island can hold must be counted on the node.
        boolean counted = !scanned || tiers.segment() == GangClass.ISLAND;
        GangClass all = new GangClass(
                task,
                request.maxTasksPerNode(),
                counted ? request.segmentTasks() : 1,
                counted ? tiers.segment() : GangClass.NONE,
                tiers.oneIsland(),
                scanned || request.requiredTier() == null ? GangClass.NONE : tiers.highest(),
                null);
        int[] excluded = request.excludedNodes().stream()
                .mapToInt(cluster::nodeId)
                .filter(node -> node >= 0)
                .toArray();
        return new GangDemand(this, request, task, tiers, indexes.classes(all, request), excluded, scanned);
    }

    /**
     * Plans a gang: as many tasks as fit, the most that it asks for at most, in the lowest tier that has room for so many.
     *
     * @param out overwritten when the answer is true
     * @return false when it does not fit now
     */
    public boolean plan(GangDemand demand, GangPlan out) {
        check(demand);
        engine.refresh();
        exclude(demand);
        try {
            int tasks = search.mostTasks(demand);
            if (tasks == 0) {
                return false;
            }
            fill(demand, search.choose(demand, tasks), tasks, out);
            return true;
        } finally {
            include(demand);
        }
    }

    private void exclude(GangDemand demand) {
        for (int k = 0; k < demand.classes().length; k++) {
            for (int node : demand.excluded()) {
                indexes.get(demand, k).exclude(node);
            }
        }
    }

    private void include(GangDemand demand) {
        for (int k = 0; k < demand.classes().length; k++) {
            for (int node : demand.excluded()) {
                indexes.get(demand, k).update(node);
            }
        }
    }

    private CellTree tree() {
        return indexes.tree;
    }

    private void fill(GangDemand demand, NodeTasks chosen, int tasks, GangPlan out) {
        out.begin(demand, neededTier(demand, tasks));
        chosen.sort(tree().topology, demand.tiers().segment());
        int together = demand.tiers().oneIsland()
                ? tasks
                : demand.tiers().segment() == GangClass.ISLAND
                        ? demand.request().segmentTasks()
                        : 0;
        for (int i = 0; i < chosen.size(); i++) {
            claims.add(
                    engine.view, chosen.node(i), demand.task(), chosen.tasks(i), search.allowedGpus(), together, out);
        }
        reach.clear();
        for (int i = 0; i < chosen.size(); i++) {
            reach.add(chosen.node(i));
        }
        out.tier(reach.tier(), reach.oversubscription());
    }

    /** Lowest tier with a domain that could hold so many tasks of a gang if the cluster were empty. O(nodes) the first time. */
    public int neededTier(GangDemand demand, int tasks) {
        int known = demand.neededTier(tasks);
        if (known == GangDemand.UNKNOWN) {
            known = tree().tiers - 1;
            for (GangClass of : demand.classes()) {
                boolean summed = !demand.scanned() && indexes.mostInEmptyCluster(of).length > 0;
                known = Math.min(known, summed ? countEmpty(of, tasks) : scanEmpty(demand, of, tasks));
            }
            demand.neededTier(tasks, known);
        }
        return known;
    }

    private int countEmpty(GangClass of, int tasks) {
        int[] most = indexes.mostInEmptyCluster(of);
        int tier = 0;
        while (tier < most.length - 1 && most[tier] < tasks) {
            tier++;
        }
        return tier;
    }

    private int scanEmpty(GangDemand demand, GangClass of, int tasks) {
        int tier = search.lowestTier(demand, indexes.inEmptyCluster(of), tasks);
        return tier < 0 ? tree().tiers - 1 : tier;
    }

    /**
     * Claims what was planned: all of it or nothing. The handles are in the plan afterwards. The power of racks with a cap is looked at
     * once more, as {@link Planner#commit} does.
     *
     * @return 0, or a negative answer of {@link Ledger#claim(dev.berth.ledger.GangClaim)}: {@link Ledger#LOST_RACE} says that a node
     *     has changed since, or that the power of a rack has gone to others; plan again then
     */
    public long commit(GangPlan plan) {
        return bearsPower(plan) ? ledger.claim(plan.gangClaim()) : Ledger.LOST_RACE;
    }

    private boolean bearsPower(GangPlan plan) {
        PowerBudget power = engine.view.power();
        if (!power.hasCaps()) {
            return true;
        }
        engine.refresh();
        Demand task = plan.demand().task();
        boolean bears = true;
        for (int rank = 0; rank < plan.tasks(); ) {
            int node = plan.node(rank);
            int first = rank;
            while (rank < plan.tasks() && plan.node(rank) == node) {
                rank++;
            }
            bears &= power.ask(node, engine.view.moreBusyGpus(node, task, rank - first));
        }
        power.forget();
        return bears;
    }

    /** The planner of single tasks beside this one. */
    public Planner planner() {
        return planner;
    }

    /** Why a gang would be refused now, or null when it would be planned. O(nodes) for each thing that could be given up, allocates. */
    public @Nullable GangRefusal explain(GangDemand demand) {
        check(demand);
        engine.refresh();
        return mostTasks(demand) > 0 ? null : refusal(demand.request());
    }

    /**
     * Why a gang that runs would not grow by so many tasks, and what it could if one thing were given up. O(nodes) for each such thing,
     * allocates.
     *
     * @param members where its ranks stand
     */
    public GangRefusal explainGrowth(GangDemand demand, GangMembers members, int minMore) {
        int each = demand.request().segmentTasks();
        GangPlan plan = new GangPlan();
        boolean some = minMore > each && grow(demand, members, each, minMore - each, plan);
        return new GangRefusalFinder(this, indexes, engine.view, demand.request())
                .ofExtension(
                        some ? plan.tasks() : 0,
                        (relaxed, out) -> grow(resolve(relaxed), members, minMore, minMore, out));
    }

    /**
     * Why lost ranks of a gang that runs would not be replaced, and whether they would if one thing were given up. O(nodes) for each
     * such thing, allocates.
     *
     * @param members where its ranks stand, or stood
     * @param lostRanks which ones are lost
     */
    public GangRefusal explainReplacement(GangDemand demand, GangMembers members, int... lostRanks) {
        return new GangRefusalFinder(this, indexes, engine.view, demand.request())
                .ofExtension(0, (relaxed, out) -> replace(resolve(relaxed), members, lostRanks, out));
    }

    private GangRefusal refusal(GangRequest request) {
        return new GangRefusalFinder(this, indexes, engine.view, request).find();
    }

    /** Plans a request each time that it is asked to. Keeps nothing of it. */
    PowerInTheWay.Attempt attempt(GangRequest request) {
        GangDemand demand = resolve(request);
        return out -> plan(demand, out);
    }

    /** Most tasks of a request that fit now, 0 when its least number does not. Keeps nothing of the request. */
    int mostTasks(GangRequest request) {
        return mostTasks(resolve(request));
    }

    private int mostTasks(GangDemand demand) {
        exclude(demand);
        try {
            return search.mostTasks(demand);
        } finally {
            include(demand);
        }
    }

    /** Room for the tasks of a request, whatever else it asks for. */
    GangIndex plainIndex(GangRequest request) {
        return indexes.get(new GangClass(
                planner.demand(request.task()),
                request.maxTasksPerNode(),
                1,
                GangClass.NONE,
                false,
                GangClass.NONE,
                null));
    }

    /**
     * Plans further tasks for a gang that runs: as many as fit, {@code maxMore} at most, as near to it as there is room, and with all
     * that it asked for kept to. The plan has the further tasks only, whose ranks follow those of the running ones; its tier is the
     * lowest one with a domain that holds them and the running ones. O(nodes) of that domain for each number of tasks where the gang is
     * spread, rail-aligned, in one island, or a rack is short of power.
     *
     * @param members where its ranks stand
     * @param minMore least number of further tasks, a multiple of the segment
     * @param maxMore number of further tasks that it would like, {@code minMore} or more, a multiple of the segment
     * @param out overwritten when the answer is true
     * @return false when fewer than {@code minMore} fit now, or the running ones no longer stand as the gang asked
     * @throws IllegalArgumentException if the gang has no tasks, one is on a node that is gone, or a number is not what it must be
     */
    public boolean grow(GangDemand demand, GangMembers members, int minMore, int maxMore, GangPlan out) {
        check(demand);
        int each = demand.request().segmentTasks();
        if (minMore < 1 || maxMore < minMore || minMore % each != 0 || maxMore % each != 0) {
            throw new IllegalArgumentException("minMore is " + minMore + " and maxMore " + maxMore
                    + ", allowed: 1 or more, not less than minMore, and multiples of " + each);
        }
        if (members.size() == 0) {
            throw new IllegalArgumentException("the gang has 0 tasks, allowed: 1 or more; plan it anew");
        }
        GangStanding standing = GangStanding.growing(ledger.cluster(), demand, members, maxMore);
        return extend(demand, standing, members, minMore, maxMore, out);
    }

    /**
     * Plans tasks in place of lost ones, all of them or none: in the lowest tier with a domain that holds them and the others, in the
     * segments of their ranks, and with all that the gang asked for kept to. The plan has these tasks only, {@link GangPlan#rank} says
     * which is which; how far its tier is above the one before is what the loss costs. O(nodes of that domain).
     *
     * @param members where all ranks stand, the lost ones where they stood
     * @param lostRanks which ones are lost; what they held is released, or their nodes take nothing new. Where a node is lost, all
     *     ranks on it are lost together
     * @param out overwritten when the answer is true
     * @return false when there are no nodes for them now, or the others no longer stand as the gang asked
     * @throws IllegalArgumentException if no rank is lost, one is named twice, all are (plan it anew then), or one that is not lost is on
     *     a node that is gone
     * @throws IndexOutOfBoundsException if there is no such rank
     */
    public boolean replace(GangDemand demand, GangMembers members, int[] lostRanks, GangPlan out) {
        check(demand);
        for (int rank : lostRanks) {
            Objects.checkIndex(rank, members.size());
        }
        long distinct = Arrays.stream(lostRanks).distinct().count();
        if (distinct == 0 || distinct < lostRanks.length || distinct == members.size()) {
            throw new IllegalArgumentException("lostRanks is " + Arrays.toString(lostRanks) + " of " + members.size()
                    + " tasks, allowed: each rank once, one at least and not all; plan it anew when all are lost");
        }
        GangStanding standing = GangStanding.without(ledger.cluster(), demand, members, lostRanks);
        return extend(demand, standing, members, lostRanks.length, lostRanks.length, out);
    }

    private boolean extend(
            GangDemand demand, GangStanding standing, GangMembers members, int least, int most, GangPlan out) {
        engine.refresh();
        exclude(demand);
        try {
            NodeTasks chosen = extension.find(demand, standing, least, most);
            if (chosen == null) {
                return false;
            }
            chosen.sort(tree().topology, demand.tiers().segment());
            ExtensionClaims tasks =
                    new ExtensionClaims(engine.view, demand, standing, claims, extension.allowedGpus(), chosen);
            reach.clear();
            for (int rank = 0; rank < members.size(); rank++) {
                if (members.node(rank) >= 0) {
                    reach.add(members.node(rank));
                }
            }
            out.begin(demand, reach.tier(), reach.oversubscription(), tasks.ranks());
            tasks.add(chosen, out);
            reach.clear();
            for (int node : standing.nodes()) {
                reach.add(node);
            }
            for (int i = 0; i < chosen.size(); i++) {
                reach.add(chosen.node(i));
            }
            out.tier(reach.tier(), reach.oversubscription());
            return true;
        } finally {
            include(demand);
        }
    }

    private void check(GangDemand demand) {
        if (demand.planner() != this) {
            throw new IllegalArgumentException(
                    demand + " is of another planner, allowed: what demand() of this one made");
        }
    }
}
