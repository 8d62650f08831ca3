package dev.berth.k8s.engine;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import dev.berth.k8s.nodes.ClusterModel;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.pods.GangKey;
import dev.berth.k8s.pods.GangNeed;
import dev.berth.k8s.pods.PodNeed;
import dev.berth.placement.Request;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Reads the few things that tests of the engine write: whole GPUs, a leaf label, gangs by annotation, one node selector. */
final class PlainReading implements Reading {
    private final Map<String, NodeObject> nodes = new TreeMap<>();
    private final Map<String, List<String>> byPool = new HashMap<>();

    @Override
    public PodNeed need(PodObject pod, Groups groups) {
        int gpus = pod.spec().requests().getOrDefault("nvidia.com/gpu", 0L).intValue();
        int cpu = pod.spec().requests().getOrDefault("cpu", 0L).intValue();
        String gang = pod.annotations().get("berth.dev/gang");
        GangNeed need = null;
        if (gang != null) {
            int size = Integer.parseInt(pod.annotations().get("berth.dev/gang-size"));
            int min = Integer.parseInt(pod.annotations().getOrDefault("berth.dev/gang-min", String.valueOf(size)));
            String tier = pod.annotations().get("berth.dev/required-tier");
            need = new GangNeed(
                    new GangKey("berth", pod.namespace(), gang),
                    min,
                    size,
                    0,
                    tier,
                    null,
                    null,
                    1,
                    1,
                    null,
                    false,
                    Set.of(),
                    false,
                    0);
        }
        Request request = gpus == 0 ? Request.cpuOnly(cpu, 0) : Request.gpus(gpus, cpu, 0);
        return new PodNeed(request, gpus > 0, need, -1, pod.annotations().get("problem"));
    }

    /** Something that tells each pod, and each order of the two lists, from others. */
    @Override
    public int budgetViolations(List<PodObject> before, List<PodObject> pods) {
        return pods.stream().mapToInt(pod -> weight(pod.uid())).sum() - before.size();
    }

    static int weight(String uid) {
        return 100 + uid.hashCode() % 50;
    }

    @Override
    public ClusterModel cluster(Collection<NodeObject> seen) {
        Cluster.Builder builder = Cluster.builder();
        Set<String> leaves = new TreeSet<>();
        for (NodeObject node : seen) {
            if (node.labels().containsKey("leaf")) {
                leaves.add(node.labels().get("leaf"));
            }
        }
        for (String leaf : leaves) {
            builder.add(new FabricSwitch(leaf, "leaf", null, 0));
        }
        for (NodeObject node : seen) {
            int gpus = node.allocatable().getOrDefault("nvidia.com/gpu", 0L).intValue();
            builder.add(NodeSpec.named(node.name())
                    .gpus(gpus == 0 ? null : "H100-SXM5-80GB", gpus, gpus == 0 ? 0 : 81_559)
                    .cpuMilli(node.allocatable().getOrDefault("cpu", 0L).intValue())
                    .state(stateOf(node))
                    .fabricSwitch(node.labels().get("leaf"))
                    .build());
        }
        return new ClusterModel(builder.build(), Map.of(), List.of());
    }

    @Override
    public void use(ClusterModel model) {}

    @Override
    public NodeState stateOf(NodeObject node) {
        return node.ready() && !node.unschedulable() && !node.deleting() ? NodeState.READY : NodeState.DRAINING;
    }

    @Override
    public boolean isSameModel(NodeObject before, NodeObject after) {
        return before.labels().equals(after.labels()) && before.allocatable().equals(after.allocatable());
    }

    @Override
    public List<String> gpuUuids(String nodeName) {
        boolean areKnown = nodeName.hashCode() % 2 == 0;
        return areKnown
                ? IntStream.range(0, 16).mapToObj(gpu -> uuid(nodeName, gpu)).toList()
                : null;
    }

    static String uuid(String nodeName, int gpu) {
        return "GPU-" + nodeName + "-" + gpu;
    }

    @Override
    public void nodeSeen(NodeObject node) {
        nodes.put(node.name(), node);
        byPool.clear();
    }

    @Override
    public void nodeGone(String name) {
        nodes.remove(name);
        byPool.clear();
    }

    @Override
    public void podSeen(PodObject pod) {}

    @Override
    public void podGone(PodRef pod) {}

    @Override
    public void podPlanned(PodObject pod, String nodeName) {}

    @Override
    public void podUnplanned(PodRef pod) {}

    @Override
    public Collection<String> allowed(PodObject pod) {
        if (!pod.spec().nodeTerms().isEmpty()) {
            return pod.spec().nodeTerms().get(0).fields().get(0).values();
        }
        String pool = pod.spec().nodeSelector().get("pool");
        return pool == null
                ? null
                : byPool.computeIfAbsent(
                        pool,
                        wanted -> nodes.values().stream()
                                .filter(node -> wanted.equals(node.labels().get("pool")))
                                .map(NodeObject::name)
                                .toList());
    }

    @Override
    public String whyNotAllowed(PodObject pod) {
        String pool = pod.spec().nodeSelector().get("pool");
        return pool == null ? "" : "only nodes with pool=" + pool;
    }
}
