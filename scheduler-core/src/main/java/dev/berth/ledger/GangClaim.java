package dev.berth.ledger;

import java.util.Arrays;
import java.util.Objects;

/**
 * What a gang of tasks is to hold, each on its node, for {@link Ledger#claim(GangClaim)} to claim all or nothing. A mutable buffer that the
 * caller owns and uses again, so that claiming does not allocate. Several tasks may stand on one node. Not thread-safe: the claim is
 * made by the thread that filled it in, and others may look on only afterwards.
 */
public final class GangClaim {
    private static final int INDEX_BITS = 32;

    private int size;
    private int[] nodes = new int[8];
    private long[] versions = new long[8];
    private long[] handles = new long[8];
    private ClaimSpec[] specs = new ClaimSpec[0];
    /** node (32) | task (32), sorted: by node, and on a node as they were added. */
    private long[] order = new long[8];

    /** Makes an empty gang. */
    public GangClaim() {}

    /** Forgets all tasks. O(1). */
    public GangClaim clear() {
        size = 0;
        return this;
    }

    /**
     * Adds a task. O(1), amortised.
     *
     * @param node node that it is to stand on
     * @param expectedVersion version of the node that the caller planned on, before any task of this gang is on it, or {@link
     *     Ledger#ANY_VERSION}
     * @param spec what it is to hold, GPUs named; copied
     */
    public GangClaim add(int node, long expectedVersion, ClaimSpec spec) {
        Objects.requireNonNull(spec, "spec");
        if (node < 0) {
            throw new IndexOutOfBoundsException("node is " + node + ", allowed: 0 or more");
        }
        if (size == nodes.length) {
            int room = 2 * size;
            versions = Arrays.copyOf(versions, room);
            handles = Arrays.copyOf(handles, room);
            order = Arrays.copyOf(order, room);
            nodes = Arrays.copyOf(nodes, room);
        }
        if (size == specs.length) {
            ClaimSpec[] more = Arrays.copyOf(specs, nodes.length);
            for (int task = size; task < more.length; task++) {
                more[task] = new ClaimSpec();
            }
            specs = more;
        }
        nodes[size] = node;
        versions[size] = expectedVersion;
        handles[size] = 0;
        specs[size].set(spec);
        size++;
        return this;
    }

    /** Number of tasks. */
    public int size() {
        return size;
    }

    /** Node of a task, by the order in which they were added, from 0. */
    public int node(int task) {
        return nodes[Objects.checkIndex(task, size)];
    }

    /** Version that the node of a task is expected to have, or {@link Ledger#ANY_VERSION}. */
    public long expectedVersion(int task) {
        return versions[Objects.checkIndex(task, size)];
    }

    /**
     * What a task is to hold.
     *
     * @param out overwritten
     */
    public void spec(int task, ClaimSpec out) {
        out.set(specs[Objects.checkIndex(task, size)]);
    }

    /** Handle of a task after the gang was claimed; 0 before, and when it was refused. Releasing it releases this task only. */
    public long handle(int task) {
        return handles[Objects.checkIndex(task, size)];
    }

    ClaimSpec spec(int task) {
        return specs[task];
    }

    void handle(int task, long handle) {
        handles[task] = handle;
    }

    /** Puts the tasks in the order in which they are claimed, and counts their nodes. */
    int sort() {
        boolean sorted = true;
        for (int task = 0; task < size; task++) {
            order[task] = (long) nodes[task] << INDEX_BITS | task;
            sorted &= task == 0 || order[task] > order[task - 1];
        }
        if (!sorted) {
            Arrays.sort(order, 0, size);
        }
        int distinct = 0;
        for (int k = 0; k < size; k++) {
            distinct += k == 0 || nodes[inOrder(k)] != nodes[inOrder(k - 1)] ? 1 : 0;
        }
        return distinct;
    }

    /** The task that comes k-th when they are claimed. */
    int inOrder(int k) {
        return (int) order[k];
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("GangClaim[");
        for (int task = 0; task < size; task++) {
            text.append(task == 0 ? "" : ", ").append(nodes[task]).append(": ").append(specs[task]);
        }
        return text.append(']').toString();
    }
}
