package dev.berth.k8s.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.api.LeaseElection.LeaseRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/**
 * Replicas, a Lease and a network in simulated time: clocks that differ, drift and jump, processes that stall and machines that sleep, answers and requests that are late or lost, a
 * Lease that is deleted. Never may two write at once; and once the faults end, one leads.
 */
class LeaseElectionProperties {
    private static final long MILLI = 1_000_000;

    @Property(tries = 3000)
    void twoNeverWriteAtOnce(@ForAll long seed) {
        World world = new World(new SplittableRandom(seed));
        world.run(60_000 * MILLI, true);
        world.run(20_000 * MILLI, false);
        assertThat(world.writers()).as("leaders once the faults have ended").isEqualTo(1);
    }

    @Property(tries = 500)
    void aReplicaThatResignsLeadsNoMore(@ForAll long seed) {
        World world = new World(new SplittableRandom(seed));
        world.run(10_000 * MILLI, true);
        Replica first = world.replicas.get(0);
        first.election.resign();
        world.onEvent = () -> assertThat(first.mayWrite()).isFalse();
        world.run(30_000 * MILLI, true);
    }

    /** The API server's store of one Lease. */
    private static final class Store {
        @Nullable
        LeaseRecord lease;

        int version = 1;

        @Nullable
        LeaseRecord apply(LeaseElection.Step step, @Nullable LeaseRecord from, String holder, int seconds) {
            LeaseRecord is = lease;
            switch (step) {
                case READ -> {
                    return is;
                }
                case CREATE -> {
                    if (is != null) {
                        return null;
                    }
                    lease = new LeaseRecord(String.valueOf(version++), LeaseElection.NOBODY_YET, seconds, 0);
                    return lease;
                }
                default -> {
                    if (is == null || from == null || !is.resourceVersion().equals(from.resourceVersion())) {
                        return null;
                    }
                    lease = new LeaseRecord(String.valueOf(version++), holder, seconds, is.transitions() + 1);
                    return lease;
                }
            }
        }
    }

    private static final class Replica {
        final World world;
        final String name;
        final LeaseTiming timing;
        final LeaseElection election;
        final long nanosOffset;
        final double rate;
        long millisOffset;
        /** How long this machine's monotonic clock has stood still. */
        long slept;
        /** Until when the process does nothing, of the world's time. */
        long stalledUntil;
        /** Whether the machine sleeps until then. */
        boolean asleep;

        Replica(World world, String name, LeaseTiming timing, SplittableRandom random) {
            this.world = world;
            this.name = name;
            this.timing = timing;
            election = new LeaseElection(name, timing);
            election.stand();
            nanosOffset = random.nextLong(1L << 50) - (1L << 49);
            millisOffset = random.nextLong(1L << 40) - (1L << 39);
            // an NTP client slews by 500 ppm at most
            rate = 1 + (random.nextDouble() - 0.5) * 1e-3;
        }

        long nanos() {
            return nanosOffset + (long) ((world.now - slept) * rate);
        }

        long millis() {
            return millisOffset + world.now / MILLI;
        }

        boolean mayWrite() {
            return !(asleep && world.now < stalledUntil) && election.mayWrite(nanos(), millis());
        }
    }

    private record Event(long at, long sequence, Runnable what) {}

    private static final class World {
        final SplittableRandom random;
        final Store store = new Store();
        final List<Replica> replicas = new ArrayList<>();
        final PriorityQueue<Event> events = new PriorityQueue<>(
                (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.sequence, b.sequence));
        long now;
        long sequence;
        boolean faults;
        Runnable onEvent = () -> {};

        /** A wall clock that goes back while the machine sleeps hides the sleep; no replica can know. */
        final boolean machinesSleep;
        /** A Lease that is deleted takes with it for how long it was promised. */
        final boolean sameTiming;

        World(SplittableRandom random) {
            this.random = random;
            machinesSleep = random.nextBoolean();
            sameTiming = random.nextBoolean();
            int count = 2 + random.nextInt(3);
            for (int i = 0; i < count; i++) {
                LeaseTiming timing = !sameTiming && random.nextInt(3) == 0
                        ? new LeaseTiming(
                                Duration.ofSeconds(1 + random.nextInt(4)),
                                Duration.ofMillis(900),
                                Duration.ofMillis(200))
                        : LeaseTiming.DEFAULT;
                Replica replica = new Replica(this, "r" + i, timing, random);
                replicas.add(replica);
                at(random.nextLong(1_000 * MILLI), () -> round(replica));
            }
            at(0, this::mishap);
        }

