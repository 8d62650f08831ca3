package dev.berth.k8s.engine;

import dev.berth.placement.Placement;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a gang when kube-scheduler has preempted pods of it. kube-scheduler can take pods of one node only; when those that are left are fewer than the gang needs, they hold GPUs for nothing, so they are
 * taken away as well, wherever they stand. That is decided by what the API server shows, not by what was answered to kube-scheduler: it holds for preemptions that Berth was never asked about, and after a change of the leader.
 * Touched under the engine's lock.
 */
final class GangLosses {
    private static final Logger LOG = LoggerFactory.getLogger(GangLosses.class);

    private final Register register;
    private final EngineSettings settings;
    private final Writes writes;
    private final EngineClock clock;
    private final DecisionLog decisions;
    private final EngineLock lock;

    GangLosses(
            Register register,
            EngineSettings settings,
            Writes writes,
            EngineClock clock,
            DecisionLog decisions,
            EngineLock lock) {
        this.register = register;
        this.settings = settings;
        this.writes = writes;
        this.clock = clock;
        this.decisions = decisions;
        this.lock = lock;
    }

    /** Does what is due; whether the gang is being taken away, so that nothing else is to be done with it. */
    boolean due(GangEntry gang, long now) {
        if (gang.hasLost && gang.evicting.isEmpty()) {
            judge(gang);
        }
        gang.forgetLosses();
        if (gang.evicting.isEmpty()) {
            return false;
        }
        for (PodEntry member : List.copyOf(gang.members.values())) {
            if (member.stage == Stage.RESERVED) {
                register.release(member);
            }
            boolean isBeingDone = member.healing || member.pod.deleting() || !canGo(member);
            if (isPartOf(member) && !isBeingDone && (member.retryAt == Long.MAX_VALUE || now >= member.retryAt)) {
                evict(member, gang.evicting);
            }
        }
        return !gang.endEviction();
    }

    /** Whether a member holds something, or is about to: it must go with the others. */
    static boolean isPartOf(PodEntry member) {
        return !member.pod.isFinished() && (member.pod.isBound() || member.stage.isCommitted());
    }

    /** Whether it is settled what a member holds: of one that is being released or bound that is seen in a moment. */
    private static boolean canGo(PodEntry member) {
        return member.stage != Stage.RELEASING && member.stage != Stage.BINDING;
    }

    private void judge(GangEntry gang) {
        int min = gang.minTasks();
        int left = gang.left(List.of());
        boolean isAny = gang.members.values().stream().anyMatch(member -> isPartOf(member) && !member.pod.deleting());
        if (min == 0 || left >= min || !isAny) {
            return;
        }
        String lost = "kube-scheduler has preempted pods of gang " + gang.key + ", and " + left + " of the " + min
                + " that it needs are left";
        String whyNot = whyStay(gang);
        if (!whyNot.isEmpty()) {
            report(gang, lost + ", which stay: " + whyNot);
            return;
        }
        gang.evicting = lost;
        gang.isDissolving = true;
        gang.complete = false;
        gang.due = Long.MAX_VALUE;
        gang.timesLate = 0;
    }

    /** Why what is left of a gang must not be taken away; empty when it may be. */
    private String whyStay(GangEntry gang) {
        if (settings.gangVictims() == EngineSettings.GangVictims.VETO) {
            return "preemption.gangs is veto";
        }
        for (PodEntry member : gang.members.values()) {
            if (!isPartOf(member) || member.pod.deleting()) {
                continue;
            }
            if (!settings.schedulerNames().contains(member.pod.spec().schedulerName())) {
                return "scheduler " + member.pod.spec().schedulerName() + " has placed " + member.ref;
            }
            // Whoever was given room is more important than what was taken, and that is all that is known of it.
            if (member.pod.spec().priority() > gang.lostPriority) {
                return member.ref + " is more important (priority "
                        + member.pod.spec().priority() + ") than what was preempted (" + gang.lostPriority + ")";
            }
        }
        return "";
    }

    private void report(GangEntry gang, String what) {
        for (PodEntry member : gang.members.values()) {
            if (isPartOf(member) && !member.pod.deleting() && !member.ending.equals(what)) {
                member.ending = what;
                writes.tell(member.ref, true, "GangBroken", what, null);
                decide("broken", member, what);
            }
        }
    }

    private void evict(PodEntry member, String lost) {
        String why = lost + "; it makes room, too, as it would hold its GPUs for nothing";
        member.healing = true;
        member.retryAt = Long.MAX_VALUE;
        if (!member.ending.equals(why)) {
            member.ending = why;
            writes.tell(member.ref, true, "Preempted", why, null);
            decide("preempted", member, why);
        }
        writes.evict(
                member.ref,
                why,
                outcome -> lock.run(() -> {
                    if (outcome.kind() != Outcome.Kind.DONE && outcome.kind() != Outcome.Kind.GONE) {
                        LOG.warn("{} could not be evicted: {}", member.ref, outcome);
                        member.healing = false;
                        member.retryAt = clock.millis() + Dispatcher.RETRY_MILLIS;
                    }
                }));
    }

    private void decide(String kind, PodEntry member, String why) {
        Placement placement = member.placement;
        decisions.add(
                kind,
                member.ref.toString(),
                Register.gangName(member),
                member.pod.isBound() ? member.pod.spec().nodeName() : placement == null ? null : placement.nodeName(),
                placement == null ? List.of() : placement.gpus(),
                why);
    }
}
