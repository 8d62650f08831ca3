package dev.berth.placement;

import dev.berth.cluster.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/** Finds out why a gang does not fit, by asking for it again with one thing given up at a time. */
final class GangRefusalFinder {
    private static final int RACKS_IN_WORDS = 4;

    private final GangPlanner planner;
    private final GangIndexes indexes;
    private final Topology topology;
    private final GangRequest asked;
    private final View view;
    private final List<GangRefusal.Relaxation> relaxations = new ArrayList<>();
    private Predicate<GangRequest> fits;

    GangRefusalFinder(GangPlanner planner, GangIndexes indexes, View view, GangRequest asked) {
        this.planner = planner;
        this.view = view;
        fits = request -> planner.mostTasks(request) > 0;
        this.indexes = indexes;
        this.asked = asked;
        topology = indexes.tree.topology;
    }

    GangRefusal find() {
        Set<GangClass> before = indexes.classes();
        int fewer = fewerTasks();
        relaxSmallThings();
        relaxTiers();
        List<GangRefusal.Power> power = relaxPower(planner.attempt(edit().build()));
        if (fewer > 0) {
            relaxations.add(new GangRefusal.Relaxation(
                    "minTasks", Integer.toString(asked.minTasks()), Integer.toString(fewer)));
        }
        List<GangRefusal.Room> rooms = rooms();
        Demand task = planner.planner().demand(asked.task());
        boolean oneFits = rooms.stream().anyMatch(room -> room.tasks() > 0);
        indexes.keep(before);
        return new GangRefusal(
                asked,
                fewer,
                rooms,
                power,
                relaxations,
                oneFits ? null : planner.planner().explain(task, null));
    }

    /**
     * Why a gang is not extended.
     *
     * @param fewer how many further tasks would fit
     * @param extension plans it as if this were its request
     */
    GangRefusal ofExtension(int fewer, BiPredicate<GangRequest, GangPlan> extension) {
        Set<GangClass> before = indexes.classes();
        fits = request -> extension.test(request, new GangPlan());
        relaxSmallThings();
        relaxTiers();
        List<GangRefusal.Power> power = relaxPower(out -> extension.test(asked, out));
        List<GangRefusal.Room> rooms = rooms();
        indexes.keep(before);
        return new GangRefusal(asked, fewer, rooms, power, relaxations, null);
    }

    private List<GangRefusal.Power> relaxPower(PowerInTheWay.Attempt attempt) {
        Demand task = planner.planner().demand(asked.task());
        List<GangRefusal.Power> power = new PowerInTheWay(indexes, view, task, attempt).find();
        if (!power.isEmpty()) {
            StringJoiner from = new StringJoiner(", ");
            StringJoiner to = new StringJoiner(", ");
            for (GangRefusal.Power rack : power.subList(0, Math.min(RACKS_IN_WORDS, power.size()))) {
                from.add(rack.capW() + " W in rack " + rack.rack());
                to.add(rack.neededW() + " W");
            }
            String others = power.size() > RACKS_IN_WORDS ? " and " + (power.size() - RACKS_IN_WORDS) + " others" : "";
            relaxations.add(new GangRefusal.Relaxation(
                    GangRefusal.POWER_CAP, from + others, to + (others.isEmpty() ? "" : " and so on")));
        }
        return power;
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
        boolean would = fits.test(relaxed.build());
        if (would) {
            relaxations.add(new GangRefusal.Relaxation(field, from.toString(), to));
        }
        return would;
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
