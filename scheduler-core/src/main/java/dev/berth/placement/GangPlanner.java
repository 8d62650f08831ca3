package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Topology;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import java.util.HashMap;
import java.util.Map;
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
    private final GangDescent descent = new GangDescent();
    private final TaskClaims claims = new TaskClaims();
    private final NodeTasks chosen = new NodeTasks();
    private final int[] positionOf;
    private final int[] nodeAt;

    /** A planner of gangs beside a planner of single tasks, on the same ledger. O(nodes * tiers). */
    public GangPlanner(Planner planner) {
        this.planner = planner;
        engine = planner.engine();
        ledger = planner.ledger();
        indexes = new GangIndexes(engine, INDEX_BYTES);
        Topology topology = ledger.cluster().topology();
        positionOf = new int[ledger.cluster().nodeCount()];
        nodeAt = new int[positionOf.length];
        for (int node = 0; node < positionOf.length; node++) {
            positionOf[node] = topology.positionOf(node);
            nodeAt[positionOf[node]] = node;
        }
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
        GangClass all = new GangClass(
                task,
                request.maxTasksPerNode(),
                request.segmentTasks(),
                tiers.segment(),
                tiers.oneIsland(),
                request.requiredTier() == null ? GangClass.NONE : tiers.highest(),
                GangClass.NONE);
        int[] excluded = request.excludedNodes().stream()
                .mapToInt(cluster::nodeId)
                .filter(node -> node >= 0)
                .toArray();
        return new GangDemand(this, request, task, tiers, new GangClass[] {all}, excluded);
    }

    /**
     * Plans a gang: as many tasks as fit, the most that it asks for at most, in the lowest tier that has room for so many.
     *
     * @param out overwritten when the answer is true
     * @return false when it does not fit now
     */
    public boolean plan(GangDemand demand, GangPlan out) {
        if (demand.planner() != this) {
            throw new IllegalArgumentException(
                    demand + " is of another planner, allowed: what demand() of this one made");
        }
        engine.refresh();
        for (GangClass of : demand.classes()) {
            exclude(demand, indexes.get(of));
        }
        boolean found = planWithoutExcluded(demand, out);
        for (GangClass of : demand.classes()) {
            include(demand, indexes.get(of));
        }
        return found;
    }

    private static void exclude(GangDemand demand, GangIndex index) {
        for (int node : demand.excluded()) {
            index.set(node, 0);
        }
    }

    private void include(GangDemand demand, GangIndex index) {
        for (int node : demand.excluded()) {
            index.set(node, index.roomNow(engine.view, node));
        }
    }

    private boolean planWithoutExcluded(GangDemand demand, GangPlan out) {
        GangRequest request = demand.request();
        GangTiers tiers = demand.tiers();
        int most = 0;
        for (GangClass of : demand.classes()) {
            most = Math.max(most, indexes.get(of).mostTasks(tiers.highest()));
        }
        int tasks = Math.min(request.maxTasks(), most);
        if (tasks < request.minTasks()) {
            return false;
        }
        for (int tier = tiers.lowest(); tier <= tiers.highest(); tier++) {
            GangIndex best = null;
            int cell = -1;
            for (GangClass of : demand.classes()) {
                GangIndex index = indexes.get(of);
                int at = index.tightest(tier, tasks);
                if (at >= 0 && (best == null || index.room(at) < best.room(cell))) {
                    best = index;
                    cell = at;
                }
            }
            if (best != null) {
                chosen.clear();
                descent.take(best, cell, best.units(tier, tasks), chosen);
                fill(demand, tasks, out);
                return true;
            }
        }
        throw new IllegalStateException(tasks + " tasks fit into one domain of tier "
                + tree().topology.tiers().get(tiers.highest()) + ", but no domain has room for them");
    }

    private CellTree tree() {
        return indexes.tree;
    }

    private void fill(GangDemand demand, int tasks, GangPlan out) {
        out.begin(demand, neededTier(demand, tasks));
        chosen.sort(positionOf, nodeAt);
        for (int i = 0; i < chosen.size(); i++) {
            claims.add(engine.view, chosen.node(i), demand.task(), chosen.tasks(i), out);
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

    private int neededTier(GangDemand demand, int tasks) {
        int known = demand.neededTier(tasks);
        if (known == GangDemand.UNKNOWN) {
            int top = tree().tiers - 1;
            known = top;
            for (GangClass of : demand.classes()) {
                int[] most = indexes.mostInEmptyCluster(of);
                for (int tier = top; tier >= 0; tier--) {
                    known = most[tier] >= tasks ? Math.min(known, tier) : known;
                }
            }
            demand.neededTier(tasks, known);
        }
        return known;
    }

    /**
     * Claims what was planned: all of it or nothing. The handles are in the plan afterwards.
     *
     * @return 0, or a negative answer of {@link Ledger#claim}: {@link Ledger#LOST_RACE} says that a node has changed since, plan
     *     again then
     */
    public long commit(GangPlan plan) {
        int rank = 0;
        long answer = 0;
        long expected = 0;
        for (; rank < plan.tasks(); rank++) {
            boolean first = rank == 0 || plan.node(rank) != plan.node(rank - 1);
            expected = first ? plan.version(rank) : expected + 1;
            answer = ledger.claim(plan.node(rank), plan.claim(rank), expected);
            if (answer < 0) {
                break;
            }
            plan.handle(rank, answer);
        }
        if (answer > 0) {
            return 0;
        }
        ClaimSpec held = new ClaimSpec();
        for (int i = 0; i < rank; i++) {
            ledger.release(plan.handle(i), held);
            plan.handle(i, 0);
        }
        return answer;
    }

    /** The planner of single tasks beside this one. */
    public Planner planner() {
        return planner;
    }

    /** Why a gang would be refused now, or null when it would be planned. O(nodes), allocates. */
    public @Nullable GangRefusal explain(GangDemand demand) {
        GangPlan plan = new GangPlan();
        return plan(demand, plan) ? null : new GangRefusal(demand.request());
    }
}
