package dev.berth.planner.io;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.cluster.Cluster;
import dev.berth.placement.GangRequest;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The fields of a job in a jobs file that make gangs of its tasks. */
final class GangFields {
    /** Fields that only gangs have, beside {@code tasks}. */
    private static final List<String> ONLY_GANGS =
            List.of("tasksPerNode", "tier", "spread", "segments", "sameModel", "sameLabels", "railAligned");

    private static final List<String> RANGE = List.of("min", "max");
    private static final List<String> TIER = List.of("required", "preferred");
    private static final List<String> SPREAD = List.of("tier", "domains");
    private static final List<String> SEGMENTS = List.of("tasks", "tier");
    private static final List<String> TRUTH = List.of("true", "false");

    private GangFields() {}

    /** What each gang of a job needs, or null when the job has no {@code tasks}. */
    static @Nullable GangRequest read(YamlValue job, Map<String, YamlValue> fields, Request request, Cluster cluster) {
        YamlValue tasks = fields.get("tasks");
        if (tasks == null) {
            for (String name : ONLY_GANGS) {
                YamlValue given = fields.get(name);
                if (given != null) {
                    throw given.complain("is given, allowed: only beside tasks");
                }
            }
            return null;
        }
        GangRequest.Builder gang = builder(tasks, request);
        YamlValue perNode = fields.get("tasksPerNode");
        if (perNode != null) {
            gang.maxTasksPerNode(perNode.integer(1, GangRequest.MAX_TASKS_PER_NODE));
        }
        tiers(fields, gang, cluster);
        if (isTrue(fields.get("sameModel"))) {
            gang.sameModel();
        }
        if (isTrue(fields.get("railAligned"))) {
            gang.railAligned();
        }
        YamlValue labels = fields.get("sameLabels");
        if (labels != null) {
            gang.sameLabels(labels(labels));
        }
        try {
            return gang.build();
        } catch (IllegalArgumentException e) {
            throw job.complain("cannot be: " + e.getMessage(), e);
        }
    }

    private static GangRequest.Builder builder(YamlValue tasks, Request request) {
        if (tasks.isScalar()) {
            return GangRequest.of(request, tasks.integer(1, GangRequest.MAX_TASKS));
        }
        Map<String, YamlValue> range = tasks.fields(RANGE);
        int least = tasks.required(range, "min").integer(1, GangRequest.MAX_TASKS);
        int most = tasks.required(range, "max").integer(least, GangRequest.MAX_TASKS);
        return GangRequest.elastic(request, least, most);
    }

    private static void tiers(Map<String, YamlValue> fields, GangRequest.Builder gang, Cluster cluster) {
        List<String> known = new ArrayList<>(cluster.topology().tiers());
        List<String> withIslands = new ArrayList<>(known);
        withIslands.add(0, GangRequest.ISLAND);
        YamlValue tier = fields.get("tier");
        if (tier != null) {
            Map<String, YamlValue> given = tier.fields(TIER);
            YamlValue required = given.get("required");
            YamlValue preferred = given.get("preferred");
            if (required != null) {
                gang.within(required.oneOf(withIslands));
            }
            if (preferred != null) {
                gang.preferably(preferred.oneOf(withIslands));
            }
        }
        YamlValue spread = fields.get("spread");
        if (spread != null) {
            Map<String, YamlValue> given = spread.fields(SPREAD);
            gang.spreadOver(
                    spread.required(given, "tier").oneOf(known),
                    spread.required(given, "domains").integer(1, GangRequest.MAX_TASKS));
        }
        YamlValue segments = fields.get("segments");
        if (segments != null) {
            Map<String, YamlValue> given = segments.fields(SEGMENTS);
            gang.segments(
                    segments.required(given, "tasks").integer(1, GangRequest.MAX_TASKS),
                    segments.required(given, "tier").oneOf(withIslands));
        }
    }

    private static boolean isTrue(@Nullable YamlValue value) {
        return value != null && value.oneOf(TRUTH).equals("true");
    }

    private static Set<String> labels(YamlValue value) {
        Set<String> labels = new LinkedHashSet<>();
        for (YamlValue label : value.items()) {
            if (!labels.add(label.text())) {
                throw label.wrong("each label once");
            }
        }
        if (labels.isEmpty()) {
            throw value.complain("is an empty list, allowed: at least one label (leave it out for none)");
        }
        return labels;
    }

    /** Writes a gang so that {@link #read} gives the same again. */
    static void write(GangRequest gang, ObjectNode out) {
        if (gang.minTasks() == gang.maxTasks()) {
            out.put("tasks", gang.maxTasks());
        } else {
            out.putObject("tasks").put("min", gang.minTasks()).put("max", gang.maxTasks());
        }
        if (gang.maxTasksPerNode() != GangRequest.MAX_TASKS_PER_NODE) {
            out.put("tasksPerNode", gang.maxTasksPerNode());
        }
        if (gang.requiredTier() != null || gang.preferredTier() != null) {
            ObjectNode tier = out.putObject("tier");
            if (gang.requiredTier() != null) {
                tier.put("required", gang.requiredTier());
            }
            if (gang.preferredTier() != null) {
                tier.put("preferred", gang.preferredTier());
            }
        }
        if (gang.spreadTier() != null) {
            out.putObject("spread").put("tier", gang.spreadTier()).put("domains", gang.minDomains());
        }
        if (gang.segmentTier() != null) {
            out.putObject("segments").put("tasks", gang.segmentTasks()).put("tier", gang.segmentTier());
        }
        if (gang.sameModel()) {
            out.put("sameModel", true);
        }
        if (!gang.sameLabels().isEmpty()) {
            gang.sameLabels().forEach(out.putArray("sameLabels")::add);
        }
        if (gang.railAligned()) {
            out.put("railAligned", true);
        }
    }
}
