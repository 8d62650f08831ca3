package dev.berth.placement;

import dev.berth.cluster.Cluster;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What usually arrives: the classes of tasks with their shares of all arrivals. Fragmentation gradient descent (Weng et al.,
 * USENIX ATC 2023) and the expected-fill policy weigh a placement by what it leaves for these classes.
 *
 * <p>A class is what distinguishes arrivals for that purpose: CPU, GPU demand, the models and the GPU memory asked for.
 * Memory, counted resources and labels do not tell classes apart. The <em>typical</em> classes are the most frequent ones,
 * added one by one (among equals: more CPU, then a larger share, then more GPUs, then the names of the models) until they
 * cover 95 % of the arrivals, the class that crosses the line included; their shares are scaled to add up to 1. Rare classes
 * are left out on purpose: with them a few tiny tasks make every remainder look useful.
 *
 * <p>Two kinds of classes are kept apart and never cut: tasks of several whole GPUs, with their memory, because the rare
 * ones that need a whole node decide how many nodes must stay empty; and MIG profiles, which only GPUs in MIG mode take.
 *
 * <p>Immutable, hence thread-safe.
 */
public final class TypicalWorkload {
    /** Share of the arrivals that the typical classes cover. */
    public static final double COVERED = 0.95;

    private final Request[] classes;
    private final long[] counts;
    private final double[] p;
    private final int[] cpuMilli;
    private final int[] wholeGpus;
    private final int[] shareMilli;
    private final List<Counted> multiGpu;
    private final List<Counted> mig;
    private final long arrivals;
    private final long gpuMilliSum;
    private final double cpuMilliSum;

    /**
     * A class that is kept without the cut.
     *
     * @param request the class; its counted resources and labels are empty
     * @param count its arrivals
     */
    record Counted(Request request, long count) {}

    private TypicalWorkload(Map<Request, Long> plain, Map<Request, Long> multiGpu, Map<Request, Long> mig) {
        List<Counted> all = sorted(plain);
        List<Counted> typical = cut(all);
        int size = typical.size();
        classes = new Request[size];
        counts = new long[size];
        p = new double[size];
        cpuMilli = new int[size];
        wholeGpus = new int[size];
        shareMilli = new int[size];
        double covered = typical.stream().mapToLong(Counted::count).sum();
        for (int i = 0; i < size; i++) {
            Request request = typical.get(i).request();
            classes[i] = request;
            counts[i] = typical.get(i).count();
            p[i] = counts[i] / covered;
            cpuMilli[i] = request.cpuMilli();
            wholeGpus[i] = request.gpus() instanceof GpuDemand.Whole whole ? whole.count() : 0;
            shareMilli[i] = request.gpus() instanceof GpuDemand.Share share ? share.milli() : 0;
        }
        this.multiGpu = sorted(multiGpu);
        this.mig = sorted(mig);
        arrivals = all.stream().mapToLong(Counted::count).sum();
        cpuMilliSum = all.stream()
                .mapToDouble(c -> (double) c.count() * c.request().cpuMilli())
                .sum();
        gpuMilliSum =
                all.stream().mapToLong(c -> c.count() * c.request().gpuMilli()).sum();
    }

    /** The typical workload of a stream of arrivals. O(arrivals + classes log classes). */
    public static TypicalWorkload of(Iterable<Request> arrivals) {
        Map<Request, Long> counts = new HashMap<>();
        for (Request request : arrivals) {
            counts.merge(request, 1L, Long::sum);
        }
        return ofCounts(counts);
    }

    /**
     * The typical workload of counted arrivals. The order of the map's entries does not matter.
     *
     * @param counts arrivals per request, each 0 or more
     * @throws IllegalArgumentException if a count is negative
     */
    public static TypicalWorkload ofCounts(Map<Request, Long> counts) {
        Map<Request, Long> plain = new HashMap<>();
        Map<Request, Long> multiGpu = new HashMap<>();
        Map<Request, Long> mig = new HashMap<>();
        for (Map.Entry<Request, Long> entry : counts.entrySet()) {
            Request request = entry.getKey();
            long count = entry.getValue();
            if (count < 0) {
                throw new IllegalArgumentException("the count of " + request + " is " + count + ", allowed: 0 or more");
            }
            if (count == 0) {
                continue;
            }
            if (request.gpus() instanceof GpuDemand.Mig) {
                mig.merge(reduced(request, 0), count, Long::sum);
                continue;
            }
            plain.merge(reduced(request, 0), count, Long::sum);
            if (request.gpus() instanceof GpuDemand.Whole whole && whole.count() > 1) {
                multiGpu.merge(reduced(request, request.memoryMib()), count, Long::sum);
            }
        }
        return new TypicalWorkload(plain, multiGpu, mig);
    }

