package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Topology;
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
 * allocate once a class has been seen; the first plan of a class costs O(nodes * tiers).
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
    private final TaskClaims claims = new TaskClaims();

    /** A planner of gangs beside a planner of single tasks, on the same ledger. O(nodes * tiers). */
    public GangPlanner(Planner planner) {
        this.planner = planner;
        engine = planner.engine();
        ledger = planner.ledger();
        indexes = new GangIndexes(engine, INDEX_BYTES);
        search = new GangSearch(indexes, engine.view);
        extension = new GangExtension(indexes, engine.view);
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
        out.tier(tierOf(chosen));
    }

    /** The lowest tier with a domain that all nodes are in. */
    private int tierOf(NodeTasks nodes) {
        Topology topology = tree().topology;
        int tier = 0;
        for (int i = 1; i < nodes.size(); ) {
            int domain = topology.domainOf(tier, nodes.node(0));
            if (domain >= 0 && domain == topology.domainOf(tier, nodes.node(i))) {
                i++;
            } else {
                tier++;
                i = 1;
            }
        }
        return tier;
    }

    /** Lowest tier with a domain that could hold so many tasks of a gang if the cluster were empty. O(nodes) the first time. */
    public int neededTier(GangDemand demand, int tasks) {
        int known = demand.neededTier(tasks);
        if (known == GangDemand.UNKNOWN) {
            known = tree().tiers - 1;
            for (GangClass of : demand.classes()) {
                known = Math.min(known, demand.scanned() ? scanEmpty(demand, of, tasks) : countEmpty(of, tasks));
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
     * Why a gang that runs would not grow by so many tasks. O(nodes), allocates.
     *
     * @param nodes the nodes of its ranks
     */
    public GangRefusal explainGrowth(GangDemand demand, int[] nodes, int minMore) {
        GangPlan fewer = new GangPlan();
        int each = demand.request().segmentTasks();
        boolean some = minMore > each && grow(demand, nodes, each, minMore - each, fewer);
        return new GangRefusalFinder(this, indexes, demand.request()).ofGrowth(some ? fewer.tasks() : 0);
    }

    private GangRefusal refusal(GangRequest request) {
        return new GangRefusalFinder(this, indexes, request).find();
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
     * Plans further tasks for a gang that runs: as many as fit, {@code maxMore} at most, as near to it as there is room. The plan has
     * the further tasks only; its tier is the lowest one with a domain that holds them and the running ones. Not for gangs
     * that stay inside islands or are rail-aligned, of which it depends on GPUs that a plan no longer knows.
     *
     * @param nodes the nodes of its ranks
     * @param minMore least number of further tasks, a multiple of the segment
     * @param maxMore number of further tasks that it would like, {@code minMore} or more, a multiple of the segment
     * @param out overwritten when the answer is true
     * @return false when fewer than {@code minMore} fit now
     * @throws IllegalArgumentException if the gang stays inside islands or is rail-aligned, or a number is not what it must be
     */
    public boolean grow(GangDemand demand, int[] nodes, int minMore, int maxMore, GangPlan out) {
        checkExtension(demand, nodes);
        int each = demand.request().segmentTasks();
        if (minMore < 1 || maxMore < minMore || minMore % each != 0 || maxMore % each != 0) {
            throw new IllegalArgumentException("minMore is " + minMore + " and maxMore " + maxMore
                    + ", allowed: 1 or more, not less than minMore, and multiples of " + each);
        }
        engine.refresh();
        exclude(demand);
        try {
            return fillExtension(demand, nodes, extension.grow(demand, nodes, minMore, maxMore), out);
        } finally {
            include(demand);
        }
    }

    /**
     * Plans a task in place of one that is lost: in the lowest tier with a domain that holds it and the others, in the segment of
     * its rank, and so that the gang stays spread. The plan has this task only; how far its tier is above the one
     * before is what the loss costs. Not for gangs that stay inside islands or are rail-aligned. O(nodes of that domain).
     *
     * @param nodes the nodes of all ranks, that of the lost one included
     * @param lostRank which one is lost; what it held is released, or its node takes nothing new
     * @param out overwritten when the answer is true
     * @return false when there is no node for it now
     * @throws IllegalArgumentException if the gang stays inside islands or is rail-aligned, or has one task only: plan it anew
     */
    public boolean replace(GangDemand demand, int[] nodes, int lostRank, GangPlan out) {
        checkExtension(demand, nodes);
        Objects.checkIndex(lostRank, nodes.length);
        if (nodes.length == 1) {
            throw new IllegalArgumentException("the gang has 1 task, allowed: 2 or more; plan it anew");
        }
        engine.refresh();
        exclude(demand);
        try {
            int[] others = nodes.clone();
            others[lostRank] = nodes[lostRank == 0 ? 1 : 0];
            return fillExtension(demand, others, extension.replace(demand, nodes, lostRank), out);
        } finally {
            include(demand);
        }
    }

    private boolean fillExtension(GangDemand demand, int[] running, @Nullable NodeTasks chosen, GangPlan out) {
        if (chosen == null) {
            return false;
        }
        int[] all = Arrays.copyOf(running, running.length + chosen.size());
        for (int i = 0; i < chosen.size(); i++) {
            all[running.length + i] = chosen.node(i);
        }
        out.begin(demand, extension.tierOf(running));
        chosen.sort(tree().topology, demand.tiers().segment());
        for (int i = 0; i < chosen.size(); i++) {
            claims.add(engine.view, chosen.node(i), demand.task(), chosen.tasks(i), -1, 0, out);
        }
        out.tier(extension.tierOf(all));
        return true;
    }

    private void checkExtension(GangDemand demand, int[] nodes) {
        check(demand);
        GangTiers tiers = demand.tiers();
        boolean byGpu = tiers.oneIsland() || tiers.segment() == GangClass.ISLAND;
        if (byGpu || demand.request().railAligned() || nodes.length == 0) {
            throw new IllegalArgumentException(
                    demand.request() + " with " + nodes.length
                            + " tasks, allowed: a gang of one task or more that neither stays inside islands nor is rail-aligned");
        }
    }

    private void check(GangDemand demand) {
        if (demand.planner() != this) {
            throw new IllegalArgumentException(
                    demand + " is of another planner, allowed: what demand() of this one made");
        }
    }
}
