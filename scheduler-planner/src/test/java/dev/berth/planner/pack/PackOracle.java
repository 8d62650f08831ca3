package dev.berth.planner.pack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.placement.GangRequest;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Request;
import dev.berth.planner.io.Job;
import dev.berth.planner.io.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Adds up the printed JSON again, GPU by GPU and slice by slice, and holds it to the laws of packing. Knows no planner. */
final class PackOracle {
    private final Cluster cluster;
    private final Map<String, Job> jobs = new HashMap<>();
    private final JsonNode json;
    private final long[] cpuMilli;
    private final long[] memoryMib;
    private final long[][] counted;
    private final int[][] gpuMilli;
    private final int[][] slices;

    private PackOracle(Cluster cluster, Workload workload, JsonNode json) {
        this.cluster = cluster;
        this.json = json;
        workload.jobs().forEach(job -> jobs.put(job.name(), job));
        int nodes = cluster.nodeCount();
        cpuMilli = new long[nodes];
        memoryMib = new long[nodes];
        counted = new long[nodes][cluster.countedNames().size()];
        gpuMilli = new int[nodes][Cluster.MAX_GPUS_PER_NODE];
        slices = new int[nodes][Cluster.MAX_GPUS_PER_NODE];
    }

    /** Checks what {@code --format json --all} printed. */
    static void check(Cluster cluster, Workload workload, JsonNode json) {
        PackOracle oracle = new PackOracle(cluster, workload, json);
        oracle.placements();
        oracle.capacities();
        oracle.tallies();
        oracle.refusedFitNowhere();
        oracle.gangsStandTogether();
        oracle.refusedGangsFitNowhere();
        oracle.freeShapes();
    }

    private void placements() {
        for (JsonNode placement : json.get("placements")) {
            int node = cluster.nodeId(placement.get("node").asText());
            Job job = jobs.get(placement.get("job").asText());
            assertThat(node).isNotNegative();
            assertThat(cluster.initialState(node).allocatable()).isTrue();
            assertThat(mayStand(job, node))
                    .as("%s on %s", job, cluster.nodeName(node))
                    .isTrue();
            cpuMilli[node] += job.request().cpuMilli();
            memoryMib[node] += job.request().memoryMib();
            for (int r = 0; r < cluster.countedNames().size(); r++) {
                counted[node][r] += job.request()
                        .counted()
                        .getOrDefault(cluster.countedNames().get(r), 0L);
            }
            hold(node, job.request(), placement);
        }
    }

    private boolean mayStand(Job job, int node) {
        Request request = job.request();
        if (request.gpus() instanceof GpuDemand.None) {
            return cluster.labels(node).entrySet().containsAll(request.labels().entrySet())
                    && (job.nodes().isEmpty() || job.nodes().contains(cluster.nodeName(node)));
        }
        return cluster.gpuCount(node) > 0
                && (job.nodes().isEmpty() || job.nodes().contains(cluster.nodeName(node)))
                && cluster.labels(node).entrySet().containsAll(request.labels().entrySet())
                && (request.gpuModels().isEmpty()
                        || request.gpuModels().contains(cluster.gpuModels().get(cluster.gpuModelId(node))))
                && cluster.gpuMemoryMib(node) >= request.minGpuMemoryMib();
    }

    private void hold(int node, Request request, JsonNode placement) {
        List<Integer> gpus = new ArrayList<>();
        placement.get("gpus").forEach(gpu -> gpus.add(gpu.asInt()));
        assertThat(gpus).doesNotHaveDuplicates().allMatch(gpu -> gpu < cluster.gpuCount(node));
        if (request.gpus() instanceof GpuDemand.Mig mig) {
            MigGeometry geometry = cluster.migGeometry(node);
            int profile = geometry.profileIndex(mig.profile());
            int start = placement.get("migStart").asInt();
            assertThat(gpus).singleElement().matches(gpu -> (cluster.migGpuMask(node) >>> gpu & 1) != 0);
            assertThat(geometry.startMask(profile) >>> start & 1).isOne();
            int occupancy = geometry.occupancyOf(profile, start);
            assertThat(slices[node][gpus.get(0)] & occupancy)
                    .as("slices held twice")
                    .isZero();
            slices[node][gpus.get(0)] |= occupancy;
            return;
        }
        assertThat(gpus).allMatch(gpu -> (cluster.plainGpuMask(node) >>> gpu & 1) != 0);
        int each = request.gpus() instanceof GpuDemand.Share share ? share.milli() : 1000;
        assertThat(gpus.size() * each).isEqualTo(request.gpuMilli());
        gpus.forEach(gpu -> gpuMilli[node][gpu] += each);
    }

