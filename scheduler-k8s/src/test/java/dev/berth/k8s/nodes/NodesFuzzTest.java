package dev.berth.k8s.nodes;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.berth.k8s.objects.BadObjectException;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.ResourceSliceJson;
import dev.berth.k8s.objects.StorageJson;
import dev.berth.k8s.objects.TopologyJson;
import dev.berth.k8s.pods.PodSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whatever the bytes, a reader gives a value or one {@link BadObjectException} of one line; and whatever the value, a cluster is made of it, and an
 * answer given.
 */
final class NodesFuzzTest {
    private static final List<NodeObject> NODES = List.of(
            Samples.h100("a", "x", "1"), Samples.h100("b", "x", "2", "y", "1"), Samples.node("c", Map.of(), Map.of()));

    /** Reads one object. */
    private interface Reader {
        void read(byte[] json) throws BadObjectException;
    }

    private static void require(byte[] json, Reader reader) {
        try {
            reader.read(json);
        } catch (BadObjectException e) {
            String message = String.valueOf(e.getMessage());
            if (message.isBlank() || message.indexOf('\n') >= 0) {
                throw new AssertionError("the message is not one line: " + message, e);
            }
        }
    }

    private static void make(TopologyStore store) {
        ClusterModel model = new ClusterReader(ClusterSettings.DEFAULT).read(NODES, store.objects());
        if (model.cluster().nodeCount() != NODES.size()) {
            throw new AssertionError("a node is missing: " + model.problems());
        }
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "\"apiVersion\":\"kueue.x-k8s.io/v1beta2\"",
        "\"apiVersion\":\"scheduling.koordinator.sh/v1alpha1\"",
        "\"spec\":{\"levels\":[{\"nodeLabel\":\"x\"}]}",
        "\"networkTopologySpec\":[{\"labelKey\":[\"x\"],\"topologyLayer\":\"NodeTopologyLayer\"}]"
    })
    void levels(byte[] bytes) {
        require(bytes, json -> {
            TopologyStore store = new TopologyStore();
            store.seen(TopologyJson.parseLevels(json));
            make(store);
        });
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "\"metadata\":{\"name\":\"h\"}",
        "\"spec\":{\"tier\":1,\"members\":[{\"type\":\"Node\",\"selector\":{",
        "\"exactMatch\":{\"name\":\"a\"}",
        "\"regexMatch\":{\"pattern\":\"a\"}",
        "\"labelMatch\":{\"matchLabels\":{\"x\":\"1\"}}"
    })
    void hyperNode(byte[] bytes) {
        require(bytes, json -> {
            TopologyStore store = new TopologyStore();
            store.seen(TopologyJson.parseHyperNode(json));
            make(store);
        });
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "\"spec\":{\"driver\":\"gpu.nvidia.com\",\"nodeName\":\"c\",\"devices\":[",
        "\"pool\":{\"name\":\"c\",\"generation\":1,\"resourceSliceCount\":1}",
        "{\"name\":\"gpu-0\",\"attributes\":{\"type\":{\"string\":\"gpu\"}}}",
        "\"resource.kubernetes.io/numaNode\":{\"int\":1}",
        "\"capacity\":{\"memory\":{\"value\":\"80Gi\"}}"
    })
    void slice(byte[] bytes) {
        require(bytes, json -> {
            TopologyStore store = new TopologyStore();
            store.seen(ResourceSliceJson.parse(json));
            make(store);
        });
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "\"metadata\":{\"namespace\":\"default\",\"name\":\"data\"}",
        "\"annotations\":{\"pv.kubernetes.io/bind-completed\":\"yes\"}",
        "\"spec\":{\"volumeName\":\"data\",\"storageClassName\":\"data\"}",
        "\"nodeAffinity\":{\"required\":{\"nodeSelectorTerms\":[{\"matchExpressions\":[",
        "\"allowedTopologies\":[{\"matchLabelExpressions\":[{\"key\":\"x\",\"values\":[\"1\"]}]}]",
        "\"volumeBindingMode\":\"WaitForFirstConsumer\""
    })
    void storage(byte[] bytes) {
        Eligibility eligibility = new Eligibility(true, PodSettings.DEFAULT);
        NODES.forEach(eligibility::nodeSeen);
        require(bytes, json -> eligibility.claimSeen(StorageJson.parseClaim(json)));
        require(bytes, json -> eligibility.volumeSeen(StorageJson.parseVolume(json)));
        require(bytes, json -> eligibility.storageClassSeen(StorageJson.parseStorageClass(json)));
        PodObject pod = Samples.pod("p").claim("data").pod();
        List<String> allowed = eligibility.allowed(pod);
        if ((allowed == null) != eligibility.why(pod).isEmpty()) {
            throw new AssertionError("allowed " + allowed + ", but why: " + eligibility.why(pod));
        }
    }

    @FuzzTest(maxDuration = "60s")
    void nodesByTheirForm(FuzzedDataProvider data) {
        List<String> labels = List.of(
                "nvidia.com/gpu.count",
                "nvidia.com/gpu.memory",
                "nvidia.com/gpu.product",
                "nvidia.com/gpu.replicas",
                "nvidia.com/mig-1g.5gb.replicas",
                "nvidia.com/gpu.clique",
                "amd.com/gpu.vram",
                "amd.com/gpu.compute-memory-partition",
                "fabric.topograph.run/tier-0",
                "fabric.topograph.run/tier-1",
                "topology.kubernetes.io/zone",
                "topology.kubernetes.io/rack");
        List<String> resources =
                List.of("nvidia.com/gpu", "nvidia.com/mig-1g.5gb", "amd.com/gpu", "hugepages-2Mi", "cpu");
        List<NodeObject> nodes = new ArrayList<>();
        for (int n = data.consumeInt(1, 6); n > 0; n--) {
            Map<String, String> said = new HashMap<>();
            for (int i = data.consumeInt(0, 8); i > 0; i--) {
                said.put(data.pickValue(labels), data.consumeString(24));
            }
            Map<String, Long> offered = new HashMap<>();
            for (int i = data.consumeInt(0, 4); i > 0; i--) {
                offered.put(data.pickValue(resources), data.consumeLong(0, Long.MAX_VALUE));
            }
            nodes.add(Samples.node("n" + n, offered, said));
        }
        ClusterModel model = new ClusterReader(ClusterSettings.DEFAULT).read(nodes, TopologyObjects.NONE);
        if (model.cluster().nodeCount() != nodes.size()) {
            throw new AssertionError("a node is missing: " + model.problems());
        }
    }
}
