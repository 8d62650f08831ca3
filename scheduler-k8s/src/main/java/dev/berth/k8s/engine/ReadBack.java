package dev.berth.k8s.engine;

import dev.berth.cluster.Cluster;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Placement;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accounts bound pods to the GPUs that they really have, where a source tells: with the stock device plugin the kubelet chooses, and a plan is advice. A report is kept with its pod,
 * so that it holds for every later book. Touched under the engine's lock.
 *
 * <p>Only pods with whole GPUs are accounted so: a share or a MIG instance has no GPU to itself that a report could name alone.
 */
final class ReadBack {
    private static final Logger LOG = LoggerFactory.getLogger(ReadBack.class);

    /** The API server gives the time of a creation in whole seconds. */
    private static final long CREATED_MILLIS = 1_000;

    /** Reports that were not used, each once. */
    long ignoredCount;

    private final Register register;
    private final Reading reading;
    private final Map<String, NodeObject> nodes;
    /** Nodes of which it was said that the order of their UUIDs is not known. */
    private final Set<String> unordered = new HashSet<>();

    ReadBack(Register register, Reading reading, Map<String, NodeObject> nodes) {
        this.register = register;
        this.reading = reading;
        this.nodes = nodes;
    }

    /** Takes in what a source tells; the pods that are bound are accounted by it at once, the others when they are. */
    void seen(Collection<GpuReport> reports) {
        Map<String, List<PodEntry>> toMove = new LinkedHashMap<>();
        for (GpuReport report : reports) {
            PodEntry entry = register.podByPath.get(report.namespace() + "/" + report.podName());
            if (entry == null || !isOf(entry, report)) {
                continue;
            }
            GpuReport before = entry.report;
            if (before != null && before.seenMillis() > report.seenMillis()) {
                continue;
            }
            Placement placement = entry.placement;
            Book in = register.book;
            if (in == null || placement == null || entry.stage != Stage.BOUND) {
                entry.report = report;
                continue;
            }
            String nodeName = placement.nodeName();
            List<Integer> gpus = gpus(in, entry, report, nodeName);
            // What cannot be does not take the place of what can.
            if (!gpus.isEmpty() || before == null) {
                entry.report = report;
            }
            boolean stands = entry.gpusKnown && placement.gpus().equals(gpus);
            if (!gpus.isEmpty() && !stands) {
                toMove.computeIfAbsent(nodeName, none -> new ArrayList<>()).add(entry);
            }
        }
        if (register.book != null && !toMove.isEmpty()) {
            move(register.book, toMove);
        }
    }

    /** Whether a report is of this very pod, and could be used: of one that wants no whole GPU it says nothing. */
    private static boolean isOf(PodEntry entry, GpuReport report) {
        boolean isThisPod = report.podUid().isEmpty()
                ? report.seenMillis() >= entry.pod.createdMillis() + CREATED_MILLIS
                : report.podUid().equals(entry.ref.uid());
        return isThisPod
                && entry.need != null
                && entry.need.request().gpus() instanceof GpuDemand.Whole
                && !entry.pod.isFinished();
    }

    private void move(Book in, Map<String, List<PodEntry>> toMove) {
        Map<String, List<PodEntry>> here = new HashMap<>();
        for (PodEntry entry : register.pods.values()) {
            Placement placement = entry.placement;
            if (placement != null && toMove.containsKey(placement.nodeName())) {
                here.computeIfAbsent(placement.nodeName(), none -> new ArrayList<>())
                        .add(entry);
            }
        }
        toMove.forEach((nodeName, entries) -> {
            for (PodEntry entry : entries) {
                List<Integer> gpus = gpus(in, entry, nodeName);
                Placement placement = entry.placement;
                if (gpus.isEmpty() || placement == null) {
                    continue;
                }
                if (placement.gpus().equals(gpus)) {
                    know(in, entry, placement);
                } else if (mayStand(in, entry, nodeName, gpus, here.getOrDefault(nodeName, List.of()))) {
                    register.giveBack(entry);
                    stand(in, entry, nodeName, gpus, here.getOrDefault(nodeName, List.of()));
                }
            }
        });
    }

    /**
     * The GPUs that a bound pod has on its node, ascending; none when nothing tells, or when what is told cannot be.
     */
    List<Integer> gpus(Book in, PodEntry entry, String nodeName) {
        GpuReport report = entry.report;
        return report == null || !entry.pod.isBound() ? List.of() : gpus(in, entry, report, nodeName);
    }

    private List<Integer> gpus(Book in, PodEntry entry, GpuReport report, String nodeName) {
        int node = in.cluster().nodeId(nodeName);
        int wanted =
                entry.need != null && entry.need.request().gpus() instanceof GpuDemand.Whole whole ? whole.count() : 0;
        if (node < 0 || wanted == 0) {
            return List.of();
        }
        if (!report.host().equals(nodeName) && nodes.containsKey(report.host())) {
            ignore(entry, "it is said to have them on node " + report.host() + ", and is bound to " + nodeName);
            return List.of();
        }
        if (report.gpus().size() != wanted) {
            ignore(entry, "it is said to have " + report.gpus().size() + " GPUs, and asks for " + wanted);
            return List.of();
        }
        return indices(in.cluster(), node, entry, report, nodeName);
    }

