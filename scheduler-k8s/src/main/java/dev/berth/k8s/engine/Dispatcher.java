package dev.berth.k8s.engine;

import dev.berth.placement.Answer;
import dev.berth.placement.Placement;
import dev.berth.placement.Refusal;
import dev.berth.placement.Request;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives places to those that wait at a gate, has them released, and sees to it that what was promised comes true: writes that fail, pods that cannot reach their place, gangs that are not complete in
 * time. Touched under the engine's lock.
 */
final class Dispatcher {
    static final long RETRY_MILLIS = 1_000;
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final long SLICE_MILLIS = 5;
    private static final long TELL_AFTER_MILLIS = 1_000;
    private static final int TELL_PER_TICK = 20;

    private final Register register;
    private final Upkeep upkeep;
    private final EngineSettings settings;
    private final Reading reading;
    private final Writes writes;
    private final EngineClock clock;
    private final DecisionLog decisions;
    private final EngineLock lock;
    private final GangLosses losses;
    private final RefusedKinds refusedKinds = new RefusedKinds();

    Dispatcher(
            Register register,
            Upkeep upkeep,
            EngineSettings settings,
            Reading reading,
            Writes writes,
            EngineClock clock,
            DecisionLog decisions,
            EngineLock lock) {
        this.register = register;
        this.upkeep = upkeep;
        this.settings = settings;
        this.reading = reading;
        this.writes = writes;
        this.clock = clock;
        this.decisions = decisions;
        this.lock = lock;
        losses = new GangLosses(register, settings, writes, clock, decisions, lock);
    }

    /** Places those that wait, for some milliseconds at most. */
    void work() {
        lock.workBegins();
        Book in = register.book;
        if (in == null) {
            return;
        }
        upkeep.rebuildIfDue(in);
        long end = clock.millis() + SLICE_MILLIS;
        Line.Place next = register.line.first();
        while (next != null) {
            Line.Place now = next;
            next = register.line.after(now);
            if (now.pod != null) {
                tryPod(in, now.pod);
            } else if (now.gang != null) {
                tryGang(in, now.gang);
            }
            if (clock.millis() > end && next != null) {
                lock.wake();
                break;
            }
        }
    }

    /** Does what is due. */
    void tick() {
        Book in = register.book;
        if (in == null) {
            return;
        }
        long now = clock.millis();
        upkeep.rebuildIfDue(in);
        for (PodEntry entry : List.copyOf(register.held)) {
            due(entry, now);
        }
        for (GangEntry gang : List.copyOf(register.gangs.values())) {
            due(gang, now);
        }
        dropUnseen(now);
        tell(now);
        upkeep.auditIfDue(in);
    }

    void tryPod(Book in, PodEntry entry) {
        if (entry.refusedAt == in.version()) {
            return;
        }
        Collection<String> allowed =
                register.preemptors.leave(in, register, entry.pod.spec().priority(), reading.allowed(entry.pod));
        Answer answer = place(in, entry, allowed);
        if (answer instanceof Placement placement) {
            register.line.remove(entry);
            entry.placement = placement;
            send(entry);
        }
    }

    /** Places an entry alone; a refusal is noted in it. */
    private @Nullable Answer place(Book in, PodEntry entry, @Nullable Collection<String> nodeNames) {
        Request request = Register.need(entry).request();
        register.arrived(in, entry);
        RefusalText known = refusedKinds.find(in.version(), request, nodeNames);
        if (known != null) {
            entry.refusedAt = in.version();
            register.refuse(entry, known);
            return null;
        }
        Answer answer = in.place(request, nodeNames);
        if (answer instanceof Refusal refusal) {
            entry.refusedAt = in.version();
            String kept = register.preemptors.why(nodeNames);
            String notAllowed = nodeNames == null ? "" : reading.whyNotAllowed(entry.pod);
            RefusalText text = RefusalText.of(
                    refusal, kept.isEmpty() || notAllowed.isEmpty() ? kept + notAllowed : notAllowed + "; " + kept);
            refusedKinds.add(request, nodeNames, text);
            register.refuse(entry, text);
        }
        return answer;
    }

