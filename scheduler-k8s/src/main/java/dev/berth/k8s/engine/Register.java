package dev.berth.k8s.engine;

import dev.berth.k8s.objects.GroupObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.PodStatus;
import dev.berth.k8s.pods.GangKey;
import dev.berth.k8s.pods.GangNeed;
import dev.berth.k8s.pods.PodNeed;
import dev.berth.placement.Placement;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The pods and gangs that are known, and what each holds: every change of what a pod holds goes through here. Touched under the engine's lock.
 */
final class Register {
    /** As kube-scheduler's queue (PrioritySort). */
    static final Comparator<PodEntry> QUEUE_ORDER =
            Comparator.comparingInt((PodEntry entry) -> -entry.priority).thenComparingLong(entry -> entry.order);

    final Map<String, PodEntry> pods = new HashMap<>();
    final Map<String, PodEntry> podByPath = new HashMap<>();
    final Map<GangKey, GroupObject> groups = new HashMap<>();
    final Map<GangKey, GangEntry> gangs = new LinkedHashMap<>();
    final Line line = new Line();
    final Preemptors preemptors;
    /** Pods that kube-scheduler has not asked for yet, in the order in which it does: by priority, then as they came. */
    final TreeSet<PodEntry> queue = new TreeSet<>(QUEUE_ORDER);
    /** Pods that were nominated ahead and are not bound yet. */
    final Set<PodEntry> nominated = new LinkedHashSet<>();
    /** Pods that hold a place and are not bound yet. */
    final Set<PodEntry> held = new LinkedHashSet<>();
    /** Bound pods whose node is not in the cluster. */
    final Set<PodEntry> homeless = new LinkedHashSet<>();
    /** Pods to tell people about when they still wait in a while. */
    final Set<PodEntry> toTell = new LinkedHashSet<>();
    /** Pods that only filters have told of, and when one did last: a late filter may tell of a pod that is gone already. */
    final Map<PodEntry, Long> unseen = new LinkedHashMap<>();
    /** Pods that were given a place while they are created, and were not seen yet, by what name it is held for them; the earliest first. Each is among {@link #pods} too. */
    final Map<String, PodEntry> expected = new LinkedHashMap<>();
    /** Null while this replica does not lead, as is the placer. */
    @Nullable
    Book book;

    @Nullable
    GangPlacer gangPlacer;

    int bound;

    long placedCount;
    long refusedCount;
    long driftCount;
    long healedCount;
    long expiredCount;

    /** Pods by the group object that they name, which may come, change and go. */
    private final Map<GangKey, Set<PodEntry>> naming = new HashMap<>();

    private final EngineSettings settings;
    private final Reading reading;
    private final EngineClock clock;
    private final DecisionLog decisions;
    private final EngineLock lock;
    private long order;

    Register(EngineSettings settings, Reading reading, EngineClock clock, DecisionLog decisions, EngineLock lock) {
        this.settings = settings;
        this.reading = reading;
        this.clock = clock;
        this.decisions = decisions;
        this.lock = lock;
        preemptors = new Preemptors(reading, lock);
    }

    void drop(PodEntry entry, String why) {
        unseen.remove(entry);
        if (entry.gang != null && entry.pod.status().preempted()) {
            entry.gang.lost(entry);
        }
        pods.remove(entry.ref.uid());
        podByPath.remove(entry.pod.path(), entry);
        name(entry, null);
        preemptors.forget(entry, book);
        leaveGang(entry);
        forget(entry, why);
    }

    /** The entry of a pod with this version of it. */
    PodEntry enter(PodObject pod) {
        PodEntry entry = pods.get(pod.uid());
        if (entry == null) {
            entry = new PodEntry(new PodRef(pod.namespace(), pod.name(), pod.uid()), pod, ++order);
            pods.put(pod.uid(), entry);
            podByPath.put(pod.path(), entry);
            read(entry);
            created(entry);
        } else {
            boolean sameNeed = entry.pod.spec().equals(pod.spec())
                    && entry.pod.labels().equals(pod.labels())
                    && entry.pod.annotations().equals(pod.annotations());
            entry.pod = pod;
            if (!sameNeed) {
                read(entry);
            }
        }
        return entry;
    }

