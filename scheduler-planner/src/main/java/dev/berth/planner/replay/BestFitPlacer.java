package dev.berth.planner.replay;

import dev.berth.ledger.Ledger;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Best fit without an eye for topology: each task goes to the node with the fewest free GPUs that has enough for it, the first
 * of a random order among equals, which is kept for the run.
 */
final class BestFitPlacer implements GangPlacer {
    private final PlainClaims claims;
    private final int[] order;

    BestFitPlacer(Ledger ledger, long seed) {
        claims = new PlainClaims(ledger);
        order = new int[ledger.cluster().nodeCount()];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < order.length; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
    }

    @Override
    public long @Nullable [] place(GangJob job) {
        int[] taken = new int[order.length];
        int[] nodes = new int[job.tasks()];
        for (int task = 0; task < nodes.length; task++) {
            int best = -1;
            for (int node : order) {
                int free = claims.freeGpus(node) - taken[node] * job.taskGpus();
                if (claims.fits(node, job) > taken[node]
                        && (best < 0 || free < claims.freeGpus(best) - taken[best] * job.taskGpus())) {
                    best = node;
                }
            }
            if (best < 0) {
                return null;
            }
            taken[best]++;
            nodes[task] = best;
        }
        Arrays.sort(nodes);
        return claims.claim(nodes, job);
    }

    @Override
    public void left(long[] gone) {
        // Looks at the ledger each time.
    }
}
