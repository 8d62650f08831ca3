package dev.berth.placement;

import dev.berth.cluster.Cluster;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A {@link Request} made ready for one {@link Planner}: a dense class id, primitives instead of records, names resolved. One
 * object per class, handed to {@link NodeScorer}s. Immutable, hence thread-safe.
 */
public final class Demand {
    private final int id;
    private final Request request;
    private final int wholeGpus;
    private final int shareMilli;
    private final boolean mig;
    private final int[] migProfiles;
    private final long[] counted;
    private final long[] models;
    private final boolean anyCounted;
    private final List<String> unknownCounted;

    Demand(int id, Request request, Cluster cluster) {
        this.id = id;
        this.request = request;
        this.wholeGpus = request.gpus() instanceof GpuDemand.Whole whole ? whole.count() : 0;
        this.shareMilli = request.gpus() instanceof GpuDemand.Share share ? share.milli() : 0;
        this.mig = request.gpus() instanceof GpuDemand.Mig;
        this.migProfiles = new int[cluster.migGeometries().size()];
        for (int i = 0; i < migProfiles.length; i++) {
            migProfiles[i] = request.gpus() instanceof GpuDemand.Mig wanted
                    ? cluster.migGeometries().get(i).profileIndex(wanted.profile())
                    : -1;
        }
        this.counted = new long[cluster.countedNames().size()];
        for (int r = 0; r < counted.length; r++) {
            counted[r] = request.counted().getOrDefault(cluster.countedNames().get(r), 0L);
        }
        anyCounted = Arrays.stream(counted).anyMatch(amount -> amount > 0);
        unknownCounted = request.counted().entrySet().stream()
                .filter(entry -> entry.getValue() > 0 && !cluster.countedNames().contains(entry.getKey()))
                .map(Map.Entry::getKey)
                .toList();
        this.models = new long[(cluster.gpuModels().size() >>> 6) + 1];
        for (int m = 0; m < cluster.gpuModels().size(); m++) {
            if (request.gpuModels().isEmpty()
                    || request.gpuModels().contains(cluster.gpuModels().get(m))) {
                models[m >>> 6] |= 1L << m;
            }
        }
    }

    /** Dense id of the class, from 0, in the order in which the planner first saw the classes. */
    public int id() {
        return id;
    }

    /** What was asked. */
    public Request request() {
        return request;
    }

    /** Number of whole GPUs, 0 when none is asked for. */
    public int wholeGpus() {
        return wholeGpus;
    }

    /** Share of one GPU in milli-GPU, 0 when none is asked for. */
    public int shareMilli() {
        return shareMilli;
    }

    /** Whether a MIG profile is asked for. */
    public boolean mig() {
        return mig;
    }

    /**
     * Index of the MIG profile that is asked for in a geometry of the cluster.
     *
     * @param geometryId as {@link Cluster#migGeometryId} says
     * @return -1 when the geometry has no such profile, when it is -1 itself, or when no MIG profile is asked for
     */
    public int migProfile(int geometryId) {
        return geometryId < 0 ? -1 : migProfiles[geometryId];
    }

    /** Whether no GPU is asked for. */
    public boolean cpuOnly() {
        return wholeGpus == 0 && shareMilli == 0 && !mig;
    }

    /** Whole and shared GPU demand in milli-GPU; 0 for a MIG profile. */
    public int gpuMilli() {
        return 1000 * wholeGpus + shareMilli;
    }

    /** CPU in 1/1000 of a core. */
    public int cpuMilli() {
        return request.cpuMilli();
    }

    /** Memory in MiB. */
    public long memoryMib() {
        return request.memoryMib();
    }

    /** Amount of a counted resource, by its id in the cluster. */
    public long counted(int resource) {
        return counted[resource];
    }

    /** Whether any counted resource of the cluster is asked for. */
    boolean anyCounted() {
        return anyCounted;
    }

    /** Counted resources that are asked for although no node of the cluster names them, so that it fits nowhere. */
    List<String> unknownCounted() {
        return unknownCounted;
    }

    /** Whether GPUs of this model will do. */
    public boolean allowsModel(int gpuModelId) {
        return (models[gpuModelId >>> 6] >>> gpuModelId & 1) != 0;
    }

    @Override
    public String toString() {
        return "Demand[" + id + ", " + request + "]";
    }
}
