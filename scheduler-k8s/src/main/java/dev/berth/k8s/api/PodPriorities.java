package dev.berth.k8s.api;

import dev.berth.k8s.engine.PodRef;
import dev.berth.k8s.objects.PodObject;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;

/** Priorities of the pods that are not bound yet, for {@link ApiWrites} to write by. Thread-safe. */
public final class PodPriorities implements ToIntFunction<PodRef> {
    /** Most pods have none. */
    private final Map<String, Integer> byUid = new ConcurrentHashMap<>();

    @Override
    public int applyAsInt(PodRef pod) {
        return byUid.getOrDefault(pod.uid(), 0);
    }

    void seen(PodObject pod) {
        if (pod.spec().priority() != 0 && !pod.isBound()) {
            byUid.put(pod.uid(), pod.spec().priority());
        } else if (!byUid.isEmpty()) {
            byUid.remove(pod.uid());
        }
    }

    void gone(PodRef pod) {
        byUid.remove(pod.uid());
    }
}
