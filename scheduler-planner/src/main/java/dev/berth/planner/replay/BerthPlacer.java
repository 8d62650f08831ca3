package dev.berth.planner.replay;

import dev.berth.ledger.Ledger;
import dev.berth.placement.Demand;
import dev.berth.placement.GangDemand;
import dev.berth.placement.GangPlan;
import dev.berth.placement.GangPlanner;
import dev.berth.placement.GangRequest;
import dev.berth.placement.Plan;
import dev.berth.placement.Planner;
import dev.berth.placement.Policies;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Berth itself, as an embedder uses it: the gang planner for gangs and the policy {@code berth} for single tasks. */
final class BerthPlacer implements GangPlacer {
    private final Planner planner;
    private final GangPlanner gangs;
    private final Plan plan = new Plan();
    private final GangPlan gangPlan = new GangPlan();
    private final Map<GangJob, GangDemand> demands = new HashMap<>();

    BerthPlacer(Ledger ledger, long seed) {
        planner = new Planner(ledger, Policies.byName("berth"), seed);
        gangs = new GangPlanner(planner);
    }

    @Override
    public long @Nullable [] place(GangJob job) {
        return job.isGang() ? placeGang(job) : placeTask(planner.demand(job.request()));
    }

    private long @Nullable [] placeTask(Demand demand) {
        planner.arrived(demand);
        if (!planner.plan(demand, plan)) {
            return null;
        }
        return new long[] {committed(planner.commit(plan), demand)};
    }

    private long @Nullable [] placeGang(GangJob job) {
        GangDemand demand = demands.computeIfAbsent(
                job,
                gang -> gangs.demand(
                        GangRequest.of(gang.request(), gang.tasks()).build()));
        for (int task = 0; task < job.tasks(); task++) {
            planner.arrived(demand.task());
        }
        if (!gangs.plan(demand, gangPlan)) {
            return null;
        }
        committed(gangs.commit(gangPlan) + 1, demand);
        long[] claims = new long[gangPlan.tasks()];
        for (int rank = 0; rank < claims.length; rank++) {
            claims[rank] = gangPlan.handle(rank);
        }
        return claims;
    }

    private static long committed(long answer, Object demand) {
        if (answer <= 0) {
            throw new IllegalStateException(
                    "commit of " + demand + " answers " + answer + " although nobody else writes");
        }
        return answer;
    }

    @Override
    public void left(long[] gone) {
        // The planner hears of it from the ledger.
    }
}
