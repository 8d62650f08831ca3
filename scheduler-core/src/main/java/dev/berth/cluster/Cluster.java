package dev.berth.cluster;

import com.carrotsearch.hppc.ObjectIntHashMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The machines as they stand: an immutable table of nodes with dense ids {@code 0 .. nodeCount() - 1} in the order in
 * which they were added. What a node <em>has</em> is here; what of it is <em>held</em> is in the ledger.
 *
 * <p>Immutable, hence thread-safe. All accessors that take a node id are O(1), do not allocate and throw
 * {@link IndexOutOfBoundsException} for an id that does not exist.
 */
public final class Cluster {
    /** Most GPUs that a node can have. DGX-2 has 16; no machine on sale has more. */
    public static final int MAX_GPUS_PER_NODE = 16;
    /** Most nodes in a cluster: ids have 20 bits in a claim handle. */
    public static final int MAX_NODES = 1 << 20;
    /** Most counted resources beside GPU, CPU and memory. */
    public static final int MAX_COUNTED = 16;
    /** Most of a counted resource that a node has or a task asks for: 4 PiB in bytes. A thousand of them add up without overflow. */
    public static final long MAX_COUNTED_AMOUNT = 1L << 52;

    private final String[] names;
    private final ObjectIntHashMap<String> idByName;
    private final int[] gpuModelId;
    private final byte[] gpuCount;
    private final int[] gpuMemoryMib;
    private final short[] migGpuMask;
    private final int[] cpuMilli;
    private final long[] memoryMib;
    private final long[] counted;
    private final List<Map<String, String>> labels;
    private final NodeState[] states;
    private final int[] rackId;
    private final int[] siteId;
    private final List<String> gpuModels;
    private final List<String> countedNames;
    private final List<Rack> racks;
    private final List<String> rackNames;
    private final List<Site> sites;
    private final List<String> siteNames;
    private final int[] nvlinkDomainId;
    private final List<String> nvlinkDomains;
    private final int[] switchId;
    private final Surroundings surroundings;
    private final GpuCatalog gpuCatalog;
    private final List<FabricSwitch> switches;
    private final @Nullable NodePower[] power;
    private final @Nullable GpuTopology[] describedLinks;
    private final GpuTopology[] links;
    private final Topology topology;
    private final int[] geometryId;
    private final List<MigGeometry> geometries;
    private final int totalGpus;
    private final int maxGpus;

