package dev.berth.k8s.pods;

import dev.berth.placement.GangRequest;
import dev.berth.placement.Request;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Finds out whether what is said of a gang goes together, by the rules of {@link GangRequest}. */
final class GangRules {
    /** Fields of the core by what pods say. */
    private static final Map<String, String> FIELDS = Map.of(
            "minTasks", "least number of pods",
            "maxTasks", "number of pods",
            "maxTasksPerNode", "annotation berth.dev/max-tasks-per-node",
            "segmentTasks", "segment size",
            "minDomains", "annotation berth.dev/spread-domains",
            "spreadTier", "annotation berth.dev/spread-tier",
            "railAligned", "annotation berth.dev/rail-aligned",
            "requiredTier", "required tier",
            "segmentTier", "segment tier");

    private GangRules() {}

    static void check(GangNeed gang, Request task, Problems problems) {
        int total = Math.max(gang.minTasks(), gang.totalTasks());
        if (total == 0) {
            return;
        }
        try {
            // Only whether it can be made is of interest.
            GangRequest unused = new GangRequest(
                    task,
                    Math.max(1, gang.minTasks()),
                    total,
                    gang.maxTasksPerNode() == 0 ? GangRequest.MAX_TASKS_PER_NODE : gang.maxTasksPerNode(),
                    gang.requiredTier(),
                    gang.preferredTier(),
                    gang.spreadTier(),
                    gang.minDomains(),
                    gang.segmentTasks(),
                    gang.segmentTier(),
                    gang.sameModel(),
                    new TreeSet<>(gang.sameLabels()),
                    gang.railAligned(),
                    new TreeSet<>(List.of()));
        } catch (IllegalArgumentException e) {
            problems.add(named(String.valueOf(e.getMessage())));
        }
    }

    private static String named(String message) {
        int end = message.indexOf(' ');
        String field = end < 0 ? null : FIELDS.get(message.substring(0, end));
        return field == null ? message : field + message.substring(end);
    }
}
