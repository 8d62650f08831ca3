package dev.berth.k8s.nodes;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Cooling;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.GpuCatalog;
import dev.berth.cluster.GpuModel;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.NodePower;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.Rack;
import dev.berth.cluster.Site;
import dev.berth.k8s.objects.NodeObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One reading of a cluster. Used once, by one thread. */
final class ClusterAssembly {
    private static final long MIB = 1L << 20;

    private final List<NodeObject> nodes;
    private final TopologyObjects topology;
    private final ClusterSettings settings;
    private final DeviceLinks deviceLinks;
    private final @Nullable Cluster file;
    private final Problems problems = new Problems();
    private final List<String> notes = new ArrayList<>();

    private final Map<String, Rack> racks = new LinkedHashMap<>();
    private final Map<String, Site> sites = new LinkedHashMap<>();
    private final Map<String, String> siteOfRack = new HashMap<>();

    ClusterAssembly(
            ClusterSettings settings, DeviceLinks deviceLinks, List<NodeObject> nodes, TopologyObjects topology) {
        this.deviceLinks = deviceLinks;
        this.settings = settings;
        this.nodes = nodes;
        this.topology = topology;
        file = settings.file();
    }

    ClusterModel assemble() {
        TopologySource source = TopologySource.find(settings, nodes, topology, problems);
        notes.add(source.sentence());
        Places places = source.places();
        if (file != null) {
            file.describedRacks().forEach(rack -> racks.put(rack.name(), rack));
            file.describedSites().forEach(site -> sites.put(site.name(), site));
            tellUnknownNodes(file);
        }
        Map<String, FabricSwitch> switches = switches(places);
        Set<String> counted = CountedNames.of(nodes, settings.pods(), problems);
        List<NodeSpec> specs = new ArrayList<>(nodes.size());
        for (NodeObject node : nodes) {
            NodeSpec spec = spec(node, places.of(node.name()), switches, counted);
            if (spec != null) {
                specs.add(spec);
            }
        }
        Cluster cluster = build(specs, switches);
        // Where the file's switches stand for those of labels, the labels' tiers are not there.
        Map<String, String> tiers = new LinkedHashMap<>(source.tierOfLabel());
        tiers.values().retainAll(cluster.topology().tiers());
        return new ClusterModel(cluster, tiers, problems.list(), notes);
    }

    private void tellUnknownNodes(Cluster known) {
        Map<String, NodeObject> byName = new HashMap<>();
        nodes.forEach(node -> byName.put(node.name(), node));
        for (int node = 0; node < known.nodeCount(); node++) {
            if (!byName.containsKey(known.nodeName(node))) {
                problems.node(known.nodeName(node), "stands in the cluster file, but the cluster has no such node");
            }
        }
    }

    /** The switches by name: those of the file where it has any, since two descriptions of one fabric would not fit together. */
    private Map<String, FabricSwitch> switches(Places places) {
        Map<String, FabricSwitch> switches = new LinkedHashMap<>();
        if (file != null && !file.switches().isEmpty()) {
            file.switches().forEach(one -> switches.put(one.name(), one));
            if (!places.switches().isEmpty()) {
                notes.add(
                        "The switches are those of the cluster file; labels and objects of the cluster only say on which of them a node"
                                + " hangs that the file does not name.");
            }
            return switches;
        }
        places.switches().forEach(one -> switches.put(one.name(), one));
        try {
            Cluster.Builder alone = Cluster.builder();
            switches.values().forEach(alone::add);
            alone.build();
            return switches;
        } catch (IllegalArgumentException e) {
            problems.add("The switches that the cluster shows cannot be used: " + e.getMessage());
            return new LinkedHashMap<>();
        }
    }

    private @Nullable NodeSpec spec(
            NodeObject node, Place place, Map<String, FabricSwitch> switches, Set<String> counted) {
        try {
            NodeSpec filed = filed(node.name());
            NodeGpus gpus = NodeGpus.of(node, topology.gpus(node.name()), settings.pods(), problems);
            NodeSpec.Builder spec = NodeSpec.named(node.name())
                    .cpuMilli((int) Math.min(amount(node, "cpu"), Integer.MAX_VALUE))
                    .memoryMib(Math.min(amount(node, "memory") / MIB, Integer.MAX_VALUE))
                    .state(ClusterReader.stateOf(node));
            ClusterReader.kept(node).forEach(spec::label);
            for (String resource : counted) {
                long amount = amount(node, resource);
                if (amount > 0) {
                    spec.counted(resource, Math.min(amount, Cluster.MAX_COUNTED_AMOUNT));
                }
            }
            gpus(spec, node, gpus, filed);
            String domain = filed != null && filed.nvlinkDomain() != null ? filed.nvlinkDomain() : place.nvlinkDomain();
            spec.nvlinkDomain(gpus.count() > 0 ? domain : null);
            String filedSwitch = filed == null ? null : filed.fabricSwitch();
            String shownSwitch = place.fabricSwitch();
            String lowest = filedSwitch != null ? filedSwitch : shownSwitch;
            spec.fabricSwitch(lowest != null && switches.containsKey(lowest) ? lowest : null);
            String site = filed != null && filed.site() != null ? filed.site() : place.site();
            spec.site(site);
            if (site != null && !sites.isEmpty()) {
                sites.computeIfAbsent(site, name -> new Site(name, null, 0));
            }
            NodePower power = power(node, gpus, filed);
            spec.power(power);
            spec.rack(
                    rack(node, filed != null && filed.rack() != null ? filed.rack() : place.rack(), site, power, gpus));
            return spec.build();
        } catch (IllegalArgumentException e) {
            problems.node(node.name(), "left out, because it cannot be described: " + e.getMessage());
            return null;
        }
    }

