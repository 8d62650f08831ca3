package dev.berth.k8s.engine;

import dev.berth.cluster.Cluster;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Placement;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accounts bound pods to the GPUs that they really have, where a source tells: with the stock device plugin the kubelet chooses, and a plan is advice. A report is kept with its pod,
 * so that it holds for every later book. Touched under the engine's lock.
 *
 * <p>A share or a MIG instance is accounted to its GPU. Which slices an instance has is not told, so that the book chooses them, in an order in which all fit that can be there. Where
 * units are parts of GPUs, a pod is accounted to units of the GPUs that it has: one unit of a GPU is as good as another.
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
    /** Nodes of which it was said that what is told of them cannot be understood. */
    private final Set<String> unclear = new HashSet<>();

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

    /** Whether a report is of this very pod, and could be used. */
    private static boolean isOf(PodEntry entry, GpuReport report) {
        boolean isThisPod = report.podUid().isEmpty()
                ? report.seenMillis() >= entry.pod.createdMillis() + CREATED_MILLIS
                : report.podUid().equals(entry.ref.uid());
        return isThisPod
                && entry.need != null
                && !(entry.need.request().gpus() instanceof GpuDemand.None)
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
                if (placement.gpus().equals(gpus) && in.holders.isAlone(placement)) {
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
        GpuDemand demand = Register.need(entry).request().gpus();
        int wanted = demand instanceof GpuDemand.Whole whole ? whole.count() : demand instanceof GpuDemand.None ? 0 : 1;
        if (!in.hasNode(nodeName) || wanted == 0) {
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
        boolean wantsInstance = demand instanceof GpuDemand.Mig;
        int each = wantsInstance ? 1 : reading.unitsPerGpu(nodeName);
        if (each == 0) {
            notClear(nodeName, "how many units each of its GPUs makes is not known");
            return List.of();
        }
        return units(in, entry, report, nodeName, wantsInstance, each);
    }

    private List<Integer> units(
            Book in, PodEntry entry, GpuReport report, String nodeName, boolean wantsInstance, int each) {
        Cluster cluster = in.cluster();
        int node = cluster.nodeId(nodeName);
        int free = wantsInstance ? cluster.migGpuMask(node) : cluster.plainGpuMask(node);
        TreeSet<Integer> units = new TreeSet<>();
        for (GpuReport.Device gpu : report.gpus()) {
            if (each == 1 && gpu.instance().isEmpty() == wantsInstance) {
                ignore(
                        entry,
                        "it is said to have " + gpu + ", and asks for "
                                + (wantsInstance ? "a MIG instance" : "GPUs that are none"));
                return List.of();
            }
            int candidates = candidates(nodeName, gpu, each);
            if (candidates < 0) {
                notClear(nodeName, "no ResourceSlice of the node tells the index of " + gpu);
                return List.of();
            }
            if ((candidates & free) == 0) {
                boolean isTwice = units.stream().anyMatch(unit -> (candidates >>> unit & 1) != 0);
                ignore(
                        entry,
                        "it is said to have " + gpu
                                + (isTwice
                                        ? " twice"
                                        : ", which node " + nodeName + " does not have"
                                                + mode(in, node, wantsInstance)));
                return List.of();
            }
            int unit = best(in, entry, nodeName, candidates & free);
            units.add(unit);
            free &= ~(1 << unit);
        }
        return List.copyOf(units);
    }

    /** Labels do not say which GPUs are in MIG mode, so that it may be this. */
    private static String mode(Book in, int node, boolean wantsInstance) {
        return in.cluster().migGpuMask(node) == 0
                ? ""
                : (wantsInstance ? " in" : " out of") + " MIG mode, by what Berth knows";
    }

    /** The units that a GPU makes, a bit for each; -1 when nothing tells which. */
    private int candidates(String nodeName, GpuReport.Device gpu, int each) {
        List<String> uuids = reading.gpuUuids(nodeName);
        if (uuids != null && !gpu.uuid().isEmpty()) {
            int found = 0;
            for (int unit = 0; unit < Math.min(uuids.size(), Cluster.MAX_GPUS_PER_NODE); unit++) {
                found |= uuids.get(unit).equals(gpu.uuid()) ? 1 << unit : 0;
            }
            // Of GPUs in MIG mode, ResourceSlices name the instances alone.
            if (found != 0 || gpu.instance().isEmpty()) {
                return found;
            }
        }
        int index = gpu.index() >= 0 || gpu.instance().isEmpty()
                ? gpu.index()
                : reading.gpuOfInstance(nodeName, gpu.instance());
        if (index < 0) {
            return -1;
        }
        long first = (long) index * each;
        return first >= Cluster.MAX_GPUS_PER_NODE ? 0 : (1 << each) - 1 << first;
    }

    /** Of units of one GPU, the one that a pod is accounted to: that where it is, else that which was planned, else a free one. */
    private int best(Book in, PodEntry entry, String nodeName, int candidates) {
        if (Integer.bitCount(candidates) == 1) {
            return Integer.numberOfTrailingZeros(candidates);
        }
        Request request = Register.need(entry).request();
        Placement placement = entry.placement;
        List<Integer> planned = Register.stamped(entry, nodeName);
        int best = -1;
        int rankOfBest = Integer.MAX_VALUE;
        for (int mask = candidates; mask != 0; mask &= mask - 1) {
            int unit = Integer.numberOfTrailingZeros(mask);
            List<Integer> one = List.of(unit);
            boolean isThere = placement != null
                    && placement.nodeName().equals(nodeName)
                    && placement.gpus().contains(unit);
            boolean isTaken = in.holders.isTaken(request, nodeName, one);
            int rank = isThere
                    ? 0
                    : isTaken ? 4 : planned.contains(unit) ? 1 : in.holders.hasRoom(request, nodeName, one) ? 2 : 3;
            if (rank < rankOfBest) {
                best = unit;
                rankOfBest = rank;
            }
        }
        return best;
    }

    private void notClear(String nodeName, String why) {
        if (unclear.add(nodeName)) {
            LOG.warn("which GPUs the pods of node {} have stays not known: {}", nodeName, why);
        }
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
        Request request = Register.need(entry).request();
        if (!in.holders.isTaken(request, nodeName, gpus)) {
            return true;
        }
        List<Request> together = new ArrayList<>(List.of(request));
        for (PodEntry other : candidates) {
            Placement placement = other.placement;
            if (other == entry || placement == null || !other.gpusKnown || !isOn(placement, nodeName, gpus)) {
                continue;
            }
            GpuReport mine = entry.report;
            GpuReport theirs = other.report;
            if (Holders.areParts(request, placement.request())) {
                together.add(placement.request());
            } else if (mine != null && theirs != null && theirs.seenMillis() >= mine.seenMillis()) {
                ignore(entry, "it is said to have GPUs " + gpus + ", and so has " + other.ref);
                return false;
            }
        }
        // Shares may be more than a whole GPU, if that is what the node gives away.
        boolean canBe = !(request.gpus() instanceof GpuDemand.Mig) || in.holders.fitTogether(nodeName, together);
        if (!canBe) {
            ignore(
                    entry,
                    "it is said to have a MIG instance of GPU " + gpus.get(0)
                            + ", which cannot be there beside those of " + (together.size() - 1) + " other pods");
        }
        return canBe;
    }

    /**
     * Adopts a pod that holds nothing at the GPUs that it has. Who is accounted to them takes what is left: it has others, which are not known.
     *
     * @return whether it stands there; if not, another pod is known to have them
     */
    boolean stand(Book in, PodEntry entry, String nodeName, List<Integer> gpus) {
        Request request = Register.need(entry).request();
        Collection<PodEntry> candidates =
                in.holders.hasRoom(request, nodeName, gpus) ? List.of() : register.pods.values();
        if (!mayStand(in, entry, nodeName, gpus, candidates)) {
            return false;
        }
        stand(in, entry, nodeName, gpus, candidates);
        return true;
    }

    private void stand(Book in, PodEntry entry, String nodeName, List<Integer> gpus, Collection<PodEntry> candidates) {
        Request request = Register.need(entry).request();
        Map<PodEntry, Request> sure = new LinkedHashMap<>(Map.of(entry, request));
        Map<PodEntry, Request> others = new LinkedHashMap<>();
        if (!in.holders.hasRoom(request, nodeName, gpus)) {
            for (PodEntry other : candidates) {
                Placement placement = other.placement;
                if (other == entry || placement == null || !isInTheWay(other, placement, request, nodeName, gpus)) {
                    continue;
                }
                boolean isSure = other.gpusKnown && Holders.areParts(request, placement.request());
                if (other.gpusKnown && !isSure) {
                    ignore(
                            other,
                            "it was said to have GPUs " + placement.gpus() + ", of which " + entry.ref + " has some");
                    other.report = null;
                }
                in.release(placement);
                other.gpusKnown = false;
                other.isElsewhere = false;
                (isSure ? sure : others).put(other, placement.request());
            }
        }
        inOrder(in, nodeName, sure).forEach(one -> {
            Placement placement = in.adoptAt(Objects.requireNonNull(sure.get(one)), nodeName, gpus, one.ref.toString());
            one.placement = placement;
            if (placement.gpus().equals(gpus)) {
                know(in, one, placement);
            }
        });
        inOrder(in, nodeName, others).forEach(one -> {
            Request its = Objects.requireNonNull(others.get(one));
            List<Integer> stamped = Register.stamped(one, nodeName);
            boolean isFree = !stamped.isEmpty() && in.holders.hasRoom(its, nodeName, stamped);
            one.placement = in.adopt(its, nodeName, isFree ? stamped : List.of(), one.ref.toString());
            one.isAside = !stamped.isEmpty() && !isFree;
        });
    }

    private static List<PodEntry> inOrder(Book in, String nodeName, Map<PodEntry, Request> requests) {
        return requests.keySet().stream()
                .sorted(Comparator.comparing(
                        one -> -in.holders.size(Objects.requireNonNull(requests.get(one)), nodeName)))
                .toList();
    }

    /**
     * Whether a pod has to be taken in anew when there is no room for another one: if it is accounted to the same GPUs, and also if it is only guessed where on the node its part of a
     * GPU is, as room may be left only in pieces. Shares that are known to be there stay.
     */
    private static boolean isInTheWay(
            PodEntry other, Placement placement, Request request, String nodeName, List<Integer> gpus) {
        boolean isInstance = placement.request().gpus() instanceof GpuDemand.Mig;
        boolean isShare = placement.request().gpus() instanceof GpuDemand.Share;
        if (!placement.nodeName().equals(nodeName) || isInstance != request.gpus() instanceof GpuDemand.Mig) {
            return false;
        }
        return other.gpusKnown
                ? isOn(placement, nodeName, gpus) && !(isShare && Holders.areParts(request, placement.request()))
                : isShare || isInstance || isOn(placement, nodeName, gpus);
    }

    private void know(Book in, PodEntry entry, Placement placement) {
        entry.gpusKnown = true;
        entry.isAside = false;
        entry.ignored = "";
        boolean isInstance = placement.request().gpus() instanceof GpuDemand.Mig;
        int each = isInstance ? 1 : Math.max(1, reading.unitsPerGpu(placement.nodeName()));
        List<Integer> planned = Register.stamped(entry, placement.nodeName());
        entry.isElsewhere = !planned.isEmpty() && !whole(planned, each).equals(whole(placement.gpus(), each));
        in.holders.know(placement);
    }

    /** The GPUs that units are of. */
    private static List<Integer> whole(List<Integer> units, int each) {
        return units.stream().map(unit -> unit / each).sorted().toList();
    }

    private static boolean isOn(Placement placement, String nodeName, List<Integer> gpus) {
        return placement.nodeName().equals(nodeName)
                && placement.gpus().stream().anyMatch(gpus::contains);
    }
}
