package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Topology;
import java.util.BitSet;

/**
 * Divides what a rack has left of its power among its nodes, so that the tasks of one class that its nodes then have room for may
 * all stand at once: sums over nodes stay true. Nodes that give most tasks for a watt come first, those that are nearest in fabric
 * order among equals; where the nodes of a rack are alike, no other division holds more tasks.
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
    private final BitSet excluded = new BitSet();
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

    void exclude(int node, boolean out) {
        excluded.set(node, out);
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
        long left = Math.max(0, power.headroomW(rack));
        for (int i = 0; i < count; i++) {
            int node = topology.member(rackTier, rack, (int) order[i] & (1 << INDEX_BITS) - 1);
            int tasks = most(node, room(node), left);
            left -= tasks == 0 ? 0 : added(node, tasks);
            to.room(node, tasks);
        }
    }

    private int room(int node) {
        boolean may = (eligible[node >>> 6] >>> node & 1) != 0 && !excluded.get(node);
        return may ? gangClass.room(view, node) : 0;
    }

    private long added(int node, int tasks) {
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
        int together = gangClass.segmentTier() == GangClass.ISLAND ? gangClass.segmentTasks() : 1;
        return least - least % together;
    }
}
