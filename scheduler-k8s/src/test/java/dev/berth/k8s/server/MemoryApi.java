package dev.berth.k8s.server;

import dev.berth.k8s.engine.ClusterEvents;
import dev.berth.k8s.engine.Outcome;
import dev.berth.k8s.engine.PodRef;
import dev.berth.k8s.engine.Writes;
import dev.berth.k8s.objects.NodeJson;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodJson;
import dev.berth.k8s.objects.PodObject;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * An API server in memory: pods and nodes, bindings that are done or not, a watch that comes later but in order. It keeps the book of which pod has which
 * GPU, and remembers each time when two have the same. Thread-safe.
 */
final class MemoryApi implements Writes, AutoCloseable {
    /** GPUs of a node. */
    static final int GPUS = 8;

    private final Random random;
    private final Map<String, Live> pods = new LinkedHashMap<>();
    private final ExecutorService watch = Executors.newSingleThreadExecutor();
    private final ExecutorService writers = Executors.newFixedThreadPool(4);
    private final List<Future<?>> running = new ArrayList<>();
    private ClusterEvents events;
    private int made;

    /** Nodes by the UID of the pod that is nominated for each. */
    final Map<String, String> nominated = new ConcurrentHashMap<>();

    final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();
    /** Told of pods that are made in place of ones that were deleted. */
    volatile Consumer<Live> remade = pod -> {};

    MemoryApi(long seed) {
        random = new Random(seed);
    }

    /** A pod that is there. */
    record Live(String name, String uid, int gpus, String gang, int gangSize, String nodeName, List<Integer> at) {
        Live boundTo(String node, List<Integer> indices) {
            return new Live(name, uid, gpus, gang, gangSize, node, indices);
        }

