package dev.berth.k8s.readback;

import dev.berth.k8s.engine.GpuReport;
import dev.berth.k8s.objects.GpuUse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Gathers single GPUs into what each pod has. */
final class Reports {
    private Reports() {}

    private record Pod(String namespace, String name, String uid, String host) {}

    /** What a pod has while it is gathered: a report is as old as the oldest thing that it says. */
    private static final class Gathered {
        private final Set<GpuReport.Device> gpus = new LinkedHashSet<>();
        private long seenMillis = Long.MAX_VALUE;
    }

    /** One report for each pod, in the order in which the pods first appear; each GPU and part of one once. */
    static List<GpuReport> of(List<GpuUse> uses) {
        Map<Pod, Gathered> pods = new LinkedHashMap<>();
        for (GpuUse use : uses) {
            Gathered gathered = pods.computeIfAbsent(
                    new Pod(use.namespace(), use.podName(), use.podUid(), use.host()), none -> new Gathered());
            gathered.gpus.add(new GpuReport.Device(use.uuid(), use.index(), use.instance(), use.replica()));
            gathered.seenMillis = Math.min(gathered.seenMillis, use.seenMillis());
        }
        List<GpuReport> reports = new ArrayList<>(pods.size());
        pods.forEach((pod, gathered) -> reports.add(new GpuReport(
                pod.namespace, pod.name, pod.uid, pod.host, List.copyOf(gathered.gpus), gathered.seenMillis)));
        return reports;
    }
}
