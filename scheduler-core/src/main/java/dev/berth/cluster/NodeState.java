package dev.berth.cluster;

/**
 * Life cycle of a node, from the day it is racked to the day it is repaired. Only {@link #READY} nodes take new claims;
 * claims that stand on a node stay where they are whatever the state becomes.
 */
public enum NodeState {
    /** Mounted and cabled, not yet under test. */
    RACKED,
    /** Under acceptance load; its use is neither work nor waste. */
    BURN_IN,
    /** Takes claims. */
    READY,
    /** Keeps what it has, takes nothing new. */
    DRAINING,
    /** Taken out because it is suspected to be unhealthy. */
    QUARANTINE,
    /** Out for repair. */
    REPAIR;

    private static final NodeState[] VALUES = values();

    /** Whether a node in this state takes new claims. */
    public boolean allocatable() {
        return this == READY;
    }

    /**
     * The state with the given {@link #ordinal()}, without the array copy of {@link #values()}.
     *
     * @throws ArrayIndexOutOfBoundsException if there is no such state
     */
    public static NodeState of(int ordinal) {
        return VALUES[ordinal];
    }
}
