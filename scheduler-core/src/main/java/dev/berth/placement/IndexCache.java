package dev.berth.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The indexes of the classes most recently asked for, within a budget of memory. */
final class IndexCache {
    private final Engine engine;
    private final int most;
    private final List<ClassTable> tables = new ArrayList<>();
    private @Nullable ClassIndex[] byClass = new ClassIndex[64];
    private int held;

    IndexCache(Engine engine, long bytes) {
        this.engine = engine;
        // A key and its minima, and two bits for room and eligibility.
        long bytesEach = 64 + engine.nodeAt.length * 39L / 16;
        most = (int) Math.max(8, Math.min(Integer.MAX_VALUE, bytes / bytesEach));
    }

    /** The index of a class, up to date. */
    ClassIndex get(Demand demand) {
        int id = demand.id();
        if (id >= byClass.length) {
            byClass = Arrays.copyOf(byClass, Math.max(id + 1, byClass.length * 2));
        }
        ClassIndex index = byClass[id];
        if (index == null) {
            index = held < most ? next() : takeOldest();
            index.table.put(index.column, demand);
            byClass[id] = index;
        }
        index.table.bringUpToDate(index.column);
        return index;
    }

    private ClassIndex next() {
        int column = held % ClassTable.MOST_CLASSES;
        if (column == 0) {
            ClassTable table = new ClassTable(engine, most - held);
            tables.add(table);
            engine.keepUpToDate(table);
        }
        held++;
        return new ClassIndex(tables.get(tables.size() - 1), column);
    }

    private ClassIndex takeOldest() {
        int oldest = -1;
        ClassIndex index = null;
        for (int id = 0; id < byClass.length; id++) {
            ClassIndex other = byClass[id];
            if (other != null
                    && (index == null || other.table.askedAt(other.column) < index.table.askedAt(index.column))) {
                oldest = id;
                index = other;
            }
        }
        if (index == null) {
            throw new IllegalStateException("no class has an index, and none may have one");
        }
        byClass[oldest] = null;
        return index;
    }

    void invalidate() {
        tables.forEach(ClassTable::dropAll);
    }
}