    private Cluster(Collection<NodeSpec> nodes, Surroundings surroundings, Collection<String> furtherCounted) {
        surroundings.check(nodes);
        this.surroundings = surroundings;
        gpuCatalog = GpuCatalog.builtIn().with(surroundings.gpuModels().values());
        FabricTree fabric = new FabricTree(surroundings.switchList());
        switches = fabric.switches();
        int n = nodes.size();
        names = new String[n];
        idByName = new ObjectIntHashMap<>(n);
        gpuModelId = new int[n];
        gpuCount = new byte[n];
        gpuMemoryMib = new int[n];
        migGpuMask = new short[n];
        cpuMilli = new int[n];
        memoryMib = new long[n];
        states = new NodeState[n];
        rackId = new int[n];
        siteId = new int[n];
        nvlinkDomainId = new int[n];
        switchId = new int[n];
        power = new NodePower[n];
        describedLinks = new GpuTopology[n];
        links = new GpuTopology[n];
        geometryId = new int[n];
        List<MigGeometry> geometryList = new ArrayList<>();
        TreeSet<String> resources = new TreeSet<>(furtherCounted);
        for (NodeSpec node : nodes) {
            resources.addAll(node.counted().keySet());
        }
        if (resources.size() > MAX_COUNTED) {
            throw new IllegalArgumentException("the nodes name " + resources.size() + " counted resources " + resources
                    + ", allowed: at most " + MAX_COUNTED);
        }
        countedNames = List.copyOf(resources);
        counted = new long[n * countedNames.size()];
        Names models = new Names();
        Names rackIds = new Names();
        surroundings.racks().keySet().forEach(rackIds::idOf);
        Names siteIds = new Names();
        surroundings.sites().keySet().forEach(siteIds::idOf);
        Names domainIds = new Names();
        Map<Map<String, String>, Map<String, String>> sharedLabels = new HashMap<>();
        DistinctLinks distinctLinks = new DistinctLinks(gpuCatalog);
        Map<NodePower, NodePower> sharedPower = new HashMap<>();
        List<Map<String, String>> labelList = new ArrayList<>(n);
        int gpus = 0;
        int most = 0;
        int id = 0;
        for (NodeSpec node : nodes) {
            names[id] = node.name();
            idByName.put(node.name(), id);
            gpuModelId[id] = models.idOf(node.gpuModel());
            gpuCount[id] = (byte) node.gpuCount();
            gpuMemoryMib[id] = node.gpuMemoryMib();
            migGpuMask[id] = (short) node.migGpuMask();
            MigGeometry geometry =
                    node.migGpuMask() == 0 ? null : MigGeometry.find(node.gpuModel(), node.gpuMemoryMib());
            if (geometry != null && !geometryList.contains(geometry)) {
                geometryList.add(geometry);
            }
            geometryId[id] = geometry == null ? -1 : geometryList.indexOf(geometry);
            cpuMilli[id] = node.cpuMilli();
            memoryMib[id] = node.memoryMib();
            for (int r = 0; r < countedNames.size(); r++) {
                counted[id * countedNames.size() + r] = node.counted().getOrDefault(countedNames.get(r), 0L);
            }
            // Fleets repeat a few label sets many thousand times: keep one copy of each.
            labelList.add(sharedLabels.computeIfAbsent(node.labels(), same -> same));
            states[id] = node.state();
            rackId[id] = rackIds.idOf(node.rack());
            siteId[id] = siteIds.idOf(node.site());
            nvlinkDomainId[id] = domainIds.idOf(node.nvlinkDomain());
            switchId[id] = node.fabricSwitch() == null ? -1 : fabric.find(node.fabricSwitch());
            GpuTopology described = node.gpuTopology();
            if (described != null) {
                described = distinctLinks.share(described);
            }
            describedLinks[id] = described;
            links[id] = described == null ? distinctLinks.usual(node) : described;
            power[id] = node.power() == null ? null : sharedPower.computeIfAbsent(node.power(), same -> same);
            gpus += node.gpuCount();
            most = Math.max(most, node.gpuCount());
            id++;
        }
        labels = labelList;
        geometries = List.copyOf(geometryList);
        gpuModels = models.list();
        rackNames = rackIds.list();
        racks = rackNames.stream().map(surroundings::rack).toList();
        siteNames = siteIds.list();
        sites = siteNames.stream().map(surroundings::site).toList();
        nvlinkDomains = domainIds.list();
        topology = new Topology.Builder(List.of(names))
                .add(Topology.NVLINK_DOMAIN, nvlinkDomains, nvlinkDomainId)
                .add(Topology.RACK, rackNames, rackId)
                .addFabric(fabric, switchId)
                .add(Topology.SITE, siteNames, siteId)
                .build();
        totalGpus = gpus;
        maxGpus = most;
    }

    /** A new builder. */
    public static Builder builder() {
        return new Builder();
    }

    /** Number of nodes. */
    public int nodeCount() {
        return names.length;
    }

    /** Number of GPUs in all nodes, those in MIG mode included. */
    public int gpuCount() {
        return totalGpus;
    }

    /** Largest number of GPUs in one node. */
    public int maxGpusPerNode() {
        return maxGpus;
    }

    /** Name of a node. */
    public String nodeName(int node) {
        return names[node];
    }

    /** Id of the node with the given name, or -1 when there is none. O(1). */
    public int nodeId(String name) {
        return idByName.getOrDefault(name, -1);
    }

    /** Id of the GPU model of a node, or -1 for a node without GPUs. */
    public int gpuModelId(int node) {
        return gpuModelId[node];
    }

    /** Names of the GPU models; the position is the model's id. */
    public List<String> gpuModels() {
        return gpuModels;
    }

    /** Number of GPUs of a node, 0 to {@value #MAX_GPUS_PER_NODE}. */
    public int gpuCount(int node) {
        return gpuCount[node];
    }

    /** Memory of each GPU of a node in MiB, 0 when unknown. */
    public int gpuMemoryMib(int node) {
        return gpuMemoryMib[node];
    }

    /** The GPUs of a node that are in MIG mode, a bit each. */
    public int migGpuMask(int node) {
        return migGpuMask[node] & 0xFFFF;
    }

    /** The GPUs of a node that are not in MIG mode, a bit each. */
    public int plainGpuMask(int node) {
        return ((1 << gpuCount[node]) - 1) & ~migGpuMask[node];
    }

    /** MIG geometry of a node, or null when none of its GPUs is in MIG mode. */
    public @Nullable MigGeometry migGeometry(int node) {
        return geometryId[node] < 0 ? null : geometries.get(geometryId[node]);
    }

