package dev.berth.k8s.server;

import dev.berth.k8s.engine.ClusterEvents;
import dev.berth.k8s.engine.Extender;
import dev.berth.k8s.engine.FilterAnswer;
import dev.berth.k8s.engine.Outcome;
import dev.berth.k8s.engine.PodRef;
import dev.berth.k8s.engine.Victims;
import dev.berth.k8s.engine.Writes;
import dev.berth.k8s.objects.GroupObject;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The plainest extender that is right: one lock, one entry a pod, the first node with room. Knows no gangs. */
final class SimpleBook implements Extender, ClusterEvents {
    private static final long HELD_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Map<String, Entry> entries = new HashMap<>();
    private final Set<String> gone = new HashSet<>();
    private final Writes writes;

    SimpleBook(Writes writes) {
        this.writes = writes;
    }

    /** What a pod holds. */
    private record Entry(String node, List<Integer> gpus, boolean binding, long untilNanos) {}

    private synchronized List<Integer> free(String node) {
        List<Integer> free = new ArrayList<>();
        for (int gpu = 0; gpu < MemoryApi.GPUS; gpu++) {
            free.add(gpu);
        }
        entries.values().stream().filter(entry -> entry.node.equals(node)).forEach(entry -> free.removeAll(entry.gpus));
        return free;
    }

    @Override
    public synchronized FilterAnswer filter(PodObject pod, Collection<String> nodeNames) {
        Entry held = entries.get(pod.uid());
        if (gone.contains(pod.uid())) {
            return FilterAnswer.error("it is gone");
        }
        if (held != null && held.binding) {
            return FilterAnswer.error("it is being bound");
        }
        if (held != null && held.untilNanos == Long.MAX_VALUE) {
            return nodeNames.contains(held.node) ? FilterAnswer.one(held.node) : FilterAnswer.error("it may be bound");
        }
        entries.remove(pod.uid());
        int wanted = pod.spec().requests().get("nvidia.com/gpu").intValue();
        for (String node : nodeNames) {
            List<Integer> free = free(node);
            if (free.size() >= wanted) {
                entries.put(
                        pod.uid(),
                        new Entry(node, List.copyOf(free.subList(0, wanted)), false, System.nanoTime() + HELD_NANOS));
                return FilterAnswer.one(node);
            }
        }
        return new FilterAnswer("", List.of(), Map.of());
    }

    @Override
    public FilterAnswer advise(PodObject pod, Collection<String> nodeNames) {
        return new FilterAnswer("", List.copyOf(nodeNames), Map.of());
    }

    @Override
    public FilterAnswer simulate(PodObject pod, List<NodeObject> nodes) {
        return advise(pod, nodes.stream().map(NodeObject::name).toList());
    }

    @Override
    public Map<String, Integer> scores(PodObject pod, Collection<String> nodeNames) {
        return Map.of();
    }

    @Override
    public void bind(PodRef pod, String nodeName, Consumer<String> done) {
        Entry held;
        synchronized (this) {
            held = entries.get(pod.uid());
            if (held == null || held.binding || !held.node.equals(nodeName)) {
                held = null;
            } else {
                held = new Entry(held.node, held.gpus, true, Long.MAX_VALUE);
                entries.put(pod.uid(), held);
            }
        }
        if (held == null) {
            done.accept("nothing is held");
            return;
        }
        String gpus = String.join(",", held.gpus.stream().map(String::valueOf).toList());
        writes.bind(pod, nodeName, Map.of("berth.dev/gpus", gpus), outcome -> {
            ended(pod, outcome);
            done.accept(outcome.kind() == Outcome.Kind.DONE ? "" : outcome.message());
        });
    }

    private synchronized void ended(PodRef pod, Outcome outcome) {
        boolean bound = outcome.kind() == Outcome.Kind.DONE
                || (outcome.kind() == Outcome.Kind.REFUSED && outcome.message().startsWith("it is bound"));
        Entry held = entries.get(pod.uid());
        if (held == null || bound) {
            return;
        }
        if (outcome.kind() == Outcome.Kind.UNKNOWN) {
            // It may be bound: what it holds remains until it is seen or gone, and binding may be tried again.
            entries.put(pod.uid(), new Entry(held.node, held.gpus, false, Long.MAX_VALUE));
        } else {
            entries.remove(pod.uid());
        }
    }

    @Override
    public Map<String, Victims> preempt(PodObject pod, Map<String, Victims> victimsByNode) {
        return Map.of();
    }

    @Override
    public synchronized void podSeen(PodObject pod) {
        if (pod.isBound()) {
            List<Integer> gpus = new ArrayList<>();
            for (String gpu : pod.annotations().get("berth.dev/gpus").split(",", -1)) {
                gpus.add(Integer.parseInt(gpu));
            }
            entries.put(pod.uid(), new Entry(pod.spec().nodeName(), gpus, true, Long.MAX_VALUE));
        }
    }

    @Override
    public synchronized void podGone(PodRef pod) {
        gone.add(pod.uid());
        entries.remove(pod.uid());
    }

    @Override
    public synchronized void tick() {
        long now = System.nanoTime();
        entries.values().removeIf(entry -> entry.untilNanos != Long.MAX_VALUE && now - entry.untilNanos > 0);
    }

    /** GPUs that are held. */
    synchronized int held() {
        return entries.values().stream().mapToInt(entry -> entry.gpus.size()).sum();
    }

    @Override
    public void nodeSeen(NodeObject node) {}

    @Override
    public void nodeGone(String name) {}

    @Override
    public void groupSeen(GroupObject group) {}

    @Override
    public void groupGone(String convention, String namespace, String name) {}

    @Override
    public void factSeen(Runnable change, boolean changesCluster) {
        change.run();
    }

    @Override
    public void gpusSeen(java.util.Collection<dev.berth.k8s.engine.GpuReport> reports) {
        // It keeps counts, not indices.
    }

    @Override
    public void synced() {}

    @Override
    public void lead() {}

    @Override
    public void follow() {}
}
