package dev.berth.placement;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@link GangRequest} made ready for one {@link GangPlanner}: names resolved, indexes found. Made by {@link
 * GangPlanner#demand}. Not thread-safe, as its planner.
 */
public final class GangDemand {
    static final int UNKNOWN = -1;

    private final GangPlanner planner;
    private final GangRequest request;
    private final Demand task;
    private final GangTiers tiers;
    private final GangClass[] classes;
    private final GangIndexes.@Nullable Entry[] indexes;
    private final int[] excluded;
    private final boolean scanned;
    /** Lowest tier that has a domain large enough in an empty cluster, by number of tasks from the least on. */
    private final int[] neededTier;

    GangDemand(
            GangPlanner planner,
            GangRequest request,
            Demand task,
            GangTiers tiers,
            List<GangClass> classes,
            int[] excluded,
            boolean scanned) {
        this.planner = planner;
        this.request = request;
        this.task = task;
        this.tiers = tiers;
        this.classes = classes.toArray(new GangClass[0]);
        this.indexes = new GangIndexes.Entry[this.classes.length];
        this.excluded = excluded;
        this.scanned = scanned;
        neededTier = new int[request.maxTasks() - request.minTasks() + 1];
        Arrays.fill(neededTier, UNKNOWN);
    }

    /** What was asked. */
    public GangRequest request() {
        return request;
    }

    /** The class of each task. */
    public Demand task() {
        return task;
    }

    GangPlanner planner() {
        return planner;
    }

    GangTiers tiers() {
        return tiers;
    }

    /** One class for each kind of nodes that the gang may stand on, not to be changed. */
    GangClass[] classes() {
        return classes;
    }

    /** Where the indexes of the classes are noted. */
    GangIndexes.@Nullable Entry[] indexes() {
        return indexes;
    }

    /** Nodes that are not used, not to be changed. */
    int[] excluded() {
        return excluded;
    }

    /** Whether domains must be looked at one by one. */
    boolean scanned() {
        return scanned;
    }

    int neededTier(int tasks) {
        return isUsual(tasks) ? neededTier[tasks - request.minTasks()] : UNKNOWN;
    }

    void neededTier(int tasks, int tier) {
        if (isUsual(tasks)) {
            neededTier[tasks - request.minTasks()] = tier;
        }
    }

    private boolean isUsual(int tasks) {
        return tasks >= request.minTasks() && tasks <= request.maxTasks();
    }

    @Override
    public String toString() {
        return "GangDemand[" + request + "]";
    }
}
