package dev.berth.k8s.engine;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Placement;
import dev.berth.placement.Request;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is accounted to which GPUs of which node, and of whom it is known. Whole GPUs exclude all else, shares add up to a GPU, and MIG instances have slices of their own. Touched under
 * the engine's lock.
 */
final class Holders {
    /** What {@link #size} gives a slice: more than the compute slices by which instances of as many memory slices differ. */
    private static final int SLICE = 16;

    private final Map<String, Map<Placement.Claim, Placement>> byNode = new HashMap<>();
    private final Set<Placement.Claim> known = new HashSet<>();
    /** Nodes that had a GPU that is held whole by two, and may have one still. */
    private final Set<String> crowded = new HashSet<>();

    private Cluster cluster;

    Holders(Cluster cluster) {
        this.cluster = cluster;
    }

    void use(Cluster to) {
        cluster = to;
    }

    void add(Placement placement) {
        if (placement.gpus().isEmpty()) {
            return;
        }
        if (isWhole(placement)
                && on(placement.nodeName()).stream()
                        .anyMatch(other -> isWhole(other) && isOn(other, placement.gpus()))) {
            crowded.add(placement.nodeName());
        }
        byNode.computeIfAbsent(placement.nodeName(), name -> new LinkedHashMap<>())
                .put(placement.claim(), placement);
    }

    void remove(Placement placement) {
        // Where nodes come and go under new names, nothing of those that are gone may stay.
        byNode.computeIfPresent(placement.nodeName(), (name, here) -> {
            here.remove(placement.claim());
            return here.isEmpty() ? null : here;
        });
        known.remove(placement.claim());
    }

    /** A placement that is here is known to have its GPUs. */
    void know(Placement placement) {
        known.add(placement.claim());
    }

    /** Nodes on which a GPU is held whole by two, because there were too few when they were taken in. */
    Set<String> crowded() {
        crowded.removeIf(nodeName -> {
            Set<Integer> held = new HashSet<>();
            return on(nodeName).stream()
                    .filter(Holders::isWhole)
                    .allMatch(placement -> placement.gpus().stream().allMatch(held::add));
        });
        return crowded;
    }

    /** Whether a node has these GPUs, with room for a request beside what stands on them. */
    boolean hasRoom(Request request, String nodeName, List<Integer> gpus) {
        int count = cluster.gpuCount(cluster.nodeId(nodeName));
        return gpus.stream().allMatch(gpu -> gpu >= 0 && gpu < count) && hasRoom(request, nodeName, gpus, on(nodeName));
    }

    /** Whether those that are known to have these GPUs leave no room on them for a request. */
    boolean isTaken(Request request, String nodeName, List<Integer> gpus) {
        List<Placement> sure = on(nodeName).stream()
                .filter(other -> known.contains(other.claim()))
                .toList();
        return !hasRoom(request, nodeName, gpus, sure);
    }

    private boolean hasRoom(Request request, String nodeName, List<Integer> gpus, Collection<Placement> beside) {
        int milli = 0;
        int slices = 0;
        for (Placement other : beside) {
            if (!isOn(other, gpus)) {
                continue;
            }
            if (!areParts(request, other.request())) {
                return false;
            }
            milli += other.request().gpuMilli();
            slices |= slices(other);
        }
        if (!(request.gpus() instanceof GpuDemand.Mig)) {
            return milli == 0 || milli + request.gpuMilli() <= 1000;
        }
        MigGeometry geometry = geometry(nodeName);
        int profile = profile(geometry, request);
        return geometry != null && profile >= 0 && geometry.roomFor(profile, slices) > 0;
    }

    /** Whether what a placement has is given to nobody else. */
    boolean isAlone(Placement placement) {
        List<Placement> others = on(placement.nodeName()).stream()
                .filter(other -> !other.claim().equals(placement.claim()))
                .toList();
        if (!(placement.request().gpus() instanceof GpuDemand.Mig)) {
            return hasRoom(placement.request(), placement.nodeName(), placement.gpus(), others);
        }
        int slices = slices(placement);
        return slices != 0
                && others.stream().noneMatch(other -> isOn(other, placement.gpus()) && (slices(other) & slices) != 0);
    }

    /** Whether two requests may be on one GPU: two shares, or two MIG instances. */
    static boolean areParts(Request one, Request other) {
        return one.gpus() instanceof GpuDemand.Share && other.gpus() instanceof GpuDemand.Share
                || one.gpus() instanceof GpuDemand.Mig && other.gpus() instanceof GpuDemand.Mig;
    }

    /** Whether all these MIG instances can be on one GPU of a node at once. */
    boolean fitTogether(String nodeName, List<Request> instances) {
        MigGeometry geometry = geometry(nodeName);
        if (geometry == null) {
            return false;
        }
        int slices = 0;
        List<Request> order = instances.stream()
                .sorted(Comparator.comparing(request -> -size(request, nodeName)))
                .toList();
        for (Request request : order) {
            int profile = profile(geometry, request);
            int start = profile < 0 ? -1 : geometry.bestStart(profile, slices);
            if (start < 0) {
                return false;
            }
            slices |= geometry.occupancyOf(profile, start);
        }
        return true;
    }

    /**
     * How large a request is on a node. The largest first is the order in which requests are best taken in: a MIG instance gets the best start that is left on its GPU, and in this order
     * all get one that can be on it at once.
     */
    int size(Request request, String nodeName) {
        MigGeometry geometry = request.gpus() instanceof GpuDemand.Mig ? geometry(nodeName) : null;
        int profile = profile(geometry, request);
        return geometry == null || profile < 0
                ? request.gpuMilli()
                : SLICE * geometry.sizeSlices(profile) + geometry.computeSlices(profile);
    }

    private Collection<Placement> on(String nodeName) {
        return byNode.getOrDefault(nodeName, Map.of()).values();
    }

    private static boolean isWhole(Placement placement) {
        return placement.request().gpus() instanceof GpuDemand.Whole;
    }

    private static boolean isOn(Placement placement, List<Integer> gpus) {
        return placement.gpus().stream().anyMatch(gpus::contains);
    }

    /** The slices that a MIG instance has; none for what is no instance, or for one that the GPUs of its node cannot have. */
    private int slices(Placement placement) {
        MigGeometry geometry =
                placement.request().gpus() instanceof GpuDemand.Mig ? geometry(placement.nodeName()) : null;
        int profile = profile(geometry, placement.request());
        int start = placement.migStart();
        return geometry != null && profile >= 0 && start >= 0 && (geometry.startMask(profile) >>> start & 1) != 0
                ? geometry.occupancyOf(profile, start)
                : 0;
    }

    private @Nullable MigGeometry geometry(String nodeName) {
        int node = cluster.nodeId(nodeName);
        return node < 0 ? null : cluster.migGeometry(node);
    }

    private static int profile(@Nullable MigGeometry geometry, Request request) {
        return geometry != null && request.gpus() instanceof GpuDemand.Mig mig
                ? geometry.profileIndex(mig.profile())
                : -1;
    }
}
