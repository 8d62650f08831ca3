package dev.berth.k8s.engine;

import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.pods.GangKey;
import dev.berth.k8s.pods.GangNeed;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** What the engine knows of one gang. Mutable; touched under the engine's lock. */
final class GangEntry {
    final GangKey key;
    /** Members by UID, in the order in which they came. */
    final Map<String, PodEntry> members = new LinkedHashMap<>();

    GangNeed need;
    /** Whether its group object has changed or gone, so that what its members say anew counts, whatever was known. */
    boolean isStale;
    /** When the last member joined, by the measuring clock. */
    long lastJoin;
    /** When it was first seen, in ms since 1970. */
    final long sinceWallMillis;
    /** When it must be complete, if it holds anything. */
    long due = Long.MAX_VALUE;
    /** Whether all that it needs was bound at some time. */
    boolean complete;
    /** How often it was not complete in time. */
    int timesLate;
    /** Whether all that it holds is being given back; until that is done, nothing of it is placed. */
    boolean isDissolving;

    /** Whether kube-scheduler has taken pods of it, and nobody has looked yet whether it can go on without them. */
    boolean hasLost;
    /** The priority of the most important pod of those; those that it gave way to are more important still. */
    int lostPriority = Integer.MIN_VALUE;
    /** Why its rest is being taken away; empty when it is not. */
    String evicting = "";

    long refusedAt = -1;
    RefusalText refusal = RefusalText.NONE;
    /** The lowest tier that holds it, as it was last placed; empty when not known. */
    String tier = "";

    GangEntry(GangKey key, GangNeed need, long sinceWallMillis) {
        this.key = key;
        this.need = need;
        this.sinceWallMillis = sinceWallMillis;
    }

    /** How many pods must start together: what is asked, or all that will be when only that is said. */
    int minTasks() {
        return need.minTasks() > 0 ? need.minTasks() : need.totalTasks();
    }

    /** Whether nothing is to be taken away from it, or all of that is gone: those that are made anew from then on are not what was to go. */
    boolean endEviction() {
        if (!evicting.isEmpty() && members.values().stream().noneMatch(GangLosses::isPartOf)) {
            evicting = "";
            isDissolving = false;
            forgetLosses();
        }
        return evicting.isEmpty();
    }

    /** Its refusal, as its members are told it. */
    RefusalText toldToMembers() {
        return new RefusalText("gang " + key + ": " + refusal.sentence(), refusal.reasons(), refusal.wouldHelp());
    }

    /**
     * Why it is too early to place members; empty when it is not.
     *
     * @param ready members without a place that could be placed now
     */
    String whyNotYet(int ready) {
        endEviction();
        isDissolving &= placed() > 0 || !evicting.isEmpty();
        int min = minTasks();
        if (isDissolving && !evicting.isEmpty()) {
            return "waits until the rest of it has made room for a more important pod";
        }
        if (isDissolving) {
            return "waits until those of its pods that hold GPUs are made anew";
        }
        if (complete || placed() > 0) {
            return "";
        }
        if (min == 0) {
            return "waits for its pods: nothing says yet how many it needs";
        }
        if (there() < min) {
            return "waits for its pods: " + there() + " of " + min + " are there";
        }
        int able = ready + standing();
        return able >= min
                ? ""
                : "waits for its pods: " + able + " of " + min
                        + " are held by no other gate and ask for what can be read";
    }

    /** Members that want GPUs, hold none, and are such. */
    List<PodEntry> unplaced(Predicate<PodEntry> such) {
        List<PodEntry> list = new ArrayList<>();
        for (PodEntry member : members.values()) {
            boolean isWaiting = member.placement == null && member.stage == Stage.WAITING;
            if (member.wantsGpu() && isWaiting && !member.pod.isFinished() && such.test(member)) {
                list.add(member);
            }
        }
        return list;
    }

    /** Members that hold a place, or need none of Berth. */
    int standing() {
        return placed() + needNoPlace();
    }

    /** Members that count and need no place of Berth: those without GPUs, and those that have done their part. */
    int needNoPlace() {
        int count = 0;
        for (PodEntry member : members.values()) {
            boolean hasNone = member.placement == null;
            count += hasNone && (member.pod.isFinished() ? counts(member) : !member.wantsGpu()) ? 1 : 0;
        }
        return count;
    }

    /** Members that are there: those that have done their part count, those of an earlier run do not. */
    int there() {
        int count = 0;
        for (PodEntry member : members.values()) {
            count += !member.pod.isFinished() || counts(member) ? 1 : 0;
        }
        return count;
    }

    /** Whether a member that has ended is of the same run as one that has not: made by the same controller. */
    private boolean counts(PodEntry ended) {
        PodObject.Owner owner = ended.pod.owner();
        for (PodEntry member : members.values()) {
            PodObject.Owner other = member.pod.owner();
            if (!member.pod.isFinished()
                    && owner != null
                    && other != null
                    && owner.uid().equals(other.uid())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Members that count and would be left without some others: they run and nobody deletes them, or they have done their part, or they need no place of Berth.
     *
     * @param without UIDs of the others
     */
    int left(Collection<String> without) {
        int count = 0;
        for (PodEntry member : members.values()) {
            if (member.pod.isFinished()) {
                count += counts(member) ? 1 : 0;
            } else if (!member.pod.deleting() && !without.contains(member.ref.uid())) {
                count += member.pod.isBound() || !member.wantsGpu() ? 1 : 0;
            }
        }
        return count;
    }

    /** Notes that kube-scheduler has taken a member's place away. */
    void lost(PodEntry member) {
        hasLost = true;
        lostPriority = Math.max(lostPriority, member.pod.spec().priority());
    }

    /** Forgets what pods were taken. */
    void forgetLosses() {
        hasLost = false;
        lostPriority = Integer.MIN_VALUE;
    }

    /** Members that hold a place in the book. */
    int placed() {
        int count = 0;
        for (PodEntry member : members.values()) {
            count += member.placement != null ? 1 : 0;
        }
        return count;
    }

    int bound() {
        int count = 0;
        for (PodEntry member : members.values()) {
            count += member.stage == Stage.BOUND ? 1 : 0;
        }
        return count;
    }

    int priority() {
        int most = Integer.MIN_VALUE;
        for (PodEntry member : members.values()) {
            most = Math.max(most, member.pod.spec().priority());
        }
        return most;
    }

    @Override
    public String toString() {
        return key + " " + members.values();
    }
}
