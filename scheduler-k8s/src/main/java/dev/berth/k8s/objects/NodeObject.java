package dev.berth.k8s.objects;

import java.util.List;
import java.util.Map;

/**
 * A node, as far as Berth looks at it. Immutable; equal when all that is kept is equal, so that a heartbeat changes nothing.
 *
 * @param name its name
 * @param uid its UID
 * @param labels all its labels
 * @param annotations those that {@code NodeJson} keeps
 * @param allocatable what pods may ask of it in all, units as in {@link PodSpec#requests}
 * @param unschedulable whether it is cordoned
 * @param ready whether its condition Ready is True
 * @param deleting whether its deletion has been asked for
 * @param taints what keeps pods off
 */
public record NodeObject(
        String name,
        String uid,
        Map<String, String> labels,
        Map<String, String> annotations,
        Map<String, Long> allocatable,
        boolean unschedulable,
        boolean ready,
        boolean deleting,
        List<Taint> taints) {
    /** Copies the collections. */
    public NodeObject {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
        allocatable = Map.copyOf(allocatable);
        taints = List.copyOf(taints);
    }

    /**
     * A taint.
     *
     * @param key its key
     * @param value its value, may be empty
     * @param effect {@code NoSchedule}, {@code PreferNoSchedule} or {@code NoExecute}
     */
    public record Taint(String key, String value, String effect) {}
}
