package dev.berth.placement;

import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** A request with some of its components changed. */
final class GangRequestEdit {
    private final GangRequest from;
    private int minTasks;
    private int maxTasks;
    private int maxTasksPerNode;
    private @Nullable String requiredTier;
    private @Nullable String spreadTier;
    private int minDomains;
    private int segmentTasks;
    private @Nullable String segmentTier;
    private boolean sameModel;
    private SortedSet<String> sameLabels;
    private boolean railAligned;
    private SortedSet<String> excludedNodes;

    /** To place at least the least number of tasks. */
    GangRequestEdit(GangRequest from) {
        this.from = from;
        minTasks = from.minTasks();
        maxTasks = from.minTasks();
        maxTasksPerNode = from.maxTasksPerNode();
        requiredTier = from.requiredTier();
        spreadTier = from.spreadTier();
        minDomains = from.minDomains();
        segmentTasks = from.segmentTasks();
        segmentTier = from.segmentTier();
        sameModel = from.sameModel();
        sameLabels = from.sameLabels();
        railAligned = from.railAligned();
        excludedNodes = from.excludedNodes();
    }

    GangRequestEdit tasks(int least, int most) {
        minTasks = least;
        maxTasks = most;
        return this;
    }

    GangRequestEdit maxTasksPerNode(int most) {
        maxTasksPerNode = most;
        return this;
    }

    GangRequestEdit within(String tier) {
        requiredTier = tier;
        return this;
    }

    GangRequestEdit withoutSpread() {
        spreadTier = null;
        minDomains = 1;
        return this;
    }

    GangRequestEdit withoutSegments() {
        segmentTier = null;
        segmentTasks = 1;
        return this;
    }

    GangRequestEdit sameModel(boolean same) {
        sameModel = same;
        return this;
    }

    GangRequestEdit sameLabels(SortedSet<String> labels) {
        sameLabels = labels;
        return this;
    }

    GangRequestEdit railAligned(boolean aligned) {
        railAligned = aligned;
        return this;
    }

    GangRequestEdit excluding(SortedSet<String> names) {
        excludedNodes = names;
        return this;
    }

    GangRequest build() {
        return new GangRequest(
                from.task(),
                minTasks,
                maxTasks,
                maxTasksPerNode,
                requiredTier,
                null,
                spreadTier,
                minDomains,
                segmentTasks,
                segmentTier,
                sameModel,
                sameLabels,
                railAligned,
                excludedNodes);
    }
}