        void at(long delay, Runnable what) {
            events.add(new Event(now + delay, sequence++, what));
        }

        void run(long span, boolean withFaults) {
            faults = withFaults;
            long until = now + span;
            while (!events.isEmpty() && events.peek().at <= until) {
                Event event = events.poll();
                now = event.at;
                event.what.run();
                onEvent.run();
                assertThat(writers())
                        .as("replicas that may write at %d ms", now / MILLI)
                        .isLessThanOrEqualTo(1);
            }
            now = until;
        }

        long writers() {
            return replicas.stream().filter(Replica::mayWrite).count();
        }

        /** Mostly some ms; with faults also seconds. */
        long latency() {
            if (faults && random.nextInt(10) == 0) {
                return random.nextLong(4_000 * MILLI);
            }
            return MILLI + random.nextLong(20 * MILLI);
        }

        void mishap() {
            at(random.nextLong(4_000 * MILLI), this::mishap);
            if (!faults) {
                return;
            }
            Replica replica = replicas.get(random.nextInt(replicas.size()));
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    long span = random.nextLong(6_000 * MILLI);
                    if (now >= replica.stalledUntil) {
                        replica.stalledUntil = now + span;
                        replica.asleep = machinesSleep && random.nextBoolean();
                        if (replica.asleep) {
                            replica.slept += span;
                        }
                    }
                }
                case 2 -> replica.millisOffset += random.nextLong(20_000) - (machinesSleep ? 0 : 10_000);
                case 3 -> {
                    if (sameTiming && random.nextInt(4) == 0) {
                        store.lease = null;
                    }
                }
                default -> {
                    // somebody else touches the Lease, such as with a label
                    LeaseRecord is = store.lease;
                    if (is != null) {
                        store.lease = new LeaseRecord(
                                String.valueOf(store.version++), is.holder(), is.durationSeconds(), is.transitions());
                    }
                }
            }
        }

        /** Has a replica go on once it does not stall. */
        void awake(Replica replica, Runnable what) {
            if (now < replica.stalledUntil) {
                at(replica.stalledUntil - now, () -> awake(replica, what));
            } else {
                what.run();
            }
        }

        void later(Replica replica, long delay) {
            at(delay, () -> awake(replica, () -> round(replica)));
        }

        /** What LeaderLease's thread does, with a network that loses things. */
        void round(Replica replica) {
            LeaseElection.Step step = replica.election.next(replica.nanos());
            long retry = replica.timing.retry().toNanos();
            if (step == LeaseElection.Step.WAIT) {
                later(replica, retry);
                return;
            }
            LeaseRecord from = replica.election.record();
            long begunNanos = replica.nanos();
            long begunMillis = replica.millis();
            boolean requestLost = faults && random.nextInt(12) == 0;
            boolean answerLost = faults && random.nextInt(12) == 0;
            long timeout = replica.timing.renewDeadline().toNanos() / 2;
            long there = latency();
            long back = latency();
            boolean[] answered = new boolean[1];
            if (!requestLost) {
                at(there, () -> {
                    LeaseRecord is = store.apply(
                            step,
                            from,
                            replica.name,
                            Math.toIntExact(replica.timing.lease().toSeconds()));
                    if (!answerLost && there + back < timeout) {
                        at(
                                back,
                                () -> awake(replica, () -> {
                                    answered[0] = true;
                                    if (step == LeaseElection.Step.READ) {
                                        replica.election.read(is, replica.nanos());
                                        round(replica);
                                    } else if (is == null || step == LeaseElection.Step.CREATE) {
                                        replica.election.uncertain();
                                        round(replica);
                                    } else {
                                        replica.election.written(is, begunNanos, begunMillis, replica.nanos());
                                        later(replica, retry);
                                    }
                                }));
                    }
                });
            }
            if (requestLost || answerLost || there + back >= timeout) {
                // the request may still be done after this
                at(
                        timeout,
                        () -> awake(replica, () -> {
                            if (!answered[0]) {
                                replica.election.uncertain();
                                later(replica, retry);
                            }
                        }));
            }
        }
    }
}
