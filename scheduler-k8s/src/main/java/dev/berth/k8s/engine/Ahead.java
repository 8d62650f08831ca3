package dev.berth.k8s.engine;

import dev.berth.placement.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plans pods that stand in kube-scheduler's queue before it asks for them, and nominates them for their nodes: kube-scheduler then tries that one node, and not all that there are
 * (evaluateNominatedNode in kubernetes/pkg/scheduler/schedule_one.go). What is held for them so is held behind those that kube-scheduler would ask for sooner. Touched under the engine's lock.
 */
final class Ahead {
    /** kube-scheduler is about to ask for these: a nomination would come too late. */
    static final int AT_THE_FRONT = 4;

    /** As many are written at once: what is to be bound does not wait behind more. */
    private static final int MOST_UNDER_WAY = 8;

    private static final Logger LOG = LoggerFactory.getLogger(Ahead.class);
    private static final long SLICE_MILLIS = 5;

    private final Register register;
    private final EngineSettings settings;
    private final Reading reading;
    private final Writes writes;
    private final EngineClock clock;
    private final EngineLock lock;
    private int underWay;

    Ahead(
            Register register,
            EngineSettings settings,
            Reading reading,
            Writes writes,
            EngineClock clock,
            EngineLock lock) {
        this.register = register;
        this.settings = settings;
        this.reading = reading;
        this.writes = writes;
        this.clock = clock;
        this.lock = lock;
    }

    /** Nominates those that wait, for some milliseconds at most. */
    void work() {
        Book in = register.book;
        if (in == null) {
            return;
        }
        long end = clock.millis() + SLICE_MILLIS;
        PodEntry next = next();
        while (next != null) {
            nominate(in, next);
            next = next();
            if (clock.millis() > end && next != null) {
                lock.wake();
                return;
            }
        }
    }

    private @Nullable PodEntry next() {
        if (register.nominated.size() >= settings.nominateAhead() || underWay >= MOST_UNDER_WAY) {
            return null;
        }
        int before = 0;
        for (PodEntry entry : register.queue) {
            if (before >= AT_THE_FRONT || before + nominatedBefore(entry) >= AT_THE_FRONT) {
                return entry;
            }
            before++;
        }
        return null;
    }

    /** How many that are nominated kube-scheduler asks for before it asks for this one. */
    private long nominatedBefore(PodEntry entry) {
        return register.nominated.stream()
                .filter(other -> other.stage == Stage.RESERVED && Register.QUEUE_ORDER.compare(other, entry) < 0)
                .count();
    }

    private void nominate(Book in, PodEntry entry) {
        register.leaveQueue(entry);
        register.arrived(in, entry);
        if (in.place(Register.need(entry).request(), reading.allowed(entry.pod)) instanceof Placement placement) {
            register.reserve(entry, placement);
            entry.nominated = placement.nodeName();
            entry.isNominating = true;
            register.nominated.add(entry);
            underWay++;
            writes.nominate(
                    entry.ref, placement.nodeName(), outcome -> lock.run(() -> nominationEnded(entry, outcome)));
        }
        // Else kube-scheduler asks in its own time, and is told why there is no place.
    }

    private void nominationEnded(PodEntry entry, Outcome outcome) {
        entry.isNominating = false;
        underWay--;
        if (!register.queue.isEmpty()) {
            lock.wake();
        }
        // kube-scheduler may have been faster: the API server refuses it for a pod that is bound.
        if (outcome.kind() == Outcome.Kind.REFUSED && entry.stage == Stage.RESERVED) {
            LOG.warn("{} could not be nominated; kube-scheduler looks at all nodes for it: {}", entry.ref, outcome);
        }
    }

    /** Takes back nominations for places that are not held any more: they would keep others off. */
    void tick() {
        for (PodEntry entry : List.copyOf(register.nominated)) {
            if (entry.placement == null && entry.stage == Stage.WAITING && !entry.isNominating) {
                String nodeName = Objects.requireNonNull(entry.nominated);
                entry.isNominating = true;
                writes.withdrawNomination(
                        entry.ref, nodeName, outcome -> lock.run(() -> withdrawn(entry, nodeName, outcome)));
            }
        }
    }

    private void withdrawn(PodEntry entry, String nodeName, Outcome outcome) {
        entry.isNominating = false;
        // What was refused names another node by now, or none; of what is busy the next tick sees to it.
        boolean isDone = outcome.kind() == Outcome.Kind.DONE || outcome.kind() == Outcome.Kind.REFUSED;
        if (isDone && entry.placement == null && nodeName.equals(entry.nominated)) {
            register.endNomination(entry);
        }
    }

    /** What pods behind another had ahead of it, while it is asked for again. */
    record Aside(List<PodEntry> pods, List<String> nodeNames) {}

    /** Frees what is held ahead for pods behind this one; null when nothing is. */
    @Nullable
    Aside stepAside(PodEntry asked) {
        List<PodEntry> behind = new ArrayList<>();
        List<String> nodeNames = new ArrayList<>();
        for (PodEntry entry : register.nominated) {
            if (entry.stage == Stage.RESERVED
                    && entry.placement != null
                    && Register.QUEUE_ORDER.compare(asked, entry) < 0) {
                behind.add(entry);
                nodeNames.add(entry.placement.nodeName());
            }
        }
        behind.forEach(register::release);
        return behind.isEmpty() ? null : new Aside(behind, nodeNames);
    }

    /** Holds for them again what is left of it. */
    void stepBack(Book in, @Nullable Aside aside) {
        for (int i = 0; aside != null && i < aside.pods.size(); i++) {
            PodEntry entry = aside.pods.get(i);
            if (in.place(Register.need(entry).request(), List.of(aside.nodeNames.get(i))) instanceof Placement same) {
                reading.podPlanned(entry.pod, same.nodeName());
                register.hold(entry, same);
            }
        }
    }
}
