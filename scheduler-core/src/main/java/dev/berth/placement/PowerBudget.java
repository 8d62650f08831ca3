package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodePower;
import dev.berth.cluster.NodeState;
import dev.berth.cluster.PowerBasis;
import dev.berth.ledger.NodeReading;

/**
 * What the nodes of each rack with a power cap draw together on the cluster's {@link PowerBasis}, and so which of them can take
 * more work (docs/decisions/0048-rack-power.md):
 *
 * <ul>
 *   <li>a node on which nothing stands counts its {@code idleW}, 0 when that is unknown;
 *   <li>a node in use counts whole: its {@code nameplateW} or {@code measuredW}; on the basis EXPECTED its {@code idleW} and
 *       {@code busyGpuW} for each GPU of which anything is held;
 *   <li>a node in state BURN_IN counts as wholly busy, one in state RACKED counts nothing.
 * </ul>
 *
 * <p>What a node lacks on the basis is taken from the next stricter one. A rack may stand above its cap, because claims are
 * adopted and states change without asking; then it takes nothing that adds to its draw until it is below again.
 *
 * <p>One planner that works alone on a ledger never takes a rack above its cap, whatever it plans before it commits. Power is
 * no resource of the ledger, and a claim does not check what several nodes draw: of several planners on one ledger each looks
 * again just before it claims, so that together they can exceed a cap by what they claim in that moment. Whoever needs
 * the cap to hold at all times plans with one planner, as {@link dev.berth.Scheduler} does.
 *
 * <p>Used by the planner's thread only. Nothing here allocates after construction.
 */
final class PowerBudget {
    private static final int IN_USE = 1 << 8;

    private final Cluster cluster;
    private final PowerBasis basis;
    /** Draw of each rack; nothing is kept for racks without a cap. */
    private final long[] drawnW;
    /** Largest draw that one node of a rack could ever add: with that much left, nobody in it need be asked. */
    private final int[] mostOfOneW;
    /** What each node is counted with now. */
    private final int[] nodeW;
    /** Number of GPUs of which anything is held, and whether the node is in use. */
    private final short[] use;

    /** Whether the nodes of a rack could exceed its cap together. */
    private final boolean[] scarce;

    private final boolean anyCap;
    /** By how much the cap of each rack is taken to be higher than it is. */
    private final long[] raisedW;
    /** What has been asked of each rack since it was last forgotten, and of which racks. */
    private final long[] askedW;

    private final int[] asked;
    private int askedCount;

    /** A budget of idle nodes in the states that the cluster was described with. */
    PowerBudget(Cluster cluster) {
        this.cluster = cluster;
        basis = cluster.powerBasis();
        int racks = cluster.racks().size();
        boolean caps = false;
        for (int rack = 0; rack < racks; rack++) {
            caps |= cluster.rack(rack).powerCapW() > 0;
        }
        anyCap = caps;
        int nodes = anyCap ? cluster.nodeCount() : 0;
        drawnW = new long[racks];
        mostOfOneW = new int[racks];
        askedW = new long[racks];
        asked = new int[racks];
        scarce = new boolean[racks];
        raisedW = new long[racks];
        long[] mostW = new long[racks];
        nodeW = new int[nodes];
        use = new short[nodes];
        for (int node = 0; node < nodes; node++) {
            int rack = cappedRack(node);
            if (rack >= 0) {
                int fullW = basis.fullW(cluster.power(node), cluster.gpuCount(node));
                mostOfOneW[rack] = Math.max(mostOfOneW[rack], fullW);
                mostW[rack] += fullW;
                scarce[rack] = mostW[rack] > cluster.rack(rack).powerCapW();
                put(node, false, 0, cluster.initialState(node));
            }
        }
    }

    /** The rack of a node if it has a cap, else -1. */
    int cappedRack(int node) {
        int rack = anyCap ? cluster.rackId(node) : -1;
        return rack >= 0 && cluster.rack(rack).powerCapW() > 0 ? rack : -1;
    }

    /** The rack of a node if its nodes could exceed its cap together, else -1. */
    int scarceRack(int node) {
        int rack = cappedRack(node);
        return rack >= 0 && scarce[rack] ? rack : -1;
    }

    /** Whether any rack has a cap. */
    boolean hasCaps() {
        return anyCap;
    }

    /**
     * Takes over what was read of a node. O(GPUs of the node).
     *
     * @return whether other nodes of its rack may now be able to take more than before, or less
     */
    boolean nodeChanged(int node, NodeReading reading) {
        int rack = cappedRack(node);
        if (rack < 0) {
            return false;
        }
        long before = drawnW[rack];
        put(node, reading.liveClaims() > 0, busyGpus(node, reading), reading.state());
        long ampleBelow = cluster.rack(rack).powerCapW() - (long) mostOfOneW[rack];
        return drawnW[rack] != before && Math.max(before, drawnW[rack]) > ampleBelow;
    }

