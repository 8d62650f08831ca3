package dev.berth.k8s.engine;

import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.pods.PodNeed;
import dev.berth.placement.Placement;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gives pods a place while they are created, so that they need no release. Until a pod is seen it has no UID: what is held for it is known by a name of Berth's own, which the pod carries as an annotation. The API server
 * may still refuse a pod, or its answer may be lost; what is held for it is given up after some seconds then, and when that happens often, pods go by the gate for a while. Takes the engine's lock itself. Thread-safe.
 */
final class Creations implements Admission {
    /** How long a pod that was given a place may remain unseen: longer than a watch waits at most before it tries its API server again, several times over. */
    static final long UNSEEN_MILLIS = 30_000;

    /** As many pods at once may have a place and not have been seen: more would be held for nobody when something is wrong. */
    static final int MOST_UNSEEN = 64;

    /** One pod that was never seen is forgiven in so many milliseconds. */
    private static final long FORGIVEN_MILLIS = 10_000;

    /** As many that were never seen, and pods go by the gate until one is forgiven. */
    private static final int MOST_LAPSED = 6;

    private final Register register;
    private final Upkeep upkeep;
    private final EngineSettings settings;
    private final Reading reading;
    private final EngineClock clock;
    private final EngineLock lock;
    /** When all are forgiven that were never seen. */
    private long forgivenAt;

    private long count;

    Creations(
            Register register,
            Upkeep upkeep,
            EngineSettings settings,
            Reading reading,
            EngineClock clock,
            EngineLock lock) {
        this.register = register;
        this.upkeep = upkeep;
        this.settings = settings;
        this.reading = reading;
        this.clock = clock;
        this.lock = lock;
    }

    @Override
    public Admitted admit(PodObject pod) {
        return lock.call(() -> {
            PodEntry before = register.withdraw(pod);
            String nodeName = Stamps.node(pod);
            boolean wasPinned = before != null && nodeName != null && Stamps.isPinned(pod, nodeName);
            Book in = register.book;
            PodEntry entry = in == null ? null : place(in, pod, wasPinned);
            if (entry == null || entry.placement == null) {
                return new Admitted(null, Map.of(), Stamps.outdated(pod, Map.of()), wasPinned);
            }
            Map<String, String> stamps = new HashMap<>(register.stamps(entry, entry.placement));
            stamps.put(Stamps.RESERVATION, entry.ref.uid());
            return new Admitted(entry.placement.nodeName(), stamps, Stamps.outdated(pod, stamps), wasPinned);
        });
    }

    private @Nullable PodEntry place(Book in, PodObject pod, boolean isPinned) {
        if (!mayBePinned(pod, isPinned)
                || register.expected.size() >= MOST_UNSEEN
                || forgivenAt - clock.millis() > MOST_LAPSED * FORGIVEN_MILLIS) {
            return null;
        }
        upkeep.rebuildIfDue(in);
        PodNeed need = register.needOf(pod);
        int priority = pod.spec().priority();
        // Who waits has come before it, and may be next.
        if (!need.wantsGpu() || need.problem() != null || need.gang() != null || register.line.isAnyBefore(priority)) {
            return null;
        }
        Collection<String> allowed = register.preemptors.leave(in, register, priority, reading.allowed(pod));
        if (!(in.place(need.request(), allowed) instanceof Placement placement)) {
            return null;
        }
        in.arrived(need.request());
        String reservation = Long.toString(clock.wallMillis(), Character.MAX_RADIX) + "-" + ++count;
        return register.expect(pod, reservation, need, placement, clock.millis() + UNSEEN_MILLIS);
    }

    /** Whether a pod could be made anew, and what it asks of a node is known before it has a name. */
    private boolean mayBePinned(PodObject pod, boolean isPinned) {
        boolean isSteered = settings.planAtCreation()
                && settings.steering() != EngineSettings.Steering.NOMINATE
                && settings.schedulerNames().contains(pod.spec().schedulerName());
        return isSteered
                && pod.owner() != null
                && !pod.isBound()
                && pod.spec().schedulingGates().isEmpty()
                && (isPinned || pod.spec().nodeTerms().isEmpty())
                && pod.spec().volumeClaims().isEmpty()
                && !pod.spec().resourceClaims();
    }

    /** Gives up what is held for pods that were not seen in time. */
    void tick() {
        long now = clock.millis();
        for (PodEntry entry : List.copyOf(register.expected.values())) {
            if (now < entry.expectedUntil) {
                break;
            }
            register.withdraw(entry);
            register.expiredCount++;
            forgivenAt = Math.max(forgivenAt, now) + FORGIVEN_MILLIS;
        }
    }
}
