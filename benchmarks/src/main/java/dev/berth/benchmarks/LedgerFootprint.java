package dev.berth.benchmarks;

import com.sun.management.ThreadMXBean;
import dev.berth.cluster.Cluster;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.LedgerSnapshot;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;

/**
 * Prints what a ledger of 121,300 nodes weighs: the bytes that are allocated to make it, and those that are allocated until all
 * tasks that fill nine tenths of it are in. Both count what becomes garbage on the way, so the ledger is no larger.
 */
public final class LedgerFootprint {
    private static final int NODES = 121_300;

    private LedgerFootprint() {}

    /** Needs no arguments. */
    public static void main(String[] arguments) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Cluster cluster = ClusterFactory.cluster(NODES);
        LedgerSnapshot filled =
                RunningCluster.fill(cluster, ClusterFactory.tasks()).ledger.snapshot();
        // Once before, so that no class is loaded while it counts.
        claimAll(filled, Ledger.of(cluster));

        long start = threads.getCurrentThreadAllocatedBytes();
        Ledger ledger = Ledger.of(cluster);
        long empty = threads.getCurrentThreadAllocatedBytes() - start;
        claimAll(filled, ledger);
        long full = threads.getCurrentThreadAllocatedBytes() - start;
        PrintStream out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true);
        out.printf(
                "%s, %d nodes, %d GPUs: empty %.1f MiB, with %d claims %.1f MiB%n",
                ClusterFactory.makeUp(), NODES, cluster.gpuCount(), mib(empty), filled.claimCount(), mib(full));
    }

    private static void claimAll(LedgerSnapshot filled, Ledger ledger) {
        ClaimSpec claim = new ClaimSpec();
        for (int node = 0; node < NODES; node++) {
            for (int i = filled.firstClaim(node); i < filled.firstClaim(node + 1); i++) {
                filled.claim(i, claim);
                if (ledger.claim(node, claim, Ledger.ANY_VERSION) < 0) {
                    throw new IllegalStateException("what was held cannot be claimed: " + claim);
                }
            }
        }
    }

    private static double mib(long bytes) {
        return bytes / 1048576.0;
    }
}
