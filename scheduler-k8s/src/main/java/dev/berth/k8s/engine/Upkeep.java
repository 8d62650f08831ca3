package dev.berth.k8s.engine;

import dev.berth.k8s.nodes.ClusterModel;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.PodStatus;
import dev.berth.k8s.pods.GangKey;
import dev.berth.k8s.pods.PodNeed;
import dev.berth.placement.Placement;
import dev.berth.placement.Proposal;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the book equal to the cluster: builds it when this replica begins to lead, puts each pod where its own record says that it is, follows nodes that come, go and change, and
 * compares the two now and then. Touched under the engine's lock.
 */
final class Upkeep {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final long REBUILD_MILLIS = 200;
    /** The API server ends a write after less than that: what is not seen by then was not done. */
    static final long BINDING_MILLIS = 5_000;

    private static final long AUDIT_MILLIS = 15_000;

    final Map<String, NodeObject> nodes = new LinkedHashMap<>();
    List<String> problems = List.of();
    boolean isSynced;
    boolean isLeading;
    boolean nodesChanged;

    private final Register register;
    private final EngineSettings settings;
    private final Reading reading;
    private final EngineClock clock;
    private final DecisionLog decisions;
    private final EngineLock lock;
    private final ReadBack readBack;
    final Adoption adoption;

    private long rebuiltAt;
    private long auditedAt;
    /** The first version of the next book. */
    private long nextVersion;

    Upkeep(
            Register register,
            EngineSettings settings,
            Reading reading,
            EngineClock clock,
            DecisionLog decisions,
            EngineLock lock) {
        this.register = register;
        this.settings = settings;
        this.reading = reading;
        this.clock = clock;
        this.decisions = decisions;
        this.lock = lock;
        readBack = new ReadBack(register, reading, nodes);
        adoption = new Adoption(register, readBack, clock);
    }

    ReadBack readBack() {
        return readBack;
    }

    void nodeSeen(NodeObject node) {
        NodeObject before = nodes.put(node.name(), node);
        if (node.equals(before)) {
            return;
        }
        reading.nodeSeen(node);
        if (before == null || !reading.isSameModel(before, node)) {
            nodesChanged = true;
        } else if (register.book != null) {
            register.book.setState(node.name(), reading.stateOf(node));
        }
        lock.wake();
    }

    void nodeGone(String name) {
        if (nodes.remove(name) != null) {
            reading.nodeGone(name);
            nodesChanged = true;
            lock.wake();
        }
    }

    void synced() {
        isSynced = true;
        if (isLeading) {
            open();
        }
    }

    void lead() {
        if (!isLeading) {
            isLeading = true;
            decisions.add("leading", null, null, null, List.of(), "this replica decides from now on");
            if (isSynced) {
                open();
            }
        }
    }

    void follow() {
        if (isLeading) {
            isLeading = false;
            shut();
            decisions.add("following", null, null, null, List.of(), "another replica decides from now on");
        }
    }

    /** Settles a pod of which something was seen, if this replica leads. */
    void seen(PodEntry entry) {
        if (register.book != null) {
            settle(register.book, entry);
        }
    }

    // ---- leading

    /** Builds the book from what was seen. */
    void open() {
        ClusterModel model = reading.cluster(nodes.values());
        reading.use(model);
        problems = model.problems();
        Book book = new Book(model, nextVersion);
        register.book = book;
        register.gangPlacer = new GangPlacer(book, reading);
        nodesChanged = false;
        rebuiltAt = clock.millis();
        auditedAt = rebuiltAt;
        // What was lost before is found again below, by those that still end.
        register.gangs.values().forEach(GangEntry::forgetLosses);
        List<PodEntry> byOrder = new ArrayList<>(register.pods.values());
        // Bound pods first, then released ones: what is certain comes before what is promised. Of them, first those of
        // which the GPUs are known, then those of which they are planned, as the others take what is left.
        byOrder.sort(Comparator.comparing((PodEntry entry) -> !entry.pod.isBound())
                .thenComparing(entry -> entry.report == null)
                .thenComparing(entry -> Stamps.gpus(
                                entry.pod,
                                Objects.requireNonNullElse(entry.pod.spec().nodeName(), ""))
                        .isEmpty())
                .thenComparing(entry -> -book.holders.size(
                        Register.need(entry).request(),
                        Objects.requireNonNullElse(entry.pod.spec().nodeName(), "")))
                .thenComparingLong(entry -> entry.order));
        for (PodEntry entry : byOrder) {
            settle(book, entry);
        }
        // A bound pod of which nothing is known may have taken what a released one names.
        adoption.ease(book);
        LOG.info(
                "the book is open: {}, {} pods bound, {} released, {} waiting, {} gangs",
                model.cluster(),
                register.bound,
                register.held.size(),
                register.pods.size() - register.bound - register.held.size(),
                register.gangs.size());
        lock.wake();
    }

