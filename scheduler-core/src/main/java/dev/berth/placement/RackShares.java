package dev.berth.placement;

import com.carrotsearch.hppc.IntIntHashMap;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.Topology;
import java.util.BitSet;

/**
 * Divides what a rack has left of its power among its nodes, so that the tasks of one class that its nodes then have room for may
 * all stand at once: sums over nodes stay true. Nodes that give most tasks for a watt come first, those that are nearest in fabric
 * order among equals. Which division is the best one depends on the gang and on the domain that it is put into: a rack is <em>cut</em>
 * where this one gives a node less than it could have alone, and there {@link RackDivisions} looks for others.
 *
 * <p>Only racks whose nodes could exceed the cap together are divided. Its buffers are used again.
 */
final class RackShares {
    private static final int INDEX_BITS = 20;
    private static final long WATTS_FRACTION = 1_000;

    private final View view;
    private final PowerBudget power;
    private final GangClass gangClass;
    private final long[] eligible;
    private final Topology topology;
    private final int rackTier;
    /** Most tasks that a node may have, for nodes of which anything is said. */
    private final IntIntHashMap limits = new IntIntHashMap();

    private final BitSet cut = new BitSet();
    private long[] order = new long[16];

    RackShares(View view, GangClass gangClass, long[] eligible) {
        this.view = view;
        this.gangClass = gangClass;
        this.eligible = eligible;
        power = view.power();
        Cluster cluster = view.cluster();
        topology = cluster.topology();
        rackTier = topology.tier(Topology.RACK);
    }

    /** Whoever is told what each node has room for. */
    interface Receiver {
        void room(int node, int tasks);
    }

    /** The rack of a node if it is one that is divided, else -1. */
    int rackOf(int node) {
        return power.scarceRack(node);
    }

    /** Whether a node is the first of its rack. */
    boolean isFirst(int node) {
        return topology.member(rackTier, rackOf(node), 0) == node;
    }

    /** Gives a node so many tasks at most, or fewer where it has been given fewer. */
    void limit(int node, int tasks) {
        limits.put(node, Math.min(limit(node), tasks));
    }

    private int limit(int node) {
        return limits.getOrDefault(node, Integer.MAX_VALUE);
    }

    /** Gives a node as many tasks as it has room for. */
    void unlimit(int node) {
        limits.remove(node);
    }

    /** Whether some node of any rack has been given less than it could have alone. */
    boolean anyCut() {
        return !cut.isEmpty();
    }

    /** Whether some node of a node's rack has been given less than it could have alone. */
    boolean isCut(int node) {
        return rackOf(node) >= 0 && cut.get(rackOf(node));
    }

    /** What a node has room for if it is given all the power that its rack has left. */
    int alone(int node) {
        return most(node, room(node), leftW(rackOf(node)));
    }

    /** Watts that a rack has left, 0 when it stands above its cap. */
    long leftW(int rack) {
        return Math.max(0, power.headroomW(rack));
    }

    /** Tells what each node of a rack has room for. O(nodes of the rack * log). */
    void divide(int rack, Receiver to) {
        int count = topology.memberCount(rackTier, rack);
        if (order.length < count) {
            order = new long[2 * count];
        }
        for (int i = 0; i < count; i++) {
            int node = topology.member(rackTier, rack, i);
            int room = room(node);
            long wattsPerTask = room == 0 ? 0 : added(node, room) * WATTS_FRACTION / room;
            order[i] = wattsPerTask << INDEX_BITS | i;
        }
        LongSort.sort(order, 0, count);
        long whole = leftW(rack);
        long left = whole;
        boolean less = false;
        for (int i = 0; i < count; i++) {
            int node = topology.member(rackTier, rack, (int) order[i] & (1 << INDEX_BITS) - 1);
            int room = room(node);
            int tasks = most(node, room, left);
            less |= tasks < room && tasks < most(node, room, whole);
            left -= tasks == 0 ? 0 : added(node, tasks);
            to.room(node, tasks);
        }
        cut.set(rack, less);
    }

    private int room(int node) {
        boolean may = (eligible[node >>> 6] >>> node & 1) != 0 && limit(node) > 0;
        return may ? gangClass.wholeSegments(Math.min(limit(node), gangClass.room(view, node))) : 0;
    }

    /** Watts that so many tasks add on a node. */
    long added(int node, int tasks) {
        return power.addedW(node, view.moreBusyGpus(node, gangClass.demand(), tasks));
    }

    /** Most tasks, of so many at most, that add no more than what is left. */
    private int most(int node, int room, long left) {
        int least = 0;
        int most = room;
        while (least < most) {
            int middle = least + most + 1 >>> 1;
            if (added(node, middle) <= left) {
                least = middle;
            } else {
                most = middle - 1;
            }
        }
        return gangClass.wholeSegments(least);
    }
}
