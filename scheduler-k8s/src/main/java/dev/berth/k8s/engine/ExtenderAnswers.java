package dev.berth.k8s.engine;

import dev.berth.cluster.NodeState;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.pods.PodNeed;
import dev.berth.placement.Answer;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Placement;
import dev.berth.placement.Refusal;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers what kube-scheduler asks. Takes the engine's lock itself, as what it answers to a binding comes later. Thread-safe. */
final class ExtenderAnswers implements Extender {
    private static final int MOST_REASONS_SAID = 3;

    private final Register register;
    private final Upkeep upkeep;
    private final Ahead ahead;
    private final EngineSettings settings;
    private final Reading reading;
    private final Writes writes;
    private final EngineClock clock;
    private final EngineLock lock;

    ExtenderAnswers(
            Register register,
            Upkeep upkeep,
            Ahead ahead,
            EngineSettings settings,
            Reading reading,
            Writes writes,
            EngineClock clock,
            EngineLock lock) {
        this.register = register;
        this.upkeep = upkeep;
        this.ahead = ahead;
        this.settings = settings;
        this.reading = reading;
        this.writes = writes;
        this.clock = clock;
        this.lock = lock;
    }

    // ---- what kube-scheduler asks

    @Override
    public FilterAnswer filter(PodObject pod, Collection<String> nodeNames) {
        return lock.call(() -> {
            Book in = register.book;
            if (in == null) {
                return FilterAnswer.error(notReady());
            }
            upkeep.rebuildIfDue(in);
            PodEntry entry = register.pods.get(pod.uid());
            if (entry == null || !entry.seen) {
                entry = register.enter(pod);
                register.unseen.put(entry, clock.millis());
                if (entry.stage == Stage.WAITING && Stamps.node(entry.pod) != null) {
                    upkeep.seen(entry); // it was given its place at its creation
                }
            }
            PodNeed need = Register.need(entry);
            if (!need.wantsGpu()) {
                return new FilterAnswer("", List.copyOf(nodeNames), Map.of());
            }
            if (need.problem() != null) {
                register.refuse(entry, RefusalText.of(need.problem()));
                return refused(nodeNames, need.problem());
            }
            if (entry.pod.isBound() || entry.stage == Stage.BINDING || entry.stage == Stage.BOUND) {
                return FilterAnswer.error(entry.ref + " is bound already, or about to be");
            }
            register.line.remove(entry);
            register.leaveQueue(entry);
            Placement placement = entry.placement;
            if (placement != null && nodeNames.contains(placement.nodeName())) {
                entry.due = Math.max(
                        entry.due == Long.MAX_VALUE ? 0 : entry.due, clock.millis() + register.holdMillis(entry));
                return FilterAnswer.one(placement.nodeName());
            }
            if (placement != null) {
                register.release(entry);
            }
            return entry.gang == null
                    ? filterAlone(in, entry, nodeNames)
                    : filterMember(in, entry, entry.gang, nodeNames);
        });
    }

    private String notReady() {
        return !upkeep.isSynced ? "Berth has not seen the whole cluster yet" : "this replica of Berth does not lead";
    }

    private FilterAnswer filterAlone(Book in, PodEntry entry, Collection<String> nodeNames) {
        register.arrived(in, entry);
        Request request = Register.need(entry).request();
        Answer answer = in.placeAmong(request, nodeNames);
        Ahead.Aside aside = answer instanceof Placement ? null : ahead.stepAside(entry);
        if (aside != null) {
            answer = in.placeAmong(request, nodeNames);
            ahead.stepBack(in, aside);
        }
        if (answer instanceof Placement placement) {
            return register.reserve(entry, placement);
        }
        RefusalText text = RefusalText.of((Refusal) answer, "kube-scheduler itself keeps it off the other nodes");
        register.refuse(entry, text);
        return refused(nodeNames, text.sentence());
    }