        String json() {
            StringBuilder annotations = new StringBuilder("{");
            if (gang != null) {
                annotations.append("\"berth.dev/gang\":\"" + gang + "\",\"berth.dev/gang-size\":\"" + gangSize + "\"");
            }
            if (nodeName != null && !at.isEmpty()) {
                annotations.append(gang == null ? "" : ",").append("\"berth.dev/gpus\":\"" + join(at) + "\"");
            }
            annotations.append("}");
            return "{\"metadata\":{\"name\":\"" + name + "\",\"namespace\":\"ns\",\"uid\":\"" + uid
                    + "\",\"resourceVersion\":\"1\",\"creationTimestamp\":\"2026-11-21T23:33:59Z\",\"annotations\":"
                    + annotations
                    + ",\"ownerReferences\":[{\"controller\":true,\"kind\":\"Job\",\"name\":\"j\",\"uid\":\"j\"}]},\"spec\":{"
                    + (nodeName == null ? "" : "\"nodeName\":\"" + nodeName + "\",")
                    + "\"schedulerName\":\"default-scheduler\",\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":{\"nvidia.com/gpu\":\""
                    + gpus + "\"},\"requests\":{\"cpu\":\"1\",\"nvidia.com/gpu\":\"" + gpus
                    + "\"}}}]},\"status\":{\"phase\":\"Pending\"}}";
        }

        private static String join(List<Integer> indices) {
            return String.join(",", indices.stream().map(String::valueOf).toList());
        }

        PodObject object() {
            try {
                return PodJson.parse(json().getBytes(StandardCharsets.UTF_8));
            } catch (java.io.IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    static NodeObject node(String name) {
        String json = "{\"metadata\":{\"name\":\"" + name
                + "\",\"uid\":\"" + name
                + "\",\"labels\":{\"nvidia.com/gpu.product\":\"NVIDIA-H100-80GB-HBM3\",\"nvidia.com/gpu.count\":\"8\","
                + "\"nvidia.com/gpu.memory\":\"81559\"}},\"spec\":{},\"status\":{\"allocatable\":{\"cpu\":\"96\",\"memory\":\"1Ti\",\"pods\":\"110\","
                + "\"nvidia.com/gpu\":\"" + GPUS + "\"},\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}";
        try {
            return NodeJson.parse(json.getBytes(StandardCharsets.UTF_8));
        } catch (java.io.IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    synchronized void watchedBy(ClusterEvents watcher) {
        events = watcher;
    }

    synchronized Live create(int gpus, String gang, int gangSize) {
        Live pod = new Live("p" + ++made, "u" + made, gpus, gang, gangSize, null, List.of());
        pods.put(pod.uid(), pod);
        seen(pod);
        return pod;
    }

    private void seen(Live pod) {
        deliver(() -> events.podSeen(pod.object()));
    }

    private void deliver(Runnable event) {
        running.add(watch.submit(event));
    }

    synchronized Live get(String uid) {
        return pods.get(uid);
    }

    synchronized List<Live> all() {
        return List.copyOf(pods.values());
    }

    /** Deletes a pod, and makes another one like it, as a controller does. */
    void replace(String uid) {
        Live made;
        synchronized (this) {
            Live pod = pods.remove(uid);
            if (pod == null) {
                return;
            }
            deliver(() -> events.podGone(new PodRef("ns", pod.name(), pod.uid())));
            made = create(pod.gpus(), pod.gang(), pod.gangSize());
        }
        remade.accept(made);
    }

    @Override
    public void bind(PodRef pod, String nodeName, Map<String, String> annotations, Consumer<Outcome> done) {
        int fault;
        int delay;
        synchronized (this) {
            fault = random.nextInt(100);
            delay = random.nextInt(2_000);
        }
        writers.execute(() -> {
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(delay));
            Outcome outcome;
            if (fault < 6) {
                outcome = new Outcome(Outcome.Kind.BUSY, "too many requests");
            } else if (fault < 9) {
                outcome = new Outcome(Outcome.Kind.UNKNOWN, "timed out before it was done");
            } else {
                outcome = bindNow(pod, nodeName, annotations);
                if (fault < 12 && outcome.kind() == Outcome.Kind.DONE) {
                    outcome = new Outcome(Outcome.Kind.UNKNOWN, "timed out after it was done");
                }
            }
            done.accept(outcome);
        });
    }

    private synchronized Outcome bindNow(PodRef ref, String nodeName, Map<String, String> annotations) {
        Live pod = pods.get(ref.uid());
        if (pod == null) {
            return new Outcome(Outcome.Kind.GONE, "there is no such pod");
        }
        if (pod.nodeName() != null) {
            return new Outcome(Outcome.Kind.REFUSED, "it is bound to " + pod.nodeName());
        }
        String text = annotations.getOrDefault("berth.dev/gpus", "");
        List<Integer> at = new ArrayList<>();
        for (String index : text.split(",", -1)) {
            at.add(Integer.parseInt(index));
        }
        if (at.size() != pod.gpus()) {
            violations.add(ref + " is bound with GPUs " + text + " and asked for " + pod.gpus());
        }
        for (Live other : pods.values()) {
            if (nodeName.equals(other.nodeName()) && at.stream().anyMatch(other.at()::contains)) {
                violations.add(ref + " is bound to GPUs " + at + " of " + nodeName + ", and " + other.name() + " has "
                        + other.at());
            }
        }
        Live bound = pod.boundTo(nodeName, at);
        pods.put(pod.uid(), bound);
        seen(bound);
        return Outcome.DONE;
    }

    @Override
    public void release(
            PodRef pod,
            How how,
            String nodeName,
            boolean hasNodeTerms,
            Map<String, String> annotations,
            Consumer<Outcome> done) {
        violations.add(pod + " is released, and was not gated");
    }

    @Override
    public void nominate(PodRef pod, String nodeName, Consumer<Outcome> done) {
        writers.execute(() -> {
            nominated.put(pod.uid(), nodeName);
            done.accept(Outcome.DONE);
        });
    }

    @Override
    public void withdrawNomination(PodRef pod, String nodeName, Consumer<Outcome> done) {
        writers.execute(() -> done.accept(
                nominated.remove(pod.uid(), nodeName)
                        ? Outcome.DONE
                        : new Outcome(Outcome.Kind.REFUSED, "it is not nominated for " + nodeName)));
    }

    @Override
    public void ungate(PodRef pod, Consumer<Outcome> done) {
        violations.add(pod + " is ungated, and was not gated");
    }

    @Override
    public void delete(PodRef pod, Consumer<Outcome> done) {
        writers.execute(() -> {
            replace(pod.uid());
            done.accept(Outcome.DONE);
        });
    }

    @Override
    public void evict(PodRef pod, String why, Consumer<Outcome> done) {
        violations.add(pod + " is evicted, and nothing was preempted");
    }

    @Override
    public void tell(PodRef pod, boolean warning, String reason, String message, Boolean placed) {}

    /** What has failed in the watcher. */
    void requireDelivered() throws Exception {
        List<Future<?>> all;
        synchronized (this) {
            all = List.copyOf(running);
        }
        for (Future<?> event : all) {
            event.get(60, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() {
        watch.shutdownNow();
        writers.shutdownNow();
    }
}
