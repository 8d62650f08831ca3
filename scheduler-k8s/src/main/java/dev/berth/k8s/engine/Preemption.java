package dev.berth.k8s.engine;

import dev.berth.cluster.Cluster;
import dev.berth.k8s.pods.PodNeed;
import dev.berth.ledger.LedgerSnapshot;
import dev.berth.ledger.NodeReading;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Placement;
import dev.berth.placement.Request;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which nodes kube-scheduler may free for a pod. It proposes victims by counts of resources; a node is taken out when the pod would not fit there even
 * then (a share of a GPU, a GPU model), or when it would take some pods of a gang and leave others that are of no use without them. Victims cannot be added on other nodes (the contract has a
 * node's own pods only), so gangs over several nodes are never victims of this.
 */
final class Preemption {
    private final Book book;
    private final Map<String, PodEntry> pods;

    Preemption(Book book, Map<String, PodEntry> pods) {
        this.book = book;
        this.pods = pods;
    }

    Map<String, Victims> allowed(PodNeed need, Map<String, Victims> victimsByNode) {
        if (!need.wantsGpu()) {
            return victimsByNode;
        }
        if (need.problem() != null) {
            return Map.of();
        }
        LedgerSnapshot snapshot = book.snapshot();
        Map<String, Victims> allowed = new LinkedHashMap<>();
        victimsByNode.forEach((nodeName, victims) -> {
            int node = book.cluster().nodeId(nodeName);
            if (node >= 0 && sparesGangs(victims) && fits(snapshot, node, need.request(), victims)) {
                allowed.put(nodeName, victims);
            }
        });
        return allowed;
    }

    private boolean sparesGangs(Victims victims) {
        for (String uid : victims.uids()) {
            PodEntry victim = pods.get(uid);
            if (victim == null || victim.gang == null) {
                continue;
            }
            for (PodEntry member : victim.gang.members.values()) {
                if (member.placement != null && !victims.uids().contains(member.ref.uid())) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether the pod fits when the victims are gone; generous where their GPUs are not known. */
    private boolean fits(LedgerSnapshot snapshot, int node, Request request, Victims victims) {
        Cluster cluster = book.cluster();
        NodeReading reading = new NodeReading();
        snapshot.read(node, reading);
        long cpuMilli = reading.cpuFreeMilli();
        long memoryMib = reading.memoryFreeMib();
        int[] freeMilli = new int[cluster.gpuCount(node)];
        for (int gpu = 0; gpu < freeMilli.length; gpu++) {
            freeMilli[gpu] = reading.gpuFreeMilli(gpu);
        }
        int unknown = 0;
        for (String uid : victims.uids()) {
            PodEntry victim = pods.get(uid);
            Placement placement = victim == null ? null : victim.placement;
            if (placement == null) {
                continue;
            }
            cpuMilli += placement.request().cpuMilli();
            memoryMib += placement.request().memoryMib();
            GpuDemand gpus = placement.request().gpus();
            int milli = gpus instanceof GpuDemand.Share share ? share.milli() : 1000;
            for (int gpu : placement.gpus()) {
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
