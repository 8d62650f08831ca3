package dev.berth;

import dev.berth.cluster.Cluster;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.placement.GangAnswer;
import dev.berth.placement.GangDemand;
import dev.berth.placement.GangPlacement;
import dev.berth.placement.GangPlan;
import dev.berth.placement.GangPlanner;
import dev.berth.placement.GangRefusal;
import dev.berth.placement.GangRequest;
import dev.berth.placement.Placement;
import dev.berth.placement.Planner;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@link Scheduler} does for gangs, on one cluster. Used by one task of its queue at a time. */
final class Gangs {
    private final Cluster cluster;
    private final Planner planner;
    private final Register register;
    private final GangPlanner gangs;
    private final GangPlan plan = new GangPlan();

    /** Where the scheduler notes who holds what. */
    interface Register {
        /** Notes a claim that was made. */
        Placement placed(long handle, Request request, String nodeName, ClaimSpec claim);

        /** Gives back what a placement holds. */
        boolean release(Placement.Claim claim);
    }

    /** Plans an extension into the buffer of this class. */
    private interface Extension {
        boolean plan(GangDemand demand);
    }

    Gangs(Planner planner, Register register) {
        this.planner = planner;
        this.register = register;
        cluster = planner.ledger().cluster();
        gangs = new GangPlanner(planner);
    }

    GangAnswer place(GangRequest request, boolean arrival) {
        for (int task = 0; arrival && task < request.maxTasks(); task++) {
            planner.arrived(planner.demand(request.task()));
        }
        GangDemand demand = gangs.demand(request);
        List<Placement> members = commit(demand, of -> gangs.plan(of, plan));
        if (members == null) {
            return refusal(demand);
        }
        return placement(demand, members, -1);
    }

    Optional<GangRefusal> explain(GangRequest request) {
        return Optional.ofNullable(gangs.explain(gangs.demand(request)));
    }

    private GangRefusal refusal(GangDemand demand) {
        GangRefusal refusal = gangs.explain(demand);
        if (refusal == null) {
            throw new IllegalStateException(
                    demand + " was refused, and would be planned, with nothing changed between");
        }
        return refusal;
    }

    /**
     * What was placed, as a record.
     *
     * @param before tier above which tiers are extra ones, -1 for what the size needs in an empty cluster
     */
    private GangPlacement placement(GangDemand demand, List<Placement> members, int before) {
        List<String> tiers = cluster.topology().tiers();
        int needed = gangs.neededTier(demand, members.size());
        int from = before < 0 ? needed : before;
        return new GangPlacement(
                demand.request(), members, tiers.get(plan.tier()), tiers.get(needed), Math.max(0, plan.tier() - from));
    }

    /** Plans and commits until nobody is faster; null when it does not fit. */
    private @Nullable List<Placement> commit(GangDemand demand, Extension extension) {
        while (extension.plan(demand)) {
            long answer = gangs.commit(plan);
            if (answer == 0) {
                List<Placement> members = new ArrayList<>();
                for (int rank = 0; rank < plan.tasks(); rank++) {
                    members.add(register.placed(
                            plan.handle(rank),
                            demand.request().task(),
                            cluster.nodeName(plan.node(rank)),
                            plan.claim(rank)));
                }
                return members;
            }
            if (answer != Ledger.LOST_RACE) {
                throw new IllegalStateException(
                        demand + " was planned on nodes that cannot take it (answer " + answer + ")");
            }
        }
        return null;
    }

    GangAnswer grow(GangPlacement gang, int minMore, int maxMore) {
        int[] nodes = nodes(gang, -1);
        GangDemand demand = gangs.demand(gang.request());
        List<Placement> more = commit(demand, of -> gangs.grow(of, nodes, minMore, maxMore, plan));
        if (more == null) {
            return gangs.explainGrowth(demand, nodes, minMore);
        }
        List<Placement> members = new ArrayList<>(gang.members());
        members.addAll(more);
        return placement(demand, members, cluster.topology().tier(gang.tier()));
    }

    GangAnswer replace(GangPlacement gang, int lostRank) {
        int[] nodes = nodes(gang, lostRank);
        GangDemand demand = gangs.demand(gang.request());
        List<Placement> other = commit(demand, of -> gangs.replace(of, nodes, lostRank, plan));
        if (other == null) {
            return gangs.explainGrowth(demand, nodes, 1);
        }
        register.release(gang.members().get(lostRank).claim());
        List<Placement> members = new ArrayList<>(gang.members());
        members.set(lostRank, other.get(0));
        return placement(demand, members, cluster.topology().tier(gang.tier()));
    }

    /** The nodes of all ranks; that of a lost one may be gone. */
    private int[] nodes(GangPlacement gang, int lostRank) {
        int[] nodes = new int[gang.members().size()];
        for (int rank = 0; rank < nodes.length; rank++) {
            String name = gang.members().get(rank).nodeName();
            nodes[rank] = cluster.nodeId(name);
            if (nodes[rank] < 0 && rank != lostRank) {
                throw new IllegalArgumentException("rank " + rank + " is on node '" + name + "', allowed: a node of "
                        + cluster + "; replace it first");
            }
        }
        return nodes;
    }

    int release(GangPlacement gang) {
        int released = 0;
        for (Placement member : gang.members()) {
            released += register.release(member.claim()) ? 1 : 0;
        }
        return released;
    }
}
