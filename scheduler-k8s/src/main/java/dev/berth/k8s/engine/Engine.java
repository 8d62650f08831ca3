package dev.berth.k8s.engine;

import dev.berth.cluster.Cluster;
import dev.berth.k8s.nodes.ClusterModel;
import dev.berth.k8s.objects.GroupObject;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.PodStatus;
import dev.berth.k8s.pods.GangKey;
import dev.berth.k8s.pods.GangNeed;
import dev.berth.k8s.pods.PodNeed;
import dev.berth.placement.Answer;
import dev.berth.placement.Placement;
import dev.berth.placement.Proposal;
import dev.berth.placement.Refusal;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides where the pods of a cluster stand. One state machine behind one lock: what is seen comes in through {@link ClusterEvents}, what kube-scheduler asks through
 * {@link Extender}, what is to be written goes out through {@link Writes}, and {@link #work} does what waits. Thread-safe; no call waits for the API server.
 *
 * <p>The cluster's own records are the truth. Everything that is held can be rebuilt from them: from the node of bound pods, from the annotations of released ones; what was only
 * reserved is given up when this replica stops leading. Each write is one request that is done or not done, so that a crash at any moment leaves nothing half done.
 */
public final class Engine implements ClusterEvents, Extender, Insight {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    private static final long SLICE_MILLIS = 5;
    private static final long REBUILD_MILLIS = 200;
    private static final long AUDIT_MILLIS = 15_000;
    private static final long RETRY_MILLIS = 1_000;
    private static final long TELL_AFTER_MILLIS = 1_000;
    private static final int TELL_PER_TICK = 20;

    private final EngineSettings settings;
    private final Reading reading;
    private final Writes writes;
    private final EngineClock clock;
    private final DecisionLog decisions;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition hasWork = lock.newCondition();

    private final Map<String, NodeObject> nodes = new LinkedHashMap<>();
    private final Map<String, PodEntry> pods = new HashMap<>();
    private final Map<String, PodEntry> podByPath = new HashMap<>();
    private final Map<GangKey, GroupObject> groups = new HashMap<>();
    private final Map<GangKey, GangEntry> gangs = new LinkedHashMap<>();
    private final Line line = new Line();
    /** Pods that hold a place and are not bound yet. */
    private final Set<PodEntry> held = new LinkedHashSet<>();
    /** Bound pods whose node is not in the cluster. */
    private final Set<PodEntry> homeless = new LinkedHashSet<>();
    /** Nodes on which a pod was taken in with other GPUs than its own. */
    private final Set<String> moved = new LinkedHashSet<>();
    /** Pods to tell people about when they still wait in a while. */
    private final Set<PodEntry> toTell = new LinkedHashSet<>();
    /** Pods that only filters have told of, and when one did last: a late filter may tell of a pod that is gone already. */
    private final Map<PodEntry, Long> unseen = new LinkedHashMap<>();

    private final RefusedKinds refusedKinds = new RefusedKinds();

    private boolean isSynced;
    private boolean isLeading;
    private boolean isWorkWaiting;
    private @Nullable Book book;
    private @Nullable GangPlacer gangPlacer;
    private List<String> problems = List.of();
    private boolean nodesChanged;
    private long rebuiltAt;
    private long auditedAt;
    /** The version of the book at which crowded nodes were last looked at. */
    private long easedAt;

    private long easeAgainAt;

    private long order;
    private int bound;

    private long placedCount;
    private long refusedCount;
    private long driftCount;
    private long healedCount;
    private long expiredCount;

    /** An engine that has seen nothing and does not lead. */
    public Engine(EngineSettings settings, Reading reading, Writes writes, EngineClock clock) {
        this.settings = settings;
        this.reading = reading;
        this.writes = writes;
        this.clock = clock;
        this.decisions = new DecisionLog(clock);
    }

    // ---- what is seen

    @Override
    public void nodeSeen(NodeObject node) {
        locked(() -> {
            NodeObject before = nodes.put(node.name(), node);
            if (node.equals(before)) {
                return;
            }
            reading.nodeSeen(node);
            if (before == null || !reading.isSameModel(before, node)) {
                nodesChanged = true;
            } else if (book != null) {
                book.setState(node.name(), reading.stateOf(node));
            }
            wake();
        });
    }

    @Override
    public void nodeGone(String name) {
        locked(() -> {
            if (nodes.remove(name) != null) {
                reading.nodeGone(name);
                nodesChanged = true;
                wake();
            }
        });
    }

    @Override
    public void podSeen(PodObject pod) {
        locked(() -> {
            PodEntry entry = pods.get(pod.uid());
            if (entry != null && entry.seen && entry.pod.equals(pod)) {
                return;
            }
            reading.podSeen(pod);
            entry = enter(pod);
            entry.seen = true;
            unseen.remove(entry);
            // A filter may have told of a later pod of the same name before this event came.
            podByPath.put(pod.path(), entry);
            if (book != null) {
                settle(book, entry);
            }
        });
    }

    @Override
    public void podGone(PodRef pod) {
        locked(() -> {
            reading.podGone(pod);
            PodEntry entry = pods.get(pod.uid());
            if (entry != null) {
                drop(entry, "deleted");
            }
        });
    }

    private void drop(PodEntry entry, String why) {
        unseen.remove(entry);
        pods.remove(entry.ref.uid());
        podByPath.remove(entry.pod.path(), entry);
        leaveGang(entry);
        forget(entry, why);
    }

    @Override
    public void groupSeen(GroupObject group) {
        locked(() -> {
            GangKey key = new GangKey(group.convention(), group.namespace(), group.name());
            if (!group.equals(groups.put(key, group))) {
                readAgain(key);
            }
        });
    }

    @Override
    public void groupGone(String convention, String namespace, String name) {
        locked(() -> {
            GangKey key = new GangKey(convention, namespace, name);
            if (groups.remove(key) != null) {
                readAgain(key);
            }
        });
    }

    @Override
    public void factSeen(Runnable change, boolean changesCluster) {
        locked(() -> {
            change.run();
            nodesChanged |= changesCluster;
            if (book != null) {
                book.changed();
                wake();
            }
        });
    }

    /** A group says how many pods its gang needs, so its pods are read anew. */
    private void readAgain(GangKey group) {
        for (PodEntry entry : List.copyOf(pods.values())) {
            boolean named = entry.pod.namespace().equals(group.namespace()) && !entry.pod.isFinished();
            if (named && entry.need != null) {
                read(entry);
                if (book != null) {
                    settle(book, entry);
                }
            }
        }
    }

    @Override
    public void synced() {
        locked(() -> {
            isSynced = true;
            if (isLeading) {
                open();
            }
        });
    }

    @Override
    public void lead() {
        locked(() -> {
            if (!isLeading) {
                isLeading = true;
                decisions.add("leading", null, null, null, List.of(), "this replica decides from now on");
                if (isSynced) {
                    open();
                }
            }
        });
    }

    @Override
    public void follow() {
        locked(() -> {
            if (isLeading) {
                isLeading = false;
                shut();
                decisions.add("following", null, null, null, List.of(), "another replica decides from now on");
            }
        });
    }

    /** The entry of a pod with this version of it. */
    private PodEntry enter(PodObject pod) {
        PodEntry entry = pods.get(pod.uid());
        if (entry == null) {
            entry = new PodEntry(new PodRef(pod.namespace(), pod.name(), pod.uid()), pod, ++order);
            pods.put(pod.uid(), entry);
            podByPath.put(pod.path(), entry);
            read(entry);
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

    private void read(PodEntry entry) {
        PodNeed need = needOf(entry.pod);
        entry.need = need;
        GangNeed gang = entry.pod.status().phase() == PodStatus.Phase.FAILED ? null : need.gang();
        if (entry.gang != null && (gang == null || !gang.key().equals(entry.gang.key))) {
            leaveGang(entry);
        }
        if (gang != null) {
            GangEntry known = gangs.computeIfAbsent(gang.key(), key -> new GangEntry(key, gang, clock.wallMillis()));
            // Of members that say different things, those that say how many there are know best.
            if (gang.minTasks() > 0 || gang.totalTasks() > 0 || known.minTasks() == 0) {
                known.need = gang;
            }
            if (known.members.put(entry.ref.uid(), entry) == null) {
                known.lastJoin = clock.millis();
                known.refusedAt = -1;
            }
            entry.gang = known;
        }
    }

    private PodNeed needOf(PodObject pod) {
        return reading.need(pod, (convention, namespace, name) -> groups.get(new GangKey(convention, namespace, name)));
    }

    private void leaveGang(PodEntry entry) {
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

    // ---- leading

    /** Builds the book from what was seen. */
    private void open() {
        ClusterModel model = reading.cluster(nodes.values());
        reading.use(model);
        problems = model.problems();
        book = new Book(model);
        gangPlacer = new GangPlacer(book, reading);
        nodesChanged = false;
        rebuiltAt = clock.millis();
        auditedAt = rebuiltAt;
        List<PodEntry> byOrder = new ArrayList<>(pods.values());
        // Bound pods first, then released ones: what is certain comes before what is promised. Of them, first those of
        // which the GPUs are known, as the others take
        // what is left.
        byOrder.sort(Comparator.comparing((PodEntry entry) -> !entry.pod.isBound())
                .thenComparing(entry -> Stamps.gpus(
                                entry.pod,
                                Objects.requireNonNullElse(entry.pod.spec().nodeName(), ""))
                        .isEmpty())
                .thenComparingLong(entry -> entry.order));
        for (PodEntry entry : byOrder) {
            settle(book, entry);
        }
        LOG.info(
                "the book is open: {}, {} pods bound, {} released, {} waiting, {} gangs",
                model.cluster(),
                bound,
                held.size(),
                pods.size() - bound - held.size(),
                gangs.size());
        wake();
    }

    /** A gang that holds a part, by what an earlier leader did, must become complete, unless it may have run for long. */
    private void dueAnew(GangEntry gang) {
        if (gang.complete || gang.placed() == 0) {
            return;
        }
        long timeout = gangTimeout(gang.members.values().iterator().next());
        for (PodEntry member : gang.members.values()) {
            boolean isOld = clock.wallMillis() - member.pod.createdMillis() > 2 * timeout;
            gang.complete |= member.stage == Stage.BOUND && isOld;
        }
        gang.due = gang.complete ? Long.MAX_VALUE : clock.millis() + timeout;
    }

    /** Forgets all that is not in the cluster's own records. */
    private void shut() {
        if (book != null) {
            book.close();
            book = null;
            gangPlacer = null;
        }
        line.clear();
        held.clear();
        homeless.clear();
        moved.clear();
        toTell.clear();
        bound = 0;
        for (PodEntry entry : pods.values()) {
            entry.placement = null;
            entry.stage = Stage.WAITING;
            entry.due = Long.MAX_VALUE;
            entry.retryAt = Long.MAX_VALUE;
            entry.stuckSince = -1;
            entry.refusedAt = -1;
            entry.refusedSince = -1;
            entry.healing = false;
            entry.gpusKnown = false;
            entry.rank = -1;
        }
        for (GangEntry gang : gangs.values()) {
            gang.refusedAt = -1;
            gang.due = Long.MAX_VALUE;
            gang.complete = false;
            gang.timesLate = 0;
            gang.isDissolving = false;
        }
    }

    /** Puts an entry where its pod belongs. */
    private void settle(Book in, PodEntry entry) {
        PodObject pod = entry.pod;
        if (pod.isFinished()) {
            if (pod.status().phase() == PodStatus.Phase.FAILED) {
                leaveGang(entry);
            }
            forget(entry, "ended");
        } else if (pod.isBound()) {
            settleBound(in, entry);
        } else if (pod.deleting()) {
            forget(entry, "deleted before it was bound");
        } else if (entry.wantsGpu()
                && settings.schedulerNames().contains(pod.spec().schedulerName())) {
            settleUnbound(in, entry);
        }
        GangEntry gang = entry.gang;
        if (gang != null) {
            settleGang(gang);
        }
    }

    private void settleBound(Book in, PodEntry entry) {
        String nodeName = Objects.requireNonNull(entry.pod.spec().nodeName());
        line.remove(entry);
        toTell.remove(entry);
        Request request = need(entry).request();
        Placement placement = entry.placement;
        if (placement != null
                && isAsStamped(entry, placement)
                && placement.request().equals(request)) {
            become(entry, Stage.BOUND);
            return;
        }
        if (placement != null) {
            release(entry);
        }
        if (in.hasNode(nodeName)) {
            takeIn(in, entry, nodeName);
            entry.rank = Stamps.rank(entry.pod);
            homeless.remove(entry);
        } else {
            homeless.add(entry);
        }
        become(entry, Stage.BOUND);
    }

    /** Whether a placement is what the pod itself says: its node when it is bound, and the GPUs that its annotations name for that node. */
    private static boolean isAsStamped(PodEntry entry, Placement placement) {
        String bound = entry.pod.spec().nodeName();
        String nodeName = bound != null ? bound : Stamps.node(entry.pod);
        if (nodeName == null || !nodeName.equals(placement.nodeName())) {
            return false;
        }
        List<Integer> stamped = stamped(entry, nodeName);
        return stamped.isEmpty() || entry.gpusKnown || stamped.equals(placement.gpus());
    }

    private void settleUnbound(Book in, PodEntry entry) {
        PodObject pod = entry.pod;
        PodNeed need = need(entry);
        if (entry.isGated(settings.gate())) {
            if (entry.stage.isCommitted()) {
                return; // what was seen is older than what was written
            }
            if (need.problem() != null) {
                refuse(entry, RefusalText.of(need.problem()));
            } else if (!entry.isOnlyGate(settings.gate())) {
                line.remove(entry);
                entry.why =
                        "other scheduling gates hold it: " + entry.pod.spec().schedulingGates();
            } else if (entry.stage == Stage.WAITING
                    && entry.gang == null
                    && entry.retryAt == Long.MAX_VALUE
                    && !line.contains(entry)) {
                line.add(entry);
                wake();
            }
            return;
        }
        line.remove(entry);
        Placement placement = entry.placement;
        boolean isReleased = entry.stage == Stage.RELEASING || entry.stage == Stage.RELEASED;
        if (isReleased && placement != null && Stamps.node(pod) != null && !isAsStamped(entry, placement)) {
            // Another write than the last one was done: what the pod carries is what counts.
            release(entry);
        }
        if (entry.stage == Stage.RELEASING) {
            released(entry);
        } else if (entry.stage == Stage.WAITING && Stamps.node(entry.pod) != null && !entry.isGivenUp) {
            takeUp(in, entry);
        } else if (entry.stage == Stage.WAITING && need.problem() != null) {
            refuse(entry, RefusalText.of(need.problem()));
        }
        boolean refused = entry.stage == Stage.RELEASED && entry.pod.status().unschedulable() != null;
        entry.stuckSince = !refused ? -1 : entry.stuckSince < 0 ? clock.millis() : entry.stuckSince;
    }

    /** A pod that was released before this replica led: what its annotations promise is held for it. */
    private void takeUp(Book in, PodEntry entry) {
        String nodeName = Objects.requireNonNull(Stamps.node(entry.pod));
        entry.how = Stamps.isPinned(entry.pod, nodeName) ? Writes.How.PIN : Writes.How.NOMINATE;
        Request request = need(entry).request();
        boolean isThere = in.hasNode(nodeName);
        if (entry.how == Writes.How.NOMINATE && !(isThere && in.plan(request, List.of(nodeName)) instanceof Proposal)) {
            giveUp(entry);
            return;
        }
        if (isThere) {
            takeIn(in, entry, nodeName);
        }
        entry.rank = Stamps.rank(entry.pod);
        released(entry);
    }

    private void released(PodEntry entry) {
        become(entry, Stage.RELEASED);
        entry.due = clock.millis() + gangTimeout(entry);
        entry.retryAt = Long.MAX_VALUE;
    }

    private long gangTimeout(PodEntry entry) {
        GangEntry gang = entry.gang;
        return gang != null && gang.need.timeoutSeconds() > 0
                ? 1000L * gang.need.timeoutSeconds()
                : settings.gangTimeoutMillis();
    }

    private void settleGang(GangEntry gang) {
        int min = gang.minTasks();
        if (min > 0 && gang.bound() + gang.needNoPlace() >= min) {
            gang.complete = true;
            gang.timesLate = 0;
            gang.due = Long.MAX_VALUE;
        }
        boolean waits = false;
        for (PodEntry member : gang.members.values()) {
            waits |= isUnplaced(member) && isSteered(member);
        }
        if (waits) {
            line.add(gang);
            wake();
        } else {
            line.remove(gang);
        }
    }

    private static boolean isUnplaced(PodEntry member) {
        return member.wantsGpu()
                && member.stage == Stage.WAITING
                && member.placement == null
                && !member.pod.isFinished();
    }

    /** Whether nothing but Berth's gate holds a pod. */
    private boolean isSteered(PodEntry entry) {
        return entry.isOnlyGate(settings.gate()) && isOurs(entry);
    }

    /** Whether a pod can be placed at all, for one that no gate holds. */
    private boolean isAskedFor(PodEntry entry) {
        return entry.pod.spec().schedulingGates().isEmpty() && isOurs(entry);
    }

    private boolean isOurs(PodEntry entry) {
        return !entry.pod.deleting()
                && !entry.pod.isFinished()
                && settings.schedulerNames().contains(entry.pod.spec().schedulerName())
                && need(entry).problem() == null;
    }

    /** The GPUs that a pod names for a node; none when its place was given up, as others may have them by now. */
    private static List<Integer> stamped(PodEntry entry, String nodeName) {
        return entry.isGivenUp ? List.of() : Stamps.gpus(entry.pod, nodeName);
    }

    private static PodNeed need(PodEntry entry) {
        return Objects.requireNonNull(entry.need);
    }

    private void become(PodEntry entry, Stage stage) {
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
        if (stage == Stage.BOUND && entry.wantsGpu()) {
            String nodeName = entry.pod.spec().nodeName();
            decisions.add("bound", entry.ref.toString(), gangName(entry), nodeName, gpus(entry), "is bound");
        }
    }

    private static @Nullable String gangName(PodEntry entry) {
        return entry.gang == null ? null : entry.gang.key.toString();
    }

    private static List<Integer> gpus(PodEntry entry) {
        return entry.placement == null ? List.of() : entry.placement.gpus();
    }

    /** Of a pod that is nominated: the scheduler may take any node for it, and none is kept from others any more. */
    private void giveUp(PodEntry entry) {
        release(entry);
        entry.isGivenUp = true;
        entry.why = "its place is gone; kube-scheduler looks for another";
    }

    /** Gives back what an entry holds; it waits then. */
    private void release(PodEntry entry) {
        giveBack(entry);
        entry.rank = -1;
        homeless.remove(entry);
        become(entry, Stage.WAITING);
    }

    private void giveBack(PodEntry entry) {
        Placement placement = entry.placement;
        if (placement != null && book != null) {
            book.release(placement);
            wake();
        }
        if (placement != null && !entry.pod.isBound()) {
            reading.podUnplanned(entry.ref);
        }
        entry.placement = null;
        entry.gpusKnown = false;
    }

    /** Ends what an entry holds or waits for, because its pod ends. */
    private void forget(PodEntry entry, String why) {
        line.remove(entry);
        toTell.remove(entry);
        held.remove(entry);
        entry.retryAt = Long.MAX_VALUE;
        if (entry.placement != null && entry.wantsGpu()) {
            decisions.add("freed", entry.ref.toString(), gangName(entry), entry.placement.nodeName(), gpus(entry), why);
        }
        release(entry);
    }

    // ---- what waits

    private void wake() {
        isWorkWaiting = true;
        hasWork.signalAll();
    }

    /**
     * Waits until there may be something to do.
     *
     * @param millis how long at most
     * @return whether there may be
     */
    public boolean awaitWork(long millis) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
            while (!isWorkWaiting && nanos > 0) {
                nanos = hasWork.awaitNanos(nanos);
            }
            return isWorkWaiting;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Places those that wait, the most important first, for some milliseconds at most: what comes in meanwhile may be more important.
     *
     * @return whether there is more to do
     */
    public boolean work() {
        return locked(() -> {
            isWorkWaiting = false;
            Book in = book;
            if (in == null) {
                return false;
            }
            rebuildIfDue(in);
            long end = clock.millis() + SLICE_MILLIS;
            Line.Place next = line.first();
            while (next != null) {
                Line.Place now = next;
                next = line.after(now);
                if (now.pod != null) {
                    tryPod(in, now.pod);
                } else if (now.gang != null) {
                    tryGang(in, now.gang);
                }
                if (clock.millis() > end && next != null) {
                    isWorkWaiting = true;
                    break;
                }
            }
            return isWorkWaiting;
        });
    }

    private void tryPod(Book in, PodEntry entry) {
        if (entry.refusedAt == in.version()) {
            return;
        }
        Collection<String> allowed = reading.allowed(entry.pod);
        Answer answer = place(in, entry, allowed);
        if (answer instanceof Placement placement) {
            line.remove(entry);
            entry.placement = placement;
            send(entry);
        }
    }

    /** Places an entry alone; a refusal is noted in it. */
    private @Nullable Answer place(Book in, PodEntry entry, @Nullable Collection<String> nodeNames) {
        Request request = need(entry).request();
        arrived(in, entry);
        RefusalText known = refusedKinds.find(in.version(), request, nodeNames);
        if (known != null) {
            entry.refusedAt = in.version();
            refuse(entry, known);
            return null;
        }
        Answer answer = in.place(request, nodeNames);
        if (answer instanceof Refusal refusal) {
            entry.refusedAt = in.version();
            RefusalText text = RefusalText.of(refusal, nodeNames == null ? "" : reading.whyNotAllowed(entry.pod));
            refusedKinds.add(request, nodeNames, text);
            refuse(entry, text);
        }
        return answer;
    }

    private void arrived(Book in, PodEntry entry) {
        if (!entry.arrived) {
            entry.arrived = true;
            in.arrived(need(entry).request());
        }
    }

    private void refuse(PodEntry entry, RefusalText text) {
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

    private void tryGang(Book in, GangEntry gang) {
        List<PodEntry> ready = gang.unplaced(this::isSteered);
        String gathering = gang.whyNotYet(ready.size());
        if (!gathering.isEmpty()) {
            gang.refusal = RefusalText.of(gathering);
            tellGang(gang);
            return;
        }
        int wanted = Math.max(gang.minTasks(), gang.need.totalTasks());
        boolean isWhole = gang.there() >= wanted && gang.need.totalTasks() > 0;
        if (!isWhole && gang.placed() == 0 && clock.millis() - gang.lastJoin < settings.gangLingerMillis()) {
            return; // asked again at a tick
        }
        if (gang.refusedAt == in.version()) {
            return;
        }
        if (!placeGang(in, gang, ready, null)) {
            return;
        }
        line.remove(gang);
        gang.due = clock.millis() + gangTimeout(gang.members.values().iterator().next());
        for (PodEntry member : List.copyOf(gang.members.values())) {
            if (member.stage == Stage.WAITING && member.placement != null) {
                send(member);
            }
        }
        settleGang(gang);
    }

    private boolean placeGang(Book in, GangEntry gang, List<PodEntry> unplaced, @Nullable Collection<String> within) {
        if (!Objects.requireNonNull(gangPlacer).place(gang, unplaced, within)) {
            gang.refusedAt = in.version();
            tellGang(gang);
            return false;
        }
        gang.refusedAt = -1;
        return true;
    }

    private void tellGang(GangEntry gang) {
        if (gang.why.equals(gang.refusal.sentence())) {
            return;
        }
        gang.why = gang.refusal.sentence();
        for (PodEntry member : gang.unplaced(Engine::isUnplaced)) {
            refuse(
                    member,
                    new RefusalText(
                            "gang " + gang.key + ": " + gang.why, gang.refusal.reasons(), gang.refusal.wouldHelp()));
        }
    }

    /** Releases a pod that has its place. */
    private void send(PodEntry entry) {
        Placement placement = Objects.requireNonNull(entry.placement);
        placed(entry, placement);
        entry.how = switch (settings.steering()) {
            case PIN -> Writes.How.PIN;
            case NOMINATE -> Writes.How.NOMINATE;
            case AUTO -> entry.pod.owner() != null || entry.gang != null ? Writes.How.PIN : Writes.How.NOMINATE;
        };
        become(entry, Stage.RELEASING);
        write(entry, placement);
    }

    private void placed(PodEntry entry, Placement placement) {
        reading.podPlanned(entry.pod, placement.nodeName());
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

    private void write(PodEntry entry, Placement placement) {
        entry.retryAt = Long.MAX_VALUE;
        writes.release(
                entry.ref,
                entry.how,
                placement.nodeName(),
                !entry.pod.spec().nodeTerms().isEmpty(),
                stamps(entry, placement),
                outcome -> locked(() -> releaseEnded(entry, placement, outcome)));
    }

    private Map<String, String> stamps(PodEntry entry, Placement placement) {
        return Stamps.of(placement, entry.rank, reading.gpuUuids(placement.nodeName()));
    }

    private void releaseEnded(PodEntry entry, Placement placement, Outcome outcome) {
        if (entry.stage != Stage.RELEASING) {
            return; // what became of it was seen before the answer came
        }
        if (entry.placement == null) {
            // Its node went meanwhile.
            switch (outcome.kind()) {
                case DONE -> released(entry);
                case UNKNOWN -> entry.retryAt = clock.millis() + 5 * RETRY_MILLIS;
                default -> waitAgain(entry);
            }
            return;
        }
        if (!placement.equals(entry.placement)) {
            return;
        }
        switch (outcome.kind()) {
            case DONE -> released(entry);
            case GONE -> release(entry);
            case BUSY, UNKNOWN -> entry.retryAt = clock.millis() + RETRY_MILLIS;
            case REFUSED -> {
                LOG.warn("{} could not be released: {}", entry.ref, outcome.message());
                RefusalText text = RefusalText.of("the API server refused its release: " + outcome.message());
                release(entry);
                refuse(entry, text);
                // Not at once: what was refused would be again.
                entry.retryAt = clock.millis() + 10 * RETRY_MILLIS;
                held.add(entry);
            }
            case NOT_LEADING -> LOG.info("{} was not released, as this replica leads no longer", entry.ref);
        }
    }

    private void waitAgain(PodEntry entry) {
        become(entry, Stage.WAITING);
        settle(Objects.requireNonNull(book), entry);
    }

    // ---- what is due

    @Override
    public void tick() {
        locked(() -> {
            Book in = book;
            if (in == null) {
                return;
            }
            long now = clock.millis();
            rebuildIfDue(in);
            for (PodEntry entry : List.copyOf(held)) {
                due(entry, now);
            }
            for (GangEntry gang : List.copyOf(gangs.values())) {
                due(gang, now);
            }
            dropUnseen(now);
            tell(now);
            if (now - auditedAt >= AUDIT_MILLIS) {
                auditedAt = now;
                audit(in);
            }
        });
    }

    private void dropUnseen(long now) {
        for (Map.Entry<PodEntry, Long> asked : List.copyOf(unseen.entrySet())) {
            PodEntry entry = asked.getKey();
            boolean isIdle = entry.stage == Stage.WAITING && entry.placement == null;
            if (isIdle && now - asked.getValue() >= settings.reservationMillis()) {
                drop(entry, "asked for, and never seen");
            }
        }
    }

    private void due(PodEntry entry, long now) {
        switch (entry.stage) {
            case WAITING -> {
                if (now >= entry.retryAt || entry.retryAt == Long.MAX_VALUE) {
                    held.remove(entry);
                    entry.retryAt = Long.MAX_VALUE;
                    settle(Objects.requireNonNull(book), entry);
                }
            }
            case RESERVED -> {
                if (now >= entry.due) {
                    expire(entry);
                }
            }
            case RELEASING -> {
                if (now >= entry.retryAt && entry.placement != null) {
                    write(entry, entry.placement);
                } else if (now >= entry.retryAt) {
                    waitAgain(entry);
                }
            }
            case RELEASED -> releasedDue(entry, now);
            case BINDING -> {
                if (now >= entry.due) {
                    expire(entry);
                }
            }
            case BOUND -> held.remove(entry);
        }
    }

    private void expire(PodEntry entry) {
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

    private void releasedDue(PodEntry entry, long now) {
        boolean isNodeGone = entry.placement == null;
        boolean isRefused = entry.stuckSince >= 0 && now - entry.stuckSince >= settings.stuckMillis();
        if (entry.how == Writes.How.NOMINATE) {
            if (isNodeGone || isRefused || now >= entry.due) {
                expiredCount++;
                giveUp(entry);
            }
            return;
        }
        boolean mayTry = entry.retryAt == Long.MAX_VALUE || now >= entry.retryAt;
        if (!entry.healing && (isNodeGone || isRefused) && mayTry) {
            String why = isNodeGone
                    ? "the node that it is pinned to is gone"
                    : "kube-scheduler cannot bind it where it is pinned: "
                            + entry.pod.status().unschedulable();
            heal(entry, why);
        }
    }

    /** Has a pod made anew that cannot reach its place. */
    private void heal(PodEntry entry, String why) {
        entry.why = why;
        if (!settings.heal() || entry.pod.owner() == null) {
            if (!entry.told.equals(why)) {
                entry.told = why;
                writes.tell(
                        entry.ref,
                        true,
                        "Stuck",
                        why + "; "
                                + (entry.pod.owner() == null ? "no controller would make it anew" : "healing is off")
                                + ": delete it and create it again",
                        false);
                decisions.add("stuck", entry.ref.toString(), gangName(entry), null, List.of(), why);
            }
            return;
        }
        entry.healing = true;
        entry.retryAt = Long.MAX_VALUE;
        healedCount++;
        decisions.add("healed", entry.ref.toString(), gangName(entry), null, List.of(), why + "; it is made anew");
        writes.tell(entry.ref, true, "Healed", why + "; it is deleted, so that its controller makes it anew", false);
        writes.delete(
                entry.ref,
                outcome -> locked(() -> {
                    if (outcome.kind() != Outcome.Kind.DONE && outcome.kind() != Outcome.Kind.GONE) {
                        LOG.warn("{} could not be deleted: {}", entry.ref, outcome);
                        entry.healing = false;
                        entry.retryAt = clock.millis() + RETRY_MILLIS;
                    }
                }));
    }

    private void due(GangEntry gang, long now) {
        if (line.contains(gang)) {
            if (gang.placed() == 0 && now - gang.lastJoin >= settings.gangLingerMillis()) {
                wake();
            }
        }
        if (gang.due == Long.MAX_VALUE) {
            dueAnew(gang);
        }
        if (now < gang.due || gang.complete) {
            return;
        }
        gang.due = now + gangTimeout(gang.members.values().iterator().next());
        gang.timesLate++;
        String why = "gang " + gang.key + " is not complete in time: " + gang.bound() + " of " + gang.minTasks()
                + " pods are bound";
        // First what is stuck is made anew. When that has not helped either, what the gang holds is of no use to it,
        // and is given back whole.
        gang.isDissolving = gang.timesLate > 1 && gang.placed() > 0;
        for (PodEntry member : List.copyOf(gang.members.values())) {
            boolean isStuck = member.stage == Stage.RELEASED && member.how == Writes.How.PIN;
            boolean isHeld = member.stage == Stage.BOUND && member.wantsGpu() || member.stage == Stage.RELEASED;
            if (!member.healing && (isStuck || gang.isDissolving && isHeld)) {
                heal(member, why);
            }
        }
    }

    private void tell(long now) {
        int told = 0;
        for (PodEntry entry : List.copyOf(toTell)) {
            if (told == TELL_PER_TICK) {
                break;
            }
            boolean waits = entry.stage == Stage.WAITING && !entry.why.isEmpty();
            if (waits && now - entry.refusedSince < TELL_AFTER_MILLIS) {
                continue;
            }
            toTell.remove(entry);
            if (waits && !entry.told.equals(entry.why)) {
                entry.told = entry.why;
                told++;
                RefusalText text = entry.refusal;
                String help = text == null || text.wouldHelp().isEmpty()
                        ? ""
                        : "; what would help: " + text.wouldHelp().get(0);
                writes.tell(entry.ref, true, "NotPlaced", entry.why + help, false);
            }
        }
    }

    private void rebuildIfDue(Book in) {
        long now = clock.millis();
        if (!nodesChanged || now - rebuiltAt < REBUILD_MILLIS) {
            easeCrowds(in);
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
        for (PodEntry entry : List.copyOf(pods.values())) {
            Placement placement = entry.placement;
            if (placement != null && !in.isLive(placement)) {
                lostNode(entry);
            } else if (placement != null && (!in.canBe(placement) || !isAsStamped(entry, placement))) {
                standAnew(in, entry);
            }
        }
        for (PodEntry entry : List.copyOf(homeless)) {
            settleBound(in, entry);
        }
        for (PodEntry entry : List.copyOf(held)) {
            boolean isHomeless = entry.stage == Stage.RELEASED && entry.placement == null;
            String stamped = Stamps.node(entry.pod);
            if (isHomeless && stamped != null && in.hasNode(stamped)) {
                takeUp(in, entry);
            }
        }
        easeCrowds(in);
        wake();
    }

    /** Takes in what stands on a node of the cluster, with the GPUs that the pod names unless another holds them. */
    private void takeIn(Book in, PodEntry entry, String nodeName) {
        List<Integer> stamped = stamped(entry, nodeName);
        if (!stamped.isEmpty() && !in.areFree(nodeName, stamped)) {
            // What is written counts more than what is only held.
            for (PodEntry other : List.copyOf(held)) {
                Placement placement = other.placement;
                boolean isInTheWay = other.stage == Stage.RESERVED
                        && placement != null
                        && placement.nodeName().equals(nodeName)
                        && !Collections.disjoint(placement.gpus(), stamped);
                if (isInTheWay) {
                    expire(other);
                }
            }
        }
        entry.placement = in.adopt(need(entry).request(), nodeName, stamped, entry.ref.toString());
        if (!stamped.isEmpty() && !stamped.equals(entry.placement.gpus())) {
            if (moved.add(nodeName)) {
                easeAgainAt = 0;
            }
        }
    }

    /** On a node where GPUs are held twice, or by others than those that they are meant for, puts each pod where it belongs if that is free by now. */
    private void easeCrowds(Book in) {
        Set<String> crowded = new HashSet<>(in.crowded());
        crowded.addAll(moved);
        if (crowded.isEmpty() || in.version() == easedAt || clock.millis() < easeAgainAt) {
            return;
        }
        moved.clear();
        Map<String, List<PodEntry>> byNode = new LinkedHashMap<>();
        for (PodEntry entry : pods.values()) {
            Placement placement = entry.placement;
            // What is under way is left alone: its pod does not say yet where it is.
            boolean isSettled =
                    entry.stage == Stage.BOUND || entry.stage == Stage.RELEASED && Stamps.node(entry.pod) != null;
            if (placement != null && isSettled && crowded.contains(placement.nodeName())) {
                byNode.computeIfAbsent(placement.nodeName(), name -> new ArrayList<>())
                        .add(entry);
            }
        }
        byNode.forEach((nodeName, entries) -> {
            entries.forEach(this::giveBack);
            List<PodEntry> others = new ArrayList<>();
            for (PodEntry entry : entries) {
                List<Integer> stamped = stamped(entry, nodeName);
                if (!stamped.isEmpty() && in.areFree(nodeName, stamped)) {
                    takeIn(in, entry, nodeName);
                } else {
                    others.add(entry);
                }
            }
            others.forEach(entry -> takeIn(in, entry, nodeName));
        });
        easedAt = in.version();
        // What could not be put right now may be later; not with each question, as all pods are looked through.
        easeAgainAt = clock.millis() + RETRY_MILLIS;
    }

    /** The GPUs of a node are others than when a placement was made: it had some that are gone, or lacks some that are back. */
    private void standAnew(Book in, PodEntry entry) {
        switch (entry.stage) {
            case RESERVED -> release(entry);
            case BOUND -> {
                giveBack(entry);
                settleBound(in, entry);
            }
            case RELEASED -> {
                if (Stamps.node(entry.pod) != null) {
                    giveBack(entry);
                    takeUp(in, entry);
                }
            }
            default -> {} // its pod will say where it is
        }
    }

    /** The node of a placement is gone, and the placement with it. */
    private void lostNode(PodEntry entry) {
        giveBack(entry);
        if (entry.stage == Stage.BOUND) {
            homeless.add(entry);
        } else if (entry.stage == Stage.RESERVED) {
            become(entry, Stage.WAITING);
        } else if (entry.stage == Stage.BINDING) {
            entry.due = clock.millis();
        }
        // A release that is under way is answered; that it has no place any more is found when it is.
    }

    /** Compares the book with the entries, which are what was seen in the cluster; repairs the book. */
    private void audit(Book in) {
        int claims = 0;
        int wrong = 0;
        for (PodEntry entry : pods.values()) {
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
        driftCount += drift;
        LOG.error(
                "the book holds {} placements, the cluster {}, {} of them elsewhere; it is rebuilt",
                inBook,
                claims,
                wrong);
        decisions.add("repaired", null, null, null, List.of(), drift + " differences between the book and the cluster");
        shut();
        open();
    }

    // ---- what kube-scheduler asks

    @Override
    public FilterAnswer filter(PodObject pod, Collection<String> nodeNames) {
        return locked(() -> {
            Book in = book;
            if (in == null) {
                return FilterAnswer.error(notReady());
            }
            rebuildIfDue(in);
            PodEntry entry = pods.get(pod.uid());
            if (entry == null || !entry.seen) {
                entry = enter(pod);
                unseen.put(entry, clock.millis());
            }
            PodNeed need = need(entry);
            if (!need.wantsGpu()) {
                return new FilterAnswer("", List.copyOf(nodeNames), Map.of());
            }
            if (need.problem() != null) {
                refuse(entry, RefusalText.of(need.problem()));
                return refused(nodeNames, need.problem());
            }
            if (entry.pod.isBound() || entry.stage == Stage.BINDING || entry.stage == Stage.BOUND) {
                return FilterAnswer.error(entry.ref + " is bound already, or about to be");
            }
            line.remove(entry);
            Set<String> names = new HashSet<>(nodeNames);
            Placement placement = entry.placement;
            if (placement != null && names.contains(placement.nodeName())) {
                entry.due = Math.max(entry.due == Long.MAX_VALUE ? 0 : entry.due, clock.millis() + holdMillis(entry));
                return FilterAnswer.one(placement.nodeName());
            }
            if (placement != null) {
                release(entry);
            }
            return entry.gang == null
                    ? filterAlone(in, entry, nodeNames, names)
                    : filterMember(in, entry, entry.gang, nodeNames);
        });
    }

    private String notReady() {
        return !isSynced ? "Berth has not seen the whole cluster yet" : "this replica of Berth does not lead";
    }

    private long holdMillis(PodEntry entry) {
        return entry.gang == null ? settings.reservationMillis() : gangTimeout(entry);
    }

    private FilterAnswer filterAlone(Book in, PodEntry entry, Collection<String> nodeNames, Set<String> names) {
        arrived(in, entry);
        Request request = need(entry).request();
        // The best of all is mostly among those that are asked for, and is found without looking at each of them.
        Answer best = in.plan(request, null);
        Answer answer = best instanceof Proposal proposal && names.contains(proposal.nodeName())
                ? in.place(request, List.of(proposal.nodeName()))
                : in.place(request, nodeNames);
        if (answer instanceof Placement placement) {
            return reserve(entry, placement);
        }
        RefusalText text = RefusalText.of((Refusal) answer, "kube-scheduler itself keeps it off the other nodes");
        refuse(entry, text);
        return refused(nodeNames, text.sentence());
    }

    private FilterAnswer reserve(PodEntry entry, Placement placement) {
        entry.placement = placement;
        placed(entry, placement);
        become(entry, Stage.RESERVED);
        entry.due = clock.millis() + holdMillis(entry);
        return FilterAnswer.one(placement.nodeName());
    }

    private FilterAnswer filterMember(Book in, PodEntry entry, GangEntry gang, Collection<String> nodeNames) {
        List<PodEntry> unplaced = gang.unplaced(this::isAskedFor);
        String gathering = gang.whyNotYet(unplaced.size());
        if (!gathering.isEmpty()) {
            String text = "gang " + gang.key + " " + gathering;
            refuse(entry, RefusalText.of(text));
            return refused(nodeNames, text);
        }
        boolean isPlaced = placeGang(in, gang, unplaced, nodeNames);
        if (!isPlaced && gang.bound() == 0) {
            // Members may hold places that are of no use together with what is asked for now.
            boolean any = false;
            for (PodEntry member : List.copyOf(gang.members.values())) {
                if (member.stage == Stage.RESERVED) {
                    release(member);
                    any = true;
                }
            }
            isPlaced = any && placeGang(in, gang, gang.unplaced(this::isAskedFor), nodeNames);
        }
        if (!isPlaced || entry.placement == null) {
            String text = "gang " + gang.key + ": " + gang.refusal.sentence();
            refuse(entry, new RefusalText(text, gang.refusal.reasons(), gang.refusal.wouldHelp()));
            return refused(nodeNames, text);
        }
        gang.due = Math.min(gang.due, clock.millis() + gangTimeout(entry));
        for (PodEntry member : gang.members.values()) {
            if (member.placement != null && member.stage == Stage.WAITING) {
                reserve(member, member.placement);
                line.remove(member);
            }
        }
        return FilterAnswer.one(entry.placement.nodeName());
    }

    private static FilterAnswer refused(Collection<String> nodeNames, String why) {
        Map<String, String> refused = new LinkedHashMap<>();
        for (String name : nodeNames) {
            refused.put(name, why);
        }
        return new FilterAnswer("", List.of(), refused);
    }

    @Override
    public FilterAnswer advise(PodObject pod, Collection<String> nodeNames) {
        return locked(() -> {
            Book in = book;
            if (in == null) {
                return FilterAnswer.error(notReady());
            }
            PodNeed need = needOf(pod);
            if (!need.wantsGpu()) {
                return new FilterAnswer("", List.copyOf(nodeNames), Map.of());
            }
            if (need.problem() != null) {
                return refused(nodeNames, need.problem());
            }
            return new Advice(in).fitting(need.request(), nodeNames);
        });
    }

    @Override
    public Map<String, Integer> scores(PodObject pod, Collection<String> nodeNames) {
        return locked(() -> {
            Book in = book;
            PodEntry entry = pods.get(pod.uid());
            PodNeed need = needOf(pod);
            if (in == null || !need.wantsGpu() || need.problem() != null) {
                return Map.of();
            }
            Placement placement = entry == null ? null : entry.placement;
            return new Advice(in).scores(need.request(), nodeNames, placement == null ? null : placement.nodeName());
        });
    }

    @Override
    public FilterAnswer simulate(PodObject pod, List<NodeObject> candidates) {
        return locked(() -> {
            Book in = book;
            if (in == null) {
                return FilterAnswer.error(notReady());
            }
            PodNeed need = needOf(pod);
            List<String> names = new ArrayList<>();
            List<NodeObject> strangers = new ArrayList<>();
            for (NodeObject node : candidates) {
                if (in.hasNode(node.name())) {
                    names.add(node.name());
                } else {
                    strangers.add(node);
                }
            }
            List<String> all = candidates.stream().map(NodeObject::name).toList();
            if (!need.wantsGpu()) {
                return new FilterAnswer("", all, Map.of());
            }
            if (need.problem() != null) {
                return refused(all, need.problem());
            }
            FilterAnswer known = new Advice(in).fitting(need.request(), names);
            if (strangers.isEmpty()) {
                return known;
            }
            List<String> fitting = new ArrayList<>(known.nodeNames());
            Map<String, String> refused = new LinkedHashMap<>(known.refused());
            try (Book empty = new Book(reading.cluster(strangers))) {
                FilterAnswer others = new Advice(empty)
                        .fitting(
                                need.request(),
                                strangers.stream().map(NodeObject::name).toList());
                fitting.addAll(others.nodeNames());
                refused.putAll(others.refused());
            }
            return new FilterAnswer("", fitting, refused);
        });
    }

    @Override
    public void bind(PodRef pod, String nodeName, Consumer<String> done) {
        String error = locked(() -> {
            Book in = book;
            if (in == null) {
                return notReady();
            }
            PodEntry entry = pods.get(pod.uid());
            if (entry == null) {
                PodEntry other = podByPath.get(pod.toString());
                return pod + " with UID " + pod.uid() + " is not known"
                        + (other == null ? "" : "; the pod of that name has UID " + other.ref.uid());
            }
            if (entry.pod.isBound()) {
                String at = entry.pod.spec().nodeName();
                return nodeName.equals(at) ? "" : pod + " is bound to " + at + " already";
            }
            if (entry.pod.deleting() || entry.pod.isFinished()) {
                return pod + " is being deleted, or has ended";
            }
            if (entry.stage == Stage.BINDING) {
                return pod + " is being bound already";
            }
            String why = entry.wantsGpu() ? reserveAt(in, entry, nodeName) : "";
            if (why.isEmpty()) {
                startBinding(entry, nodeName, done);
                return null;
            }
            return why;
        });
        if (error != null) {
            done.accept(error);
        }
    }

    /** Makes sure that an entry holds a place on a node; says why it cannot, or nothing. */
    private String reserveAt(Book in, PodEntry entry, String nodeName) {
        Placement placement = entry.placement;
        if (placement != null && placement.nodeName().equals(nodeName)) {
            return "";
        }
        if (need(entry).problem() != null) {
            return Objects.requireNonNull(need(entry).problem());
        }
        if (entry.gang != null && placement == null && !entry.gang.complete) {
            return "what was held for " + entry.ref + " and its gang has been given up; it is asked for anew";
        }
        if (placement != null) {
            release(entry);
        }
        Answer answer = in.hasNode(nodeName) ? in.place(need(entry).request(), List.of(nodeName)) : null;
        if (answer instanceof Placement taken) {
            reserve(entry, taken);
            return "";
        }
        return "what was held for " + entry.ref + " on " + nodeName
                + " has been given up, and there is no room any more";
    }

    private void startBinding(PodEntry entry, String nodeName, Consumer<String> done) {
        Placement placement = entry.placement;
        if (entry.wantsGpu()) {
            become(entry, Stage.BINDING);
            entry.due = Long.MAX_VALUE;
        }
        Map<String, String> stamps = placement == null ? Map.of() : stamps(entry, placement);
        writes.bind(
                entry.ref,
                nodeName,
                stamps,
                outcome -> done.accept(locked(() -> bindEnded(entry, placement, outcome))));
    }

    /** What to answer to kube-scheduler. */
    private String bindEnded(PodEntry entry, @Nullable Placement placement, Outcome outcome) {
        boolean isCurrent = entry.stage == Stage.BINDING && Objects.equals(entry.placement, placement);
        switch (outcome.kind()) {
            case DONE -> {
                return "";
            }
            case UNKNOWN -> {
                if (isCurrent) {
                    // The API server ends a write after less than that: what is not seen by then was not done.
                    entry.due = clock.millis() + 5 * RETRY_MILLIS;
                }
                return "it is not known whether it was bound: " + outcome.message();
            }
            default -> {
                if (isCurrent) {
                    release(entry);
                }
                return outcome.kind() == Outcome.Kind.NOT_LEADING
                        ? notReady()
                        : "not bound: " + outcome.kind() + " " + outcome.message();
            }
        }
    }

    @Override
    public Map<String, Victims> preempt(PodObject pod, Map<String, Victims> victimsByNode) {
        return locked(() -> {
            Book in = book;
            if (in == null) {
                return victimsByNode;
            }
            PodNeed need = needOf(pod);
            return new Preemption(in, pods).allowed(need, victimsByNode);
        });
    }

    // ---- what people ask

    @Override
    public boolean isReady() {
        return locked(() -> book != null);
    }

    @Override
    public boolean isSynced() {
        return locked(() -> isSynced);
    }

    @Override
    public Optional<Explanation> why(String namespace, String podName) {
        return locked(() -> Optional.ofNullable(podByPath.get(namespace + "/" + podName))
                .map(entry -> Explaining.explain(entry, settings)));
    }

    @Override
    public ClusterView view() {
        return locked(
                () -> new Viewing(decisions.sequence(), nodes, pods.values(), gangs.values(), settings).view(book));
    }

    /** What could not be read of the nodes, one sentence each. */
    public List<String> problems() {
        return locked(() -> problems);
    }

    @Override
    public List<Decision> decisionsAfter(long sequence) {
        return decisions.after(sequence);
    }

    @Override
    public AutoCloseable onDecision(Runnable listener) {
        return decisions.listen(listener);
    }

    @Override
    public Figures figures() {
        return locked(() -> {
            long gpus = 0;
            long heldMilli = 0;
            int waiting = 0;
            int heldPods = 0;
            int overcommitted = 0;
            if (book != null) {
                Cluster cluster = book.cluster();
                gpus = cluster.gpuCount();
                overcommitted = Viewing.overcommitted(book.snapshot());
            }
            for (PodEntry entry : pods.values()) {
                if (!entry.wantsGpu() || entry.pod.isFinished()) {
                    continue;
                }
                heldMilli += entry.placement == null ? 0 : Viewing.gpuMilli(entry.placement, book);
                waiting += entry.stage == Stage.WAITING ? 1 : 0;
                heldPods += entry.stage != Stage.WAITING && entry.stage != Stage.BOUND ? 1 : 0;
            }
            int waitingGangs = 0;
            for (GangEntry gang : gangs.values()) {
                waitingGangs += gang.unplaced(Engine::isUnplaced).isEmpty() ? 0 : 1;
            }
            return new Figures(
                    gpus,
                    heldMilli,
                    waiting,
                    heldPods,
                    bound,
                    waitingGangs,
                    placedCount,
                    refusedCount,
                    driftCount,
                    healedCount,
                    expiredCount,
                    overcommitted);
        });
    }

    // ---- the lock

    private void locked(Runnable body) {
        lock.lock();
        try {
            body.run();
        } finally {
            lock.unlock();
        }
    }

    private <T extends @Nullable Object> T locked(Supplier<T> body) {
        lock.lock();
        try {
            return body.get();
        } finally {
            lock.unlock();
        }
    }
}
