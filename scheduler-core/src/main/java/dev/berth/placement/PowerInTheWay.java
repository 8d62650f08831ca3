package dev.berth.placement;

import dev.berth.cluster.Cluster;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds out whether power caps of racks are what keeps a gang out, by planning it again with caps raised. Without any caps it would
 * stand in some racks that do not bear it; of these and others, {@value #MOST_TRIED} at most, the one is named that alone would do if it
 * had as little more as possible. Where none would alone, those are named that it would stand in, where they are {@value
 * #MOST_WEIGHED} at most without those that need not be among them and with as little more as possible. O(watts' logarithm) plans
 * for each rack that is looked at.
 */
final class PowerInTheWay {
    static final int MOST_TRIED = 16;
    static final int MOST_WEIGHED = 8;

    private final GangIndexes indexes;
    private final View view;
    private final Cluster cluster;
    private final Demand task;
    private final Attempt attempt;
    private final Map<Integer, Long> fullW = new LinkedHashMap<>();
    private final GangPlan plan = new GangPlan();

    /** Plans the gang. */
    interface Attempt {
        boolean plan(GangPlan out);
    }

    PowerInTheWay(GangIndexes indexes, View view, Demand task, Attempt attempt) {
        this.indexes = indexes;
        this.view = view;
        this.task = task;
        this.attempt = attempt;
        cluster = view.cluster();
        for (int node = 0; node < cluster.nodeCount() && view.power().hasCaps(); node++) {
            int rack = view.power().scarceRack(node);
            if (rack >= 0) {
                long nodeW = cluster.powerBasis().fullW(cluster.power(node), cluster.gpuCount(node));
                fullW.merge(rack, nodeW, Long::sum);
            }
        }
    }

    /** The racks whose caps would have to be raised, and how far; empty when that would not do. */
    List<GangRefusal.Power> find() {
        if (fullW.isEmpty()) {
            return List.of();
        }
        try {
            fullW.forEach(this::raise);
            boolean inTheWay = fits();
            Map<Integer, Long> wanted = inTheWay ? wanted() : Map.of();
            fullW.keySet().forEach(rack -> raise(rack, 0));
            if (!inTheWay) {
                return List.of();
            }
            List<GangRefusal.Power> one = one(wanted.keySet());
            return one.isEmpty() ? several(wanted) : one;
        } finally {
            fullW.keySet().forEach(rack -> raise(rack, 0));
        }
    }

    private boolean fits() {
        return attempt.plan(plan);
    }

    /** The racks that what was planned takes above their caps, and what they draw then. */
    private Map<Integer, Long> wanted() {
        Map<Integer, Long> drawn = new LinkedHashMap<>();
        for (int i = 0; i < plan.tasks(); ) {
            int node = plan.node(i);
            int first = i;
            while (i < plan.tasks() && plan.node(i) == node) {
                i++;
            }
            int rack = view.power().scarceRack(node);
            if (rack >= 0) {
                long added = view.power().addedW(node, view.moreBusyGpus(node, task, i - first));
                drawn.merge(rack, added, Long::sum);
            }
        }
        drawn.replaceAll((rack, added) -> added == 0 ? 0 : view.power().drawnW(rack) + added);
        drawn.values().removeIf(watts -> watts == 0);
        drawn.keySet()
                .removeIf(rack ->
                        drawn.getOrDefault(rack, 0L) <= cluster.rack(rack).powerCapW());
        return drawn;
    }

    /** The rack that needs least more, if one alone would do. */
    private List<GangRefusal.Power> one(Set<Integer> first) {
        List<Integer> order = new ArrayList<>(first);
        new TreeSet<>(fullW.keySet())
                .stream().filter(rack -> !first.contains(rack)).forEach(order::add);
        int best = -1;
        long least = Long.MAX_VALUE;
        for (int rack : order.subList(0, Math.min(MOST_TRIED, order.size()))) {
            long most = Math.min(fullW.getOrDefault(rack, 0L), least - 1);
            raise(rack, most);
            if (most > 0 && fits()) {
                best = rack;
                least = smallest(rack, most);
            }
            raise(rack, 0);
        }
        return best < 0 ? List.of() : List.of(power(best, cluster.rack(best).powerCapW() + least));
    }

    /** The racks that are wanted, as far as it goes without those that need not be. */
    private List<GangRefusal.Power> several(Map<Integer, Long> wanted) {
        List<GangRefusal.Power> found = new ArrayList<>();
        if (wanted.size() > MOST_WEIGHED) {
            wanted.forEach((rack, watts) -> found.add(power(rack, watts)));
            return found;
        }
        wanted.keySet().forEach(rack -> raise(rack, fullW.getOrDefault(rack, 0L)));
        for (int rack : wanted.keySet()) {
            raise(rack, 0);
            if (!fits()) {
                long watts = smallest(rack, fullW.getOrDefault(rack, 0L));
                raise(rack, watts);
                found.add(power(rack, cluster.rack(rack).powerCapW() + watts));
            }
        }
        return found;
    }

    private GangRefusal.Power power(int rack, long neededW) {
        return new GangRefusal.Power(
                cluster.racks().get(rack),
                cluster.rack(rack).powerCapW(),
                cluster.powerBasis(),
                view.power().drawnW(rack),
                neededW);
    }

    /** The smallest raise with which the gang fits, given one with which it does. */
    private long smallest(int rack, long enough) {
        long least = 1;
        long most = enough;
        while (least < most) {
            long middle = least + most >>> 1;
            raise(rack, middle);
            if (fits()) {
                most = middle;
            } else {
                least = middle + 1;
            }
        }
        return most;
    }

    private void raise(int rack, long watts) {
        view.power().raise(rack, watts);
        indexes.divideAgain(rack);
    }
}
