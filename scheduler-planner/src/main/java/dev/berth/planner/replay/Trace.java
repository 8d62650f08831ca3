package dev.berth.planner.replay;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Request;
import dev.berth.placement.TypicalWorkload;
import dev.berth.planner.io.OpenbPods;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A cluster and a list of tasks to replay on it, the tasks as class numbers. Immutable. */
final class Trace {
    private final Cluster cluster;
    private final List<Request> classes;
    private final int[] tasks;
    private final TypicalWorkload typical;

    Trace(List<NodeSpec> nodes, List<OpenbPods.Pod> pods) {
        Cluster.Builder builder = Cluster.builder();
        nodes.forEach(builder::add);
        cluster = builder.build();
        Map<Request, Integer> ids = new HashMap<>();
        List<Request> distinct = new ArrayList<>();
        tasks = new int[pods.size()];
        for (int i = 0; i < tasks.length; i++) {
            Request request = pods.get(i).request();
            Integer id = ids.putIfAbsent(request, distinct.size());
            if (id == null) {
                id = distinct.size();
                distinct.add(request);
            }
            tasks[i] = id;
        }
        classes = List.copyOf(distinct);
        typical = TypicalWorkload.of(pods.stream().map(OpenbPods.Pod::request).toList());
    }

    /** The machines. */
    Cluster cluster() {
        return cluster;
    }

    /** GPU capacity of the cluster in milli-GPU. */
    long capacityMilli() {
        return 1000L * cluster.gpuCount();
    }

    /** The distinct requests; the position is the class. */
    List<Request> classes() {
        return classes;
    }

    /** Number of tasks in the list. */
    int size() {
        return tasks.length;
    }

    /** Class of a task of the list. */
    int classOf(int task) {
        return tasks[task];
    }

    /** A copy of the classes of all tasks. */
    int[] tasks() {
        return tasks.clone();
    }

    /** GPU demand of a class in milli-GPU. */
    int gpuMilli(int ofClass) {
        return classes.get(ofClass).gpuMilli();
    }

    /** Whether a class asks for no GPU. */
    boolean cpuOnly(int ofClass) {
        return classes.get(ofClass).gpus() instanceof GpuDemand.None;
    }

    /** Whether any class asks for a GPU. */
    boolean hasGpuDemand() {
        return classes.stream().anyMatch(request -> request.gpuMilli() > 0);
    }

    /** Number of GPUs that a class touches: whole ones, 1 for a share, 0 for none. */
    int gpus(int ofClass) {
        return (gpuMilli(ofClass) + 999) / 1000;
    }

    /** The typical workload of the whole list. */
    TypicalWorkload typical() {
        return typical;
    }
}
