package dev.berth.k8s.nodes;

import dev.berth.cluster.Topology;
import dev.berth.k8s.objects.NodeObject;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Labels by which a cloud or a tool says where nodes stand. Immutable. NVLink domains are not among them: their labels are looked for
 * whatever the preset ({@link ClusterSettings#nvlinkLabels}). Sources: {@code docs/kubernetes-nodes.md}.
 *
 * @param name what it is called in the configuration
 * @param levels the labels, that of the nearest switch first
 * @param numbered beginning of labels that end in a number, 0 for the nearest switch, and of which there may be any number; null when
 *     there are none
 */
public record TopologyPreset(
        String name, List<TopologyLevel> levels, @Nullable String numbered) {
    /** Most numbered labels that are looked at: fabrics have two to four tiers. */
    static final int MAX_NUMBERED = 16;

    private static final String TOPOGRAPH = "network.topology.nvidia.com/";
    private static final String COREWEAVE = "backend.coreweave.cloud/";
    private static final String COREWEAVE_INFINIBAND = "ib.coreweave.cloud/";

    /** All presets; of two whose labels are on equally many nodes the first is taken. */
    public static final List<TopologyPreset> ALL = List.of(
            new TopologyPreset("topograph", List.of(), "fabric.topograph.run/tier-"),
            of("topograph-0.5", TOPOGRAPH + "leaf", "leaf", TOPOGRAPH + "spine", "spine", TOPOGRAPH + "core", "core"),
            of(
                    "topograph-0.1",
                    TOPOGRAPH + "block",
                    "block",
                    TOPOGRAPH + "spine",
                    "spine",
                    TOPOGRAPH + "datacenter",
                    "datacenter"),
            of(
                    "aws",
                    "topology.k8s.aws/network-node-layer-3",
                    "leaf",
                    "topology.k8s.aws/network-node-layer-2",
                    "spine",
                    "topology.k8s.aws/network-node-layer-1",
                    "core"),
            of(
                    "gcp",
                    "cloud.google.com/gce-topology-host",
                    "host",
                    "cloud.google.com/gce-topology-subblock",
                    "subblock",
                    "cloud.google.com/gce-topology-block",
                    "block"),
            of(
                    "oci",
                    "oci.oraclecloud.com/host.rack_id",
                    Topology.RACK,
                    "oci.oraclecloud.com/host.network_block_id",
                    "network-block"),
            of(
                    "coreweave",
                    "node.coreweave.cloud/rack",
                    Topology.RACK,
                    COREWEAVE + "leafgroup",
                    "leafgroup",
                    COREWEAVE + "superpod",
                    "superpod",
                    COREWEAVE + "fabric",
                    "fabric"),
            of(
                    "coreweave-infiniband",
                    "node.coreweave.cloud/rack",
                    Topology.RACK,
                    COREWEAVE_INFINIBAND + "leafgroup",
                    "leafgroup",
                    COREWEAVE_INFINIBAND + "superpod",
                    "superpod",
                    COREWEAVE_INFINIBAND + "fabric",
                    "fabric"),
            of(
                    "kueue",
                    "cloud.provider.com/topology-rack",
                    Topology.RACK,
                    "cloud.provider.com/topology-block",
                    "block"),
            of("plain", "topology.kubernetes.io/rack", Topology.RACK));

    /** Copies the list. */
    public TopologyPreset {
        levels = List.copyOf(levels);
    }

    private static TopologyPreset of(String name, String... labelsAndTiers) {
        List<TopologyLevel> levels = new ArrayList<>();
        for (int i = 0; i < labelsAndTiers.length; i += 2) {
            levels.add(new TopologyLevel(labelsAndTiers[i], labelsAndTiers[i + 1]));
        }
        return new TopologyPreset(name, levels, null);
    }

    /** The preset of a name, or null. */
    public static @Nullable TopologyPreset named(String name) {
        for (TopologyPreset preset : ALL) {
            if (preset.name.equals(name)) {
                return preset;
            }
        }
        return null;
    }

    /** Its levels on these nodes, the nearest first: those with fixed labels, then the numbered labels that any node has. */
    List<TopologyLevel> on(Iterable<NodeObject> nodes) {
        if (numbered == null) {
            return levels;
        }
        TreeSet<Integer> numbers = new TreeSet<>();
        for (NodeObject node : nodes) {
            for (String label : node.labels().keySet()) {
                int number = label.startsWith(numbered) ? number(label.substring(numbered.length())) : -1;
                if (number >= 0) {
                    numbers.add(number);
                }
            }
        }
        List<TopologyLevel> all = new ArrayList<>(levels);
        numbers.forEach(number -> all.add(new TopologyLevel(numbered + number, "tier-" + number)));
        return all;
    }

    private static int number(String text) {
        if (text.isEmpty() || text.length() > 2 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int number = Integer.parseInt(text);
        // 01 would be another label with the same number.
        return number < MAX_NUMBERED && Integer.toString(number).equals(text) ? number : -1;
    }
}
