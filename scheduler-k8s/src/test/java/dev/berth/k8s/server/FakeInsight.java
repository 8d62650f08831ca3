package dev.berth.k8s.server;

import dev.berth.k8s.engine.ClusterView;
import dev.berth.k8s.engine.Decision;
import dev.berth.k8s.engine.Explanation;
import dev.berth.k8s.engine.Insight;
import java.util.List;
import java.util.Optional;

/** Says what it is told. */
final class FakeInsight implements Insight {
    volatile boolean ready = true;
    volatile Figures figures = new Figures(16, 2500, 3, 2, 1, 1, 7, 5, 4, 3, 2, 0, 1, 0, 1, 6);

    @Override
    public boolean isReady() {
        return ready;
    }

    @Override
    public Optional<Explanation> why(String namespace, String podName) {
        return Optional.empty();
    }

    @Override
    public ClusterView view() {
        return new ClusterView(0, ready, List.of(), List.of());
    }

    @Override
    public List<Decision> decisionsAfter(long sequence) {
        return List.of();
    }

    @Override
    public AutoCloseable onDecision(Runnable listener) {
        return () -> {};
    }

    @Override
    public Figures figures() {
        return figures;
    }
}
