package dev.berth.k8s.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The last decisions. Thread-safe. */
final class DecisionLog {
    private static final int KEPT = 4096;

    private final ArrayDeque<Decision> last = new ArrayDeque<>();
    private final CopyOnWriteArrayList<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final EngineClock clock;
    private long sequence;

    DecisionLog(EngineClock clock) {
        this.clock = clock;
    }

    void add(
            String kind,
            @Nullable String pod,
            @Nullable String gang,
            @Nullable String nodeName,
            List<Integer> gpus,
            String text) {
        synchronized (last) {
            if (last.size() == KEPT) {
                last.removeFirst();
            }
            last.addLast(new Decision(++sequence, clock.wallMillis(), kind, pod, gang, nodeName, gpus, text));
        }
        for (Runnable listener : listeners) {
            listener.run();
        }
    }

    List<Decision> after(long number) {
        synchronized (last) {
            List<Decision> list = new ArrayList<>();
            for (Decision decision : last) {
                if (decision.sequence() > number) {
                    list.add(decision);
                }
            }
            return list;
        }
    }

    long sequence() {
        synchronized (last) {
            return sequence;
        }
    }

    AutoCloseable listen(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }
}
