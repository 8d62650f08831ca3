package dev.berth.planner.imports;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuCatalog;
import dev.berth.cluster.GpuModel;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.NodeSpec;
import dev.berth.planner.BadInputException;
import dev.berth.planner.io.GpuTopologyText;
import dev.berth.planner.io.Hostlist;
import dev.berth.planner.io.ImportNote;
import dev.berth.planner.io.InfinibandFabric;
import dev.berth.planner.io.SlurmTopologies;
import dev.berth.planner.io.SlurmTopology;
import dev.berth.planner.io.TopographGraph;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Puts what several sources say together into one cluster. Of two sources of switches the one that was added first counts, and so it is
 * with NVLink domains; what a later one says otherwise is noted. Sources count before the cluster that is the base. Not thread-safe.
 */
final class Importer {
    private final @Nullable Cluster base;
    private final String baseSource;
    private final @Nullable NodeSpec like;
    private final HostNames hosts;
    private final List<SwitchTree> trees = new ArrayList<>();
    private final Map<String, String> nvlinkDomains = new LinkedHashMap<>();
    private String nvlinkSource = "";
    private final Map<String, GpuTopology> links = new LinkedHashMap<>();
    private final Map<String, String> linkSources = new LinkedHashMap<>();
    private final Map<String, String> models = new LinkedHashMap<>();
    private final List<ImportResult.Source> sources = new ArrayList<>();
    private final List<ImportNote> notes = new ArrayList<>();
    private @Nullable Rails rails;

    /**
     * Starts an import.
     *
     * @param base the cluster to which the sources add; null when they say which nodes there are
     * @param baseSource what notes call it
     * @param like the node of the base whose hardware hosts that it has not are given; null when they are left out
     * @param names which new names become nodes
     */
    Importer(@Nullable Cluster base, String baseSource, @Nullable NodeSpec like, Pattern names) {
        this.base = base;
        this.baseSource = baseSource;
        this.like = like;
        List<String> known = new ArrayList<>();
        for (int node = 0; base != null && node < base.nodeCount(); node++) {
            known.add(base.nodeName(node));
        }
        hosts = new HostNames(known, base == null || like != null ? names : null);
    }

    /** Adds the subnets of one fabric, by file. */
    void ibnetdiscover(Map<String, InfinibandFabric> subnets) {
        InfinibandFabric fabric = InfinibandFabric.joined(subnets);
        String source = String.join(", ", subnets.keySet());
        notes.addAll(fabric.notes());
        FabricGraph graph = FabricGraph.of(source, fabric, hosts, notes);
        SwitchTree tree = FabricTreeFinder.find(graph, notes);
        rails = Rails.of(graph, notes);
        addTree(tree);
        sources.add(new ImportResult.Source(
                "ibnetdiscover",
                source,
                tree.groupOfNode().size(),
                Summary.count(graph.switchCount(), "switch", "switches") + ", "
                        + Summary.count(fabric.links().size(), "cable", "cables")));
    }

    /** Adds Topograph's graph. */
    void topograph(String source, TopographGraph graph) {
        notes.addAll(graph.notes());
        TopographNames names = new TopographNames(source, graph, base, hosts, notes);
        SwitchTree tree = DeclaredTree.of(source, graph, names.nodeOfInstance(), hosts, notes);
        if (tree != null) {
            addTree(tree);
        }
        addDomains(source, names.nvlinkDomains());
        names.models().forEach(models::putIfAbsent);
        sources.add(new ImportResult.Source(
                "topograph",
                source,
                names.nodeOfInstance().size(),
                Summary.count(tree == null ? 0 : tree.groups().size(), "switch", "switches") + ", "
                        + Summary.count(
                                Set.copyOf(names.nvlinkDomains().values()).size(), "NVLink domain", "NVLink domains")));
    }

