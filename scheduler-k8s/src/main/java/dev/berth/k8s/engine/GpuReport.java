package dev.berth.k8s.engine;

import java.util.List;

/**
 * Which GPUs a pod has, as its node says: what the kubelet's device manager gave it, by an exporter or by the kubelet itself. Immutable.
 *
 * @param namespace namespace of the pod
 * @param podName its name
 * @param podUid its UID, empty when the source does not tell
 * @param host name of the node or host that says so, empty when the source does not tell; an exporter may give its own pod's name, so that it counts only where a node has that name
 * @param gpus the whole GPUs that it has, MIG instances not among them
 * @param seenMillis when that was so, in ms since 1970: what is older than the pod is of an earlier pod of the same name
 */
public record GpuReport(
        String namespace, String podName, String podUid, String host, List<Device> gpus, long seenMillis) {
    /**
     * One GPU.
     *
     * @param uuid its UUID, empty when the source does not tell
     * @param index its index on the node, -1 when the source does not tell
     */
    public record Device(String uuid, int index) {}

    /** Copies the list. */
    public GpuReport {
        gpus = List.copyOf(gpus);
    }
}