    /** A pod is seen for the first time: what was held for it while it was created is its own by what it carries. */
    private void created(PodEntry entry) {
        PodEntry before = expectedAs(entry.pod);
        if (before == null) {
            return;
        }
        Placement placement = before.placement;
        withdraw(before);
        entry.arrived = true;
        if (placement != null && placement.nodeName().equals(Stamps.node(entry.pod))) {
            placedCount++;
            decisions.add(
                    "placed",
                    entry.ref.toString(),
                    null,
                    placement.nodeName(),
                    placement.gpus(),
                    "has a place since its creation");
        }
    }

    private @Nullable PodEntry expectedAs(PodObject pod) {
        String reservation = Stamps.reservation(pod);
        return reservation == null ? null : expected.get(reservation);
    }

    /** Holds a place for a pod that is being created. */
    PodEntry expect(PodObject pod, String reservation, PodNeed need, Placement placement, long until) {
        PodObject named = pod.withUid(reservation);
        PodEntry entry = new PodEntry(new PodRef(named.namespace(), named.name(), named.uid()), named, ++order);
        entry.need = need;
        entry.placement = placement;
        entry.expectedUntil = until;
        pods.put(reservation, entry);
        expected.put(reservation, entry);
        planned(entry, placement.nodeName());
        become(entry, Stage.RESERVED);
        return entry;
    }

    /** Gives up what is held for a pod that is being created, if this is one; null if not. */
    @Nullable
    PodEntry withdraw(PodObject pod) {
        PodEntry entry = expectedAs(pod);
        if (entry != null) {
            withdraw(entry);
        }
        return entry;
    }

    /** Gives up what is held for a pod that is being created. */
    void withdraw(PodEntry entry) {
        release(entry);
        pods.remove(entry.ref.uid());
        expected.remove(entry.ref.uid());
    }

    void read(PodEntry entry) {
        Lookup lookup = new Lookup();
        PodNeed need = reading.need(entry.pod, lookup);
        name(entry, lookup.asked);
        if (entry.need != null && !need.equals(entry.need)) {
            entry.refusedAt = -1;
            lock.wake();
        }
        entry.need = need;
        GangNeed gang = entry.pod.status().phase() == PodStatus.Phase.FAILED ? null : need.gang();
        if (entry.gang != null && (gang == null || !gang.key().equals(entry.gang.key))) {
            if (entry.pod.isFinished() && entry.pod.status().preempted()) {
                entry.gang.lost(entry);
            }
            leaveGang(entry);
        }
        if (gang != null) {
            GangEntry known = gangs.computeIfAbsent(gang.key(), key -> new GangEntry(key, gang, clock.wallMillis()));
            // Of members that say different things, those that say how many there are know best.
            boolean isSized = gang.minTasks() > 0 || gang.totalTasks() > 0;
            if ((isSized || known.minTasks() == 0 || known.isStale) && !gang.equals(known.need)) {
                known.need = gang;
                known.refusedAt = -1;
            }
            known.isStale = false;
            if (known.members.put(entry.ref.uid(), entry) == null) {
                known.lastJoin = clock.millis();
                known.refusedAt = -1;
            }
            entry.gang = known;
        }
    }

    PodNeed needOf(PodObject pod) {
        return reading.need(pod, new Lookup());
    }

    /** Finds group objects, and notes the last one that was asked for. */
    private final class Lookup implements Reading.Groups {
        private @Nullable GangKey asked;

        @Override
        public @Nullable GroupObject find(String convention, String namespace, String name) {
            asked = new GangKey(convention, namespace, name);
            return groups.get(asked);
        }
    }

    private void name(PodEntry entry, @Nullable GangKey group) {
        GangKey before = entry.group;
        if (Objects.equals(group, before)) {
            return;
        }
        entry.group = group;
        if (before != null) {
            naming.computeIfPresent(
                    before, (key, entries) -> entries.remove(entry) && entries.isEmpty() ? null : entries);
        }
        if (group != null) {
            naming.computeIfAbsent(group, key -> new LinkedHashSet<>()).add(entry);
        }
    }

    /** Pods that name a group object. */
    List<PodEntry> naming(GangKey group) {
        return List.copyOf(naming.getOrDefault(group, Set.of()));
    }

