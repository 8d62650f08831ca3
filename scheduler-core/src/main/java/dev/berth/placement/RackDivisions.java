package dev.berth.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Divides what racks have left of their power among the nodes of a set so that a gang fits there, if any division does. Where all
 * that a gang needs of a rack is as many tasks, or segments, as possible, one division is best and is computed ({@link TaskCosts}).
 * Where a rack's nodes are in several groups, or share their parts with other racks, it matters who has how many: then
 * all divisions are tried of which none could give a node more without giving another less, {@value #MOST_TRIES} at most for each set
 * of nodes and {@value #MOST_TRIES_OF_SHARE} for each size that the shares of a spread gang might have. A rack with room for more than {@value #MOST_TASKS} tasks is left divided as {@link RackShares} does it. Allocates;
 * used only where racks are short of power. O(tasks of a rack squared) for each rack, and O(nodes) for each division that is tried.
 */
final class RackDivisions {
    static final int MOST_TRIES = 1 << 12;
    static final int MOST_TRIES_OF_SHARE = 1 << 10;
    static final int MOST_TASKS = 1 << 11;
    private static final int BITS = GangParts.BITS;
    private static final int MASK = GangParts.MASK;

    private final GangParts parts;
    private final IntPredicate holds;
    private final List<Rack> open = new ArrayList<>();

    private @Nullable GangStanding standing;
    private boolean spread;
    private int segmentTasks;
    private int tasks;
    private int tries;
    private int triesAllowed;
    private long[] byRack = new long[64];
    private int shared;
    private int[] groupOfPart = new int[0];
    /** Room of each place if its node is given all the power that its rack has left. */
    private int[] roomAlone = new int[64];

    /** A rack of whose power there are several ways to make most. */
    private static final class Rack {
        private final long leftW;
        private final List<TaskCosts> wants;
        /** Whether it makes no difference which of a want and the one before it is given more. */
        private final boolean[] likeTheOneBefore;
        /** How much each is given now. */
        private final int[] given;

        Rack(long leftW, List<TaskCosts> wants, boolean[] likeTheOneBefore) {
            this.leftW = leftW;
            this.wants = wants;
            this.likeTheOneBefore = likeTheOneBefore;
            given = new int[wants.size()];
        }
    }

    /**
     * Divides.
     *
     * @param parts the set of nodes
     * @param holds whether so many tasks fit with the rooms that the nodes have been given
     */
    RackDivisions(GangParts parts, IntPredicate holds) {
        this.parts = parts;
        this.holds = holds;
    }

    /**
     * Gives each node of the set room for what its rack has power for, so that so many tasks of a gang fit.
     *
     * @return whether they do
     */
    boolean find(GangIndex index, RackShares racks, GangDemand demand, @Nullable GangStanding beside, int count) {
        standing = beside;
        segmentTasks = demand.request().segmentTasks();
        spread = demand.tiers().spread() >= 0;
        tasks = count;
        tries = 0;
        if (!anyShort(racks)) {
            return true;
        }
        if (!spread) {
            triesAllowed = MOST_TRIES;
            return divide(index, racks, MASK);
        }
        // With fewer groups shares are larger. A share that is larger than need be takes power from others.
        int units = (count - (standing == null ? 0 : standing.need())) / segmentTasks;
        for (int group = 0; group < parts.groups(); group++) {
            units += parts.groupStanding(group);
        }
        int most = 0;
        int fewest = Math.max(1, demand.request().minDomains());
        for (int domains = Math.min(units, parts.groups()); domains >= fewest; domains--) {
            int share = (units + domains - 1) / domains;
            triesAllowed = Math.min(MOST_TRIES, tries + MOST_TRIES_OF_SHARE);
            if (share > most && divide(index, racks, share)) {
                return true;
            }
            most = Math.max(most, share);
        }
        return false;
    }

    /** Sorts the nodes by rack; whether any rack has less power than all that its nodes have room for needs. */
    private boolean anyShort(RackShares racks) {
        byRack = byRack.length < parts.nodeCount() ? new long[2 * parts.nodeCount()] : byRack;
        roomAlone = roomAlone.length < parts.nodeCount() ? new int[2 * parts.nodeCount()] : roomAlone;
        shared = 0;
        for (int i = 0; i < parts.nodeCount(); i++) {
            roomAlone[i] = parts.room(i);
            int rack = racks.rackOf(parts.node(i));
            if (rack >= 0 && parts.room(i) > 0) {
                byRack[shared++] = (long) rack << BITS | i;
            }
        }
        LongSort.sort(byRack, 0, shared);
        int kept = 0;
        for (int from = 0; from < shared; ) {
            int to = endOfRack(from);
            long wanted = 0;
            for (int i = from; i < to; i++) {
                wanted += racks.added(parts.node(place(i)), parts.room(place(i)));
            }
            if (wanted > racks.leftW(rack(from))) {
                System.arraycopy(byRack, from, byRack, kept, to - from);
                kept += to - from;
            }
            from = to;
        }
        shared = kept;
        return kept > 0;
    }

    private int endOfRack(int from) {
        int to = from;
        while (to < shared && rack(to) == rack(from)) {
            to++;
        }
        return to;
    }

    private int rack(int i) {
        return (int) (byRack[i] >>> BITS);
    }

    private int place(int i) {
        return (int) byRack[i] & MASK;
    }

    /** Divides so that no group is given more than its share. */
    private boolean divide(GangIndex index, RackShares racks, int share) {
        open.clear();
        groupOfPart = groupOfPart.length < parts.parts() ? new int[2 * parts.parts()] : groupOfPart;
        for (int group = 0; group < parts.groups(); group++) {
            Arrays.fill(groupOfPart, parts.groupFrom(group), parts.groupFrom(group + 1), group);
        }
        for (int from = 0; from < shared; ) {
            int to = endOfRack(from);
            if (!divide(index, racks, from, to, share)) {
                return false;
            }
            from = to;
        }
        return tryRack(0);
    }

    private boolean divide(GangIndex index, RackShares racks, int from, int to, int share) {
        int room = 0;
        for (int i = from; i < to; i++) {
            room += roomAlone[place(i)];
        }
        if (room > MOST_TASKS) {
            for (int i = from; i < to; i++) {
                parts.room(place(i), index.room(parts.node(place(i))));
            }
            return true;
        }
        List<TaskCosts> wants = new ArrayList<>();
        List<Boolean> alone = new ArrayList<>();
        long leftW = racks.leftW(rack(from));
        for (int i = from; i < to; ) {
            int group = groupOfPart[partOf(place(i))];
            int next = i;
            while (next < to && groupOfPart[partOf(place(next))] == group) {
                next++;
            }
            if (!addGroup(racks, leftW, group, i, next, spread ? share - parts.groupStanding(group) : share, wants)) {
                return false;
            }
            while (alone.size() < wants.size()) {
                alone.add(next - i == usable(parts.groupFrom(group), parts.groupFrom(group + 1))
                        && parts.groupStanding(group) == 0);
            }
            i = next;
        }
        if (wants.size() == 1) {
            TaskCosts all = wants.get(0);
            all.give(all.most(), parts);
        } else {
            boolean[] like = new boolean[wants.size()];
            for (int w = 1; w < like.length; w++) {
                like[w] = alone.get(w) && alone.get(w - 1) && wants.get(w).sameCosts(wants.get(w - 1));
            }
            open.add(new Rack(leftW, wants, like));
        }
        return true;
    }

    /** Adds what the nodes of a rack that are in one group want: segments where whole parts are theirs, else tasks. */
    private boolean addGroup(
            RackShares racks, long leftW, int group, int from, int to, int share, List<TaskCosts> wants) {
        TaskCosts segments = null;
        for (int i = from; i < to; ) {
            int part = partOf(place(i));
            int first = i;
            TaskCosts costs = null;
            for (; i < to && partOf(place(i)) == part; i++) {
                int at = place(i);
                TaskCosts one = TaskCosts.ofNode(racks, parts.node(at), at, roomAlone[at], leftW);
                costs = costs == null ? one : TaskCosts.both(costs, one, leftW);
            }
            if (costs == null) {
                throw new IllegalStateException("part " + part + " of group " + group + " has no nodes");
            }
            if (i - first < usable(part, part + 1)) {
                long most = (long) share * segmentTasks + parts.partNeed(part);
                wants.add(costs.upTo((int) Math.min(Integer.MAX_VALUE - 1, most)));
                continue;
            }
            TaskCosts whole = costs.inSegments(parts.partNeed(part), segmentTasks);
            if (whole == null) {
                return false;
            }
            segments = segments == null ? whole : TaskCosts.both(segments, whole, leftW);
            if (segments.costW(0) > leftW) {
                return false;
            }
        }
        if (segments != null) {
            wants.add(segments.upTo(share));
        }
        return true;
    }

    /** Nodes with room in parts. */
    private int usable(int fromPart, int toPart) {
        int nodes = 0;
        for (int i = parts.partFrom(fromPart); i < parts.partFrom(toPart); i++) {
            nodes += roomAlone[i] > 0 ? 1 : 0;
        }
        return nodes;
    }

    private int partOf(int place) {
        int low = 0;
        int high = parts.parts() - 1;
        while (low < high) {
            int middle = low + high + 1 >>> 1;
            if (parts.partFrom(middle) <= place) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private boolean tryRack(int at) {
        if (at < open.size()) {
            return tryWant(at, 0, open.get(at).leftW);
        }
        parts.sum(segmentTasks, standing);
        return holds.test(tasks);
    }

    /** Gives the further ones that want power of a rack, from one on, all that they may have together. */
    private boolean tryWant(int rackAt, int want, long leftW) {
        Rack rack = open.get(rackAt);
        if (want == rack.wants.size()) {
            tries++;
            return isUsedUp(rack, leftW) && give(rack) && tryRack(rackAt + 1);
        }
        TaskCosts costs = rack.wants.get(want);
        int most = rack.likeTheOneBefore[want] ? Math.min(costs.most(), rack.given[want - 1]) : costs.most();
        boolean last = want == rack.wants.size() - 1;
        for (int count = most; count >= 0 && tries < triesAllowed; count--) {
            boolean worth = count == most || costs.isCorner(count);
            if (worth && costs.costW(count) <= leftW) {
                rack.given[want] = count;
                if (tryWant(rackAt, want + 1, leftW - costs.costW(count))) {
                    return true;
                }
                if (last) {
                    return false;
                }
            }
        }
        return false;
    }

    private static boolean isUsedUp(Rack rack, long leftW) {
        for (int want = 0; want < rack.given.length; want++) {
            TaskCosts costs = rack.wants.get(want);
            int given = rack.given[want];
            if (given < costs.most() && costs.costW(given + 1) - costs.costW(given) <= leftW) {
                return false;
            }
        }
        return true;
    }

    private boolean give(Rack rack) {
        for (int want = 0; want < rack.given.length; want++) {
            rack.wants.get(want).give(rack.given[want], parts);
        }
        return true;
    }
}
