package dev.berth.planner.replay;

import dev.berth.ledger.Ledger;
import dev.berth.placement.GangDemand;
import dev.berth.placement.GangPlan;
import dev.berth.placement.GangPlanner;
import dev.berth.placement.GangRequest;
import dev.berth.placement.Planner;
import dev.berth.placement.Policies;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Berth itself, as an embedder uses it for jobs of whole GPUs: the gang planner, for which a job on one node is a gang of one
 * task.
 */
final class BerthPlacer implements GangPlacer {
    private final Planner planner;
    private final GangPlanner gangs;
    private final GangPlan plan = new GangPlan();
    private final Map<GangJob, GangDemand> demands = new HashMap<>();

    BerthPlacer(Ledger ledger, long seed) {
        planner = new Planner(ledger, Policies.byName("berth"), seed);
        gangs = new GangPlanner(planner);
    }

    @Override
    public long @Nullable [] place(GangJob job) {
        GangDemand demand = demands.computeIfAbsent(
                job,
                gang -> gangs.demand(
                        GangRequest.of(gang.request(), gang.tasks()).build()));
        if (!gangs.plan(demand, plan)) {
            return null;
        }
        long answer = gangs.commit(plan);
        if (answer != 0) {
            throw new IllegalStateException(
                    "commit of " + demand + " answers " + answer + " although nobody else writes");
        }
        long[] claims = new long[plan.tasks()];
        for (int rank = 0; rank < claims.length; rank++) {
            claims[rank] = plan.handle(rank);
        }
        return claims;
    }

    @Override
    public void left(long[] gone) {
        // The planner hears of it from the ledger.
    }
}
