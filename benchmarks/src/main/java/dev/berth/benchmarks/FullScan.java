package dev.berth.benchmarks;

import dev.berth.cluster.Cluster;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.placement.Demand;
import dev.berth.placement.NodeScorer;
import dev.berth.placement.Planner;
import dev.berth.placement.Policies;
import dev.berth.placement.Policy;
import dev.berth.placement.View;

/**
 * The same policy without an index: scores every feasible node for every task. It reads the same view, which is kept up to
 * date from the ledger's changes, and scans it from end to end, which is the kindest order to the processor's caches.
 */
final class FullScan {
    private final Ledger ledger;
    /** Keeps the view up to date; its own policy scores nothing, because nothing is planned with it. */
    private final Planner planner;

    private final View view;
    private final NodeScorer scorer;
    private final ClaimSpec claim = new ClaimSpec();

    FullScan(Ledger ledger, Policy policy) {
        this.ledger = ledger;
        planner = new Planner(ledger, Policies.byName("first-fit"), 1);
        view = planner.view();
        scorer = policy.scorer(view);
        for (int node = 0; node < ledger.cluster().nodeCount(); node++) {
            scorer.nodeChanged(view, node);
        }
    }

    Demand demand(dev.berth.placement.Request request) {
        return planner.demand(request);
    }

    /** Tells of a task that arrives, as {@link Planner#arrived}. */
    void arrived(Demand demand) {
        scorer.arrived(view, demand, node -> {});
    }

    /** Tells that a node has changed. */
    void changed(int node) {
        planner.view();
        scorer.nodeChanged(view, node);
    }

    /** Plans and claims: a handle, or 0 when it fits nowhere. */
    long place(Demand demand) {
        Cluster cluster = view.cluster();
        int best = -1;
        int bestKey = Integer.MAX_VALUE;
        for (int node = 0; node < cluster.nodeCount(); node++) {
            if (allows(cluster, node, demand) && view.hasRoom(node, demand)) {
                int key = scorer.key(view, node, demand);
                if (key < bestKey) {
                    bestKey = key;
                    best = node;
                }
            }
        }
        if (best < 0) {
            return 0;
        }
        claim.clear();
        claim.cpuMilli(demand.cpuMilli()).memoryMib(demand.memoryMib());
        if (demand.shareMilli() > 0) {
            claim.share(scorer.gpuForShare(view, best, demand), demand.shareMilli());
        } else if (demand.wholeGpus() > 0) {
            int mask = view.freeGpuMask(best);
            int chosen = 0;
            for (int k = 0; k < demand.wholeGpus(); k++) {
                chosen |= Integer.lowestOneBit(mask);
                mask &= mask - 1;
            }
            claim.whole(chosen);
        }
        return ledger.claim(best, claim, view.version(best));
    }

    private static boolean allows(Cluster cluster, int node, Demand demand) {
        return demand.cpuOnly() || cluster.gpuModelId(node) >= 0 && demand.allowsModel(cluster.gpuModelId(node));
    }
}
