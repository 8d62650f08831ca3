package dev.berth.k8s.page;

import dev.berth.k8s.engine.ClusterView.WaitingView;
import dev.berth.k8s.engine.Insight.Figures;
import java.util.List;

/**
 * How a replica stands. Immutable.
 *
 * @param ready whether it leads and has seen everything
 * @param figures its figures
 * @param waiting who waits, those that come first standing first; read from JSON, only the first of them
 */
public record Status(boolean ready, Figures figures, List<WaitingView> waiting) {
    /** Copies the list. */
    public Status {
        waiting = List.copyOf(waiting);
    }
}