    private FilterAnswer filterMember(Book in, PodEntry entry, GangEntry gang, Collection<String> nodeNames) {
        List<PodEntry> unplaced = gang.unplaced(register::isAskedFor);
        String gathering = gang.whyNotYet(unplaced.size());
        if (!gathering.isEmpty()) {
            String text = "gang " + gang.key + " " + gathering;
            register.refuse(entry, RefusalText.of(text));
            return refused(nodeNames, text);
        }
        boolean isPlaced = register.placeGang(in, gang, unplaced, nodeNames);
        Ahead.Aside aside = isPlaced ? null : ahead.stepAside(entry);
        if (aside != null) {
            isPlaced = register.placeGang(in, gang, unplaced, nodeNames);
            ahead.stepBack(in, aside);
        }
        if (!isPlaced && gang.bound() == 0) {
            // Members may hold places that are of no use together with what is asked for now.
            boolean any = false;
            for (PodEntry member : List.copyOf(gang.members.values())) {
                if (member.stage == Stage.RESERVED) {
                    register.release(member);
                    any = true;
                }
            }
            isPlaced = any && register.placeGang(in, gang, gang.unplaced(register::isAskedFor), nodeNames);
        }
        if (!isPlaced || entry.placement == null) {
            RefusalText text = gang.toldToMembers();
            register.refuse(entry, text);
            return refused(nodeNames, text.sentence());
        }
        gang.due = Math.min(gang.due, clock.millis() + register.gangTimeout(entry));
        for (PodEntry member : gang.members.values()) {
            if (member.placement != null && member.stage == Stage.WAITING) {
                register.reserve(member, member.placement);
                register.line.remove(member);
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
        return lock.call(() -> {
            Book in = register.book;
            if (in == null) {
                return FilterAnswer.error(notReady());
            }
            PodNeed need = register.needOf(pod);
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
        return lock.call(() -> {
            Book in = register.book;
            PodEntry entry = register.pods.get(pod.uid());
            PodNeed need = register.needOf(pod);
            if (in == null || !need.wantsGpu() || need.problem() != null) {
                return Map.of();
            }
            Placement placement = entry == null ? null : entry.placement;
            return new Advice(in).scores(need.request(), nodeNames, placement == null ? null : placement.nodeName());
        });
    }

    @Override
    public FilterAnswer simulate(PodObject pod, List<NodeObject> candidates) {
        return lock.call(() -> {
            Book in = register.book;
            if (in == null) {
                return FilterAnswer.error(notReady());
            }
            PodNeed need = register.needOf(pod);
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
            try (Book empty = new Book(reading.cluster(strangers), 0)) {
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
        String error = lock.call(() -> {
            Book in = register.book;
            if (in == null) {
                return notReady();
            }
            PodEntry entry = register.pods.get(pod.uid());
            if (entry == null) {
                PodEntry other = register.podByPath.get(pod.toString());
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
            return upkeep.adoption.standFirst(in, entry, nodeName)
                    ? ""
                    : "the GPUs that are held for " + entry.ref + " on " + nodeName
                            + " are another's, and no others are free";
        }
        if (Register.need(entry).problem() != null) {
            return Objects.requireNonNull(Register.need(entry).problem());
        }
        if (entry.gang != null && placement == null && !entry.gang.complete) {
            return "what was held for " + entry.ref + " and its gang has been given up; it is asked for anew";
        }
        if (placement != null) {
            register.release(entry);
        }
        Answer answer = in.hasNode(nodeName) ? in.place(Register.need(entry).request(), List.of(nodeName)) : null;
        if (answer instanceof Placement taken) {
            register.reserve(entry, taken);
            return "";
        }
        return "what was held for " + entry.ref + " on " + nodeName
                + " has been given up, and there is no room any more";
    }

    private void startBinding(PodEntry entry, String nodeName, Consumer<String> done) {
        Placement placement = entry.placement;
        if (entry.wantsGpu()) {
            register.become(entry, Stage.BINDING);
            entry.due = Long.MAX_VALUE;
            entry.sent = placement;
        }
        Map<String, String> stamps = placement == null ? Map.of() : register.stamps(entry, placement);
        writes.bind(
                entry.ref,
                nodeName,
                stamps,
                outcome -> done.accept(lock.call(() -> bindEnded(entry, placement, outcome))));
    }

    /** What to answer to kube-scheduler. */
    private String bindEnded(PodEntry entry, @Nullable Placement placement, Outcome outcome) {
        // It may stand on other GPUs of the node by now, when those that were sent turned out to be another's.
        boolean isLatest = entry.stage == Stage.BINDING && Objects.equals(entry.sent, placement);
        boolean isCurrent = isLatest && entry.placement != null;
        switch (outcome.kind()) {
            case DONE -> {
                return "";
            }
            case UNKNOWN -> {
                if (isCurrent) {
                    entry.due = clock.millis() + Upkeep.BINDING_MILLIS;
                }
                return "it is not known whether it was bound: " + outcome.message();
            }
            default -> {
                if (isCurrent && isOnItsWay(entry) && outcome.kind() != Outcome.Kind.GONE) {
                    upkeep.released(entry);
                } else if (isLatest) {
                    register.release(entry);
                }
                return outcome.kind() == Outcome.Kind.NOT_LEADING
                        ? notReady()
                        : "not bound: " + outcome.kind() + " " + outcome.message();
            }
        }
    }

    /** Whether a pod was released for the place that it holds: kube-scheduler tries again there. */
    private static boolean isOnItsWay(PodEntry entry) {
        Placement placement = entry.placement;
        return placement != null && !entry.isGivenUp && placement.nodeName().equals(Stamps.node(entry.pod));
    }

    @Override
    public Map<String, Victims> preempt(PodObject pod, Map<String, Victims> victimsByNode) {
        return lock.call(() -> {
            Book in = register.book;
            if (in == null) {
                // Without having seen the cluster nobody knows which gangs that would break; kube-scheduler asks again.
                return Map.of();
            }
            PodNeed need = register.needOf(pod);
            PodEntry entry = register.pods.get(pod.uid());
            GangEntry gang = entry == null ? null : entry.gang;
            String useless = whyUseless(in, pod, need, gang, victimsByNode);
            Preemption.Result result = useless.isEmpty()
                    ? new Preemption(register, in, settings, need, pod.spec().priority(), gang).allowed(victimsByNode)
                    : Preemption.Result.NONE;
            if (result.nodes().isEmpty() && entry != null && entry.stage == Stage.WAITING && need.wantsGpu()) {
                register.refuse(entry, useless.isEmpty() ? notFreed(result.leftOut()) : RefusalText.of(useless));
            }
            return result.nodes();
        });
    }

    /** Why no room that kube-scheduler could make would help a pod now; empty when it may. */
    private String whyUseless(
            Book in, PodObject pod, PodNeed need, @Nullable GangEntry gang, Map<String, Victims> victimsByNode) {
        String problem = need.problem();
        if (problem != null) {
            return problem;
        }
        String gathering = gang == null
                ? ""
                : gang.whyNotYet(gang.unplaced(register::isAskedFor).size());
        if (gang != null && !gathering.isEmpty()) {
            return "gang " + gang.key + " " + gathering;
        }
        // kube-scheduler lets a pod preempt again when the node that was freed for it is refused by an extender;
        // without
        // this it would free one node after the other, for nothing.
        PodEntry entry = register.pods.get(pod.uid());
        String nominated = pod.status().nominatedNodeName();
        // Where Berth itself has nominated it, nothing was freed.
        String freed = entry != null && entry.nominated != null && entry.nominated.equals(nominated) ? null : nominated;
        NodeObject node = freed == null ? null : upkeep.nodes.get(freed);
        if (freed == null || node == null || victimsByNode.containsKey(freed) || !need.wantsGpu()) {
            return "";
        }
        Collection<String> allowed = reading.allowed(pod);
        boolean isOpen = reading.stateOf(node) == NodeState.READY && (allowed == null || allowed.contains(freed));
        boolean isCounted = !(need.request().gpus() instanceof GpuDemand.Mig);
        return isOpen && isCounted && new FreedNode(in, register.pods).fits(freed, need.request(), Set.of())
                ? "node " + freed + " has been freed for it" + (gang == null ? "" : ", and its gang has no room yet")
                : "";
    }

    private static RefusalText notFreed(Map<String, String> leftOut) {
        Map<String, Integer> nodesByReason = new LinkedHashMap<>();
        leftOut.values().forEach(why -> nodesByReason.merge(why, 1, Integer::sum));
        List<String> reasons = new ArrayList<>();
        nodesByReason.forEach((why, count) -> reasons.add(count + (count == 1 ? " node: " : " nodes: ") + why));
        String first = String.join("; ", reasons.subList(0, Math.min(MOST_REASONS_SAID, reasons.size())));
        return new RefusalText(
                "no node can be freed for it: " + first + (reasons.size() > MOST_REASONS_SAID ? "; and more" : ""),
                reasons,
                List.of());
    }
}
