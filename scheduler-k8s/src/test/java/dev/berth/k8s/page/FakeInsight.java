package dev.berth.k8s.page;

import dev.berth.k8s.engine.ClusterView;
import dev.berth.k8s.engine.ClusterView.NodeView;
import dev.berth.k8s.engine.ClusterView.WaitingView;
import dev.berth.k8s.engine.Decision;
import dev.berth.k8s.engine.Explanation;
import dev.berth.k8s.engine.Insight;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** An engine without an engine: shows what it is given. */
final class FakeInsight implements Insight {
    private final int remembered;
    private final Deque<Decision> decisions = new ArrayDeque<>();
    private final Set<Runnable> listeners = ConcurrentHashMap.newKeySet();
    final AtomicInteger views = new AtomicInteger();
    private long sequence;
    private ClusterView view;
    volatile boolean ready = true;

    FakeInsight(ClusterView view) {
        this(view, 1000);
    }

    /** One that remembers so many decisions. */
    FakeInsight(ClusterView view, int remembered) {
        this.view = view;
        this.remembered = remembered;
        this.sequence = view.sequence();
    }

    synchronized void show(ClusterView now) {
        view = now;
    }

    void decide(String kind, String pod, String gang, String nodeName, List<Integer> gpus, String text) {
        synchronized (this) {
            sequence++;
            decisions.add(new Decision(sequence, System.currentTimeMillis(), kind, pod, gang, nodeName, gpus, text));
            if (decisions.size() > remembered) {
                decisions.remove();
            }
        }
        listeners.forEach(Runnable::run);
    }

    int listeners() {
        return listeners.size();
    }

    @Override
    public boolean isReady() {
        return ready;
    }

    @Override
    public synchronized Optional<Explanation> why(String namespace, String podName) {
        String path = namespace + "/" + podName;
        for (NodeView node : view.nodes()) {
            int index = node.pods().indexOf(path);
            if (index >= 0) {
                String gang = index < node.gangs().size() ? node.gangs().get(index) : "";
                int each = Math.max(1, node.gpuHeldMilli().size() / node.pods().size());
                List<Integer> gpus = new ArrayList<>();
                for (int gpu = index * each;
                        gpu < Math.min((index + 1) * each, node.gpuHeldMilli().size());
                        gpu++) {
                    gpus.add(gpu);
                }
                return Optional.of(new Explanation(
                        namespace,
                        podName,
                        "bound",
                        node.name(),
                        gpus,
                        index % 2 == 0,
                        gang.isEmpty() ? null : gang,
                        gang.isEmpty() ? -1 : index,
                        gang.isEmpty() ? null : "rack",
                        "It runs on " + node.name() + ", which leaves whole nodes free for larger jobs.",
                        List.of(),
                        List.of()));
            }
        }
        for (WaitingView waiting : view.waiting()) {
            if (waiting.name().equals(path)) {
                return Optional.of(new Explanation(
                        namespace,
                        podName,
                        "waiting",
                        null,
                        List.of(),
                        false,
                        null,
                        -1,
                        null,
                        waiting.why(),
                        List.of("gpu: asked 8, best 6, missing 2 (12 of 12 nodes, 3 only this)"),
                        List.of("asking for 6 GPUs instead of 8", "waiting for batch/sweep-0 to end")));
            }
        }
        return Optional.empty();
    }

    @Override
    public synchronized ClusterView view() {
        views.incrementAndGet();
        return new ClusterView(sequence, view.leading(), view.nodes(), view.waiting());
    }

    @Override
    public synchronized List<Decision> decisionsAfter(long after) {
        return decisions.stream().filter(one -> one.sequence() > after).toList();
    }

    @Override
    public AutoCloseable onDecision(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public Figures figures() {
        return new Figures(40_000, 31_234_500, 12, 3, 4_711, 2, 5_000, 12, 1, 0, 4, 1, 4_000, 711, 12, 2);
    }
}
