package dev.berth;

import dev.berth.cluster.Cluster;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.placement.GangAnswer;
import dev.berth.placement.GangDemand;
import dev.berth.placement.GangMembers;
import dev.berth.placement.GangPlacement;
import dev.berth.placement.GangPlan;
import dev.berth.placement.GangPlanner;
import dev.berth.placement.GangRefusal;
import dev.berth.placement.GangRequest;
import dev.berth.placement.Placement;
import dev.berth.placement.Planner;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@link Scheduler} does for gangs, on one cluster. Used by one task of its queue at a time. */
final class Gangs {
    private static final int[] NONE = {};

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
        return placement(demand, members, -1, null);
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
     * @param tierBefore tier above which tiers are extra ones, -1 for what the size needs in an empty cluster
     */
    private GangPlacement placement(
            GangDemand demand, List<Placement> members, int tierBefore, GangPlacement.@Nullable Before before) {
        List<String> tiers = cluster.topology().tiers();
        int needed = gangs.neededTier(demand, members.size());
        int from = tierBefore < 0 ? needed : tierBefore;
        return new GangPlacement(
                demand.request(),
                members,
                tiers.get(plan.tier()),
                tiers.get(needed),
                Math.max(0, plan.tier() - from),
                plan.oversubscription(),
                before);
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
        GangMembers members = members(gang, NONE);
        GangDemand demand = gangs.demand(gang.request());
        List<Placement> more = commit(demand, of -> gangs.grow(of, members, minMore, maxMore, plan));
        if (more == null) {
            return gangs.explainGrowth(demand, members, minMore);
        }
        return extended(demand, gang, more);
    }

    GangAnswer replace(GangPlacement gang, int[] lostRanks) {
        GangMembers members = members(gang, lostRanks);
        GangDemand demand = gangs.demand(gang.request());
        List<Placement> others = commit(demand, of -> gangs.replace(of, members, lostRanks, plan));
        if (others == null) {
            return gangs.explainReplacement(demand, members, lostRanks);
        }
        for (int rank : lostRanks) {
            register.release(gang.members().get(rank).claim());
        }
        return extended(demand, gang, others);
    }

    /** The gang with the tasks of the plan in their ranks. */
    private GangPlacement extended(GangDemand demand, GangPlacement gang, List<Placement> tasks) {
        Placement[] members =
                gang.members().toArray(new Placement[gang.members().size()]);
        members = Arrays.copyOf(members, Math.max(members.length, largestRank() + 1));
        for (int task = 0; task < tasks.size(); task++) {
            members[plan.rank(task)] = tasks.get(task);
        }
        GangPlacement.Before before = new GangPlacement.Before(gang.tier(), gang.oversubscription());
        return placement(demand, List.of(members), cluster.topology().tier(gang.tier()), before);
    }

    private int largestRank() {
        int largest = 0;
        for (int task = 0; task < plan.tasks(); task++) {
            largest = Math.max(largest, plan.rank(task));
        }
        return largest;
    }

    /** Where all ranks stand; the nodes of lost ones may be gone. */
    private GangMembers members(GangPlacement gang, int[] lostRanks) {
        GangMembers members = new GangMembers();
        for (int rank = 0; rank < gang.members().size(); rank++) {
            Placement member = gang.members().get(rank);
            int node = cluster.nodeId(member.nodeName());
            int at = rank;
            if (node < 0 && Arrays.stream(lostRanks).noneMatch(lost -> lost == at)) {
                throw new IllegalArgumentException("rank " + rank + " is on node '" + member.nodeName()
                        + "', allowed: a node of " + cluster + "; replace it first");
            }
            int mask = 0;
            for (int gpu : member.gpus()) {
                mask |= 1 << gpu;
            }
            members.add(node, mask);
        }
        return members;
    }

    int release(GangPlacement gang) {
        int released = 0;
        for (Placement member : gang.members()) {
            released += register.release(member.claim()) ? 1 : 0;
        }
        return released;
    }
}