    private static Request reduced(Request request, long memoryMib) {
        return new Request(
                request.gpus(),
                request.cpuMilli(),
                memoryMib,
                Map.of(),
                request.gpuModels(),
                request.minGpuMemoryMib(),
                Map.of());
    }

    private static List<Counted> sorted(Map<Request, Long> counts) {
        List<Counted> list = new ArrayList<>(counts.size());
        counts.forEach((request, count) -> list.add(new Counted(request, count)));
        list.sort(Comparator.comparingLong((Counted c) -> -c.count())
                .thenComparingInt(c -> -c.request().cpuMilli())
                .thenComparingInt(c -> -milliPerGpu(c.request()))
                .thenComparingInt(c -> -c.request().gpuMilli())
                .thenComparing(c -> c.request().gpus().toString())
                .thenComparing(c -> c.request().gpuModels().toString())
                .thenComparingInt(c -> -c.request().minGpuMemoryMib())
                .thenComparingLong(c -> -c.request().memoryMib()));
        return List.copyOf(list);
    }

    private static int milliPerGpu(Request request) {
        return Math.min(1000, request.gpuMilli());
    }

    private static List<Counted> cut(List<Counted> sorted) {
        double wanted = COVERED * sorted.stream().mapToLong(Counted::count).sum();
        long covered = 0;
        int size = 0;
        while (size < sorted.size() && covered < wanted) {
            covered += sorted.get(size).count();
            size++;
        }
        return sorted.subList(0, size);
    }

    /** Number of typical classes; 0 when nothing but MIG profiles has arrived. */
    public int size() {
        return p.length;
    }

    /** Share of a class among the typical ones; the shares add up to 1. */
    public double p(int i) {
        return p[i];
    }

    /** Arrivals of a class. */
    public long count(int i) {
        return counts[i];
    }

    /** CPU of a class in 1/1000 of a core. */
    public int cpuMilli(int i) {
        return cpuMilli[i];
    }

    /** Whole GPUs that a class asks for, 0 for a share or a class without GPUs. */
    public int wholeGpus(int i) {
        return wholeGpus[i];
    }

    /** Share of one GPU in milli-GPU that a class asks for, 0 for whole GPUs or a class without GPUs. */
    public int shareMilli(int i) {
        return shareMilli[i];
    }

    /** GPU demand of a class in milli-GPU. */
    public int gpuMilli(int i) {
        return 1000 * wholeGpus[i] + shareMilli[i];
    }

    /** The class as a request: its memory, counted resources and labels are empty. */
    public Request request(int i) {
        return classes[i];
    }

    /** Whether a class takes the GPUs of a node, by their model and memory. A class without GPUs takes any. */
    public boolean allows(int i, Cluster cluster, int node) {
        return allows(classes[i], cluster, node);
    }

    static boolean allows(Request request, Cluster cluster, int node) {
        if (cluster.gpuCount(node) == 0) {
            return request.gpus() instanceof GpuDemand.None;
        }
        Set<String> models = request.gpuModels();
        return (models.isEmpty() || models.contains(cluster.gpuModels().get(cluster.gpuModelId(node))))
                && request.minGpuMemoryMib() <= cluster.gpuMemoryMib(node);
    }

    /** All arrivals behind these figures, rare classes and tasks without GPUs included, MIG profiles not. */
    public long arrivals() {
        return arrivals;
    }

    /** GPU demand of all these arrivals together, in milli-GPU. */
    long gpuMilliSum() {
        return gpuMilliSum;
    }

    /** CPU demand of all these arrivals together, in 1/1000 of a core. */
    double cpuMilliSum() {
        return cpuMilliSum;
    }

    /** The classes of two and more whole GPUs, told apart by memory too; most frequent first, nothing cut. */
    List<Counted> multiGpu() {
        return multiGpu;
    }

    /** The classes of MIG profiles, most frequent first, nothing cut. */
    List<Counted> mig() {
        return mig;
    }

    @Override
    public String toString() {
        return "TypicalWorkload[" + p.length + " classes of " + arrivals + " arrivals]";
    }
}
