package dev.berth.planner.pack;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.ledger.LedgerSnapshot;
import dev.berth.ledger.NodeReading;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How much is held of what there is. Immutable.
 *
 * @param gpus by GPU model, those in MIG mode apart
 * @param resources CPU, memory and the counted resources
 */
public record Utilisation(List<Gpus> gpus, List<Resource> resources) {
    /** Copies the lists. */
    public Utilisation {
        gpus = List.copyOf(gpus);
        resources = List.copyOf(resources);
    }

    /**
     * GPUs of one model.
     *
     * @param model name of the model
     * @param mig whether they are in MIG mode; their instances count by memory slices
     * @param readyGpus number of them on READY nodes
     * @param notReadyGpus number of them on other nodes
     * @param allocatedMilli what is held, in milli-GPU
     */
    public record Gpus(String model, boolean mig, int readyGpus, int notReadyGpus, long allocatedMilli) {
        /** Held part of those on READY nodes, 0 to 1; 0 when there are none. */
        public double fraction() {
            return readyGpus == 0 ? 0 : allocatedMilli / (1000.0 * readyGpus);
        }
    }

    /**
     * A resource beside GPUs, on READY nodes.
     *
     * @param name {@code cpu}, {@code memory} or the name of a counted resource
     * @param unit {@code milli-cores}, {@code MiB} or nothing
     * @param capacity what there is
     * @param allocated what is held
     */
    public record Resource(String name, String unit, double capacity, double allocated) {
        /** Held part, 0 to 1; 0 when there is nothing. */
        public double fraction() {
            return capacity == 0 ? 0 : allocated / capacity;
        }
    }

    private record Kind(String model, boolean mig) {}

    /** What is held of a cluster. O(GPUs). */
    public static Utilisation of(Cluster cluster, LedgerSnapshot holdings) {
        Map<Kind, long[]> gpus = new LinkedHashMap<>();
        int counted = cluster.countedNames().size();
        double[] capacity = new double[2 + counted];
        double[] allocated = new double[2 + counted];
        NodeReading reading = new NodeReading();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            holdings.read(node, reading);
            addGpus(cluster, node, reading, gpus);
            if (reading.state().allocatable()) {
                add(0, cluster.cpuMilli(node), reading.cpuFreeMilli(), capacity, allocated);
                add(1, cluster.memoryMib(node), reading.memoryFreeMib(), capacity, allocated);
                for (int r = 0; r < counted; r++) {
                    add(2 + r, cluster.counted(node, r), reading.countedFree(r), capacity, allocated);
                }
            }
        }
        List<Resource> resources = new ArrayList<>();
        resources.add(new Resource("cpu", "milli-cores", capacity[0], allocated[0]));
        resources.add(new Resource("memory", "MiB", capacity[1], allocated[1]));
        for (int r = 0; r < counted; r++) {
            resources.add(new Resource(cluster.countedNames().get(r), "", capacity[2 + r], allocated[2 + r]));
        }
        List<Gpus> models = new ArrayList<>();
        gpus.forEach(
                (kind, sums) -> models.add(new Gpus(kind.model(), kind.mig(), (int) sums[0], (int) sums[1], sums[2])));
        return new Utilisation(models, resources);
    }

    private static void add(int at, long has, long free, double[] capacity, double[] allocated) {
        capacity[at] += has;
        allocated[at] += has - free;
    }

    private static void addGpus(Cluster cluster, int node, NodeReading reading, Map<Kind, long[]> gpus) {
        MigGeometry geometry = cluster.migGeometry(node);
        for (int gpu = 0; gpu < cluster.gpuCount(node); gpu++) {
            boolean mig = (cluster.migGpuMask(node) >>> gpu & 1) != 0;
            Kind kind = new Kind(cluster.gpuModels().get(cluster.gpuModelId(node)), mig);
            long[] sums = gpus.computeIfAbsent(kind, absent -> new long[3]);
            sums[reading.state().allocatable() ? 0 : 1]++;
            sums[2] += mig && geometry != null
                    ? GpuDemandMilli.ofOccupancy(geometry, reading.migOccupancy(gpu))
                    : 1000 - reading.gpuFreeMilli(gpu);
        }
    }
}
