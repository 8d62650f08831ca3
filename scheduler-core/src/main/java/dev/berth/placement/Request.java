package dev.berth.placement;

import dev.berth.cluster.Cluster;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a task needs to run: a value, compared by its fields. Two tasks with equal requests are of one <em>class</em>; the
 * planner keeps its scores per class.
 *
 * @param gpus what is asked of the GPUs
 * @param cpuMilli CPU in 1/1000 of a core, 0 or more
 * @param memoryMib memory in MiB, 0 to {@link Integer#MAX_VALUE}
 * @param counted further counted resources by name, each 0 to {@link Cluster#MAX_COUNTED_AMOUNT}
 * @param gpuModels models that will do; empty means any. Only for requests with GPUs
 * @param minGpuMemoryMib least memory of each GPU in MiB, 0 means any. A node whose GPU memory is unknown does not satisfy it
 * @param labels labels that the node must have
 */
public record Request(
        GpuDemand gpus,
        int cpuMilli,
        long memoryMib,
        Map<String, Long> counted,
        Set<String> gpuModels,
        int minGpuMemoryMib,
        Map<String, String> labels) {

    /**
     * Checks every field.
     *
     * @throws IllegalArgumentException naming the field, its value and what is allowed
     */
    public Request {
        require(cpuMilli >= 0, "cpuMilli", cpuMilli, "0 or more");
        require(memoryMib >= 0 && memoryMib <= Integer.MAX_VALUE, "memoryMib", memoryMib, "0 to " + Integer.MAX_VALUE);
        require(minGpuMemoryMib >= 0, "minGpuMemoryMib", minGpuMemoryMib, "0 or more");
        boolean none = gpus instanceof GpuDemand.None;
        require(!none || gpuModels.isEmpty(), "gpuModels", gpuModels, "none, because no GPU is asked for");
        require(!none || minGpuMemoryMib == 0, "minGpuMemoryMib", minGpuMemoryMib, "0, because no GPU is asked for");
        counted.forEach((resource, amount) -> require(
                amount >= 0 && amount <= Cluster.MAX_COUNTED_AMOUNT,
                "counted." + resource,
                amount,
                "0 to " + Cluster.MAX_COUNTED_AMOUNT));
        counted = Collections.unmodifiableSortedMap(new TreeMap<>(counted));
        SortedSet<String> models = new TreeSet<>(gpuModels);
        gpuModels = Collections.unmodifiableSortedSet(models);
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    }

    private static void require(boolean ok, String field, Object value, String allowed) {
        if (!ok) {
            throw new IllegalArgumentException(field + " is " + value + ", allowed: " + allowed);
        }
    }

    /** A request for whole GPUs of any model. */
    public static Request gpus(int count, int cpuMilli, long memoryMib) {
        return new Request(new GpuDemand.Whole(count), cpuMilli, memoryMib, Map.of(), Set.of(), 0, Map.of());
    }

    /** A request for {@code milli} thousandths of one GPU of any model. */
    public static Request share(int milli, int cpuMilli, long memoryMib) {
        return new Request(new GpuDemand.Share(milli), cpuMilli, memoryMib, Map.of(), Set.of(), 0, Map.of());
    }

    /** A request for one instance of a MIG profile. */
    public static Request mig(String profile, int cpuMilli, long memoryMib) {
        return new Request(new GpuDemand.Mig(profile), cpuMilli, memoryMib, Map.of(), Set.of(), 0, Map.of());
    }

    /** A request without GPUs. */
    public static Request cpuOnly(int cpuMilli, long memoryMib) {
        return new Request(GpuDemand.NONE, cpuMilli, memoryMib, Map.of(), Set.of(), 0, Map.of());
    }

    /** This request, on these GPU models only. */
    public Request onModels(Set<String> models) {
        return new Request(gpus, cpuMilli, memoryMib, counted, models, minGpuMemoryMib, labels);
    }

    /** This request, on GPUs with at least this much memory only. */
    public Request withMinGpuMemoryMib(int mib) {
        return new Request(gpus, cpuMilli, memoryMib, counted, gpuModels, mib, labels);
    }

    /** This request, with these counted resources. */
    public Request withCounted(Map<String, Long> amounts) {
        return new Request(gpus, cpuMilli, memoryMib, amounts, gpuModels, minGpuMemoryMib, labels);
    }

    /** This request, on nodes with these labels only. */
    public Request withLabels(Map<String, String> required) {
        return new Request(gpus, cpuMilli, memoryMib, counted, gpuModels, minGpuMemoryMib, required);
    }

    /**
     * GPU demand in milli-GPU: 1000 a whole GPU, the share of a share. A MIG profile counts as its share of the GPU's memory
     * slices, which depends on the node's geometry, so it is 0 here.
     */
    public int gpuMilli() {
        if (gpus instanceof GpuDemand.Whole whole) {
            return 1000 * whole.count();
        }
        return gpus instanceof GpuDemand.Share share ? share.milli() : 0;
    }
}
