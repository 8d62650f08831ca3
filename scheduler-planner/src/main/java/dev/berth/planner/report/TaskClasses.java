package dev.berth.planner.report;

import dev.berth.placement.GpuDemand;
import dev.berth.placement.Request;
import dev.berth.planner.io.Job;
import dev.berth.planner.pack.Packing;
import dev.berth.planner.pack.RefusedJob;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Tasks put together for summaries. */
final class TaskClasses {
    private TaskClasses() {}

    /**
     * Tasks with something in common.
     *
     * @param name what it is
     * @param asked number of tasks
     * @param refused those that were refused
     */
    record Row(String name, long asked, long refused) {
        long placed() {
            return asked - refused;
        }
    }

    /** By job, in the order of the workload. */
    static List<Row> byJob(Packing packing) {
        long[] refused = packing.refusedByJob();
        List<Row> rows = new ArrayList<>();
        for (int job = 0; job < refused.length; job++) {
            rows.add(new Row(
                    packing.workload().jobs().get(job).name(),
                    packing.workload().jobs().get(job).taskCount(),
                    refused[job]));
        }
        return rows;
    }

    /** By what a task asks of the GPUs: whole ones from many to one, shares, MIG instances, none. */
    static List<Row> byGpus(Packing packing) {
        long[] refused = packing.refusedByJob();
        Map<Integer, Row> rows = new TreeMap<>();
        for (int job = 0; job < refused.length; job++) {
            Job of = packing.workload().jobs().get(job);
            Row more = new Row(kind(of.request()), of.taskCount(), refused[job]);
            rows.merge(
                    rank(of.request()),
                    more,
                    (a, b) -> new Row(a.name(), a.asked() + b.asked(), a.refused() + b.refused()));
        }
        return List.copyOf(rows.values());
    }

    private static int rank(Request request) {
        if (request.gpus() instanceof GpuDemand.Whole whole) {
            return -whole.count();
        }
        return request.gpus() instanceof GpuDemand.Share ? 0 : request.gpus() instanceof GpuDemand.Mig ? 1 : 2;
    }

    private static String kind(Request request) {
        return switch (rank(request)) {
            case 0 -> "share of a GPU";
            case 1 -> "MIG instance";
            default -> Figures.gpus(request);
        };
    }

    /**
     * Refused jobs that asked for the same and were refused for the same reason.
     *
     * @param binding the resource that binds
     * @param jobs the jobs, at least one
     */
    record Refused(String binding, List<RefusedJob> jobs) {
        int tasks() {
            return jobs.stream().mapToInt(RefusedJob::tasks).sum();
        }

        RefusedJob first() {
            return jobs.get(0);
        }
    }

    private record Alike(String binding, Request request, List<String> nodes) {}

    /** The refused by the resource that binds, those with most tasks first; within it by what they asked. */
    static Map<String, List<Refused>> byReason(Packing packing) {
        Map<Alike, List<RefusedJob>> alike = new LinkedHashMap<>();
        for (RefusedJob refused : packing.refused()) {
            Job job = packing.workload().jobs().get(refused.job());
            alike.computeIfAbsent(new Alike(binding(refused), job.request(), job.nodes()), absent -> new ArrayList<>())
                    .add(refused);
        }
        Map<String, List<Refused>> byReason = new LinkedHashMap<>();
        alike.forEach((key, jobs) -> byReason.computeIfAbsent(key.binding(), absent -> new ArrayList<>())
                .add(new Refused(key.binding(), jobs)));
        Map<String, List<Refused>> sorted = new LinkedHashMap<>();
        byReason.entrySet().stream()
                .sorted(Comparator.comparingInt((Map.Entry<String, List<Refused>> e) -> -tasks(e.getValue())))
                .forEach(e -> {
                    e.getValue().sort(Comparator.comparingInt((Refused r) -> -r.tasks()));
                    sorted.put(e.getKey(), e.getValue());
                });
        return sorted;
    }

    /** The most important ones: the largest of each reason, then the largest of all. */
    static Set<Refused> shown(Map<String, List<Refused>> byReason, int most) {
        Set<Refused> shown = new HashSet<>();
        byReason.values().forEach(alike -> shown.add(alike.get(0)));
        byReason.values().stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparingInt((Refused r) -> -r.tasks()))
                .filter(refused -> !shown.contains(refused))
                .limit(Math.max(0, most - shown.size()))
                .toList()
                .forEach(shown::add);
        return shown;
    }

    static int tasks(List<Refused> refused) {
        return refused.stream().mapToInt(Refused::tasks).sum();
    }

    private static String binding(RefusedJob refused) {
        var binding = refused.first().binding();
        return binding == null ? "nodes" : binding.resource();
    }
}
