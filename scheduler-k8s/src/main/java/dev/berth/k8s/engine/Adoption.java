package dev.berth.k8s.engine;

import dev.berth.placement.Answer;
import dev.berth.placement.Placement;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Takes pods that stand on their nodes into the book, on the GPUs that they have; what cannot be put right at once is, when it can be. Touched under the engine's lock. */
final class Adoption {
    private static final long EASE_AGAIN_MILLIS = 1_000;

    private final Register register;
    private final ReadBack readBack;
    private final EngineClock clock;
    /** Nodes on which a pod was taken in with other GPUs than its own. */
    private final Set<String> moved = new LinkedHashSet<>();
    /** The version of the book at which crowded nodes were last looked at. */
    private long easedAt;

    private long easeAgainAt;

    Adoption(Register register, ReadBack readBack, EngineClock clock) {
        this.register = register;
        this.readBack = readBack;
        this.clock = clock;
    }

    /** The book is shut. */
    void forget() {
        moved.clear();
        easeAgainAt = 0;
    }

    /** Takes in what stands on a node of the cluster, with the GPUs that it is known to have, else those that the pod names unless another holds them. */
    void takeIn(Book in, PodEntry entry, String nodeName) {
        List<Integer> known = readBack.gpus(in, entry, nodeName);
        if (!known.isEmpty() && readBack.stand(in, entry, nodeName, known)) {
            return;
        }
        Request request = Register.need(entry).request();
        List<Integer> stamped = Register.stamped(entry, nodeName);
        if (!in.holders.hasRoom(request, nodeName, stamped)) {
            // What is written counts more than what is only held.
            for (PodEntry other : List.copyOf(register.held)) {
                Placement placement = other.placement;
                boolean isInTheWay = other.stage == Stage.RESERVED
                        && placement != null
                        && placement.nodeName().equals(nodeName)
                        && !Collections.disjoint(placement.gpus(), stamped);
                if (isInTheWay) {
                    register.expire(other);
                }
            }
        }
        register.planned(entry, nodeName);
        entry.isAside = !stamped.isEmpty() && in.holders.isTaken(request, nodeName, stamped);
        entry.placement = in.adopt(request, nodeName, stamped, entry.ref.toString());
        boolean isMoved = !stamped.isEmpty() && !entry.isAside && !stamped.equals(entry.placement.gpus());
        if (isMoved && moved.add(nodeName)) {
            easeAgainAt = 0;
        }
    }

    /**
     * Gives a pod that is about to be bound GPUs of its own. More pods may be on their way to a node than it has room for, and who is bound first stays; what happens to the others is seen when
     * kube-scheduler finds no room for them.
     *
     * @return whether it has them; if not, it still counts on the node
     */
    boolean standFirst(Book in, PodEntry entry, String nodeName) {
        Placement before = entry.placement;
        if (before == null || !in.holders.crowded().contains(nodeName) || in.holders.isAlone(before)) {
            return true;
        }
        List<PodEntry> others = new ArrayList<>();
        for (PodEntry other : List.copyOf(register.held)) {
            boolean isThere =
                    other.placement != null && other.placement.nodeName().equals(nodeName);
            if (isThere && other.stage == Stage.RESERVED && other != entry) {
                register.expire(other);
            } else if (isThere && other.stage == Stage.RELEASED && other != entry) {
                others.add(other);
            }
        }
        others.forEach(register::giveBack);
        register.giveBack(entry);
        Answer answer = in.place(before.request(), List.of(nodeName));
        if (answer instanceof Placement own) {
            entry.placement = own;
            register.planned(entry, nodeName);
        } else {
            takeIn(in, entry, nodeName);
        }
        others.forEach(other -> takeIn(in, other, nodeName));
        return answer instanceof Placement;
    }

    /** On a node where GPUs are held twice, or by others than those that they are meant for, puts each pod where it belongs if that is free by now. */
    void ease(Book in) {
        Set<String> crowded = new HashSet<>(in.holders.crowded());
        crowded.addAll(moved);
        if (crowded.isEmpty() || in.version() == easedAt || clock.millis() < easeAgainAt) {
            return;
        }
        moved.clear();
        Map<String, List<PodEntry>> byNode = new LinkedHashMap<>();
        boolean isAnyUnderWay = false;
        for (PodEntry entry : register.pods.values()) {
            Placement placement = entry.placement;
            // What is under way is left alone: its pod does not say yet where it is.
            boolean isSettled =
                    entry.stage == Stage.BOUND || entry.stage == Stage.RELEASED && Stamps.node(entry.pod) != null;
            if (placement == null || !crowded.contains(placement.nodeName())) {
                continue;
            }
            if (isSettled) {
                byNode.computeIfAbsent(placement.nodeName(), name -> new ArrayList<>())
                        .add(entry);
            } else {
                isAnyUnderWay = true;
            }
        }
        byNode.forEach((nodeName, entries) -> {
            entries.forEach(register::giveBack);
            List<PodEntry> others = new ArrayList<>();
            entries.sort(Comparator.comparing((PodEntry entry) -> entry.stage != Stage.BOUND)
                    .thenComparing(entry -> entry.report == null)
                    .thenComparingLong(entry -> entry.order));
            for (PodEntry entry : entries) {
                if (!readBack.gpus(in, entry, nodeName).isEmpty()) {
                    takeIn(in, entry, nodeName);
                    continue;
                }
                List<Integer> stamped = Register.stamped(entry, nodeName);
                if (!stamped.isEmpty()
                        && in.holders.hasRoom(Register.need(entry).request(), nodeName, stamped)) {
                    takeIn(in, entry, nodeName);
                } else {
                    others.add(entry);
                }
            }
            others.forEach(entry -> takeIn(in, entry, nodeName));
        });
        easedAt = isAnyUnderWay ? -1 : in.version();
        // What could not be put right now may be later; not with each question, as all pods are looked through.
        easeAgainAt = clock.millis() + EASE_AGAIN_MILLIS;
    }
}
