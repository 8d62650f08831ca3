package dev.berth.placement;

import dev.berth.cluster.Topology;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A set of nodes that may take tasks of a gang, sorted into <em>groups</em>, one for each domain of the spread tier, and these
 * into <em>parts</em>, one for each domain of the segment tier; without these tiers there is one group, and a part is a node.
 * Its buffers are used again.
 */
final class GangParts {
    /** For the number of a node, a domain or a place: three of them make a word, and the handles of the ledger have no more for nodes. */
    static final int BITS = 21;

    static final int MASK = (1 << BITS) - 1;

    private final Topology topology;
    private long[] keys = new long[64];
    private int[] rooms = new int[64];
    private int nodeCount;
    private int[] partFrom = new int[64];
    private int[] partUnits = new int[64];
    private int[] partNeed = new int[64];
    private int parts;
    private int[] groupFrom = new int[64];
    private int[] groupUnits = new int[64];
    private int[] groupStanding = new int[64];
    private int groups;
    private int totalUnits;
    private boolean sound;

    GangParts(Topology topology) {
        this.topology = topology;
    }

    void clear() {
        nodeCount = 0;
    }

    void add(int node, int group, int part) {
        keys = nodeCount == keys.length ? Arrays.copyOf(keys, 2 * nodeCount) : keys;
        keys[nodeCount++] = (long) group << 2 * BITS | (long) part << BITS | topology.positionOf(node);
    }

    /** Sorts what was added. Each node has a place from then on; its room is to be told before anything is summed up. */
    void sort() {
        LongSort.sort(keys, 0, nodeCount);
        if (rooms.length < nodeCount + 2) {
            int length = 2 * (nodeCount + 2);
            rooms = new int[length];
            partFrom = new int[length];
            partUnits = new int[length];
            partNeed = new int[length];
            groupFrom = new int[length];
            groupUnits = new int[length];
            groupStanding = new int[length];
        }
        parts = 0;
        groups = 0;
        for (int i = 0; i < nodeCount; i++) {
            if (i == 0 || keys[i] >>> BITS != keys[i - 1] >>> BITS) {
                if (i == 0 || keys[i] >>> 2 * BITS != keys[i - 1] >>> 2 * BITS) {
                    groupFrom[groups++] = parts;
                }
                partFrom[parts++] = i;
            }
        }
        partFrom[parts] = nodeCount;
        groupFrom[groups] = parts;
    }

    /** Sums up for how many tasks and segments the nodes have room, beside what stands and what that is short of. */
    void sum(int segmentTasks, @Nullable GangStanding standing) {
        totalUnits = 0;
        sound = true;
        for (int group = 0; group < groups; group++) {
            int units = 0;
            int stand = 0;
            for (int part = groupFrom[group]; part < groupFrom[group + 1]; part++) {
                int room = 0;
                int need = 0;
                for (int i = partFrom[part]; i < partFrom[part + 1]; i++) {
                    room += rooms[i];
                    if (standing != null) {
                        need += standing.needOn(node(i));
                        stand += standing.tasksOn(node(i));
                    }
                }
                sound &= room >= need;
                partNeed[part] = need;
                partUnits[part] = Math.max(0, room - need) / segmentTasks;
                units += partUnits[part];
                stand += need;
            }
            groupUnits[group] = units;
            groupStanding[group] = stand / segmentTasks;
            totalUnits += units;
        }
    }

    /** Whether each part has room for what segments that stand in it are short of. */
    boolean sound() {
        return sound;
    }

    int nodeCount() {
        return nodeCount;
    }

    /** The node at a place. */
    int node(int i) {
        return topology.nodeAt((int) keys[i] & MASK);
    }

    /** Tasks that the node at a place has room for. */
    int room(int i) {
        return rooms[i];
    }

    void room(int i, int tasks) {
        rooms[i] = tasks;
    }

    int parts() {
        return parts;
    }

    /** Place of the first node of a part; those of the next part end its own. */
    int partFrom(int part) {
        return partFrom[part];
    }

    /** Further whole segments that a part has room for. */
    int partUnits(int part) {
        return partUnits[part];
    }

    /** Tasks that segments which stand in a part are short of. */
    int partNeed(int part) {
        return partNeed[part];
    }

    int groups() {
        return groups;
    }

    /** First part of a group; those of the next group end its own. */
    int groupFrom(int group) {
        return groupFrom[group];
    }

    /** Further whole segments that a group has room for. */
    int groupUnits(int group) {
        return groupUnits[group];
    }

    /** Segments that stand in a group, those that are short of tasks included. */
    int groupStanding(int group) {
        return groupStanding[group];
    }

    /** Further whole segments that all parts have room for. */
    int totalUnits() {
        return totalUnits;
    }
}