    int budgetViolations(List<PodObject> before, List<PodObject> pods) {
        return reading.budgetViolations(before, pods);
    }

    void leaveGang(PodEntry entry) {
        GangEntry gang = entry.gang;
        if (gang == null) {
            return;
        }
        entry.gang = null;
        gang.members.remove(entry.ref.uid());
        gang.refusedAt = -1;
        if (gang.members.isEmpty()) {
            gangs.remove(gang.key);
            line.remove(gang);
        }
    }

    long gangTimeout(PodEntry entry) {
        GangEntry gang = entry.gang;
        return gang != null && gang.need.timeoutSeconds() > 0
                ? 1000L * gang.need.timeoutSeconds()
                : settings.gangTimeoutMillis();
    }

    static boolean isUnplaced(PodEntry member) {
        return member.wantsGpu()
                && member.stage == Stage.WAITING
                && member.placement == null
                && !member.pod.isFinished();
    }

    /** Whether nothing but Berth's gate holds a pod. */
    boolean isSteered(PodEntry entry) {
        return entry.isOnlyGate(settings.gate()) && isOurs(entry);
    }

    /** Whether a pod can be placed at all, for one that no gate holds. */
    boolean isAskedFor(PodEntry entry) {
        return entry.pod.spec().schedulingGates().isEmpty() && isOurs(entry);
    }

    private boolean isOurs(PodEntry entry) {
        return !entry.pod.deleting()
                && !entry.pod.isFinished()
                && settings.schedulerNames().contains(entry.pod.spec().schedulerName())
                && need(entry).problem() == null;
    }

    /** The GPUs that a pod names for a node; none when its place was given up, as others may have them by now. */
    static List<Integer> stamped(PodEntry entry, String nodeName) {
        return entry.isGivenUp ? List.of() : Stamps.gpus(entry.pod, nodeName);
    }

    static PodNeed need(PodEntry entry) {
        return Objects.requireNonNull(entry.need);
    }

    void become(PodEntry entry, Stage stage) {
        if (entry.stage == stage) {
            return;
        }
        bound += stage == Stage.BOUND ? 1 : entry.stage == Stage.BOUND ? -1 : 0;
        entry.stage = stage;
        boolean isHeld = stage != Stage.WAITING && stage != Stage.BOUND;
        if (isHeld) {
            held.add(entry);
            toTell.remove(entry);
        } else {
            held.remove(entry);
            entry.due = Long.MAX_VALUE;
            entry.retryAt = Long.MAX_VALUE;
            entry.stuckSince = -1;
        }
        if (stage != Stage.WAITING) {
            leaveQueue(entry); // also of one that somebody else has bound
        }
        if (stage == Stage.BOUND) {
            endNomination(entry);
        }
        if (stage == Stage.BOUND && entry.wantsGpu()) {
            String nodeName = entry.pod.spec().nodeName();
            decisions.add("bound", entry.ref.toString(), gangName(entry), nodeName, gpus(entry), "is bound");
        }
    }

    static @Nullable String gangName(PodEntry entry) {
        return entry.gang == null ? null : entry.gang.key.toString();
    }

    private static List<Integer> gpus(PodEntry entry) {
        return entry.placement == null ? List.of() : entry.placement.gpus();
    }

    /** Gives back what an entry holds; it waits then. */
    void release(PodEntry entry) {
        giveBack(entry);
        entry.rank = -1;
        homeless.remove(entry);
        become(entry, Stage.WAITING);
    }

    /** Of a pod that is nominated: the scheduler may take any node for it, and none is kept from others any more. */
    void giveUp(PodEntry entry) {
        release(entry);
        entry.isGivenUp = true;
        entry.why = "its place is gone; kube-scheduler looks for another";
    }

    void giveBack(PodEntry entry) {
        Placement placement = entry.placement;
        if (placement != null && book != null) {
            book.release(placement);
            lock.wake();
        }
        if (placement != null && !entry.pod.isBound()) {
            reading.podUnplanned(entry.ref);
        }
        entry.placement = null;
        entry.gpusKnown = false;
        entry.isAside = false;
        entry.isElsewhere = false;
    }

