package dev.berth.k8s.pods;

import dev.berth.cluster.Cluster;
import dev.berth.k8s.objects.GroupObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Request;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Says what pods need, by the conventions of every system that has one. What each annotation, label and resource means is in
 * docs/kubernetes-pods.md.
 *
 * <p>Equal needs of different pods share one {@link Request}, because the planner keeps its work per request. A node selector is no part of
 * the request: which nodes a pod may stand on is found elsewhere.
 *
 * <p>Never throws for what a pod says; that becomes {@link PodNeed#problem()}. Thread-safe.
 */
public final class PodNeeds {
    private static final long MIB = 1L << 20;

    private final PodSettings settings;
    private final GpuSizes sizes;
    private final SharedRequests shared = new SharedRequests();

    /** Reads by the given settings. */
    public PodNeeds(PodSettings settings, GpuSizes sizes) {
        this.settings = settings;
        this.sizes = sizes;
    }

    /** What a pod needs. Ask again when the pod or its group has changed. */
    public PodNeed read(PodObject pod, GroupLookup groups) {
        Problems problems = new Problems();
        Words words = new Words(pod, problems);
        GpuNeed gpus = GpuNeed.read(words, settings, sizes);
        GangReading gang = Gangs.read(words, groups);
        Request request = shared.of(request(pod, gpus));
        if (gang.gang() != null && problems.text() == null) {
            GangRules.check(gang.gang(), request, problems);
        }
        return new PodNeed(request, gpus.wanted(), gang.gang(), gang.rank(), problems.text());
    }

    /**
     * The groups that a pod declares for itself and for others, which a {@link GroupLookup} is then expected to find: YuniKorn's task groups,
     * under the convention {@code yunikorn}. They have no UID. Mostly empty.
     */
    public static List<GroupObject> declaredGroups(PodObject pod) {
        return YunikornGang.declared(new Words(pod, new Problems()));
    }

    private Request request(PodObject pod, GpuNeed gpus) {
        Map<String, Long> asked = pod.spec().requests();
        long memoryBytes = asked.getOrDefault("memory", 0L);
        long memoryMib = memoryBytes / MIB + (memoryBytes % MIB == 0 ? 0 : 1);
        Map<String, Long> counted = new TreeMap<>();
        asked.forEach((resource, amount) -> {
            if (settings.isCounted(resource)) {
                counted.put(resource, Math.min(amount, Cluster.MAX_COUNTED_AMOUNT));
            }
        });
        if (settings.isCounted("pods")) {
            counted.put("pods", 1L);
        }
        boolean none = gpus.demand() instanceof GpuDemand.None;
        return new Request(
                gpus.demand(),
                (int) Math.min(asked.getOrDefault("cpu", 0L), Integer.MAX_VALUE),
                Math.min(memoryMib, Integer.MAX_VALUE),
                counted,
                none ? Set.of() : gpus.models(),
                none ? 0 : gpus.minMemoryMib(),
                Map.of());
    }
}