    /** Forgets all that is not in the cluster's own records. */
    void shut() {
        List.copyOf(register.expected.values()).forEach(register::withdraw);
        if (register.book != null) {
            nextVersion = register.book.version() + 1;
            register.book.close();
            register.book = null;
            register.gangPlacer = null;
        }
        register.line.clear();
        register.queue.clear();
        register.nominated.clear();
        register.held.clear();
        register.homeless.clear();
        register.preemptors.clear();
        adoption.forget();
        register.toTell.clear();
        register.bound = 0;
        for (PodEntry entry : register.pods.values()) {
            entry.placement = null;
            entry.stage = Stage.WAITING;
            entry.due = Long.MAX_VALUE;
            entry.retryAt = Long.MAX_VALUE;
            entry.stuckSince = -1;
            entry.refusedAt = -1;
            entry.refusedSince = -1;
            entry.healing = false;
            entry.ending = "";
            entry.gpusKnown = false;
            entry.isAside = false;
            entry.isElsewhere = false;
            entry.rank = -1;
            entry.hasLeftQueue = false;
            entry.nominated = null;
            entry.isNominating = false;
        }
        for (GangEntry gang : register.gangs.values()) {
            gang.refusedAt = -1;
            gang.due = Long.MAX_VALUE;
            gang.complete = false;
            gang.timesLate = 0;
            gang.isDissolving = false;
            gang.evicting = "";
        }
    }

    /** Puts an entry where its pod belongs. */
    void settle(Book in, PodEntry entry) {
        PodObject pod = entry.pod;
        if (pod.isFinished()) {
            if (pod.status().phase() == PodStatus.Phase.FAILED) {
                register.leaveGang(entry);
            }
            register.forget(entry, "ended");
        } else if (pod.isBound()) {
            settleBound(in, entry);
        } else if (pod.deleting()) {
            register.forget(entry, "deleted before it was bound");
        } else if (entry.wantsGpu()
                && settings.schedulerNames().contains(pod.spec().schedulerName())) {
            settleUnbound(in, entry);
        }
        register.preemptors.seen(in, register, entry);
        GangEntry gang = entry.gang;
        if (gang != null) {
            if (pod.deleting() && pod.status().preempted()) {
                gang.lost(entry);
            }
            settleGang(gang);
        }
    }

    private void settleBound(Book in, PodEntry entry) {
        String nodeName = Objects.requireNonNull(entry.pod.spec().nodeName());
        register.line.remove(entry);
        register.toTell.remove(entry);
        Request request = Register.need(entry).request();
        Placement placement = entry.placement;
        if (placement != null
                && isAsStamped(entry, placement)
                // The node may have lost GPUs while this was under way.
                && in.canBe(placement)
                && placement.request().equals(request)
                && (entry.gpusKnown || readBack.gpus(in, entry, nodeName).isEmpty())) {
            register.become(entry, Stage.BOUND);
            return;
        }
        if (placement != null) {
            register.release(entry);
        }
        if (in.hasNode(nodeName)) {
            adoption.takeIn(in, entry, nodeName);
            entry.rank = Stamps.rank(entry.pod);
            register.homeless.remove(entry);
        } else {
            register.homeless.add(entry);
        }
        register.become(entry, Stage.BOUND);
    }

    /**
     * Whether a placement is what the pod itself says: its node when it is bound, and the GPUs that its annotations name for that node. What was read back counts more than
     * annotations, of this pod and of others.
     */
    private static boolean isAsStamped(PodEntry entry, Placement placement) {
        String bound = entry.pod.spec().nodeName();
        String nodeName = bound != null ? bound : Stamps.node(entry.pod);
        if (nodeName == null || !nodeName.equals(placement.nodeName())) {
            return false;
        }
        List<Integer> stamped = Register.stamped(entry, nodeName);
        return stamped.isEmpty() || entry.gpusKnown || entry.isAside || stamped.equals(placement.gpus());
    }

