package dev.berth.k8s.engine;

import dev.berth.k8s.engine.EngineSettings.GangVictims;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.pods.PodNeed;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes kube-scheduler may free for a pod, and of which victims. It proposes victims by counts of resources, node by node, and takes no others than those of the node that it chooses (k8s.io/kube-scheduler/extender/v1,
 * {@code ExtenderPreemptionResult}). So a gang that would be left with fewer pods than it needs is a victim with all of its pods on that node; and where others of it stand elsewhere, the node is a
 * candidate only when no node can be freed without that, and {@link GangLosses} takes the others. Touched under the engine's lock.
 */
final class Preemption {
    private final Register register;
    private final EngineSettings settings;
    private final PodNeed need;
    private final int priority;
    private final @Nullable GangEntry own;
    private final FreedNode freed;

    /**
     * @param nodes which nodes may be freed, and of which pods
     * @param leftOut why others may not
     */
    record Result(Map<String, Victims> nodes, Map<String, String> leftOut) {
        static final Result NONE = new Result(Map.of(), Map.of());
    }

    /** One node that may be freed. */
    private record Candidate(Victims victims, boolean breaksGang) {}

    /**
     * For one pod that looks for a place.
     *
     * @param priority its priority
     * @param own its gang, or null
     */
    Preemption(
            Register register,
            Book book,
            EngineSettings settings,
            PodNeed need,
            int priority,
            @Nullable GangEntry own) {
        this.register = register;
        this.settings = settings;
        this.need = need;
        this.priority = priority;
        this.own = own;
        freed = new FreedNode(book, register.pods);
    }

    Result allowed(Map<String, Victims> victimsByNode) {
        Map<String, Candidate> candidates = new LinkedHashMap<>();
        Map<String, String> leftOut = new LinkedHashMap<>();
        victimsByNode.forEach((nodeName, proposed) -> candidate(nodeName, proposed, candidates, leftOut));
        boolean isAnyWithout = candidates.values().stream().anyMatch(candidate -> !candidate.breaksGang);
        Map<String, Victims> nodes = new LinkedHashMap<>();
        candidates.forEach((nodeName, candidate) -> {
            if (isAnyWithout && candidate.breaksGang) {
                leftOut.put(nodeName, "other nodes can be freed without taking a gang from several nodes");
            } else {
                nodes.put(nodeName, candidate.victims);
            }
        });
        return new Result(nodes, leftOut);
    }

    private void candidate(
            String nodeName, Victims proposed, Map<String, Candidate> candidates, Map<String, String> leftOut) {
        Set<String> uids = new LinkedHashSet<>(proposed.uids());
        Set<GangEntry> gangs = new LinkedHashSet<>();
        for (String uid : proposed.uids()) {
            PodEntry victim = register.pods.get(uid);
            if (victim != null && victim.gang != null && victim.gang.evicting.isEmpty()) {
                gangs.add(victim.gang);
            }
        }
        List<PodEntry> added = new ArrayList<>();
        List<PodEntry> further = new ArrayList<>();
        boolean breaksGang = false;
        for (GangEntry gang : gangs) {
            if (gang.minTasks() > 0 && gang.left(uids) >= gang.minTasks()) {
                continue; // it can do without them, as it says itself
            }
            List<PodEntry> others = others(gang, uids);
            List<PodEntry> here = new ArrayList<>(others);
            here.removeIf(other -> !nodeName.equals(other.pod.spec().nodeName()));
            others.removeAll(here);
            String whyNot = whyNot(gang, uids, here, others);
            if (!whyNot.isEmpty()) {
                leftOut.put(nodeName, whyNot);
                return;
            }
            added.addAll(here);
            further.addAll(others);
            breaksGang |= !others.isEmpty();
        }
        added.forEach(other -> uids.add(other.ref.uid()));
        if (need.wantsGpu() && !freed.fits(nodeName, need.request(), uids)) {
            leftOut.put(nodeName, "it would not fit there even then");
            return;
        }
        long violations = proposed.budgetViolations() + violations(proposed.uids(), added, further);
        candidates.put(nodeName, new Candidate(new Victims(inOrder(proposed.uids(), added), violations), breaksGang));
    }

    /** How many more disruption budgets are violated by what goes besides kube-scheduler's own victims, here and on other nodes. */
    private int violations(List<String> proposed, List<PodEntry> here, List<PodEntry> elsewhere) {
        List<PodObject> before = new ArrayList<>();
        for (String uid : proposed) {
            PodEntry known = register.pods.get(uid);
            if (known != null) {
                before.add(known.pod);
            }
        }
        List<PodObject> added = new ArrayList<>();
        here.forEach(entry -> added.add(entry.pod));
        elsewhere.forEach(entry -> added.add(entry.pod));
        return added.isEmpty() ? 0 : register.budgetViolations(before, added);
    }

    /** Members of a gang that hold something and are not among the victims. */
    private static List<PodEntry> others(GangEntry gang, Set<String> victims) {
        List<PodEntry> others = new ArrayList<>();
        for (PodEntry member : gang.members.values()) {
            boolean holds = GangLosses.isPartOf(member) || member.placement != null && !member.pod.isFinished();
            if (holds && !member.pod.deleting() && !victims.contains(member.ref.uid())) {
                others.add(member);
            }
        }
        return others;
    }

    /** Why the rest of a gang must not be taken with the victims; empty when it may be. */
    private String whyNot(GangEntry gang, Set<String> victims, List<PodEntry> here, List<PodEntry> elsewhere) {
        if (gang.equals(own)) {
            return "its own gang " + gang.key + " stands there";
        }
        for (Collection<PodEntry> members : List.of(here, elsewhere)) {
            for (PodEntry member : members) {
                if (member.pod.spec().priority() >= priority) {
                    return member.ref + " of gang " + gang.key + ", which would lose its other pods, is as important";
                }
            }
        }
        if (elsewhere.isEmpty()) {
            return "";
        }
        if (settings.gangVictims() == GangVictims.VETO) {
            return "gang " + gang.key + " stands on other nodes, too, and preemption.gangs is veto";
        }
        if (gang.minTasks() == 0) {
            return "gang " + gang.key + " stands on other nodes, too, and nothing says how many pods it needs";
        }
        // What GangLosses will know of the preemption is how important the victims were.
        int most = Integer.MIN_VALUE;
        for (PodEntry member : gang.members.values()) {
            boolean goes = victims.contains(member.ref.uid()) || here.contains(member);
            most = goes ? Math.max(most, member.pod.spec().priority()) : most;
        }
        for (PodEntry member : elsewhere) {
            if (!settings.schedulerNames().contains(member.pod.spec().schedulerName())) {
                return "gang " + gang.key + " stands on other nodes, too, where another scheduler has placed it";
            }
            if (member.pod.spec().priority() > most) {
                return "gang " + gang.key + " has more important pods on other nodes";
            }
        }
        return "";
    }

    /** kube-scheduler takes the first of a list for the most important one. */
    private List<String> inOrder(List<String> proposed, List<PodEntry> added) {
        List<String> all = new ArrayList<>(proposed);
        added.sort(Comparator.comparingInt((PodEntry entry) -> -entry.pod.spec().priority()));
        for (PodEntry entry : added) {
            int at = 0;
            while (at < all.size() && !isLessImportant(all.get(at), entry)) {
                at++;
            }
            all.add(at, entry.ref.uid());
        }
        return all;
    }

    private boolean isLessImportant(String uid, PodEntry than) {
        PodEntry known = register.pods.get(uid);
        return known != null && known.pod.spec().priority() < than.pod.spec().priority();
    }
}