    void tryGang(Book in, GangEntry gang) {
        List<PodEntry> ready = gang.unplaced(register::isSteered);
        String gathering = gang.whyNotYet(ready.size());
        if (!gathering.isEmpty()) {
            gang.refusal = RefusalText.of(gathering);
            register.tellGang(gang);
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
        if (!register.placeGang(in, gang, ready, register.preemptors.leave(in, register, gang.priority(), null))) {
            return;
        }
        register.line.remove(gang);
        gang.due = clock.millis()
                + register.gangTimeout(gang.members.values().iterator().next());
        for (PodEntry member : List.copyOf(gang.members.values())) {
            if (member.stage == Stage.WAITING && member.placement != null) {
                send(member);
            }
        }
        upkeep.settleGang(gang);
    }

    /** Releases a pod that has its place. */
    private void send(PodEntry entry) {
        Placement placement = Objects.requireNonNull(entry.placement);
        register.placed(entry, placement);
        entry.how = switch (settings.steering()) {
            case PIN -> Writes.How.PIN;
            case NOMINATE -> Writes.How.NOMINATE;
            case AUTO -> entry.pod.owner() != null || entry.gang != null ? Writes.How.PIN : Writes.How.NOMINATE;
        };
        register.become(entry, Stage.RELEASING);
        write(entry, placement);
    }

    private void write(PodEntry entry, Placement placement) {
        entry.retryAt = Long.MAX_VALUE;
        entry.sent = placement;
        writes.release(
                entry.ref,
                entry.how,
                placement.nodeName(),
                !entry.pod.spec().nodeTerms().isEmpty(),
                register.stamps(entry, placement),
                outcome -> lock.run(() -> releaseEnded(entry, placement, outcome)));
    }

    private void releaseEnded(PodEntry entry, Placement placement, Outcome outcome) {
        if (entry.stage != Stage.RELEASING || !placement.equals(entry.sent)) {
            return; // what became of it was seen before the answer came, or another write is under way
        }
        if (entry.placement == null) {
            // Its node went meanwhile.
            switch (outcome.kind()) {
                case DONE -> upkeep.released(entry);
                case UNKNOWN -> entry.retryAt = clock.millis() + 5 * RETRY_MILLIS;
                default -> waitAgain(entry);
            }
            return;
        }
        switch (outcome.kind()) {
            case DONE -> upkeep.released(entry);
            case GONE -> register.release(entry);
            case BUSY, UNKNOWN -> entry.retryAt = clock.millis() + RETRY_MILLIS;
            case REFUSED -> {
                LOG.warn("{} could not be released: {}", entry.ref, outcome.message());
                RefusalText text = RefusalText.of("the API server refused its release: " + outcome.message());
                register.release(entry);
                register.refuse(entry, text);
                // Not at once: what was refused would be again.
                entry.retryAt = clock.millis() + 10 * RETRY_MILLIS;
                register.held.add(entry);
            }
            case NOT_LEADING -> LOG.info("{} was not released, as this replica leads no longer", entry.ref);
        }
    }

    private void waitAgain(PodEntry entry) {
        register.become(entry, Stage.WAITING);
        upkeep.settle(Objects.requireNonNull(register.book), entry);
    }

    void dropUnseen(long now) {
        for (Map.Entry<PodEntry, Long> asked : List.copyOf(register.unseen.entrySet())) {
            PodEntry entry = asked.getKey();
            boolean isIdle = entry.stage == Stage.WAITING && entry.placement == null;
            if ((isIdle || entry.stage == Stage.RELEASED) && now - asked.getValue() >= settings.reservationMillis()) {
                register.drop(entry, "asked for, and never seen");
            }
        }
    }

    void due(PodEntry entry, long now) {
        switch (entry.stage) {
            case WAITING -> {
                if (now >= entry.retryAt || entry.retryAt == Long.MAX_VALUE) {
                    register.held.remove(entry);
                    entry.retryAt = Long.MAX_VALUE;
                    upkeep.settle(Objects.requireNonNull(register.book), entry);
                }
            }
            case RESERVED -> {
                if (now >= entry.due) {
                    register.expire(entry);
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
                    register.expire(entry);
                }
            }
            case BOUND -> register.held.remove(entry);
        }
    }

    void due(GangEntry gang, long now) {
        if (losses.due(gang, now)) {
            return;
        }
        if (register.line.contains(gang)) {
            if (gang.placed() == 0 && now - gang.lastJoin >= settings.gangLingerMillis()) {
                lock.wake();
            }
        }
        if (gang.due == Long.MAX_VALUE) {
            dueAnew(gang);
        }
        if (now < gang.due || gang.complete) {
            return;
        }
        gang.due = now + register.gangTimeout(gang.members.values().iterator().next());
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

    /** A gang that holds a part, by what an earlier leader did, must become complete, unless it may have run for long. */
    private void dueAnew(GangEntry gang) {
        if (gang.complete || gang.placed() == 0) {
            return;
        }
        long timeout = register.gangTimeout(gang.members.values().iterator().next());
        for (PodEntry member : gang.members.values()) {
            boolean isOld = clock.wallMillis() - member.pod.createdMillis() > 2 * timeout;
            gang.complete |= member.stage == Stage.BOUND && isOld;
        }
        gang.due = gang.complete ? Long.MAX_VALUE : clock.millis() + timeout;
    }

    private void releasedDue(PodEntry entry, long now) {
        boolean isNodeGone = entry.placement == null;
        boolean isRefused = entry.stuckSince >= 0 && now - entry.stuckSince >= settings.stuckMillis();
        if (entry.how == Writes.How.NOMINATE) {
            if (isNodeGone || isRefused || now >= entry.due) {
                register.expiredCount++;
                register.giveUp(entry);
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
                decisions.add("stuck", entry.ref.toString(), Register.gangName(entry), null, List.of(), why);
            }
            return;
        }
        entry.healing = true;
        entry.retryAt = Long.MAX_VALUE;
        register.healedCount++;
        decisions.add(
                "healed", entry.ref.toString(), Register.gangName(entry), null, List.of(), why + "; it is made anew");
        writes.tell(entry.ref, true, "Healed", why + "; it is deleted, so that its controller makes it anew", false);
        writes.delete(
                entry.ref,
                outcome -> lock.run(() -> {
                    if (outcome.kind() != Outcome.Kind.DONE && outcome.kind() != Outcome.Kind.GONE) {
                        LOG.warn("{} could not be deleted: {}", entry.ref, outcome);
                        entry.healing = false;
                        entry.retryAt = clock.millis() + RETRY_MILLIS;
                    }
                }));
    }

    void tell(long now) {
        int told = 0;
        for (PodEntry entry : List.copyOf(register.toTell)) {
            if (told == TELL_PER_TICK) {
                break;
            }
            boolean waits = entry.stage == Stage.WAITING && !entry.why.isEmpty();
            if (waits && now - entry.refusedSince < TELL_AFTER_MILLIS) {
                continue;
            }
            register.toTell.remove(entry);
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
}
