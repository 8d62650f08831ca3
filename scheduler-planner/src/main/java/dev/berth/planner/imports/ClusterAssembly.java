package dev.berth.planner.imports;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import dev.berth.planner.imports.SwitchTree.Group;
import dev.berth.planner.io.ImportNote;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Builds the cluster of an import from its parts. Not thread-safe; for one import. */
final class ClusterAssembly {
    private static final String UNKNOWN_MODEL = "unknown";

    private final @Nullable Cluster base;
    private final String baseSource;
    private final List<ImportNote> notes;
    private final Map<String, NodeSpec> nodes = new LinkedHashMap<>();
    private final Map<String, FabricSwitch> switches = new LinkedHashMap<>();
    /** What the base says of the nodes, where a source says it too. */
    private final Map<String, String> baseSwitches = new LinkedHashMap<>();

    private final Map<String, String> baseDomains = new LinkedHashMap<>();
    private final Map<String, String> newSwitches = new LinkedHashMap<>();
    private final Map<String, String> newDomains = new LinkedHashMap<>();
    private final Summary unplaced = new Summary();
    private final Summary unknownSize = new Summary();
    private final Summary domainWithoutGpus = new Summary();
    private final Map<String, Summary> otherGpuCount = new TreeMap<>();
    private final Map<String, Summary> otherLinks = new TreeMap<>();
    private boolean hasTrees;

    ClusterAssembly(@Nullable Cluster base, String baseSource, List<ImportNote> notes) {
        this.base = base;
        this.baseSource = baseSource;
        this.notes = notes;
    }

    /**
     * Takes the switches of all trees. A name that two trees have is numbered in the second.
     *
     * @param groupOfNode is given the switch of each node
     * @return the groups under the names that they have in the cluster
     */
    List<Group> addTrees(List<SwitchTree> trees, Map<String, String> groupOfNode) {
        hasTrees = !trees.isEmpty();
        List<Group> groups = new ArrayList<>();
        for (SwitchTree one : trees) {
            SwitchTree tree = one.withoutEmpty(notes);
            Map<String, String> names = new HashMap<>();
            for (Group group : tree.groups()) {
                names.put(group.name(), freeName(group.name()));
                switches.put(names.getOrDefault(group.name(), ""), new FabricSwitch("-", "-", null, 0));
            }
            for (Group group : tree.groups()) {
                String name = names.getOrDefault(group.name(), group.name());
                String parent = group.parent() == null ? null : names.get(group.parent());
                switches.put(name, new FabricSwitch(name, group.tier(), parent, group.oversubscription()));
                groups.add(new Group(
                        name, group.tier(), group.level(), parent, group.oversubscription(), group.switches()));
            }
            tree.groupOfNode().forEach((node, group) -> groupOfNode.put(node, names.getOrDefault(group, group)));
        }
        return groups;
    }

    private String freeName(String wanted) {
        String name = wanted;
        for (int i = 2; switches.containsKey(name); i++) {
            name = wanted + "-" + i;
        }
        return name;
    }

    /**
     * Takes a node.
     *
     * @param spec what the base says of it or of its like; null when nobody told
     * @param group the switch that sources hang it on, or null
     * @param domain the NVLink domain that sources put it in, or null
     * @param links the links between its GPUs by a source, or null
     * @param model the model of its GPUs by a source, or null
     */
    void addNode(
            String name,
            @Nullable NodeSpec spec,
            @Nullable String group,
            @Nullable String domain,
            @Nullable GpuTopology links,
            String linkSource,
            @Nullable String model) {
        NodeSpec.Builder builder = spec == null ? NodeSpec.named(name) : spec.toBuilder(name);
        int gpuCount = spec == null ? 0 : spec.gpuCount();
        if (spec == null) {
            unknownSize.add(name);
            if (links != null && links.gpuCount() > 0) {
                gpuCount = links.gpuCount();
                builder.gpus(Objects.requireNonNullElse(model, UNKNOWN_MODEL), gpuCount, 0);
            }
        } else if (!spec.name().equals(name)) {
            builder.state(NodeState.READY).rack(null).nvlinkDomain(null).fabricSwitch(null);
        }
        place(builder, name, spec, group);
        if (domain != null && gpuCount == 0) {
            domainWithoutGpus.add(name);
        } else if (domain != null) {
            newDomains.put(name, domain);
            if (spec != null && spec.name().equals(name) && spec.nvlinkDomain() != null) {
                baseDomains.put(name, spec.nvlinkDomain());
            }
            builder.nvlinkDomain(domain);
        }
        if (links != null) {
            join(builder, name, spec, gpuCount, links, linkSource);
        }
        nodes.put(name, builder.build());
    }

