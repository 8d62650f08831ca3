package dev.berth.planner.imports;

import dev.berth.planner.imports.FabricGraph.Adapter;
import dev.berth.planner.imports.SwitchTree.Group;
import dev.berth.planner.io.ImportNote;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds the tree in a fabric of switches and cables (docs/decisions/0050-import.md). Level by level from the hosts up, what hangs on the
 * same switches is one group, and the switches it hangs on are the group's: the eight leaves of a scalable unit with eight rails are one
 * group, because every host hangs on all of them, and so are spines that reach the same leaves. Not thread-safe; for one fabric.
 */
final class FabricTreeFinder {
    private final FabricGraph fabric;
    private final List<ImportNote> notes;
    private final int[] level;
    private final List<Draft> groups = new ArrayList<>();
    private final Map<String, Draft> groupOfNode = new TreeMap<>(NaturalOrder.NAMES);

    /** A group before it has a name. */
    private static final class Draft {
        final int level;
        final SortedSet<Integer> switches;
        Draft parent;
        String name = "";
        /** Least of the nodes below it, by which groups are ordered. */
        String first = "";

        Draft(int level, SortedSet<Integer> switches) {
            this.level = level;
            this.switches = switches;
            parent = this;
        }

        boolean isTop() {
            return parent == this;
        }
    }

    private FabricTreeFinder(FabricGraph fabric, List<ImportNote> notes) {
        this.fabric = fabric;
        this.notes = notes;
        level = SwitchLevels.of(fabric.hostLinks(), fabric.neighbours());
    }

    /**
     * Finds the tree.
     *
     * @param notes takes what is odd about the fabric
     */
    static SwitchTree find(FabricGraph fabric, List<ImportNote> notes) {
        FabricTreeFinder finder = new FabricTreeFinder(fabric, notes);
        finder.group();
        finder.nameGroups();
        finder.noteUnused();
        return finder.tree();
    }

    /** Makes groups from the lowest level up. */
    private void group() {
        Map<String, SortedSet<Integer>> waiting = lowestSwitches();
        int top = Arrays.stream(level).max().orElse(0);
        for (int at = 1; at <= top; at++) {
            List<Draft> below = new ArrayList<>();
            List<SortedSet<Integer>> sets = new ArrayList<>();
            for (Draft draft : groups) {
                SortedSet<Integer> up = draft.isTop() ? above(draft, at) : new TreeSet<>();
                if (!up.isEmpty()) {
                    below.add(draft);
                    sets.add(up);
                }
            }
            List<String> nodes = new ArrayList<>();
            for (Map.Entry<String, SortedSet<Integer>> node : waiting.entrySet()) {
                if (level[node.getValue().first()] == at) {
                    nodes.add(node.getKey());
                    sets.add(node.getValue());
                }
            }
            Overlap overlap = Overlap.of(sets, below.size());
            List<Draft> made = new ArrayList<>();
            for (SortedSet<Integer> switches : overlap.groups) {
                made.add(new Draft(at, switches));
            }
            for (int i = 0; i < sets.size(); i++) {
                Draft draft = made.get(overlap.groupOf[i]);
                if (i < below.size()) {
                    below.get(i).parent = draft;
                } else {
                    groupOfNode.put(nodes.get(i - below.size()), draft);
                }
            }
            groups.addAll(made);
            noteOdd(nodes, sets.subList(below.size(), sets.size()));
        }
    }

    /** Per node, its switches on the lowest level on which it has any. */
    private Map<String, SortedSet<Integer>> lowestSwitches() {
        Map<String, SortedSet<Integer>> lowest = new TreeMap<>(NaturalOrder.NAMES);
        for (Adapter adapter : fabric.adapters()) {
            SortedSet<Integer> switches = lowest.computeIfAbsent(adapter.node(), unused -> new TreeSet<>());
            if (!switches.isEmpty() && level[adapter.fabricSwitch()] < level[switches.first()]) {
                switches.clear();
            }
            if (switches.isEmpty() || level[adapter.fabricSwitch()] == level[switches.first()]) {
                switches.add(adapter.fabricSwitch());
            }
        }
        return lowest;
    }

    /** Switches of a level to which a group has cables. */
    private SortedSet<Integer> above(Draft draft, int at) {
        SortedSet<Integer> above = new TreeSet<>();
        for (int one : draft.switches) {
            for (int neighbour : fabric.neighbours()[one]) {
                if (level[neighbour] == at) {
                    above.add(neighbour);
                }
            }
        }
        return above;
    }

