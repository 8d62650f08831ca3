package dev.berth.planner.replay;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeState;
import dev.berth.cluster.Topology;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The jobs of a gang replay: small ones as they come in the Philly trace, and a tail of large gangs that the trace is too thin
 * in to show anything. Reasons and details: docs/decisions/0054-gang-replay.md.
 */
final class GangMix {
    /** Name of the one mix that there is. */
    static final String PHILLY_TAIL = "philly+tail";
    /** Jobs of the trace up to this many GPUs are drawn. */
    static final int SMALL_GPUS = 8;
    /** Share of the GPU demand that is in small jobs. */
    static final double SMALL_SHARE = 0.4;
    /** Sizes of the gangs in the tail, beside that of an NVLink domain; each has the same share of the demand. */
    static final List<Integer> TAIL_GPUS = List.of(16, 32, 64, 128, 256);
    /** A gang asks for at most this share of the GPUs that it could use. */
    static final double LARGEST_SHARE = 0.5;

    private GangMix() {}

    /**
     * The kinds of jobs for a cluster. Each job asks for one model, a model by its share of the GPUs; a gang's tasks take the GPUs
     * of a whole node each, and CPU and memory come with the GPUs in proportion, so that GPUs are what runs out.
     *
     * @param philly GPUs of each job of the trace
     * @return empty when no node that is ready has a GPU outside of MIG mode, or the trace no job that is small
     */
    static List<GangJob> phillyTail(Cluster cluster, Ladder ladder, List<Integer> philly) {
        Map<Integer, Long> small = new TreeMap<>();
        for (int gpus : philly) {
            if (gpus <= SMALL_GPUS) {
                small.merge(gpus, 1L, Long::sum);
            }
        }
        List<GangJob> jobs = new ArrayList<>();
        long allGpus = usableGpus(cluster);
        if (small.isEmpty()) {
            return jobs;
        }
        for (String model : new TreeSet<>(cluster.gpuModels())) {
            ModelShape shape = ModelShape.of(cluster, ladder, model);
            if (shape.gpus > 0) {
                addModel(jobs, shape, small, (double) shape.gpus / allGpus);
            }
        }
        return jobs;
    }

    /** GPUs of nodes that are ready, those in MIG mode left out. */
    static long usableGpus(Cluster cluster) {
        long gpus = 0;
        for (int node = 0; node < cluster.nodeCount(); node++) {
            gpus += usableGpus(cluster, node);
        }
        return gpus;
    }

    private static int usableGpus(Cluster cluster, int node) {
        return cluster.initialState(node) == NodeState.READY ? Integer.bitCount(cluster.plainGpuMask(node)) : 0;
    }

    private static void addModel(List<GangJob> jobs, ModelShape shape, Map<Integer, Long> small, double share) {
        Set<Integer> sizes = new TreeSet<>(TAIL_GPUS);
        if (shape.nvlinkDomainGpus > 0) {
            sizes.add(shape.nvlinkDomainGpus);
        }
        sizes.removeIf(gpus -> gpus > LARGEST_SHARE * shape.gangGpus
                || gpus % shape.nodeGpus != 0
                || gpus <= Math.max(SMALL_GPUS, shape.nodeGpus));
        double smallShare = sizes.isEmpty() ? 1 : SMALL_SHARE;
        double work = 0;
        for (Map.Entry<Integer, Long> size : small.entrySet()) {
            work += size.getKey() * (double) size.getValue();
        }
        for (Map.Entry<Integer, Long> size : small.entrySet()) {
            int gpus = size.getKey();
            int taskGpus = largestDivisor(gpus, shape.nodeGpus);
            jobs.add(shape.job(gpus / taskGpus, taskGpus, share * smallShare * gpus * size.getValue() / work));
        }
        for (int gpus : sizes) {
            double ofGangs = share * (1 - smallShare) / sizes.size();
            jobs.add(shape.job(gpus / shape.nodeGpus, shape.nodeGpus, ofGangs));
        }
    }

    /** Largest divisor of a number that is at most so large. */
    static int largestDivisor(int number, int most) {
        int divisor = Math.min(number, most);
        while (number % divisor != 0) {
            divisor--;
        }
        return divisor;
    }

    /** What of a model the cluster has. */
    private record ModelShape(
            String model, int gpus, int gangGpus, int nodeGpus, int nvlinkDomainGpus, int cpuMilli, long memoryMib) {

        static ModelShape of(Cluster cluster, Ladder ladder, String model) {
            int[] gpusByNodeSize = new int[Cluster.MAX_GPUS_PER_NODE + 1];
            int nvlinkTier = ladder.tier(Topology.NVLINK_DOMAIN);
            int[] inDomain = new int[nvlinkTier < 0 ? 0 : ladder.domainCount(nvlinkTier)];
            int gpus = 0;
            int cpuMilli = Integer.MAX_VALUE;
            long memoryMib = Integer.MAX_VALUE;
            for (int node = 0; node < cluster.nodeCount(); node++) {
                int own = usableGpus(cluster, node);
                if (own == 0 || !model.equals(cluster.gpuModels().get(cluster.gpuModelId(node)))) {
                    continue;
                }
                gpus += own;
                gpusByNodeSize[own] += own;
                cpuMilli = Math.min(cpuMilli, cluster.cpuMilli(node) / cluster.gpuCount(node));
                memoryMib = Math.min(memoryMib, cluster.memoryMib(node) / cluster.gpuCount(node));
                if (nvlinkTier >= 0 && ladder.domainOf(nvlinkTier, node) >= 0) {
                    inDomain[ladder.domainOf(nvlinkTier, node)] += own;
                }
            }
            int nodeGpus = 1;
            for (int size = 1; size < gpusByNodeSize.length; size++) {
                nodeGpus = gpusByNodeSize[size] >= gpusByNodeSize[nodeGpus] ? size : nodeGpus;
            }
            int gangGpus = 0;
            for (int size = nodeGpus; size < gpusByNodeSize.length; size++) {
                gangGpus += gpusByNodeSize[size] / size * nodeGpus;
            }
            int domain = Arrays.stream(inDomain).max().orElse(0);
            return new ModelShape(model, gpus, gangGpus, nodeGpus, domain, cpuMilli, memoryMib);
        }

        GangJob job(int tasks, int taskGpus, double demandShare) {
            Request request = Request.gpus(taskGpus, taskGpus * cpuMilli, taskGpus * memoryMib)
                    .onModels(Set.of(model));
            return new GangJob(tasks, taskGpus, model, request, demandShare);
        }
    }
}