    /** Position of a node's MIG geometry in {@link #migGeometries}, or -1 when none of its GPUs is in MIG mode. */
    public int migGeometryId(int node) {
        return geometryId[node];
    }

    /** The MIG geometries that nodes of this cluster have; the position is the geometry's id. */
    public List<MigGeometry> migGeometries() {
        return geometries;
    }

    /** Allocatable CPU of a node in 1/1000 of a core. */
    public int cpuMilli(int node) {
        return cpuMilli[node];
    }

    /** Allocatable memory of a node in MiB, 0 to {@link Integer#MAX_VALUE}. */
    public long memoryMib(int node) {
        return memoryMib[node];
    }

    /** Names of the counted resources, sorted; the position is the resource's id. At most {@value #MAX_COUNTED}. */
    public List<String> countedNames() {
        return countedNames;
    }

    /** Amount of a counted resource on a node, 0 where the node did not name it. */
    public long counted(int node, int resource) {
        if (resource < 0 || resource >= countedNames.size()) {
            throw new IndexOutOfBoundsException("counted resource " + resource + " of " + countedNames.size());
        }
        return counted[node * countedNames.size() + resource];
    }

    /** Labels of a node, unmodifiable. */
    public Map<String, String> labels(int node) {
        return labels.get(node);
    }

    /** Life-cycle state that the node was described with. */
    public NodeState initialState(int node) {
        return states[node];
    }

    /** Id of the rack of a node, or -1 when unknown. */
    public int rackId(int node) {
        return rackId[node];
    }

    /** Names of the racks; the position is the rack's id. */
    public List<String> racks() {
        return rackNames;
    }

    /** A rack by its id: as it was described, or without cap and cooling when only nodes name it. */
    public Rack rack(int id) {
        return racks.get(id);
    }

    /** Id of the site of a node, or -1 when unknown. */
    public int siteId(int node) {
        return siteId[node];
    }

    /** Names of the sites; the position is the site's id. */
    public List<String> sites() {
        return siteNames;
    }

    /** A site by its id: as it was described, or without jurisdiction when only nodes name it. */
    public Site site(int id) {
        return sites.get(id);
    }

    /** Id of the NVLink domain that spans a node and others, or -1 when there is none. */
    public int nvlinkDomainId(int node) {
        return nvlinkDomainId[node];
    }

    /** Names of the NVLink domains across nodes; the position is the domain's id. */
    public List<String> nvlinkDomains() {
        return nvlinkDomains;
    }

    /** Position in {@link #switches()} of the switch that a node hangs on, or -1 when unknown. */
    public int switchId(int node) {
        return switchId[node];
    }

    /** The switches in the order of their description. */
    public List<FabricSwitch> switches() {
        return switches;
    }

    /** The racks that were described themselves, not only named by nodes. */
    public Collection<Rack> describedRacks() {
        return Collections.unmodifiableCollection(surroundings.racks().values());
    }

    /** The sites that were described themselves, not only named by nodes. */
    public Collection<Site> describedSites() {
        return Collections.unmodifiableCollection(surroundings.sites().values());
    }

    /** The GPU models that the cluster was described with, in the order in which they were added; they are part of {@link #gpuCatalog}. */
    public Collection<GpuModel> describedGpuModels() {
        return Collections.unmodifiableCollection(surroundings.gpuModels().values());
    }

    /** What is known of GPU models: the built-in ones, with those that the cluster was described with in their place. */
    public GpuCatalog gpuCatalog() {
        return gpuCatalog;
    }

    /** The links between the GPUs of a node: as described, or what {@link #gpuCatalog} says is usual for its model. */
    public GpuTopology gpuTopology(int node) {
        return links[node];
    }

    /** What a node draws, or null when unknown. */
    public @Nullable NodePower power(int node) {
        return power[node];
    }

    /** Which watts count against the power caps of the racks. */
    public PowerBasis powerBasis() {
        return surroundings.powerBasis();
    }

    /** Which nodes are near each other. */
    public Topology topology() {
        return topology;
    }

    /** What the node was described with. Allocates. */
    public NodeSpec spec(int node) {
        Map<String, Long> amounts = new HashMap<>();
        for (int r = 0; r < countedNames.size(); r++) {
            amounts.put(countedNames.get(r), counted(node, r));
        }
        return new NodeSpec(
                names[node],
                gpuModelId[node] < 0 ? null : gpuModels.get(gpuModelId[node]),
                gpuCount[node],
                gpuMemoryMib[node],
                migGpuMask(node),
                cpuMilli[node],
                memoryMib[node],
                amounts,
                labels.get(node),
                states[node],
                rackId[node] < 0 ? null : rackNames.get(rackId[node]),
                siteId[node] < 0 ? null : siteNames.get(siteId[node]),
                nvlinkDomainId[node] < 0 ? null : nvlinkDomains.get(nvlinkDomainId[node]),
                switchId[node] < 0 ? null : switches.get(switchId[node]).name(),
                power[node],
                describedLinks[node]);
    }

