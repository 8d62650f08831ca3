package dev.berth.placement;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The least watts that each number of tasks costs on some nodes of a rack, and which node has how many of them then. Beyond what
 * the rack has left nothing is kept. Immutable.
 */
final class TaskCosts {
    private final long[] costW;
    private final int place;
    private final @Nullable TaskCosts left;
    private final @Nullable TaskCosts right;
    private final int[] ofLeft;

    private TaskCosts(long[] costW, int place, @Nullable TaskCosts left, @Nullable TaskCosts right, int[] ofLeft) {
        this.costW = costW;
        this.place = place;
        this.left = left;
        this.right = right;
        this.ofLeft = ofLeft;
    }

    /** Costs on one node. O(room). */
    static TaskCosts ofNode(RackShares racks, int node, int place, int room, long leftW) {
        long[] costs = new long[room + 1];
        int most = 0;
        while (most < room && racks.added(node, most + 1) <= leftW) {
            most++;
            costs[most] = racks.added(node, most);
        }
        return new TaskCosts(Arrays.copyOf(costs, most + 1), place, null, null, new int[0]);
    }

    /** Costs on the nodes of both together. O(product of their numbers of tasks). */
    static TaskCosts both(TaskCosts left, TaskCosts right, long leftW) {
        int most = left.most() + right.most();
        long[] costs = new long[most + 1];
        int[] ofLeft = new int[most + 1];
        Arrays.fill(costs, Long.MAX_VALUE);
        for (int a = 0; a <= left.most(); a++) {
            for (int b = 0; b <= right.most(); b++) {
                long cost = left.costW(a) + right.costW(b);
                if (cost < costs[a + b]) {
                    costs[a + b] = cost;
                    ofLeft[a + b] = a;
                }
            }
        }
        while (costs[most] > leftW && most > 0) {
            most--;
        }
        return new TaskCosts(Arrays.copyOf(costs, most + 1), -1, left, right, ofLeft);
    }

    /** The same counted in segments of so many tasks, beside {@code base} tasks that there must be; null when these cost too much. */
    @Nullable
    TaskCosts inSegments(int base, int each) {
        if (base > most()) {
            return null;
        }
        long[] costs = new long[(most() - base) / each + 1];
        int[] tasks = new int[costs.length];
        for (int units = 0; units < costs.length; units++) {
            tasks[units] = base + units * each;
            costs[units] = costW(tasks[units]);
        }
        return new TaskCosts(costs, -1, this, null, tasks);
    }

    /** The same for so many at most. */
    TaskCosts upTo(int limit) {
        return limit >= most()
                ? this
                : new TaskCosts(Arrays.copyOf(costW, Math.max(0, limit) + 1), place, left, right, ofLeft);
    }

    /** Most that there is power for. */
    int most() {
        return costW.length - 1;
    }

    long costW(int count) {
        return costW[count];
    }

    /** Whether one more would cost more, or cannot be had. */
    boolean isCorner(int count) {
        return count == most() || costW[count + 1] > costW[count];
    }

    boolean sameCosts(TaskCosts other) {
        return Arrays.equals(costW, other.costW);
    }

    /** Gives the nodes room for so many. */
    void give(int count, GangParts parts) {
        if (left == null) {
            parts.room(place, count);
        } else {
            left.give(ofLeft[count], parts);
            if (right != null) {
                right.give(count - ofLeft[count], parts);
            }
        }
    }
}
