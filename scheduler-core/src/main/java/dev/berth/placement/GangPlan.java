package dev.berth.placement;

import dev.berth.ledger.ClaimSpec;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where {@link GangPlanner#plan} would put the tasks of a gang, on which versions of the nodes. Ranks are in fabric order, so
 * that neighbours in rank are neighbours in the fabric. A mutable buffer that the caller owns and uses again. Not thread-safe.
 */
public final class GangPlan {
    private @Nullable GangDemand demand;
    private int tasks;
    private int tier;
    private int neededTier;
    private int[] nodes = new int[0];
    private long[] versions = new long[0];
    private long[] handles = new long[0];
    private ClaimSpec[] claims = new ClaimSpec[0];

    void begin(GangDemand of, int needed) {
        demand = of;
        tasks = 0;
        neededTier = needed;
    }

    void tier(int reached) {
        tier = reached;
    }

    /** The claim of the next rank, to be written by the caller. */
    ClaimSpec add(int node, long version) {
        if (tasks == nodes.length) {
            int length = Math.max(16, 2 * tasks);
            nodes = Arrays.copyOf(nodes, length);
            versions = Arrays.copyOf(versions, length);
            handles = Arrays.copyOf(handles, length);
            claims = Arrays.copyOf(claims, length);
            for (int i = tasks; i < length; i++) {
                claims[i] = new ClaimSpec();
            }
        }
        nodes[tasks] = node;
        versions[tasks] = version;
        handles[tasks] = 0;
        return claims[tasks++];
    }

    void handle(int rank, long handle) {
        handles[check(rank)] = handle;
    }

    private int check(int rank) {
        if (rank < 0 || rank >= tasks) {
            throw new IndexOutOfBoundsException("rank " + rank + " of " + tasks);
        }
        return rank;
    }

    /**
     * What was planned.
     *
     * @throws IllegalStateException if nothing has been planned into this buffer
     */
    public GangDemand demand() {
        if (demand == null) {
            throw new IllegalStateException("nothing has been planned into this buffer");
        }
        return demand;
    }

    /** Number of tasks; ranks are {@code 0 .. tasks() - 1}. 0 when nothing has been planned into this buffer. */
    public int tasks() {
        return tasks;
    }

    /** The node of a rank. */
    public int node(int rank) {
        return nodes[check(rank)];
    }

    /** Version of the node of a rank that the plan was made on. */
    public long version(int rank) {
        return versions[check(rank)];
    }

    /** What a rank claims: which GPUs, CPU, memory, counted resources. Not to be changed. */
    public ClaimSpec claim(int rank) {
        return claims[check(rank)];
    }

    /** Handle of a rank's claim after {@link GangPlanner#commit} has succeeded, else 0. */
    public long handle(int rank) {
        return handles[check(rank)];
    }

    /** Lowest tier of {@link dev.berth.cluster.Topology#tiers()} with a domain that holds all the tasks as planned. */
    public int tier() {
        return tier;
    }

    /** Lowest tier with a domain that could hold as many tasks if the cluster were empty. */
    public int neededTier() {
        return neededTier;
    }
}
