package dev.berth.k8s.objects;

/**
 * That a pod has a GPU, or a part of one, as its node tells. Immutable.
 *
 * @param namespace namespace of the pod
 * @param podName its name
 * @param podUid its UID, empty when that is not told
 * @param host name of the node or host that tells, or of the exporter's pod; empty when that is not told
 * @param uuid UUID of the GPU, empty when that is not told
 * @param index its index on the node, -1 when that is not told
 * @param instance which MIG instance of it, by number or by UUID; empty for none
 * @param replica which of the replicas that share it, empty for none or when that is not told
 * @param seenMillis when that was so, in ms since 1970
 */
public record GpuUse(
        String namespace,
        String podName,
        String podUid,
        String host,
        String uuid,
        int index,
        String instance,
        String replica,
        long seenMillis) {}
