package dev.berth.k8s.page;

import dev.berth.k8s.engine.ClusterView;
import dev.berth.k8s.engine.Insight;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The view of a moment ago, rendered once for all who ask. Thread-safe. */
final class ViewCache {
    private final Insight insight;
    private final long ageNanos;
    private final LongSupplier nanoTime;
    private @Nullable Rendered last;
    private long lastNanos;

    /**
     * A cache.
     *
     * @param age how old a view may be that is handed out again
     * @param nanoTime as {@link System#nanoTime()}
     */
    ViewCache(Insight insight, Duration age, LongSupplier nanoTime) {
        this.insight = insight;
        this.ageNanos = age.toNanos();
        this.nanoTime = nanoTime;
    }

    /**
     * A view and what it looks like.
     *
     * @param view the view
     * @param body as JSON
     */
    record Rendered(ClusterView view, Body body) {}

    /** One at a time asks the engine; the others wait for what that one gets. */
    synchronized Rendered get() {
        long now = nanoTime.getAsLong();
        Rendered known = last;
        if (known != null && now - lastNanos < ageNanos) {
            return known;
        }
        ClusterView view = insight.view();
        Rendered fresh;
        if (known != null && known.view().equals(view)) {
            fresh = known;
        } else {
            fresh = new Rendered(view, Body.of(ViewJson.of(view)));
        }
        last = fresh;
        lastNanos = now;
        return fresh;
    }
}