    /**
     * This cluster, with further counted resources named of which no node has any, so that claims on them can be kept. O(nodes).
     *
     * @throws IllegalArgumentException if more than {@value #MAX_COUNTED} counted resources are named then
     */
    public Cluster withCountedNames(Collection<String> names) {
        if (countedNames.containsAll(names)) {
            return this;
        }
        List<NodeSpec> nodes = new ArrayList<>(nodeCount());
        for (int node = 0; node < nodeCount(); node++) {
            nodes.add(spec(node));
        }
        return new Cluster(nodes, surroundings, names);
    }

    @Override
    public String toString() {
        return "Cluster[" + names.length + " nodes, " + totalGpus + " GPUs, models " + gpuModels + "]";
    }

    /** Collects nodes and what stands around them, in any order. Not thread-safe. */
    public static final class Builder {
        private final Map<String, NodeSpec> nodes = new LinkedHashMap<>();
        private final Map<String, FabricSwitch> switches = new LinkedHashMap<>();
        private final Map<String, Rack> racks = new LinkedHashMap<>();
        private final Map<String, Site> sites = new LinkedHashMap<>();
        private final Map<String, GpuModel> gpuModels = new LinkedHashMap<>();
        private PowerBasis powerBasis = PowerBasis.NAMEPLATE;

        private Builder() {}

        /**
         * Adds a node; its id is the number of nodes added before it.
         *
         * @throws IllegalArgumentException if the name is taken or the cluster is full
         */
        public Builder add(NodeSpec node) {
            if (nodes.size() == MAX_NODES) {
                throw new IllegalArgumentException("node '" + node.name() + "' would be number " + (MAX_NODES + 1)
                        + ", allowed: " + MAX_NODES + " nodes");
            }
            return put(nodes, "node", node.name(), node);
        }

        /**
         * Adds a switch.
         *
         * @throws IllegalArgumentException if the name is taken
         */
        public Builder add(FabricSwitch fabricSwitch) {
            return put(switches, "switch", fabricSwitch.name(), fabricSwitch);
        }

        /**
         * Adds a rack. Once one is added, nodes can only name racks that are.
         *
         * @throws IllegalArgumentException if the name is taken
         */
        public Builder add(Rack rack) {
            return put(racks, "rack", rack.name(), rack);
        }

        /**
         * Adds a site. Once one is added, nodes can only name sites that are.
         *
         * @throws IllegalArgumentException if the name is taken
         */
        public Builder add(Site site) {
            return put(sites, "site", site.name(), site);
        }

        /**
         * Adds a GPU model to those of {@link GpuCatalog#builtIn}, or in the place of the one that has its name in any case.
         *
         * @throws IllegalArgumentException if the name is taken by another model that was added
         */
        public Builder add(GpuModel model) {
            if (gpuModels.keySet().stream().anyMatch(model.name()::equalsIgnoreCase)) {
                throw new IllegalArgumentException(
                        "GPU model '" + model.name() + "' is there twice, allowed: one GPU model per name");
            }
            return put(gpuModels, "GPU model", model.name(), model);
        }

        /** Sets which watts count against power caps; {@link PowerBasis#NAMEPLATE} when not called. */
        public Builder powerBasis(PowerBasis basis) {
            powerBasis = basis;
            return this;
        }

        private <T> Builder put(Map<String, T> to, String kind, String name, T value) {
            if (to.putIfAbsent(name, value) != null) {
                throw new IllegalArgumentException(
                        kind + " '" + name + "' is there twice, allowed: one " + kind + " per name");
            }
            return this;
        }

        /**
         * The cluster. O(nodes x tiers).
         *
         * @throws IllegalArgumentException if more than {@value Cluster#MAX_COUNTED} counted resources are named; if a node names
         *     a switch, or a rack or site beside those described, that is not there; if the nodes of a described rack are of two
         *     sites; if a node whose rack has a power cap says nothing of its watts; if the parent of a switch is not there or
         *     stands below it; if the tiers of switches have no one order
         */
        public Cluster build() {
            return new Cluster(
                    nodes.values(), new Surroundings(switches, racks, sites, gpuModels, powerBasis), List.of());
        }
    }
}
