package dev.berth.k8s.engine;

import dev.berth.placement.Placement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Pods that no gate holds, and that kube-scheduler frees a node for ({@code status.nominatedNodeName}). It counts them on that node when it looks at pods that are not more important
 * (k8s.io/kubernetes v1.36 {@code addGENominatedPods}); so does Berth with those that wait at its gate, or they would take what was freed, and it would be freed again and again. As soon as such a pod has room it
 * gets its place in the book, once; until then its node is closed to those that are not more important, as it has too little for the pod alone. Touched under the engine's lock.
 */
final class Preemptors {
    private final Map<PodEntry, Nomination> nominations = new LinkedHashMap<>();
    /** Nodes that are closed to who was asked for last, and for whom. */
    private Map<String, PodEntry> closed = Map.of();

    /** What is left of nodes that pods may stand on, by what these were; one list for equal demands, as {@link Reading#allowed} has it. */
    private final IdentityHashMap<Object, List<String>> open = new IdentityHashMap<>();

    private long openVersion;

    private final Reading reading;
    private final EngineLock lock;

    /** @param isUsed whether a place was held for the pod already: what it did not come for is not held again */
    private record Nomination(String nodeName, boolean isUsed) {}

    Preemptors(Reading reading, EngineLock lock) {
        this.reading = reading;
        this.lock = lock;
    }

    /** Takes in what a pod says by now. */
    void seen(Book in, Register register, PodEntry entry) {
        String node = entry.pod.status().nominatedNodeName();
        if (node == null && nominations.isEmpty()) {
            return;
        }
        boolean isAskedFor = !entry.pod.isBound() && register.isAskedFor(entry);
        // A pod that Berth itself has nominated has its place already, or has had it.
        boolean isFreed = node != null
                && isAskedFor
                && entry.wantsGpu()
                && !node.equals(Stamps.node(entry.pod))
                && !node.equals(entry.nominated);
        Nomination before = nominations.get(entry);
        if (!isFreed && before != null) {
            nominations.remove(entry);
        } else if (isFreed && (before == null || !before.nodeName.equals(node))) {
            nominations.put(entry, new Nomination(Objects.requireNonNull(node), false));
        } else {
            return;
        }
        in.changed();
        lock.wake();
    }

    void forget(PodEntry entry, @Nullable Book in) {
        if (nominations.remove(entry) != null && in != null) {
            in.changed();
            lock.wake();
        }
    }

    void clear() {
        nominations.clear();
    }

    /**
     * The nodes that one who waits at the gate may have, after those that are not less important have got what was freed for them.
     *
     * @param allowed nodes on which it may stand, null for all
     * @return the same object, where that changes nothing
     */
    @Nullable
    Collection<String> leave(Book in, Register register, int priority, @Nullable Collection<String> allowed) {
        if (nominations.isEmpty()) {
            return allowed;
        }
        List<PodEntry> first = new ArrayList<>(nominations.keySet());
        first.removeIf(entry -> entry.pod.spec().priority() < priority || entry.stage != Stage.WAITING);
        first.sort(Comparator.comparingInt((PodEntry entry) -> -entry.pod.spec().priority()));
        Map<String, PodEntry> waitedFor = new LinkedHashMap<>();
        for (PodEntry entry : first) {
            Nomination nomination = Objects.requireNonNull(nominations.get(entry));
            if (!nomination.isUsed && !hold(in, register, entry, nomination.nodeName)) {
                waitedFor.putIfAbsent(nomination.nodeName, entry);
            }
        }
        if (waitedFor.isEmpty()) {
            return allowed;
        }
        if (!waitedFor.equals(closed) || openVersion != in.version()) {
            closed = waitedFor;
            openVersion = in.version();
            open.clear();
        }
        return open.computeIfAbsent(allowed == null ? this : allowed, any -> {
            Collection<String> all = allowed == null ? in.nodeNames() : allowed;
            return all.stream().filter(name -> !waitedFor.containsKey(name)).toList();
        });
    }

    /** What keeps one who waits off nodes, if it was left these; empty when nothing does. */
    String why(@Nullable Collection<String> left) {
        if (left == null || !open.containsValue(left)) {
            return "";
        }
        Map.Entry<String, PodEntry> first = closed.entrySet().iterator().next();
        return "kube-scheduler frees " + first.getKey() + " for " + first.getValue().ref
                + (closed.size() == 1 ? "" : ", and " + (closed.size() - 1) + " more nodes for others");
    }

    private boolean hold(Book in, Register register, PodEntry entry, String nodeName) {
        Collection<String> allowed = reading.allowed(entry.pod);
        boolean mayStand = in.hasNode(nodeName) && (allowed == null || allowed.contains(nodeName));
        // Of a gang all or none is held, which is found out when kube-scheduler asks.
        if (!mayStand || entry.gang != null) {
            return !mayStand;
        }
        if (!(in.place(Register.need(entry).request(), List.of(nodeName)) instanceof Placement placement)) {
            return false;
        }
        nominations.put(entry, new Nomination(nodeName, true));
        register.reserve(entry, placement);
        return true;
    }
}
