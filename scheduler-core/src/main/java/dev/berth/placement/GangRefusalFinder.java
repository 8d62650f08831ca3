package dev.berth.placement;

import dev.berth.cluster.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Finds out why a gang does not fit, by asking for it again with one thing given up at a time. */
final class GangRefusalFinder {
    private final GangPlanner planner;
    private final GangIndexes indexes;
    private final Topology topology;
    private final GangRequest asked;
    private final List<GangRefusal.Relaxation> relaxations = new ArrayList<>();

    GangRefusalFinder(GangPlanner planner, GangIndexes indexes, GangRequest asked) {
        this.planner = planner;
        this.indexes = indexes;
        this.asked = asked;
        topology = indexes.tree.topology;
    }

    GangRefusal find() {
        Set<GangClass> before = indexes.classes();
        int fits = fewerTasks();
        relaxSmallThings();
        relaxTiers();
        if (fits > 0) {
            relaxations.add(
                    new GangRefusal.Relaxation("minTasks", Integer.toString(asked.minTasks()), Integer.toString(fits)));
        }
        List<GangRefusal.Room> rooms = rooms();
        Demand task = planner.planner().demand(asked.task());
        boolean oneFits = rooms.stream().anyMatch(room -> room.tasks() > 0);
        indexes.keep(before);
        return new GangRefusal(
                asked,
                fits,
                rooms,
                relaxations,
                oneFits ? null : planner.planner().explain(task, null));
    }

    GangRefusal ofGrowth(int fits) {
        return new GangRefusal(asked, fits, rooms(), relaxations, null);
    }

    /** Most tasks that fit with all else as asked. */
    private int fewerTasks() {
        int each = asked.segmentTasks();
        int least = each * asked.minDomains();
        return asked.minTasks() - each < least
                ? 0
                : planner.mostTasks(edit().tasks(least, asked.minTasks() - each).build());
    }

    private GangRequestEdit edit() {
        return new GangRequestEdit(asked);
    }

    private void relaxSmallThings() {
        if (!asked.excludedNodes().isEmpty()) {
            offer("excludedNodes", asked.excludedNodes(), "none", edit().excluding(new TreeSet<>()));
        }
        if (asked.maxTasksPerNode() < GangRequest.MAX_TASKS_PER_NODE) {
            offer(
                    "maxTasksPerNode",
                    asked.maxTasksPerNode(),
                    "any number",
                    edit().maxTasksPerNode(GangRequest.MAX_TASKS_PER_NODE));
        }
        if (asked.railAligned()) {
            offer("railAligned", true, "false", edit().railAligned(false));
        }
        for (String label : asked.sameLabels()) {
            TreeSet<String> others = new TreeSet<>(asked.sameLabels());
            others.remove(label);
            offer("sameLabels", asked.sameLabels(), others.toString(), edit().sameLabels(others));
        }
        if (asked.sameModel()) {
            offer("sameModel", true, "false", edit().sameModel(false));
        }
    }

    private void relaxTiers() {
        if (asked.segmentTier() != null) {
            offer("segmentTier", asked.segmentTier(), "none", edit().withoutSegments());
        }
        if (asked.spreadTier() != null) {
            offer("spreadTier", asked.spreadTier(), "none", edit().withoutSpread());
        }
        String required = asked.requiredTier();
        if (required != null) {
            int at = GangRequest.ISLAND.equals(required) ? -1 : topology.tier(required);
            for (int tier = at + 1; tier < topology.tiers().size(); tier++) {
                String higher = topology.tiers().get(tier);
                if (offer("requiredTier", required, higher, edit().within(higher))) {
                    return;
                }
            }
        }
    }

    private boolean offer(String field, Object from, String to, GangRequestEdit relaxed) {
        boolean fits = planner.mostTasks(relaxed.build()) > 0;
        if (fits) {
            relaxations.add(new GangRefusal.Relaxation(field, from.toString(), to));
        }
        return fits;
    }

    private List<GangRefusal.Room> rooms() {
        GangIndex index = planner.plainIndex(asked);
        List<GangRefusal.Room> rooms = new ArrayList<>();
        for (int tier = 0; tier < topology.tiers().size(); tier++) {
            int best = -1;
            for (int domain = 0; domain < topology.domainCount(tier); domain++) {
                int cell = indexes.tree.cellOf(tier, domain);
                if (cell >= 0 && (best < 0 || index.room(cell) > index.room(indexes.tree.cellOf(tier, best)))) {
                    best = domain;
                }
            }
            if (best >= 0) {
                rooms.add(new GangRefusal.Room(
                        topology.tiers().get(tier),
                        topology.domainName(tier, best),
                        index.room(indexes.tree.cellOf(tier, best))));
            }
        }
        return rooms;
    }
}