    private void settleUnbound(Book in, PodEntry entry) {
        PodObject pod = entry.pod;
        PodNeed need = Register.need(entry);
        if (entry.isGated(settings.gate())) {
            if (entry.stage.isCommitted()) {
                return; // what was seen is older than what was written
            }
            if (need.problem() != null) {
                register.refuse(entry, RefusalText.of(need.problem()));
            } else if (!entry.isOnlyGate(settings.gate())) {
                register.line.remove(entry);
                entry.why =
                        "other scheduling gates hold it: " + entry.pod.spec().schedulingGates();
            } else if (entry.stage == Stage.WAITING
                    && entry.gang == null
                    && entry.retryAt == Long.MAX_VALUE
                    && !register.line.contains(entry)) {
                register.line.add(entry);
                lock.wake();
            }
            return;
        }
        register.line.remove(entry);
        Placement placement = entry.placement;
        boolean isReleased = entry.stage == Stage.RELEASING || entry.stage == Stage.RELEASED;
        if (isReleased && placement != null && Stamps.node(pod) != null && !isAsStamped(entry, placement)) {
            // Another write than the last one was done: what the pod carries is what counts.
            register.release(entry);
        }
        if (entry.stage == Stage.RELEASING) {
            released(entry);
        } else if (entry.stage == Stage.WAITING && Stamps.node(entry.pod) != null && !entry.isGivenUp) {
            takeUp(in, entry);
        } else if (entry.stage == Stage.WAITING && need.problem() != null) {
            register.refuse(entry, RefusalText.of(need.problem()));
        }
        if (mayBeNominated(entry)) {
            register.joinQueue(entry);
        } else if (entry.stage == Stage.WAITING) {
            register.leaveQueue(entry);
        }
        boolean refused = entry.stage == Stage.RELEASED && entry.pod.status().unschedulable() != null;
        entry.stuckSince = !refused ? -1 : entry.stuckSince < 0 ? clock.millis() : entry.stuckSince;
    }

    /** Whether kube-scheduler has not decided on a pod yet, as far as is known, nor anybody else. */
    private boolean mayBeNominated(PodEntry entry) {
        PodObject pod = entry.pod;
        return settings.nominateAhead() > 0
                && !entry.hasLeftQueue
                && entry.stage == Stage.WAITING
                && entry.gang == null
                && register.isAskedFor(entry)
                && Stamps.node(pod) == null
                && pod.status().nominatedNodeName() == null
                && pod.status().unschedulable() == null;
    }

    /** A pod that was released before this replica led: what its annotations promise is held for it. */
    private void takeUp(Book in, PodEntry entry) {
        String nodeName = Objects.requireNonNull(Stamps.node(entry.pod));
        entry.how = Stamps.isPinned(entry.pod, nodeName) ? Writes.How.PIN : Writes.How.NOMINATE;
        Request request = Register.need(entry).request();
        boolean isThere = in.hasNode(nodeName);
        if (entry.how == Writes.How.NOMINATE && !(isThere && in.plan(request, List.of(nodeName)) instanceof Proposal)) {
            register.giveUp(entry);
            return;
        }
        if (isThere) {
            adoption.takeIn(in, entry, nodeName);
        }
        entry.rank = Stamps.rank(entry.pod);
        released(entry);
    }

    void released(PodEntry entry) {
        register.become(entry, Stage.RELEASED);
        entry.due = clock.millis() + register.gangTimeout(entry);
        entry.retryAt = Long.MAX_VALUE;
    }

    void settleGang(GangEntry gang) {
        int min = gang.minTasks();
        if (min > 0 && gang.evicting.isEmpty() && gang.bound() + gang.needNoPlace() >= min) {
            gang.complete = true;
            gang.timesLate = 0;
            gang.due = Long.MAX_VALUE;
        }
        boolean waits = false;
        for (PodEntry member : gang.members.values()) {
            waits |= Register.isUnplaced(member) && register.isSteered(member);
        }
        if (waits) {
            register.line.add(gang);
            lock.wake();
        } else {
            register.line.remove(gang);
        }
    }