    /** Says which nodes hang on other switches than their group. */
    private void noteOdd(List<String> nodes, List<SortedSet<Integer>> sets) {
        Map<Draft, Summary> missing = new LinkedHashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            Draft draft = groupOf(nodes.get(i));
            for (int one : sets.get(i)) {
                if (!draft.switches.contains(one)) {
                    notes.add(fabric.note("node '" + nodes.get(i) + "' hangs on switch '" + fabric.name(one)
                            + "' and otherwise on those of its neighbours; a cable in the wrong switch?"));
                }
            }
            // A node with few adapters in a fabric of many rails is no fault.
            if (!sets.get(i).containsAll(draft.switches) && 2 * sets.get(i).size() > draft.switches.size()) {
                missing.computeIfAbsent(draft, unused -> new Summary()).add(nodes.get(i));
            }
        }
        missing.forEach((draft, summary) -> notes.add(fabric.note("nodes that miss some of the " + draft.switches.size()
                + " switches that their neighbours hang on: " + summary.examples())));
    }

    private Draft groupOf(String node) {
        Draft draft = groupOfNode.get(node);
        if (draft == null) {
            throw new IllegalStateException("node " + node + " was given no group");
        }
        return draft;
    }

    /** One switch keeps its name; several are numbered in their tier by the first node below them. */
    private void nameGroups() {
        groupOfNode.forEach((node, draft) -> {
            for (Draft at = draft; at.first.isEmpty(); at = at.parent) {
                at.first = node;
            }
        });
        groups.sort(
                Comparator.<Draft>comparingInt(draft -> draft.level).thenComparing(d -> d.first, NaturalOrder.NAMES));
        TreeSet<String> taken = new TreeSet<>();
        for (Draft draft : groups) {
            String name = draft.switches.size() == 1 ? fabric.name(draft.switches.first()) : "";
            if (!name.isEmpty() && taken.add(name)) {
                draft.name = name;
            }
        }
        Map<Integer, Long> perLevel = new TreeMap<>();
        groups.forEach(draft -> perLevel.merge(draft.level, 1L, Long::sum));
        Map<Integer, Integer> used = new TreeMap<>();
        for (Draft draft : groups) {
            int digits = Long.toString(perLevel.getOrDefault(draft.level, 1L)).length();
            int number = used.merge(draft.level, 1, Integer::sum);
            while (draft.name.isEmpty()) {
                String digitsOfNumber = Integer.toString(number);
                String name = SwitchTree.tier(draft.level) + "-"
                        + "0".repeat(Math.max(0, digits - digitsOfNumber.length())) + digitsOfNumber;
                if (taken.add(name)) {
                    draft.name = name;
                }
                number++;
            }
        }
    }

    private void noteUnused() {
        SortedSet<Integer> used = new TreeSet<>();
        groups.forEach(draft -> used.addAll(draft.switches));
        Summary unused = new Summary();
        for (int s = 0; s < level.length; s++) {
            if (!used.contains(s)) {
                unused.add(fabric.name(s));
            }
        }
        if (unused.size() > 0) {
            notes.add(fabric.note(Summary.count(unused.size(), "switch", "switches")
                    + " in no group, because most of what hangs there hangs elsewhere or no node is below: "
                    + unused.examples()));
        }
    }

    private SwitchTree tree() {
        List<Group> named = new ArrayList<>();
        for (Draft draft : groups) {
            List<String> switches = new ArrayList<>();
            draft.switches.forEach(one -> switches.add(fabric.name(one)));
            switches.sort(NaturalOrder.NAMES);
            named.add(new Group(
                    draft.name,
                    SwitchTree.tier(draft.level),
                    draft.level,
                    draft.isTop() ? null : draft.parent.name,
                    oversubscription(draft),
                    switches));
        }
        Map<String, String> nodes = new LinkedHashMap<>();
        groupOfNode.forEach((node, draft) -> nodes.put(node, draft.name));
        return new SwitchTree(fabric.source(), named, nodes);
    }

    /** Rates of all cables downwards over those of all cables upwards, to two digits; 0 when none goes upwards. */
    private double oversubscription(Draft draft) {
        double[] downAndUp = new double[2];
        for (int one : draft.switches) {
            downAndUp[0] += fabric.hostRate(one);
            int[] neighbours = fabric.neighbours()[one];
            for (int i = 0; i < neighbours.length; i++) {
                int other = level[neighbours[i]];
                if (other != 0 && other != draft.level) {
                    downAndUp[other < draft.level ? 0 : 1] += fabric.rate(one, i);
                }
            }
        }
        return downAndUp[1] == 0 || draft.isTop() ? 0 : Math.round(100 * downAndUp[0] / downAndUp[1]) / 100.0;
    }
}