    /**
     * Adds what a topology.conf or topology.yaml says: each of its topologies is a source of its own, the default first.
     *
     * @param blocks what blocks are
     */
    void slurm(String file, SlurmTopologies slurm, Blocks.Kind blocks) {
        notes.addAll(slurm.notes());
        Set<String> nodes = new LinkedHashSet<>();
        List<String> gave = new ArrayList<>();
        for (SlurmTopology topology : slurm.topologies()) {
            gave.add(slurm(file, topology, blocks, nodes));
        }
        sources.add(new ImportResult.Source(
                "slurm", file, nodes.size(), gave.isEmpty() ? "no switches" : String.join(", ", gave)));
    }

    private String slurm(String file, SlurmTopology slurm, Blocks.Kind blocks, Set<String> nodes) {
        String name = slurm.name().isEmpty() ? "" : " (" + slurm.name() + ")";
        String source = file + name;
        SwitchTree tree = DeclaredTree.of(file, source, slurm, hosts, notes);
        Map<String, String> blockOfNode = Blocks.nodes(file, source, slurm, hosts, notes);
        boolean nvlink = Blocks.areNvlinkDomains(blocks, source, blockOfNode.keySet(), this::model, notes);
        if (nvlink) {
            addDomains(source, blockOfNode);
        } else if (!blockOfNode.isEmpty()) {
            tree = Blocks.tree(source, slurm, blockOfNode);
        }
        if (tree != null) {
            addTree(tree);
        }
        nodes.addAll(tree == null ? blockOfNode.keySet() : tree.groupOfNode().keySet());
        return (slurm.blocks().isEmpty()
                        ? Summary.count(slurm.switches().size(), "switch", "switches")
                        : Summary.count(slurm.blocks().size(), "block", "blocks")
                                + (nvlink ? " as NVLink domains" : " as switches"))
                + name;
    }

    /**
     * Adds the links inside nodes, as a driver prints them.
     *
     * @param nodes the nodes, as a hostlist; null for all that have as many GPUs
     * @throws BadInputException if the text cannot be read, or is for a node that is not there or that has another one already
     */
    void links(String source, byte[] text, @Nullable String nodes) {
        GpuTopology plain = GpuTopologyText.read(source, text, null).topology();
        List<String> named = nodes == null ? nodesWith(plain.gpuCount()) : hostlist(source, nodes);
        if (named.isEmpty()) {
            throw new BadInputException(source + ": describes a node with " + plain.gpuCount()
                    + " GPUs, allowed: a number of GPUs that a node has, or NODES=FILE");
        }
        // How much a link carries depends on the model, which the text does not name.
        Map<Optional<GpuModel>, GpuTopology> byModel = new HashMap<>();
        Set<ImportNote> said = new LinkedHashSet<>();
        Set<String> given = new LinkedHashSet<>();
        for (String name : named) {
            String node = hosts.node(name);
            if (node == null) {
                throw new BadInputException(
                        source + ": is for node '" + name + "', allowed: names of nodes of the cluster");
            }
            GpuTopology topology = byModel.computeIfAbsent(catalogued(node), model -> {
                GpuTopologyText.Reading reading = GpuTopologyText.read(source, text, model.orElse(null));
                reading.notes().forEach(note -> said.add(ImportNote.of(source, note)));
                return reading.topology();
            });
            String before = linkSources.get(node);
            if (before == null) {
                linkSources.put(node, source);
                links.put(node, topology);
                given.add(node);
            } else if (nodes != null && !topology.equals(links.getOrDefault(node, topology))) {
                throw new BadInputException(source + ": says of node '" + node + "' what " + before
                        + " says otherwise, allowed: one topology for each node");
            }
        }
        notes.addAll(said);
        sources.add(new ImportResult.Source(
                "links", source, given.size(), Summary.count(plain.gpuCount(), "GPU", "GPUs") + ", " + plain.shape()));
    }

    private static List<String> hostlist(String source, String nodes) {
        try {
            return Hostlist.expand(nodes);
        } catch (IllegalArgumentException e) {
            throw new BadInputException(source + ": is for '" + nodes + "', allowed: " + e.getMessage(), e);
        }
    }

    private Optional<GpuModel> catalogued(String node) {
        NodeSpec spec = spec(node);
        String model = model(node);
        int memoryMib = spec == null ? 0 : spec.gpuMemoryMib();
        return model == null
                ? Optional.empty()
                : Optional.ofNullable(GpuCatalog.builtIn().find(model, memoryMib));
    }

