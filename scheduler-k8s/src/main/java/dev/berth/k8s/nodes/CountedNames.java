package dev.berth.k8s.nodes;

import dev.berth.cluster.Cluster;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.pods.PodSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which resources of nodes the cluster counts. The core takes {@value Cluster#MAX_COUNTED} names. */
final class CountedNames {
    private CountedNames() {}

    /** Names of which some node has any, those that are lacked worst first where there are too many. */
    static Set<String> of(Collection<NodeObject> nodes, PodSettings settings, Problems problems) {
        TreeSet<String> names = new TreeSet<>();
        for (NodeObject node : nodes) {
            for (Map.Entry<String, Long> entry : node.allocatable().entrySet()) {
                if (entry.getValue() > 0 && isCounted(entry.getKey(), settings)) {
                    names.add(entry.getKey());
                }
            }
        }
        if (names.size() <= Cluster.MAX_COUNTED) {
            return names;
        }
        List<String> order = new ArrayList<>(names);
        order.sort(Comparator.comparingInt(CountedNames::rank));
        List<String> left = order.subList(Cluster.MAX_COUNTED, order.size());
        problems.add("nodes offer " + names.size() + " counted resources, allowed: up to " + Cluster.MAX_COUNTED
                + "; not counted, so that pods which ask for them are not placed: " + String.join(", ", left));
        return new TreeSet<>(order.subList(0, Cluster.MAX_COUNTED));
    }

    static boolean isCounted(String resource, PodSettings settings) {
        // Instances of MIG are there or not: kube-scheduler counts them, whatever the geometry would allow besides.
        return settings.isCounted(resource) || resource.startsWith(NodeGpus.MIG_PREFIX);
    }

    private static int rank(String name) {
        return switch (name) {
            case "pods" -> 0;
            case "ephemeral-storage" -> 1;
            default -> name.startsWith(NodeGpus.MIG_PREFIX) ? 2 : 3;
        };
    }
}
