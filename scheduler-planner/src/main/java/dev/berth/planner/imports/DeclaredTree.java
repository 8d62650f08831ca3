package dev.berth.planner.imports;

import dev.berth.planner.BadInputException;
import dev.berth.planner.imports.SwitchTree.Group;
import dev.berth.planner.io.ImportNote;
import dev.berth.planner.io.SlurmTopology;
import dev.berth.planner.io.TopographGraph;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A tree that a source declares, switch by switch. A switch that is said to be below two others stays below the first, and what was said
 * later is noted. Not thread-safe; for one source.
 */
final class DeclaredTree {
    private final String source;
    private final HostNames hosts;
    private final List<ImportNote> notes;
    private final Map<String, @Nullable String> parents = new LinkedHashMap<>();
    private final Map<String, String> switchOfNode = new LinkedHashMap<>();
    private final Map<String, Integer> height = new LinkedHashMap<>();
    private final Summary unknown = new Summary();

    private DeclaredTree(String source, HostNames hosts, List<ImportNote> notes) {
        this.source = source;
        this.hosts = hosts;
        this.notes = notes;
    }

    /**
     * The tree of a topology.conf; null when it has none.
     *
     * @throws BadInputException if switches stand above themselves
     */
    static @Nullable SwitchTree of(String source, SlurmTopology slurm, HostNames hosts, List<ImportNote> notes) {
        if (slurm.switches().isEmpty()) {
            return null;
        }
        DeclaredTree tree = new DeclaredTree(source, hosts, notes);
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
        DeclaredTree tree = new DeclaredTree(source, hosts, notes);
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
        String before = parents.putIfAbsent(child, parent);
        if (before != null && !before.equals(parent)) {
            notes.add(new ImportNote(
                    source,
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
                    source,
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

    /** Length of the longest chain of switches below each, itself included, so that a parent always stands higher. */
    private void measure() {
        for (String start : parents.keySet()) {
            int at = 1;
            for (String up = start; up != null; up = parents.get(up)) {
                if (at > parents.size()) {
                    throw new BadInputException(
                            source + ": switch '" + start + "' stands above itself, allowed: a tree");
                }
                height.merge(up, at, Math::max);
                at++;
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