    private void capacities() {
        for (int node = 0; node < cluster.nodeCount(); node++) {
            assertThat(cpuMilli[node]).isLessThanOrEqualTo(cluster.cpuMilli(node));
            assertThat(memoryMib[node]).isLessThanOrEqualTo(cluster.memoryMib(node));
            for (int r = 0; r < counted[node].length; r++) {
                assertThat(counted[node][r]).isLessThanOrEqualTo(cluster.counted(node, r));
            }
            assertThat(Arrays.stream(gpuMilli[node]).max().orElse(0)).isLessThanOrEqualTo(1000);
        }
    }

    private void tallies() {
        Map<String, Integer> placed = new HashMap<>();
        json.get("placements")
                .forEach(placement -> placed.merge(placement.get("job").asText(), 1, Integer::sum));
        long asked = 0;
        for (JsonNode row : json.get("jobs")) {
            Job job = jobs.get(row.get("name").asText());
            assertThat(row.get("asked").asInt()).isEqualTo((int) job.taskCount());
            assertThat(row.get("placed").asInt()).isEqualTo(placed.getOrDefault(job.name(), 0));
            assertThat(row.get("placed").asInt() + row.get("refused").asInt()).isEqualTo((int) job.taskCount());
            asked += job.taskCount();
        }
        assertThat(json.get("tasks").get("asked").asLong()).isEqualTo(asked);
        assertThat(json.get("tasks").get("placed").asLong())
                .isEqualTo(json.get("placements").size());
        long held = 0;
        for (int node = 0; node < cluster.nodeCount(); node++) {
            for (int gpu = 0; gpu < cluster.gpuCount(node); gpu++) {
                MigGeometry geometry = cluster.migGeometry(node);
                held += gpuMilli[node][gpu];
                held += geometry == null ? 0 : 1000L * Integer.bitCount(slices[node][gpu] & 0xFF) / geometry.slices();
            }
        }
        assertThat(json.get("allocatedGpuMilli").asLong()).isEqualTo(held);
        long models = 0;
        for (JsonNode model : json.get("utilisation").get("gpus")) {
            models += model.get("allocatedGpuMilli").asLong();
        }
        assertThat(models).isEqualTo(held);
    }

    /** Nothing ends, so what was refused once fits nowhere in the end. */
    private void refusedFitNowhere() {
        for (JsonNode refusal : json.get("refusals")) {
            Job job = jobs.get(refusal.get("job").asText());
            for (int node = 0; node < cluster.nodeCount(); node++) {
                assertThat(cluster.initialState(node).allocatable()
                                && mayStand(job, node)
                                && rooms(job.request(), node) > 0)
                        .as("%s was refused and fits on %s", job, cluster.nodeName(node))
                        .isFalse();
            }
        }
    }

    private void gangsStandTogether() {
        Map<String, List<String>> nodes = new HashMap<>();
        for (JsonNode placement : json.get("placements")) {
            assertThat(placement.has("gang"))
                    .isEqualTo(jobs.get(placement.get("job").asText()).gang() != null);
            if (placement.has("gang")) {
                String gang = placement.get("job").asText() + "/"
                        + placement.get("gang").asInt();
                nodes.computeIfAbsent(gang, absent -> new ArrayList<>())
                        .add(placement.get("node").asText());
            }
        }
        assertThat(json.get("gangs")).hasSize(nodes.size());
        for (JsonNode gang : json.get("gangs")) {
            GangRequest asked = jobs.get(gang.get("job").asText()).gang();
            List<String> on =
                    nodes.get(gang.get("job").asText() + "/" + gang.get("gang").asInt());
            assertThat(on).hasSize(gang.get("tasks").asInt());
            assertThat(on.size()).isBetween(asked.minTasks(), asked.maxTasks());
            assertThat(gang.get("nodes").asLong())
                    .isEqualTo(on.stream().distinct().count());
            assertThat(gang.get("tier").asText())
                    .isEqualTo(on.stream().distinct().count() == 1 ? "node" : "cluster");
            on.forEach(
                    node -> assertThat(Collections.frequency(on, node)).isLessThanOrEqualTo(asked.maxTasksPerNode()));
        }
    }

