package dev.berth.k8s.nodes;

import dev.berth.cluster.Cluster;
import dev.berth.k8s.pods.PodSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is configured about reading the cluster. Immutable.
 *
 * @param preset name of the {@link TopologyPreset} by which racks and switches are read; null to take what the cluster shows (see
 *     {@link ClusterReader})
 * @param levels labels of racks and switches, the nearest first, instead of a preset; empty for none
 * @param nvlinkLabels labels of NVLink domains across nodes; of those that a node has, the first counts
 * @param file what labels cannot say, by the names of nodes: links between GPUs, NICs, racks with power caps, power, sites,
 *     switches; null without
 * @param pods which resources are GPUs, and which are counted: the same as pods are read by
 */
public record ClusterSettings(
        @Nullable String preset,
        List<TopologyLevel> levels,
        List<String> nvlinkLabels,
        @Nullable Cluster file,
        PodSettings pods) {
    /**
     * Labels of NVLink domains, what says more first: NVLink joins the nodes of one clique (a partition made by the fabric manager), not all
     * of a rack that is cut into several.
     */
    public static final List<String> NVLINK_LABELS = List.of(
            "nvidia.com/gpu.clique",
            "accelerator.topograph.run/sub-domain",
            "accelerator.topograph.run/domain",
            "network.topology.nvidia.com/accelerator",
            "ds.coreweave.com/nvlink.domain",
            "topology.k8s.aws/capacity-block-id");

    /** Everything is found out. */
    public static final ClusterSettings DEFAULT =
            new ClusterSettings(null, List.of(), NVLINK_LABELS, null, PodSettings.DEFAULT);

    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if there is no preset of the name, or both a preset and levels are given
     */
    public ClusterSettings {
        levels = List.copyOf(levels);
        nvlinkLabels = List.copyOf(nvlinkLabels);
        if (preset != null && TopologyPreset.named(preset) == null) {
            throw new IllegalArgumentException("topology preset is '" + preset + "', allowed: "
                    + TopologyPreset.ALL.stream().map(TopologyPreset::name).toList());
        }
        if (preset != null && !levels.isEmpty()) {
            throw new IllegalArgumentException(
                    "topology preset is '" + preset + "' beside own topology levels, allowed: one of them");
        }
    }

    /** These settings with a preset. */
    public ClusterSettings withPreset(String name) {
        return new ClusterSettings(name, List.of(), nvlinkLabels, file, pods);
    }

    /** These settings with own labels, the nearest first. */
    public ClusterSettings withLevels(List<TopologyLevel> own) {
        return new ClusterSettings(null, own, nvlinkLabels, file, pods);
    }

    /** These settings with a cluster file. */
    public ClusterSettings withFile(Cluster cluster) {
        return new ClusterSettings(preset, levels, nvlinkLabels, cluster, pods);
    }

    /** These settings with other names of resources. */
    public ClusterSettings withPods(PodSettings names) {
        return new ClusterSettings(preset, levels, nvlinkLabels, file, names);
    }
}
