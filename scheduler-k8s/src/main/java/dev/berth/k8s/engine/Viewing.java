package dev.berth.k8s.engine;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.Topology;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.ledger.LedgerSnapshot;
import dev.berth.ledger.NodeReading;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Placement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes what the live page shows. */
final class Viewing {
    private final long sequence;
    private final Map<String, NodeObject> nodes;
    private final Collection<PodEntry> pods;
    private final Collection<GangEntry> gangs;
    private final EngineSettings settings;

    Viewing(
            long sequence,
            Map<String, NodeObject> nodes,
            Collection<PodEntry> pods,
            Collection<GangEntry> gangs,
            EngineSettings settings) {
        this.sequence = sequence;
        this.nodes = nodes;
        this.pods = pods;
        this.gangs = gangs;
        this.settings = settings;
    }

    ClusterView view(@Nullable Book book) {
        if (book == null) {
            return new ClusterView(sequence, false, List.of(), List.of());
        }
        Map<String, List<PodEntry>> holders = new HashMap<>();
        for (PodEntry entry : pods) {
            if (entry.placement != null && entry.wantsGpu()) {
                holders.computeIfAbsent(entry.placement.nodeName(), name -> new ArrayList<>())
                        .add(entry);
            }
        }
        return new ClusterView(sequence, true, nodes(book, holders), waiting());
    }

    private List<ClusterView.NodeView> nodes(Book book, Map<String, List<PodEntry>> holders) {
        Cluster cluster = book.cluster();
        Topology topology = cluster.topology();
        LedgerSnapshot snapshot = book.snapshot();
        NodeReading reading = new NodeReading();
        List<ClusterView.NodeView> views = new ArrayList<>();
        for (int position = 0; position < cluster.nodeCount(); position++) {
            int node = topology.nodeAt(position);
            int gpus = cluster.gpuCount(node);
            if (gpus == 0) {
                continue;
            }
            snapshot.read(node, reading);
            GpuTopology links = cluster.gpuTopology(node);
            List<Integer> held = new ArrayList<>(gpus);
            List<Integer> islands = new ArrayList<>(gpus);
            for (int gpu = 0; gpu < gpus; gpu++) {
                held.add(1000 - reading.gpuFreeMilli(gpu));
                islands.add(links.islandOf(gpu));
            }
            List<String> domains = new ArrayList<>();
            for (int tier = 1; tier < topology.tiers().size() - 1; tier++) {
                int domain = topology.domainOf(tier, node);
                domains.add(domain < 0 ? "" : topology.domainName(tier, domain));
            }
            int rack = cluster.rackId(node);
            String name = cluster.nodeName(node);
            List<PodEntry> here = holders.getOrDefault(name, List.of());
            views.add(new ClusterView.NodeView(
                    name,
                    rack < 0 ? null : cluster.racks().get(rack),
                    domains,
                    cluster.gpuModels().get(cluster.gpuModelId(node)),
                    reading.overcommitted()
                            ? "OVERCOMMITTED"
                            : nodes.containsKey(name) ? reading.state().name() : "GONE",
                    held,
                    islands,
                    here.stream().map(entry -> entry.ref.toString()).toList(),
                    here.stream()
                            .map(entry -> entry.gang == null ? "" : entry.gang.key.toString())
                            .toList()));
        }
        return views;
    }

    private List<ClusterView.WaitingView> waiting() {
        List<ClusterView.WaitingView> waiting = new ArrayList<>();
        for (GangEntry gang : gangs) {
            if (!gang.unplaced(member -> true).isEmpty()) {
                waiting.add(new ClusterView.WaitingView(
                        gang.key.toString(),
                        true,
                        gang.members.size(),
                        gang.minTasks(),
                        gang.priority(),
                        gang.sinceWallMillis,
                        gang.refusal.sentence()));
            }
        }
        for (PodEntry entry : pods) {
            boolean isAlone = entry.gang == null
                    && entry.wantsGpu()
                    && entry.stage == Stage.WAITING
                    && !entry.pod.isFinished()
                    && settings.schedulerNames().contains(entry.pod.spec().schedulerName());
            if (isAlone) {
                waiting.add(new ClusterView.WaitingView(
                        entry.ref.toString(),
                        false,
                        1,
                        1,
                        entry.pod.spec().priority(),
                        entry.pod.createdMillis(),
                        entry.why));
            }
        }
        waiting.sort(Comparator.comparingInt((ClusterView.WaitingView who) -> -who.priority())
                .thenComparingLong(ClusterView.WaitingView::sinceMillis));
        return waiting;
    }

    static int overcommitted(LedgerSnapshot snapshot) {
        NodeReading reading = new NodeReading();
        int count = 0;
        for (int node = 0; node < snapshot.cluster().nodeCount(); node++) {
            snapshot.read(node, reading);
            count += reading.overcommitted() ? 1 : 0;
        }
        return count;
    }

    /** What a placement holds of GPUs, in 1/1000 of one; a MIG instance by its part of the GPU's memory slices. */
    static int gpuMilli(Placement placement, @Nullable Book book) {
        if (!(placement.request().gpus() instanceof GpuDemand.Mig mig) || book == null) {
            return placement.request().gpuMilli();
        }
        int node = book.cluster().nodeId(placement.nodeName());
        var geometry = node < 0 ? null : book.cluster().migGeometry(node);
        int profile = geometry == null ? -1 : geometry.profileIndex(mig.profile());
        return geometry == null || profile < 0 ? 0 : 1000 * geometry.sizeSlices(profile) / geometry.slices();
    }
}
