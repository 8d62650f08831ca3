package dev.berth.placement;

import dev.berth.ledger.ClaimSpec;
import org.jspecify.annotations.Nullable;

/**
 * Where {@link Planner#plan} would put a task, on which version of the node. A mutable buffer that the caller owns and uses
 * again. Not thread-safe.
 */
public final class Plan {
    private @Nullable Demand demand;
    private int node = -1;
    private long version;
    private int key;
    private final ClaimSpec claim = new ClaimSpec();

    void set(Demand of, int onNode, long onVersion, int withKey) {
        demand = of;
        node = onNode;
        version = onVersion;
        key = withKey;
    }

    /**
     * What was planned.
     *
     * @throws IllegalStateException if nothing has been planned into this buffer
     */
    public Demand demand() {
        if (demand == null) {
            throw new IllegalStateException("nothing has been planned into this buffer");
        }
        return demand;
    }

    /** The node, or -1 when nothing has been planned into this buffer. */
    public int node() {
        return node;
    }

    /** Version of the node that the plan was made on. */
    public long version() {
        return version;
    }

    /** Rank that the policy gave the node. */
    public int key() {
        return key;
    }

    /** The claim that a commit makes: which GPUs, how much of them, CPU, memory, counted resources. Not to be changed. */
    public ClaimSpec claim() {
        return claim;
    }

    /** GPUs that the claim holds whole or in part, a bit each. */
    public int gpuMask() {
        return claim.gpuMask();
    }
}
