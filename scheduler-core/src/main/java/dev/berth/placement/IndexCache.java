package dev.berth.placement;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The indexes of the classes most recently asked for, within a budget of memory. */
final class IndexCache {
    private final Engine engine;
    private final int most;
    private @Nullable ClassIndex[] byClass = new ClassIndex[64];
    private long[] usedAt = new long[64];
    private int held;
    private long clock;

    IndexCache(Engine engine, long bytes) {
        this.engine = engine;
        long bytesEach = 64 + engine.nodeAt.length * 36L / 16;
        most = (int) Math.max(8, Math.min(Integer.MAX_VALUE, bytes / bytesEach));
    }

    ClassIndex get(Demand demand) {
        int id = demand.id();
        if (id >= byClass.length) {
            int length = Math.max(id + 1, byClass.length * 2);
            byClass = Arrays.copyOf(byClass, length);
            usedAt = Arrays.copyOf(usedAt, length);
        }
        ClassIndex index = byClass[id];
        if (index == null) {
            if (held == most) {
                dropOldest();
            }
            index = new ClassIndex(demand, engine);
            byClass[id] = index;
            held++;
        }
        usedAt[id] = ++clock;
        return index;
    }

    private void dropOldest() {
        int oldest = -1;
        for (int id = 0; id < byClass.length; id++) {
            if (byClass[id] != null && (oldest < 0 || usedAt[id] < usedAt[oldest])) {
                oldest = id;
            }
        }
        byClass[oldest] = null;
        held--;
    }

    void invalidate() {
        for (ClassIndex index : byClass) {
            if (index != null) {
                index.invalidate();
            }
        }
    }
}
