package dev.berth.k8s.engine;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeState;
import dev.berth.k8s.nodes.Budgets;
import dev.berth.k8s.nodes.ClusterModel;
import dev.berth.k8s.nodes.ClusterReader;
import dev.berth.k8s.nodes.ClusterSettings;
import dev.berth.k8s.nodes.Eligibility;
import dev.berth.k8s.nodes.TopologyObjects;
import dev.berth.k8s.objects.GroupObject;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.pods.GangKey;
import dev.berth.k8s.pods.PodNeed;
import dev.berth.k8s.pods.PodNeeds;
import dev.berth.k8s.pods.PodSettings;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What objects mean, by the rules of {@code pods} and {@code nodes}. Not thread-safe: what is told of volumes and topology objects is told through {@link ClusterEvents#factSeen}.
 */
public final class ObjectReading implements Reading {
    private static final int MAX_DECLARED = 10_000;

    private final PodNeeds needs;
    private final ClusterReader clusterReader;
    private final Eligibility eligibility;
    private final Budgets budgets = new Budgets();
    private TopologyObjects topology = TopologyObjects.NONE;
    /** Groups that pods declare for themselves and for others; the last ones, as nothing says when they end. */
    private final Map<GangKey, GroupObject> declared = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<GangKey, GroupObject> eldest) {
            return size() > MAX_DECLARED;
        }
    };

    private Set<GangKey> declaredAnew = new HashSet<>();
    /** Nodes whose units are not whole GPUs, and how many of them each GPU makes. */
    private final Map<String, Integer> unitsPerGpu = new HashMap<>();

    private List<Gpu> gpus = List.of();
    private Set<String> gpuNodes = Set.of();
    /** Of lists of nodes that were answered, which ones have all nodes with GPUs: then nothing needs to be passed over. */
    private final IdentityHashMap<Collection<String>, Boolean> coversAll = new IdentityHashMap<>();

    /** A kind of GPU that the cluster has. */
    private record Gpu(String model, int memoryMib) {}

    /** A reading by these settings; {@code withVolumes} says whether claims, volumes and storage classes are told. */
    public ObjectReading(PodSettings pods, ClusterSettings cluster, boolean withVolumes) {
        needs = new PodNeeds(pods, this::smallestGpuMib);
        clusterReader = new ClusterReader(cluster);
        eligibility = new Eligibility(withVolumes, pods);
    }

    /** Takes what is told of volumes. */
    public Eligibility eligibility() {
        return eligibility;
    }

    /** Takes what is told of disruption budgets, by any thread at any time. */
    public Budgets budgets() {
        return budgets;
    }

    /** Sets the topology objects that there are. */
    public void topology(TopologyObjects objects) {
        topology = objects;
    }

    private int smallestGpuMib(Set<String> models, int leastMib) {
        int smallest = 0;
        for (Gpu gpu : gpus) {
            boolean isRight = gpu.memoryMib >= leastMib && (models.isEmpty() || models.contains(gpu.model));
            if (isRight && (smallest == 0 || gpu.memoryMib < smallest)) {
                smallest = gpu.memoryMib;
            }
        }
        return smallest;
    }

    @Override
    public PodNeed need(PodObject pod, Groups groups) {
        for (GroupObject group : PodNeeds.declaredGroups(pod)) {
            GangKey key = new GangKey(group.convention(), group.namespace(), group.name());
            if (!group.equals(declared.put(key, group))) {
                declaredAnew.add(key);
            }
        }
        return needs.read(pod, (convention, namespace, name) -> {
            GroupObject group = groups.find(convention, namespace, name);
            return group != null ? group : declared.get(new GangKey(convention, namespace, name));
        });
    }

    @Override
    public Set<GangKey> declared() {
        if (declaredAnew.isEmpty()) {
            return Set.of();
        }
        Set<GangKey> anew = declaredAnew;
        declaredAnew = new HashSet<>();
        return anew;
    }

    @Override
    public int budgetViolations(List<PodObject> before, List<PodObject> pods) {
        return budgets.violations(before, pods);
    }

    @Override
    public ClusterModel cluster(Collection<NodeObject> nodes) {
        return clusterReader.read(nodes, topology);
    }

    @Override
    public void use(ClusterModel model) {
        Cluster cluster = model.cluster();
        Set<Gpu> kinds = new HashSet<>();
        Set<String> withGpus = new HashSet<>();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            if (cluster.gpuCount(node) > 0) {
                kinds.add(new Gpu(cluster.gpuModels().get(cluster.gpuModelId(node)), cluster.gpuMemoryMib(node)));
                withGpus.add(cluster.nodeName(node));
            }
        }
        gpus = List.copyOf(kinds);
        gpuNodes = withGpus;
        coversAll.clear();
    }

    @Override
    public NodeState stateOf(NodeObject node) {
        return ClusterReader.stateOf(node);
    }

    @Override
    public boolean isSameModel(NodeObject before, NodeObject after) {
        return ClusterReader.sameModel(before, after);
    }

    @Override
    public @Nullable List<String> gpuUuids(String nodeName) {
        List<String> uuids = topology.gpuUuids(nodeName);
        int each = unitsPerGpu(nodeName);
        if (uuids == null || each == 1) {
            return uuids;
        }
        return each == 0
                ? null
                : uuids.stream()
                        .flatMap(uuid -> Collections.nCopies(each, uuid).stream())
                        .toList();
    }

    @Override
    public int unitsPerGpu(String nodeName) {
        return unitsPerGpu.getOrDefault(nodeName, 1);
    }

    @Override
    public int gpuOfInstance(String nodeName, String uuid) {
        return topology.gpuOfInstance(nodeName, uuid);
    }

    @Override
    public void nodeSeen(NodeObject node) {
        int each = clusterReader.unitsPerGpu(node);
        if (each == 1) {
            unitsPerGpu.remove(node.name());
        } else {
            unitsPerGpu.put(node.name(), each);
        }
        eligibility.nodeSeen(node);
    }

    @Override
    public void nodeGone(String name) {
        unitsPerGpu.remove(name);
        eligibility.nodeGone(name);
    }

    @Override
    public void podSeen(PodObject pod) {
        eligibility.podSeen(pod);
    }

    @Override
    public void podGone(PodRef pod) {
        eligibility.podGone(pod.uid());
    }

    @Override
    public void podPlanned(PodObject pod, String nodeName) {
        eligibility.podPlanned(pod, nodeName);
    }

    @Override
    public void podUnplanned(PodRef pod) {
        eligibility.podUnplanned(pod.uid());
    }

    @Override
    public @Nullable Collection<String> allowed(PodObject pod) {
        List<String> allowed = eligibility.allowed(pod);
        if (allowed == null) {
            return null;
        }
        if (coversAll.size() > 1000) {
            coversAll.clear();
        }
        return coversAll.computeIfAbsent(
                        allowed,
                        names -> allowed.size() >= gpuNodes.size() && new HashSet<>(allowed).containsAll(gpuNodes))
                ? null
                : allowed;
    }

    @Override
    public String whyNotAllowed(PodObject pod) {
        return eligibility.why(pod);
    }
}
