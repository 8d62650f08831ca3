package dev.berth.k8s.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * Which GPUs a pod has, as its node says: what the kubelet's device manager gave it, by an exporter or by the kubelet itself. Immutable.
 *
 * @param namespace namespace of the pod
 * @param podName its name
 * @param podUid its UID, empty when the source does not tell
 * @param host name of the node or host that says so, empty when the source does not tell; an exporter may give its own pod's name, so that it counts only where a node has that name
 * @param gpus the GPUs and parts of GPUs that it has, each once
 * @param seenMillis when that was so, in ms since 1970: what is older than the pod is of an earlier pod of the same name
 */
public record GpuReport(
        String namespace, String podName, String podUid, String host, List<Device> gpus, long seenMillis) {
    /**
     * One GPU, or a part of one.
     *
     * @param uuid UUID of the GPU, empty when the source does not tell
     * @param index its index on the node, -1 when the source does not tell
     * @param instance which MIG instance of it, by number or by UUID; empty for none
     * @param replica which of the replicas that share it, empty where it is not shared or when the source does not tell
     */
    public record Device(String uuid, int index, String instance, String replica) {
        /** A whole GPU. */
        public Device(String uuid, int index) {
            this(uuid, index, "", "");
        }

        @Override
        public String toString() {
            List<String> parts = new ArrayList<>();
            if (!replica.isEmpty()) {
                parts.add("replica " + replica);
            }
            if (!instance.isEmpty()) {
                parts.add("MIG instance " + instance);
            }
            if (!uuid.isEmpty() || index >= 0 || parts.isEmpty()) {
                parts.add(uuid.isEmpty() ? "GPU" : "GPU " + uuid);
            }
            if (index >= 0) {
                parts.add("index " + index);
            }
            return String.join(" of ", parts);
        }
    }

    /** Copies the list. */
    public GpuReport {
        gpus = List.copyOf(gpus);
    }
}