    private void refusedGangsFitNowhere() {
        for (JsonNode refusal : json.get("gangRefusals")) {
            Job job = jobs.get(refusal.get("job").asText());
            long room = 0;
            for (int node = 0; node < cluster.nodeCount(); node++) {
                if (cluster.initialState(node).allocatable() && mayStand(job, node)) {
                    room += Math.min(rooms(job.request(), node), job.gang().maxTasksPerNode());
                }
            }
            if (job.request().gpus() instanceof GpuDemand.Whole) {
                assertThat(room).as("%s was refused", job).isLessThan(job.gang().minTasks());
            }
        }
    }

    /** How many tasks that ask for whole GPUs, or whether one of another kind, the rest of a node takes. */
    private long rooms(Request request, int node) {
        long rooms = Long.MAX_VALUE;
        if (request.cpuMilli() > 0) {
            rooms = Math.min(rooms, (cluster.cpuMilli(node) - cpuMilli[node]) / request.cpuMilli());
        }
        if (request.memoryMib() > 0) {
            rooms = Math.min(rooms, (cluster.memoryMib(node) - memoryMib[node]) / request.memoryMib());
        }
        for (int r = 0; r < counted[node].length; r++) {
            long asked = request.counted().getOrDefault(cluster.countedNames().get(r), 0L);
            rooms = asked == 0 ? rooms : Math.min(rooms, (cluster.counted(node, r) - counted[node][r]) / asked);
        }
        int free = 0;
        boolean share = false;
        boolean mig = false;
        for (int gpu = 0; gpu < cluster.gpuCount(node); gpu++) {
            if ((cluster.plainGpuMask(node) >>> gpu & 1) != 0) {
                free += gpuMilli[node][gpu] == 0 ? 1 : 0;
                share |= 1000 - gpuMilli[node][gpu] >= request.gpuMilli();
            } else if (request.gpus() instanceof GpuDemand.Mig asked) {
                MigGeometry geometry = cluster.migGeometry(node);
                int profile = geometry.profileIndex(asked.profile());
                mig |= profile >= 0 && geometry.placeableStarts(profile, slices[node][gpu]) != 0;
            }
        }
        if (request.gpus() instanceof GpuDemand.Whole whole) {
            return Math.min(rooms, free / whole.count());
        }
        boolean gpuFits =
                request.gpus() instanceof GpuDemand.Share ? share : !(request.gpus() instanceof GpuDemand.Mig) || mig;
        return gpuFits ? rooms : 0;
    }

    private void freeShapes() {
        JsonNode shapes = json.get("freeShapes");
        for (JsonNode model : shapes.get("models")) {
            for (int size : new int[] {1, 2, 4, 8}) {
                Request request = Request.gpus(
                        size,
                        size * shapes.get("cpuMilliPerGpu").asInt(),
                        size * shapes.get("memoryMibPerGpu").asLong());
                long fits = 0;
                for (int node = 0; node < cluster.nodeCount(); node++) {
                    if (cluster.initialState(node).allocatable()
                            && cluster.gpuModelId(node) >= 0
                            && cluster.gpuModels()
                                    .get(cluster.gpuModelId(node))
                                    .equals(model.get("model").asText())) {
                        fits += rooms(request, node);
                    }
                }
                assertThat(model.get("jobsByGpus").get(Integer.toString(size)).asLong())
                        .as("%s of %s", size, model)
                        .isEqualTo(fits);
            }
        }
    }
}
