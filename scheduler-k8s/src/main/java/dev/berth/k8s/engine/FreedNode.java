package dev.berth.k8s.engine;

import dev.berth.cluster.Cluster;
import dev.berth.ledger.LedgerSnapshot;
import dev.berth.ledger.NodeReading;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Placement;
import dev.berth.placement.Request;
import java.util.Collection;
import java.util.Map;

/** Whether a pod would fit on a node that some pods have left, by what kube-scheduler cannot see: shares of GPUs, GPU models, what is held for others. */
final class FreedNode {
    private final Book book;
    private final Map<String, PodEntry> pods;
    private final LedgerSnapshot snapshot;

    FreedNode(Book book, Map<String, PodEntry> pods) {
        this.book = book;
        this.pods = pods;
        snapshot = book.snapshot();
    }

    /** Whether the pod fits when the victims are gone; generous where their GPUs are not known. */
    boolean fits(String nodeName, Request request, Collection<String> victims) {
        Cluster cluster = book.cluster();
        int node = cluster.nodeId(nodeName);
        if (node < 0) {
            return false;
        }
        NodeReading reading = new NodeReading();
        snapshot.read(node, reading);
        long cpuMilli = reading.cpuFreeMilli();
        long memoryMib = reading.memoryFreeMib();
        int[] freeMilli = new int[cluster.gpuCount(node)];
        for (int gpu = 0; gpu < freeMilli.length; gpu++) {
            freeMilli[gpu] = reading.gpuFreeMilli(gpu);
        }
        int unknown = 0;
        for (String uid : victims) {
            PodEntry victim = pods.get(uid);
            Placement placement = victim == null ? null : victim.placement;
            if (placement == null || !placement.nodeName().equals(nodeName)) {
                continue;
            }
            cpuMilli += placement.request().cpuMilli();
            memoryMib += placement.request().memoryMib();
            GpuDemand gpus = placement.request().gpus();
            int milli = gpus instanceof GpuDemand.Share share ? share.milli() : 1000;
            for (int gpu : placement.gpus()) {
                if (gpu >= freeMilli.length) {
                    continue; // the node has lost it since
                }
                freeMilli[gpu] = Math.min(1000, freeMilli[gpu] + milli);
            }
            unknown += placement.gpus().isEmpty() && gpus instanceof GpuDemand.Whole whole ? whole.count() : 0;
        }
        if (cpuMilli < request.cpuMilli() || memoryMib < request.memoryMib()) {
            return false;
        }
        GpuDemand demand = request.gpus();
        if (!(demand instanceof GpuDemand.None)) {
            String model = freeMilli.length == 0 ? "" : cluster.gpuModels().get(cluster.gpuModelId(node));
            boolean isRight =
                    (request.gpuModels().isEmpty() || request.gpuModels().contains(model))
                            && cluster.gpuMemoryMib(node) >= request.minGpuMemoryMib();
            if (!isRight) {
                return false;
            }
        }
        int whole = unknown;
        int most = unknown > 0 ? 1000 : 0;
        for (int free : freeMilli) {
            whole += free == 1000 ? 1 : 0;
            most = Math.max(most, free);
        }
        if (demand instanceof GpuDemand.Whole wanted) {
            return whole >= wanted.count();
        }
        // Which starts of MIG instances become free is kubelet's to say.
        return !(demand instanceof GpuDemand.Share share) || most >= share.milli();
    }
}