    /** Ends what an entry holds or waits for, because its pod ends. */
    void forget(PodEntry entry, String why) {
        line.remove(entry);
        leaveQueue(entry);
        endNomination(entry);
        toTell.remove(entry);
        held.remove(entry);
        entry.retryAt = Long.MAX_VALUE;
        if (entry.placement != null && entry.wantsGpu()) {
            decisions.add("freed", entry.ref.toString(), gangName(entry), entry.placement.nodeName(), gpus(entry), why);
        }
        release(entry);
    }

    void arrived(Book in, PodEntry entry) {
        if (!entry.arrived) {
            entry.arrived = true;
            in.arrived(need(entry).request());
        }
    }

    void refuse(PodEntry entry, RefusalText text) {
        entry.refusal = text;
        entry.why = text.sentence();
        if (entry.refusedSince < 0) {
            entry.refusedSince = clock.millis();
            refusedCount++;
            decisions.add("refused", entry.ref.toString(), gangName(entry), null, List.of(), text.sentence());
        }
        if (!entry.told.equals(entry.why)) {
            toTell.add(entry);
        }
    }

    boolean placeGang(Book in, GangEntry gang, List<PodEntry> unplaced, @Nullable Collection<String> within) {
        if (!Objects.requireNonNull(gangPlacer).place(gang, unplaced, within)) {
            gang.refusedAt = in.version();
            tellGang(gang);
            return false;
        }
        gang.refusedAt = -1;
        return true;
    }

    /** Refuses all members that wait, also with the same words as before: one that came later, or lost its place, has not heard them. */
    void tellGang(GangEntry gang) {
        RefusalText text = gang.toldToMembers();
        gang.unplaced(Register::isUnplaced).forEach(member -> refuse(member, text));
    }

    /** A pod counts for what others may not stand beside as soon as it has a place, which the cluster does not know yet. */
    void planned(PodEntry entry, String nodeName) {
        if (!entry.pod.isBound()) {
            reading.podPlanned(entry.pod, nodeName);
        }
    }

    void placed(PodEntry entry, Placement placement) {
        planned(entry, placement.nodeName());
        placedCount++;
        entry.refusedSince = -1;
        entry.why = "";
        entry.refusal = null;
        decisions.add(
                "placed",
                entry.ref.toString(),
                gangName(entry),
                placement.nodeName(),
                placement.gpus(),
                entry.gang == null ? "has a place" : "has a place, its gang stands in one " + entry.gang.tier);
    }

    Map<String, String> stamps(PodEntry entry, Placement placement) {
        return Stamps.of(placement, entry.rank, reading.gpuUuids(placement.nodeName()));
    }

    void expire(PodEntry entry) {
        expiredCount++;
        GangEntry gang = entry.gang;
        if (gang == null || gang.complete || entry.stage != Stage.RESERVED) {
            release(entry);
            return;
        }
        // All or none: what one member does not use, the others cannot use either.
        for (PodEntry member : List.copyOf(gang.members.values())) {
            if (member.stage == Stage.RESERVED) {
                release(member);
            }
        }
    }

    FilterAnswer reserve(PodEntry entry, Placement placement) {
        placed(entry, placement);
        hold(entry, placement);
        return FilterAnswer.one(placement.nodeName());
    }

    /** Holds a place, of which nothing new is to be said. */
    void hold(PodEntry entry, Placement placement) {
        entry.placement = placement;
        become(entry, Stage.RESERVED);
        entry.due = clock.millis() + holdMillis(entry);
    }

    /** Puts a pod of which kube-scheduler has not asked yet into the queue. */
    void joinQueue(PodEntry entry) {
        if (queue.add(entry) && queue.size() + nominated.size() > Ahead.AT_THE_FRONT) {
            lock.wake();
        }
    }

    /** Takes a pod out of the queue for good: kube-scheduler has asked for it, it is nominated, or something else keeps it from that. */
    void leaveQueue(PodEntry entry) {
        entry.hasLeftQueue = true;
        queue.remove(entry);
    }

    void endNomination(PodEntry entry) {
        entry.nominated = null;
        if (nominated.remove(entry) && !queue.isEmpty()) {
            lock.wake();
        }
    }

    long holdMillis(PodEntry entry) {
        return entry.gang == null ? settings.reservationMillis() : gangTimeout(entry);
    }
}