    private void place(NodeSpec.Builder builder, String name, @Nullable NodeSpec spec, @Nullable String group) {
        String before = spec == null || !spec.name().equals(name) ? null : spec.fabricSwitch();
        if (group != null) {
            builder.fabricSwitch(group);
            newSwitches.put(name, group);
            if (before != null) {
                baseSwitches.put(name, before);
            }
        } else if (hasTrees && before == null) {
            unplaced.add(name);
        }
    }

    private void join(
            NodeSpec.Builder builder,
            String name,
            @Nullable NodeSpec spec,
            int gpuCount,
            GpuTopology links,
            String source) {
        if (links.gpuCount() != gpuCount) {
            otherGpuCount
                    .computeIfAbsent(source, unused -> new Summary())
                    .add(name + " has " + gpuCount + ", not " + links.gpuCount());
            return;
        }
        if (spec != null && spec.gpuTopology() != null && !links.equals(spec.gpuTopology())) {
            otherLinks.computeIfAbsent(source, unused -> new Summary()).add(name);
        }
        builder.gpuTopology(links);
    }

    /**
     * The cluster.
     *
     * @throws IllegalArgumentException if the parts make none
     */
    Cluster build() {
        keepSwitchesOfBase();
        writeNotes();
        Cluster.Builder builder = Cluster.builder();
        if (base != null) {
            base.describedGpuModels().forEach(builder::add);
            base.describedRacks().forEach(builder::add);
            base.describedSites().forEach(builder::add);
            builder.powerBasis(base.powerBasis());
        }
        switches.values().forEach(builder::add);
        nodes.values().forEach(builder::add);
        return builder.build();
    }

    /** Nodes of which no source says anything hang where they hung, on switches that keep their names where those are free. */
    private void keepSwitchesOfBase() {
        if (base == null) {
            return;
        }
        Map<String, FabricSwitch> ofBase = new HashMap<>();
        base.switches().forEach(one -> ofBase.put(one.name(), one));
        Set<String> kept = new HashSet<>();
        for (NodeSpec node : nodes.values()) {
            String at = newSwitches.containsKey(node.name()) ? null : node.fabricSwitch();
            while (at != null && kept.add(at)) {
                FabricSwitch one = ofBase.get(at);
                at = one == null ? null : one.parent();
            }
        }
        Map<String, String> names = new HashMap<>();
        kept.forEach(name -> names.put(name, freeName(name)));
        for (FabricSwitch one : base.switches()) {
            // Without any tree nothing was replaced, and switches without nodes stay, too.
            if (kept.contains(one.name()) || !hasTrees) {
                String name = names.getOrDefault(one.name(), one.name());
                String parent = one.parent() == null ? null : names.getOrDefault(one.parent(), one.parent());
                switches.put(name, new FabricSwitch(name, one.tier(), parent, one.oversubscription()));
            }
        }
        nodes.replaceAll((name, node) -> {
            String at = newSwitches.containsKey(name) ? null : node.fabricSwitch();
            return at == null
                    ? node
                    : node.toBuilder(name)
                            .fabricSwitch(names.getOrDefault(at, at))
                            .build();
        });
    }

    private void writeNotes() {
        Partition.compare("switch", newSwitches, "the sources", baseSwitches, baseSource, notes);
        Partition.compare("NVLink domain", newDomains, "the sources", baseDomains, baseSource, notes);
        otherGpuCount.forEach((source, which) -> notes.add(new ImportNote(
                source,
                0,
                "not used for " + Summary.count(which.size(), "node", "nodes") + " with another number of GPUs: "
                        + which.examples())));
        otherLinks.forEach((source, which) -> notes.add(new ImportNote(
                source,
                0,
                "replaces the gpuTopology of " + Summary.count(which.size(), "node", "nodes") + ": "
                        + which.examples())));
        if (domainWithoutGpus.size() > 0) {
            notes.add(new ImportNote(
                    "the sources",
                    0,
                    "nodes without GPUs are put in no NVLink domain: " + domainWithoutGpus.examples()));
        }
        if (unplaced.size() > 0) {
            notes.add(new ImportNote(
                    base == null ? "the sources" : baseSource,
                    0,
                    Summary.count(unplaced.size(), "node hangs", "nodes hang") + " on no switch of any source: "
                            + unplaced.examples()));
        }
        if (unknownSize.size() > 0) {
            notes.add(new ImportNote(
                    "the sources",
                    0,
                    "CPU and memory of " + Summary.count(unknownSize.size(), "node are", "nodes are")
                            + " unknown and written as 0, so that few jobs fit; --cluster names the machines: "
                            + unknownSize.examples()));
        }
    }
}