    void rebuildIfDue(Book in) {
        long now = clock.millis();
        if (!nodesChanged || now - rebuiltAt < REBUILD_MILLIS) {
            adoption.ease(in);
            return;
        }
        nodesChanged = false;
        ClusterModel model = reading.cluster(nodes.values());
        reading.use(model);
        problems = model.problems();
        in.update(model);
        // A node keeps the state that it had in the book when the cluster is replaced.
        nodes.values().forEach(node -> in.setState(node.name(), reading.stateOf(node)));
        rebuiltAt = clock.millis();
        for (PodEntry entry : List.copyOf(register.pods.values())) {
            Placement placement = entry.placement;
            if (placement != null && !in.isLive(placement)) {
                lostNode(entry);
            } else if (placement != null
                    && (!in.canBe(placement)
                            || entry.stage != Stage.RESERVED && !isAsStamped(entry, placement)
                            || isUnused(in, entry, placement))) {
                standAnew(in, entry);
            }
        }
        for (PodEntry entry : List.copyOf(register.homeless)) {
            settleBound(in, entry);
        }
        for (PodEntry entry : List.copyOf(register.held)) {
            boolean isHomeless = entry.stage == Stage.RELEASED && entry.placement == null;
            String stamped = Stamps.node(entry.pod);
            if (isHomeless && stamped != null && in.hasNode(stamped)) {
                takeUp(in, entry);
            }
            Placement sent = entry.sent;
            boolean isUnderWay = entry.stage == Stage.RELEASING || entry.stage == Stage.BINDING;
            if (isUnderWay && entry.placement == null && sent != null && in.hasNode(sent.nodeName())) {
                // The node went and is back, and the write that names it may still be done.
                entry.placement = in.adopt(sent.request(), sent.nodeName(), sent.gpus(), entry.ref.toString());
                entry.due = entry.stage == Stage.BINDING ? clock.millis() + BINDING_MILLIS : entry.due;
            }
        }
        adoption.ease(in);
        lock.wake();
    }

    /** Whether the GPUs of a bound pod were read back and it is not accounted to them: what could not be may be by now. */
    private boolean isUnused(Book in, PodEntry entry, Placement placement) {
        return entry.report != null
                && entry.stage == Stage.BOUND
                && !entry.gpusKnown
                && !readBack.gpus(in, entry, placement.nodeName()).isEmpty();
    }

    /** The GPUs of a node are others than when a placement was made: it had some that are gone, or lacks some that are back. */
    private void standAnew(Book in, PodEntry entry) {
        switch (entry.stage) {
            case RESERVED -> register.release(entry);
            case BOUND -> {
                register.giveBack(entry);
                settleBound(in, entry);
            }
            case RELEASED -> {
                if (Stamps.node(entry.pod) != null) {
                    register.giveBack(entry);
                    takeUp(in, entry);
                }
            }
            default -> {} // its pod will say where it is
        }
    }

    /** The node of a placement is gone, and the placement with it. */
    private void lostNode(PodEntry entry) {
        register.giveBack(entry);
        if (entry.stage == Stage.BOUND) {
            register.homeless.add(entry);
        } else if (entry.stage == Stage.RESERVED) {
            register.become(entry, Stage.WAITING);
        } else if (entry.stage == Stage.BINDING) {
            entry.due = clock.millis() + BINDING_MILLIS; // it may still be done, on a node of that name that is back
        }
        // A release that is under way is answered; that it has no place any more is found when it is.
    }

    /** Compares the book with the entries, which are what was seen in the cluster; repairs the book. */
    void auditIfDue(Book in) {
        if (clock.millis() - auditedAt < AUDIT_MILLIS) {
            return;
        }
        auditedAt = clock.millis();
        int claims = 0;
        int wrong = 0;
        for (PodEntry entry : register.pods.values()) {
            Placement placement = entry.placement;
            if (placement == null) {
                continue;
            }
            claims++;
            String nodeName = entry.pod.spec().nodeName();
            if (!in.isLive(placement) || nodeName != null && !nodeName.equals(placement.nodeName())) {
                wrong++;
            }
        }
        int inBook = in.snapshot().claimCount();
        if (wrong == 0 && inBook == claims) {
            return;
        }
        int drift = Math.max(wrong, Math.abs(inBook - claims));
        register.driftCount += drift;
        LOG.error(
                "the book holds {} placements, the cluster {}, {} of them elsewhere; it is rebuilt",
                inBook,
                claims,
                wrong);
        decisions.add("repaired", null, null, null, List.of(), drift + " differences between the book and the cluster");
        shut();
        open();
    }

    /** A group says how many pods its gang needs, so its pods are read anew. */
    void readAgain(GangKey group) {
        GangEntry gang = register.gangs.get(group);
        if (gang != null) {
            gang.isStale = true;
        }
        for (PodEntry entry : register.naming(group)) {
            if (!entry.pod.isFinished()) {
                register.read(entry);
                if (register.book != null) {
                    settle(register.book, entry);
                }
            }
        }
    }
}
