package dev.berth.placement;

import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.GangClaim;
import org.jspecify.annotations.Nullable;

/**
 * Where {@link GangPlanner#plan} would put the tasks of a gang, on which versions of the nodes. Ranks are in fabric order, so
 * that neighbours in rank are neighbours in the fabric. A mutable buffer that the caller owns and uses again. Not thread-safe.
 */
public final class GangPlan {
    private @Nullable GangDemand demand;
    private int tier;
    private int neededTier;
    private final GangClaim gang = new GangClaim();
    private final ClaimSpec claim = new ClaimSpec();

    void begin(GangDemand of, int needed) {
        demand = of;
        gang.clear();
        neededTier = needed;
    }

    void tier(int reached) {
        tier = reached;
    }

    /** Adds the next rank. */
    void add(int node, long version, ClaimSpec of) {
        gang.add(node, version, of);
    }

    /** What a commit claims. */
    GangClaim gangClaim() {
        return gang;
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
        return gang.size();
    }

    /** The node of a rank. */
    public int node(int rank) {
        return gang.node(rank);
    }

    /** Version of the node of a rank that the plan was made on. */
    public long version(int rank) {
        return gang.expectedVersion(rank);
    }

    /**
     * What a rank claims: which GPUs, CPU, memory, counted resources.
     *
     * @return a buffer that the next call overwrites; not to be changed
     */
    public ClaimSpec claim(int rank) {
        gang.spec(rank, claim);
        return claim;
    }

    /** Handle of a rank's claim after {@link GangPlanner#commit} has succeeded, else 0. Releasing it releases this rank only. */
    public long handle(int rank) {
        return gang.handle(rank);
    }

    /** Lowest tier of {@link dev.berth.cluster.Topology#tiers()} with a domain that holds all the tasks as planned. */
    public int tier() {
        return tier;
    }

    /**
     * Lowest tier with a domain that could hold as many tasks if the cluster were empty; of a plan to grow or to replace, the lowest
     * tier with a domain that holds the running tasks.
     */
    public int neededTier() {
        return neededTier;
    }
}
