package dev.berth.k8s.engine;

import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.PodSpec;
import dev.berth.placement.Placement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The annotations by which a pod carries what is held for it: what a restart rebuilds the book from. */
final class Stamps {
    static final String NODE = "berth.dev/node";
    static final String GPUS = "berth.dev/gpus";
    static final String GPU_UUIDS = "berth.dev/gpu-uuids";
    static final String RANK = "berth.dev/assigned-rank";
    /** By what name a place is held for a pod that has no UID yet. */
    static final String RESERVATION = "berth.dev/reservation";

    static final String MIG_START = "berth.dev/mig-start";

    private static final Set<String> ALL = Set.of(NODE, GPUS, GPU_UUIDS, RANK, RESERVATION, MIG_START);

    private Stamps() {}

    /** The annotations for a placement. */
    static Map<String, String> of(Placement placement, int rank, @Nullable List<String> uuids) {
        Map<String, String> stamps = new LinkedHashMap<>();
        stamps.put(NODE, placement.nodeName());
        stamps.put(GPUS, placement.gpus().stream().map(String::valueOf).collect(Collectors.joining(",")));
        boolean areKnown = uuids != null && placement.gpus().stream().allMatch(gpu -> gpu < uuids.size());
        if (uuids != null && areKnown) {
            stamps.put(GPU_UUIDS, placement.gpus().stream().map(uuids::get).collect(Collectors.joining(",")));
        }
        if (rank >= 0) {
            stamps.put(RANK, String.valueOf(rank));
        }
        if (placement.migStart() >= 0) {
            stamps.put(MIG_START, String.valueOf(placement.migStart()));
        }
        return stamps;
    }

    /** The node that a pod was released for, or null: what one that is held still carries is of an earlier attempt, or was copied from another pod. */
    static @Nullable String node(PodObject pod) {
        return pod.spec().schedulingGates().isEmpty() ? pod.annotations().get(NODE) : null;
    }

    /** Names of annotations of a pod that speak of another place than these do. */
    static Set<String> outdated(PodObject pod, Map<String, String> stamps) {
        return pod.annotations().keySet().stream()
                .filter(name -> ALL.contains(name) && !stamps.containsKey(name))
                .collect(Collectors.toSet());
    }

    /** The GPUs that are held for a pod on a node; none when nothing, or nothing readable, says so for that node. */
    static List<Integer> gpus(PodObject pod, String nodeName) {
        String text = pod.annotations().get(GPUS);
        if (text == null || text.isEmpty() || !nodeName.equals(node(pod))) {
            return List.of();
        }
        List<Integer> gpus = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            try {
                gpus.add(Integer.parseInt(part));
            } catch (NumberFormatException e) {
                return List.of();
            }
        }
        return gpus;
    }

    /** By what name a place was held for a pod while it was created, or null. */
    static @Nullable String reservation(PodObject pod) {
        return pod.annotations().get(RESERVATION);
    }

    /** The rank that a pod was given, or -1. */
    static int rank(PodObject pod) {
        String text = pod.annotations().get(RANK);
        try {
            return text == null ? -1 : Math.max(-1, Integer.parseInt(text));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** Whether required node affinity holds a pod to one node by name. */
    static boolean isPinned(PodObject pod, String nodeName) {
        List<PodSpec.NodeTerm> terms = pod.spec().nodeTerms();
        return !terms.isEmpty()
                && terms.stream()
                        .allMatch(term -> term.fields().stream()
                                .anyMatch(field -> field.key().equals("metadata.name")
                                        && field.operator().equals("In")
                                        && field.values().equals(List.of(nodeName))));
    }
}