    private @Nullable NodeSpec filed(String name) {
        if (file == null) {
            return null;
        }
        int node = file.nodeId(name);
        return node < 0 ? null : file.spec(node);
    }

    private static long amount(NodeObject node, String resource) {
        return Math.max(0, node.allocatable().getOrDefault(resource, 0L));
    }

    private void gpus(NodeSpec.Builder spec, NodeObject node, NodeGpus gpus, @Nullable NodeSpec filed) {
        int count = gpus.count();
        if (filed != null && filed.gpuCount() != count) {
            problems.node(
                    node.name(),
                    "has " + count + " GPUs, of which the cluster file says " + filed.gpuCount()
                            + "; the node's number counts, and the file's links between them are not used");
        }
        if (count == 0) {
            return;
        }
        String model = gpus.model();
        int memoryMib = gpus.memoryMib();
        if (filed != null && filed.gpuModel() != null) {
            if (model.equals(gpus.resource())) {
                model = filed.gpuModel();
            } else {
                tellOtherModel(node, model, memoryMib, filed);
            }
            memoryMib = memoryMib == 0 && !gpus.parts() ? filed.gpuMemoryMib() : memoryMib;
        }
        spec.gpus(model, count, memoryMib);
        boolean sameCount = filed != null && filed.gpuCount() == count;
        int migMask = 0;
        if (gpus.migCount() > 0) {
            // Which of them are cut, no label says. The last ones, since their number is all that counts.
            boolean fileSays = filed != null && sameCount && Integer.bitCount(filed.migGpuMask()) == gpus.migCount();
            migMask = filed != null && fileSays
                    ? filed.migGpuMask()
                    : ((1 << gpus.migCount()) - 1) << (count - gpus.migCount());
        }
        spec.migGpuMask(migMask);
        if (gpus.parts()) {
            spec.gpuTopology(GpuTopology.none(count));
        } else if (filed != null && sameCount && filed.gpuTopology() != null) {
            spec.gpuTopology(filed.gpuTopology());
        } else if (!gpus.devices().isEmpty()) {
            spec.gpuTopology(deviceLinks.of(gpus.devices(), catalog().topology(model, memoryMib, count)));
        }
    }

    private GpuCatalog catalog() {
        return file == null ? GpuCatalog.builtIn() : file.gpuCatalog();
    }

    private void tellOtherModel(NodeObject node, String model, int memoryMib, NodeSpec filed) {
        String filedModel = Objects.requireNonNull(filed.gpuModel());
        GpuModel shown = catalog().find(model, memoryMib);
        GpuModel named = catalog().find(filedModel, filed.gpuMemoryMib());
        if (shown != null && named != null && !shown.equals(named)) {
            problems.node(
                    node.name(),
                    "has GPUs of the model " + model + ", of which the cluster file says " + filedModel
                            + "; the node's label counts");
        }
    }

    private @Nullable NodePower power(NodeObject node, NodeGpus gpus, @Nullable NodeSpec filed) {
        NodePower power = filed == null ? null : filed.power();
        if (power != null
                && power.hasExpected(gpus.count())
                && power.nameplateW() > 0
                && power.idleW() + (long) gpus.count() * power.busyGpuW() > power.nameplateW()) {
            problems.node(
                    node.name(),
                    "has " + gpus.count() + " GPUs, which with the cluster file's power.busyGpuW "
                            + power.busyGpuW() + " exceed its nameplateW " + power.nameplateW()
                            + "; busyGpuW is not used");
            return new NodePower(power.nameplateW(), power.measuredW(), power.idleW(), 0);
        }
        return power;
    }

    /** The rack, if the core's rules for racks that are described let the node stand in it. */
    private @Nullable String rack(
            NodeObject node, @Nullable String rack, @Nullable String site, @Nullable NodePower power, NodeGpus gpus) {
        if (rack == null || racks.isEmpty() || file == null) {
            return rack;
        }
        Rack described = racks.computeIfAbsent(rack, name -> new Rack(name, 0, Cooling.UNKNOWN));
        if (described.powerCapW() > 0 && file.powerBasis().fullW(power, gpus.count()) == 0) {
            problems.node(
                    node.name(),
                    "stands in rack " + rack
                            + ", which has a power cap, and nothing says what it draws; taken without rack");
            return null;
        }
        String own = site == null ? "" : site;
        String first = siteOfRack.putIfAbsent(rack, own);
        if (first != null && !first.equals(own)) {
            problems.node(
                    node.name(),
                    "stands in rack " + rack + " on site '" + own + "', and other nodes of that rack on site '" + first
                            + "'; taken without rack");
            return null;
        }
        return rack;
    }

    private Cluster build(List<NodeSpec> specs, Map<String, FabricSwitch> switches) {
        try {
            Cluster.Builder builder = Cluster.builder();
            switches.values().forEach(builder::add);
            racks.values().forEach(builder::add);
            sites.values().forEach(builder::add);
            if (file != null) {
                file.describedGpuModels().forEach(builder::add);
                builder.powerBasis(file.powerBasis());
            }
            specs.forEach(builder::add);
            return builder.build();
        } catch (IllegalArgumentException e) {
            // A rule of the core that is not foreseen above. The nodes count more than what joins them.
            problems.add("Racks, switches and sites cannot be used: " + e.getMessage());
            Cluster.Builder bare = Cluster.builder();
            for (NodeSpec spec : specs) {
                bare.add(spec.toBuilder(spec.name())
                        .rack(null)
                        .site(null)
                        .fabricSwitch(null)
                        .build());
            }
            return bare.build();
        }
    }
}
