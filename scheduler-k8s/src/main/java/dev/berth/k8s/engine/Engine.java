package dev.berth.k8s.engine;

import dev.berth.cluster.Cluster;
import dev.berth.k8s.objects.GroupObject;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.pods.GangKey;
import dev.berth.placement.GpuDemand;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Decides where the pods of a cluster stand. One state machine behind one lock: what is seen comes in through {@link ClusterEvents}, what kube-scheduler asks through
 * {@link Extender}, what is to be written goes out through {@link Writes}, and {@link #work} does what waits. Thread-safe; no call waits for the API server.
 *
 * <p>The cluster's own records are the truth. Everything that is held can be rebuilt from them: from the node of bound pods, from the annotations of released ones; what was only
 * reserved is given up when this replica stops leading. Each write is one request that is done or not done, so that a crash at any moment leaves nothing half done.
 */
public final class Engine implements ClusterEvents, Extender, Admission, Insight {
    private static final int REPORTS_AT_ONCE = 500;

    private final EngineSettings settings;
    private final Reading reading;
    private final DecisionLog decisions;
    private final EngineLock lock = new EngineLock();
    private final Register register;
    private final Upkeep upkeep;
    private final Dispatcher dispatcher;
    private final Ahead ahead;
    private final Creations creations;
    private final ExtenderAnswers answers;

    /** An engine that has seen nothing and does not lead. */
    public Engine(EngineSettings settings, Reading reading, Writes writes, EngineClock clock) {
        this.settings = settings;
        this.reading = reading;
        decisions = new DecisionLog(clock);
        register = new Register(settings, reading, clock, decisions, lock);
        upkeep = new Upkeep(register, settings, reading, clock, decisions, lock);
        dispatcher = new Dispatcher(register, upkeep, settings, reading, writes, clock, decisions, lock);
        creations = new Creations(register, upkeep, settings, reading, clock, lock);
        ahead = new Ahead(register, settings, reading, writes, clock, lock);
        answers = new ExtenderAnswers(register, upkeep, ahead, settings, reading, writes, clock, lock);
    }

    @Override
    public void nodeSeen(NodeObject node) {
        lock.run(() -> upkeep.nodeSeen(node));
    }

    @Override
    public void nodeGone(String name) {
        lock.run(() -> upkeep.nodeGone(name));
    }

    @Override
    public void podSeen(PodObject pod) {
        lock.run(() -> {
            PodEntry entry = register.pods.get(pod.uid());
            if (entry != null && entry.seen && entry.pod.equals(pod)) {
                return;
            }
            reading.podSeen(pod);
            entry = register.enter(pod);
            entry.seen = true;
            register.unseen.remove(entry);
            // A filter may have told of a later pod of the same name before this event came.
            register.podByPath.put(pod.path(), entry);
            upkeep.seen(entry);
            reading.declared().forEach(upkeep::readAgain);
        });
    }

    @Override
    public void podGone(PodRef pod) {
        lock.run(() -> {
            reading.podGone(pod);
            PodEntry entry = register.pods.get(pod.uid());
            if (entry != null) {
                register.drop(entry, "deleted");
            }
        });
    }

    @Override
    public void groupSeen(GroupObject group) {
        lock.run(() -> {
            GangKey key = new GangKey(group.convention(), group.namespace(), group.name());
            if (!group.equals(register.groups.put(key, group))) {
                upkeep.readAgain(key);
            }
        });
    }

    @Override
    public void groupGone(String convention, String namespace, String name) {
        lock.run(() -> {
            GangKey key = new GangKey(convention, namespace, name);
            if (register.groups.remove(key) != null) {
                upkeep.readAgain(key);
            }
        });
    }

    @Override
    public void factSeen(Runnable change, boolean changesCluster) {
        lock.run(() -> {
            change.run();
            upkeep.nodesChanged |= changesCluster;
            if (register.book != null) {
                register.book.changed();
                lock.wake();
            }
        });
    }

    @Override
    public void gpusSeen(Collection<GpuReport> reports) {
        List<GpuReport> all = List.copyOf(reports);
        // In parts, so that nobody who asks waits for tens of thousands of reports.
        for (int from = 0; from < all.size(); from += REPORTS_AT_ONCE) {
            List<GpuReport> some = all.subList(from, Math.min(all.size(), from + REPORTS_AT_ONCE));
            lock.run(() -> upkeep.readBack().seen(some));
        }
    }

    @Override
    public void synced() {
        lock.run(upkeep::synced);
    }

    @Override
    public void lead() {
        lock.run(upkeep::lead);
    }

    @Override
    public void follow() {
        lock.run(upkeep::follow);
    }

    @Override
    public void tick() {
        lock.run(() -> {
            dispatcher.tick();
            ahead.tick();
            creations.tick();
        });
    }

    /**
     * Waits until there may be something to do.
     *
     * @param millis how long at most
     * @return whether there may be
     */
    public boolean awaitWork(long millis) throws InterruptedException {
        return lock.await(millis);
    }

    /**
     * Places those that wait, the most important first, for some milliseconds at most: what comes in meanwhile may be more important.
     *
     * @return whether there is more to do
     */
    public boolean work() {
        return lock.call(() -> {
            dispatcher.work();
            ahead.work();
            return lock.isWorkWaiting();
        });
    }

    @Override
    public Admitted admit(PodObject pod) {
        return creations.admit(pod);
    }

    @Override
    public FilterAnswer filter(PodObject pod, Collection<String> nodeNames) {
        return answers.filter(pod, nodeNames);
    }

    @Override
    public FilterAnswer advise(PodObject pod, Collection<String> nodeNames) {
        return answers.advise(pod, nodeNames);
    }

    @Override
    public FilterAnswer simulate(PodObject pod, List<NodeObject> candidates) {
        return answers.simulate(pod, candidates);
    }

    @Override
    public Map<String, Integer> scores(PodObject pod, Collection<String> nodeNames) {
        return answers.scores(pod, nodeNames);
    }

    @Override
    public void bind(PodRef pod, String nodeName, Consumer<String> done) {
        answers.bind(pod, nodeName, done);
    }

    @Override
    public Map<String, Victims> preempt(PodObject pod, Map<String, Victims> victimsByNode) {
        return answers.preempt(pod, victimsByNode);
    }

    // ---- what people ask

    @Override
    public boolean isReady() {
        return lock.call(() -> register.book != null);
    }

    @Override
    public boolean isSynced() {
        return lock.call(() -> upkeep.isSynced);
    }

    @Override
    public Optional<Explanation> why(String namespace, String podName) {
        return lock.call(() -> Optional.ofNullable(register.podByPath.get(namespace + "/" + podName))
                .map(entry -> Explaining.explain(entry, settings)));
    }

    @Override
    public ClusterView view() {
        return lock.call(() -> new Viewing(
                        decisions.sequence(), upkeep.nodes, register.pods.values(), register.gangs.values(), settings)
                .view(register.book));
    }

    /** What could not be read of the nodes, one sentence each. */
    public List<String> problems() {
        return lock.call(() -> upkeep.problems);
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
        return lock.call(() -> {
            long gpus = 0;
            long heldMilli = 0;
            int waiting = 0;
            int heldPods = 0;
            int overcommitted = 0;
            int known = 0;
            int notKnown = 0;
            int otherThanPlanned = 0;
            if (register.book != null) {
                Cluster cluster = register.book.cluster();
                gpus = cluster.gpuCount();
                overcommitted = Viewing.overcommitted(register.book.snapshot());
            }
            for (PodEntry entry : register.pods.values()) {
                if (!entry.wantsGpu() || entry.pod.isFinished()) {
                    continue;
                }
                heldMilli += entry.placement == null ? 0 : Viewing.gpuMilli(entry.placement, register.book);
                waiting += entry.stage == Stage.WAITING ? 1 : 0;
                heldPods += entry.stage != Stage.WAITING && entry.stage != Stage.BOUND ? 1 : 0;
                if (entry.stage == Stage.BOUND
                        && !(Register.need(entry).request().gpus() instanceof GpuDemand.None)) {
                    known += entry.gpusKnown ? 1 : 0;
                    notKnown += entry.gpusKnown ? 0 : 1;
                    otherThanPlanned += entry.isElsewhere ? 1 : 0;
                }
            }
            int waitingGangs = 0;
            for (GangEntry gang : register.gangs.values()) {
                waitingGangs += gang.unplaced(Register::isUnplaced).isEmpty() ? 0 : 1;
            }
            return new Figures(
                    gpus,
                    heldMilli,
                    waiting,
                    heldPods,
                    register.bound,
                    waitingGangs,
                    register.placedCount,
                    register.refusedCount,
                    register.driftCount,
                    register.healedCount,
                    register.expiredCount,
                    overcommitted,
                    known,
                    notKnown,
                    otherThanPlanned,
                    upkeep.readBack().ignoredCount);
        });
    }
}
