package dev.berth.ledger;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Places in a copy of the ledger's code at which a test does something in between, as if another thread had been scheduled just
 * there. Lock-free code cannot tell the difference, and the schedule is the same in every run.
 */
public final class SchedulePoints {
    private static final Map<String, Runnable> ARMED = new ConcurrentHashMap<>();

    private SchedulePoints() {}

    /** Called by the instrumented code. Each point happens once, so that what happens in between may pass it itself. */
    public static void at(String point) {
        Runnable between = ARMED.remove(point);
        if (between != null) {
            between.run();
        }
    }

    /** Says what happens at a point. */
    public static void arm(String point, Runnable between) {
        ARMED.put(point, between);
    }

    /** Whether all points have been passed. */
    public static boolean allPassed() {
        return ARMED.isEmpty();
    }

    public static void clear() {
        ARMED.clear();
    }
}