    private List<Integer> indices(Cluster cluster, int node, PodEntry entry, GpuReport report, String nodeName) {
        List<String> uuids = reading.gpuUuids(nodeName);
        TreeSet<Integer> indices = new TreeSet<>();
        for (GpuReport.Device gpu : report.gpus()) {
            int index = uuids == null || gpu.uuid().isEmpty() ? gpu.index() : uuids.indexOf(gpu.uuid());
            if (uuids == null && index < 0) {
                if (unordered.add(nodeName)) {
                    LOG.warn(
                            "which index GPU {} of node {} has is not known: no ResourceSlice of the node names UUIDs; which GPUs its pods have stays not known",
                            gpu.uuid(),
                            nodeName);
                }
                return List.of();
            }
            boolean canBe = index >= 0
                    && index < Cluster.MAX_GPUS_PER_NODE
                    && (cluster.plainGpuMask(node) >>> index & 1) != 0
                    && indices.add(index);
            if (!canBe) {
                ignore(
                        entry,
                        "it is said to have GPU " + gpu.uuid() + (gpu.index() < 0 ? "" : " of index " + gpu.index())
                                + (indices.contains(index) ? " twice" : ", which node " + nodeName + " does not have"));
                return List.of();
            }
        }
        return List.copyOf(indices);
    }

    private void ignore(PodEntry entry, String why) {
        if (!why.equals(entry.ignored)) {
            entry.ignored = why;
            ignoredCount++;
            LOG.warn("what was read back of the GPUs of {} is not used: {}", entry.ref, why);
        }
    }

    /** Whether a pod can be accounted to its GPUs: not if another pod is known to have one of them, by what is not older. */
    private boolean mayStand(
            Book in, PodEntry entry, String nodeName, List<Integer> gpus, Collection<PodEntry> candidates) {
        if (!in.isKnown(nodeName, gpus)) {
            return true;
        }
        for (PodEntry other : candidates) {
            GpuReport mine = entry.report;
            GpuReport theirs = other.report;
            if (other != entry
                    && other.gpusKnown
                    && mine != null
                    && theirs != null
                    && isOn(other, nodeName, gpus)
                    && theirs.seenMillis() >= mine.seenMillis()) {
                ignore(entry, "it is said to have GPUs " + gpus + ", and so has " + other.ref);
                return false;
            }
        }
        return true;
    }

    /**
     * Adopts a pod that holds nothing at the GPUs that it has. Who is accounted to them takes what is left: it has others, which are not known.
     *
     * @return whether it stands there; if not, another pod is known to have them
     */
    boolean stand(Book in, PodEntry entry, String nodeName, List<Integer> gpus) {
        Collection<PodEntry> candidates = in.isUntouched(nodeName, gpus) ? List.of() : register.pods.values();
        if (!mayStand(in, entry, nodeName, gpus, candidates)) {
            return false;
        }
        stand(in, entry, nodeName, gpus, candidates);
        return true;
    }

    private void stand(Book in, PodEntry entry, String nodeName, List<Integer> gpus, Collection<PodEntry> candidates) {
        List<PodEntry> others = new ArrayList<>();
        List<Request> requests = new ArrayList<>();
        for (PodEntry other : candidates) {
            Placement placement = other.placement;
            if (other == entry || placement == null || !isOn(other, nodeName, gpus)) {
                continue;
            }
            if (other.gpusKnown) {
                ignore(other, "it was said to have GPUs " + placement.gpus() + ", of which " + entry.ref + " has some");
                other.report = null;
            }
            others.add(other);
            requests.add(placement.request());
            in.release(placement);
            other.gpusKnown = false;
            other.isElsewhere = false;
        }
        Placement placement = in.adopt(Register.need(entry).request(), nodeName, gpus, entry.ref.toString());
        entry.placement = placement;
        if (placement.gpus().equals(gpus)) {
            know(in, entry, placement);
        }
        for (int i = 0; i < others.size(); i++) {
            PodEntry other = others.get(i);
            List<Integer> stamped = Register.stamped(other, nodeName);
            boolean isFree = !stamped.isEmpty() && in.isUntouched(nodeName, stamped);
            other.placement = in.adopt(requests.get(i), nodeName, isFree ? stamped : List.of(), other.ref.toString());
            other.isAside = !stamped.isEmpty() && !isFree;
        }
    }

    private static void know(Book in, PodEntry entry, Placement placement) {
        entry.gpusKnown = true;
        entry.isAside = false;
        entry.ignored = "";
        List<Integer> planned = Register.stamped(entry, placement.nodeName());
        entry.isElsewhere = !planned.isEmpty() && !new TreeSet<>(planned).equals(new TreeSet<>(placement.gpus()));
        in.know(placement);
    }

    private static boolean isOn(PodEntry entry, String nodeName, List<Integer> gpus) {
        Placement placement = entry.placement;
        return placement != null
                && !(placement.request().gpus() instanceof GpuDemand.Mig)
                && placement.nodeName().equals(nodeName)
                && placement.gpus().stream().anyMatch(gpus::contains);
    }
}