    private List<String> nodesWith(int gpus) {
        List<String> nodes = new ArrayList<>();
        for (String node : hosts.nodes()) {
            NodeSpec spec = spec(node);
            if (spec == null || spec.gpuCount() == gpus) {
                nodes.add(node);
            }
        }
        return nodes;
    }

    private void addTree(SwitchTree tree) {
        if (tree.groupOfNode().isEmpty()) {
            notes.add(new ImportNote(tree.source(), 0, "not used: no node of the cluster hangs on its switches"));
            return;
        }
        Set<String> placed = new LinkedHashSet<>();
        trees.forEach(one -> placed.addAll(one.groupOfNode().keySet()));
        if (tree.groupOfNode().keySet().stream().noneMatch(placed::contains)) {
            trees.add(tree);
            return;
        }
        Summary left = new Summary();
        for (String node : tree.groupOfNode().keySet()) {
            if (!placed.contains(node)) {
                left.add(node);
            }
        }
        for (SwitchTree one : trees) {
            Partition.compare("switch", one.groupOfNode(), one.source(), tree.groupOfNode(), tree.source(), notes);
        }
        notes.add(new ImportNote(
                tree.source(),
                0,
                "its switches were only compared, because " + trees.get(0).source()
                        + " says where the nodes hang"
                        + (left.size() == 0 ? "" : "; left without a switch: " + left.examples())));
    }

    private void addDomains(String source, Map<String, String> domains) {
        if (domains.isEmpty()) {
            return;
        }
        if (nvlinkDomains.isEmpty()) {
            nvlinkDomains.putAll(domains);
            nvlinkSource = source;
            return;
        }
        Partition.compare("NVLink domain", nvlinkDomains, nvlinkSource, domains, source, notes);
        Summary left = new Summary();
        domains.keySet().stream()
                .filter(node -> !nvlinkDomains.containsKey(node))
                .forEach(left::add);
        if (left.size() > 0) {
            notes.add(new ImportNote(
                    source,
                    0,
                    "its NVLink domains were only compared with those of " + nvlinkSource + "; left without one: "
                            + left.examples()));
        }
    }

    /** Nodes of the base as they stand there, then the new ones by name. */
    private List<String> inOrder() {
        List<String> added = new ArrayList<>(hosts.nodes());
        List<String> order = added.subList(0, base == null ? 0 : base.nodeCount());
        List<String> names = new ArrayList<>(order);
        order.clear();
        added.sort(NaturalOrder.NAMES);
        names.addAll(added);
        return names;
    }

    private @Nullable NodeSpec spec(String node) {
        int id = base == null ? -1 : base.nodeId(node);
        return base == null || id < 0 ? like : base.spec(id);
    }

    private @Nullable String model(String node) {
        NodeSpec spec = spec(node);
        return spec == null ? models.get(node) : spec.gpuModel();
    }

    /**
     * The cluster.
     *
     * @throws BadInputException if what the sources say together is no cluster
     */
    ImportResult build() {
        if (hosts.nodes().isEmpty()) {
            throw new BadInputException(
                    "no source names a node, allowed: sources that name hosts, or --cluster with the nodes");
        }
        try {
            return assemble();
        } catch (IllegalArgumentException e) {
            throw new BadInputException("the sources together make no cluster: " + e.getMessage(), e);
        }
    }

    private ImportResult assemble() {
        ClusterAssembly assembly = new ClusterAssembly(base, baseSource, notes);
        Map<String, String> groupOfNode = new TreeMap<>();
        List<SwitchTree.Group> groups = assembly.addTrees(trees, groupOfNode);
        for (String node : inOrder()) {
            assembly.addNode(
                    node,
                    spec(node),
                    groupOfNode.get(node),
                    nvlinkDomains.get(node),
                    links.get(node),
                    linkSources.getOrDefault(node, ""),
                    models.get(node));
        }
        return new ImportResult(assembly.build(), List.copyOf(sources), groups, rails, List.copyOf(notes));
    }
}
