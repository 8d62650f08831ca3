package dev.berth.planner.imports;

import dev.berth.planner.BadInputException;
import dev.berth.planner.imports.SwitchTree.Group;
import dev.berth.planner.io.ImportNote;
import dev.berth.planner.io.SlurmTopology;
import dev.berth.planner.io.TopographGraph;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A tree that a source declares, switch by switch. A switch that is said to be below two others stays below the first, and what was said
 * later is noted. Not thread-safe; for one source.
 */
final class DeclaredTree {
    /** More tiers than any fabric has; a source with more is broken. */
    private static final int MAX_TIERS = 16;

    /** What notes about a line call the file. */
    private final String file;
    /** What all other notes call the source: the file, or one of the topologies in it. */
    private final String source;

    private final HostNames hosts;
    private final List<ImportNote> notes;
    private final Map<String, @Nullable String> parents = new LinkedHashMap<>();
    private final Map<String, String> switchOfNode = new LinkedHashMap<>();
    private final Map<String, Integer> height = new LinkedHashMap<>();
    private final Map<String, Integer> lines = new LinkedHashMap<>();
    private final Summary unknown = new Summary();

    private DeclaredTree(String file, String source, HostNames hosts, List<ImportNote> notes) {
        this.file = file;
        this.source = source;
        this.hosts = hosts;
        this.notes = notes;
    }

    /**
     * The tree of a topology of Slurm's; null when it has none.
     *
     * @param source what notes about the topology as a whole call it
     * @throws BadInputException if switches stand above themselves
     */
    static @Nullable SwitchTree of(
            String file, String source, SlurmTopology slurm, HostNames hosts, List<ImportNote> notes) {
        if (slurm.switches().isEmpty()) {
            return null;
        }
        DeclaredTree tree = new DeclaredTree(file, source, hosts, notes);
        slurm.switches().forEach(one -> tree.parents.put(one.name(), null));
        for (SlurmTopology.Switch one : slurm.switches()) {
            for (String child : one.switches()) {
                tree.below(child, one.name(), one.line());
            }
        }
        tree.measure();
        // `scontrol show topology` repeats at each switch the nodes of those below it, so the lowest one counts.
        List<SlurmTopology.Switch> upwards = new ArrayList<>(slurm.switches());
        upwards.sort(Comparator.comparingInt(one -> tree.heightOf(one.name())));
        for (SlurmTopology.Switch one : upwards) {
            for (String host : one.nodes()) {
                tree.hangs(host, one.name(), one.line());
            }
        }
        return tree.build();
    }

    /** The tree of Topograph's graph; null when it names no switch. */
    static @Nullable SwitchTree of(
            String source,
            TopographGraph graph,
            Map<String, String> nodeOfInstance,
            HostNames hosts,
            List<ImportNote> notes) {
        DeclaredTree tree = new DeclaredTree(source, source, hosts, notes);
        for (TopographGraph.Instance instance : graph.instances()) {
            List<String> layers = instance.layers();
            for (int i = 0; i < layers.size(); i++) {
                tree.parents.putIfAbsent(layers.get(i), null);
                if (i > 0) {
                    tree.below(layers.get(i - 1), layers.get(i), instance.line());
                }
            }
            String node = nodeOfInstance.get(instance.id());
            if (node != null && !layers.isEmpty()) {
                tree.switchOfNode.put(node, layers.get(0));
            }
        }
        if (tree.parents.isEmpty()) {
            return null;
        }
        tree.measure();
        return tree.build();
    }

    private void below(String child, String parent, int line) {
        lines.putIfAbsent(parent, line);
        String before = parents.putIfAbsent(child, parent);
        if (before != null && !before.equals(parent)) {
            notes.add(new ImportNote(
                    file,
                    line,
                    "switch '" + child + "' is below '" + before + "' already; not put below '" + parent + "'"));
        }
    }

    private void hangs(String host, String fabricSwitch, int line) {
        String node = hosts.node(host);
        if (node == null) {
            unknown.add(host);
            return;
        }
        String before = switchOfNode.putIfAbsent(node, fabricSwitch);
        if (before != null && !isAbove(fabricSwitch, before)) {
            notes.add(new ImportNote(
                    file,
                    line,
                    "node '" + node + "' hangs on '" + before + "' already; not put on '" + fabricSwitch + "'"));
        }
    }

    private boolean isAbove(String upper, String lower) {
        for (String at = lower; at != null; at = parents.get(at)) {
            if (at.equals(upper)) {
                return true;
            }
        }
        return false;
    }

    /** Length of the longest chain of switches below each, itself included, so that a parent always stands higher; O(switches). */
    private void measure() {
        Map<String, Integer> below = new HashMap<>();
        parents.values().stream().filter(Objects::nonNull).forEach(parent -> below.merge(parent, 1, Integer::sum));
        Deque<String> measured = new ArrayDeque<>();
        parents.keySet().stream().filter(name -> !below.containsKey(name)).forEach(name -> {
            height.put(name, 1);
            measured.add(name);
        });
        for (String name = measured.poll(); name != null; name = measured.poll()) {
            String parent = parents.get(name);
            if (parent != null) {
                if (height.merge(parent, heightOf(name) + 1, Math::max) > MAX_TIERS) {
                    throw new BadInputException(file + ":" + lines.getOrDefault(parent, 1) + ": switch '" + parent
                            + "' has " + MAX_TIERS + " tiers of switches below it, allowed: " + MAX_TIERS
                            + " tiers altogether");
                }
                if (below.merge(parent, -1, Integer::sum) == 0) {
                    measured.add(parent);
                }
            }
        }
        // A switch has one parent at most, so what is never free of switches below it is part of a circle.
        for (String name : parents.keySet()) {
            if (below.getOrDefault(name, 0) > 0) {
                throw new BadInputException(file + ":" + lines.getOrDefault(name, 1) + ": switch '" + name
                        + "' stands above itself, allowed: a tree");
            }
        }
    }

    private int heightOf(String fabricSwitch) {
        return height.getOrDefault(fabricSwitch, 1);
    }

    private SwitchTree build() {
        if (unknown.size() > 0) {
            notes.add(new ImportNote(
                    source, 0, "not used: hosts that are no nodes of the cluster: " + unknown.examples()));
        }
        List<Group> groups = new ArrayList<>();
        parents.forEach((name, parent) ->
                groups.add(new Group(name, SwitchTree.tier(heightOf(name)), heightOf(name), parent, 0, List.of(name))));
        groups.sort(Comparator.comparingInt(Group::level).thenComparing(Group::name, NaturalOrder.NAMES));
        return new SwitchTree(source, groups, switchOfNode);
    }
}