    private int busyGpus(int node, NodeReading reading) {
        int busy = 0;
        int plain = cluster.plainGpuMask(node);
        for (int gpu = 0, of = cluster.gpuCount(node); gpu < of; gpu++) {
            boolean idle =
                    (plain >>> gpu & 1) != 0 ? reading.gpuFreeMilli(gpu) == 1000 : reading.migOccupancy(gpu) == 0;
            busy += idle ? 0 : 1;
        }
        return busy;
    }

    private void put(int node, boolean inUse, int busyGpus, NodeState state) {
        int watts = switch (state) {
            case RACKED -> 0;
            case BURN_IN -> basis.fullW(cluster.power(node), cluster.gpuCount(node));
            case READY, DRAINING, QUARANTINE, REPAIR -> watts(node, inUse, busyGpus);
        };
        int rack = cluster.rackId(node);
        drawnW[rack] += watts - nodeW[node];
        nodeW[node] = watts;
        use[node] = (short) ((inUse ? IN_USE : 0) | busyGpus);
    }

    private int watts(int node, boolean inUse, int busyGpus) {
        NodePower power = cluster.power(node);
        if (power == null) {
            return 0; // A node under a cap says what it draws: Cluster.Builder.build sees to it.
        }
        if (!inUse) {
            return power.idleW();
        }
        return basis == PowerBasis.EXPECTED && power.hasExpected(cluster.gpuCount(node))
                ? power.idleW() + busyGpus * power.busyGpuW()
                : basis.fullW(power, cluster.gpuCount(node));
    }

    /**
     * Watts that a node, once it is ready, would add to the draw of its rack if a task, or several, made {@code moreBusyGpus} of its
     * unused GPUs busy; 0 when the rack has no cap. O(1).
     *
     * @param moreBusyGpus 0 for tasks without GPUs, and for those on GPUs that are in use already
     */
    int addedW(int node, int moreBusyGpus) {
        return cappedRack(node) < 0
                ? 0
                : thenW(node, moreBusyGpus) - watts(node, (use[node] & IN_USE) != 0, busy(node));
    }

    private int busy(int node) {
        return use[node] & 0xFF;
    }

    private int thenW(int node, int moreBusyGpus) {
        return watts(node, true, Math.min(busy(node) + moreBusyGpus, cluster.gpuCount(node)));
    }

    /** Whether the rack of a node bears that so many more of its GPUs are busy, once it is ready. O(1). */
    boolean mayTake(int node, int moreBusyGpus) {
        int rack = cappedRack(node);
        return rack < 0
                || drawnW[rack] - nodeW[node] + thenW(node, moreBusyGpus) <= capW(rack)
                || addedW(node, moreBusyGpus) == 0;
    }

    /**
     * Adds tasks on a node to what is asked of its rack, and says whether the rack bears all that was asked since {@link #forget}. Each
     * node at most once.
     */
    boolean ask(int node, int moreBusyGpus) {
        int rack = cappedRack(node);
        int added = addedW(node, moreBusyGpus);
        if (rack < 0 || added == 0) {
            return true;
        }
        if (askedW[rack] == 0) {
            asked[askedCount++] = rack;
        }
        askedW[rack] += added;
        return askedW[rack] <= headroomW(rack);
    }

    /** As {@link #ask}, and asks nothing where the rack does not bear it. */
    boolean askIfBorne(int node, int moreBusyGpus) {
        int rack = cappedRack(node);
        int added = addedW(node, moreBusyGpus);
        return rack < 0 || added == 0 || askedW[rack] + added <= headroomW(rack) && ask(node, moreBusyGpus);
    }

    /** Forgets what was asked. */
    void forget() {
        while (askedCount > 0) {
            askedW[asked[--askedCount]] = 0;
        }
    }

    /** Whether its rack does not bear all that the node could still add. O(1). */
    boolean isTight(int node) {
        return anyCap && !mayTake(node, cluster.gpuCount(node));
    }

    /** Watts that a rack has left below its cap; negative when it stands above it, {@link Long#MAX_VALUE} when it has none. */
    long headroomW(int rack) {
        return cluster.rack(rack).powerCapW() == 0 ? Long.MAX_VALUE : capW(rack) - drawnW[rack];
    }

    private long capW(int rack) {
        return cluster.rack(rack).powerCapW() + raisedW[rack];
    }

    /** Takes the cap of a rack to be so much higher, until it is set to 0 again, to find out what it stands in the way of. */
    void raise(int rack, long watts) {
        raisedW[rack] = watts;
    }

    /** Watts that the nodes of a rack draw together; 0 when it has no cap. */
    long drawnW(int rack) {
        return drawnW[rack];
    }
}
