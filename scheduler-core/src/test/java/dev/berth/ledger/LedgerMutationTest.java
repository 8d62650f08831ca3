package dev.berth.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * For each order that the proof of the ledger relies on: a schedule that goes wrong when the order is swapped in a copy of the
 * source, and goes well when it is not. A schedule that stays green with the swap would mean that the order is not needed, or that
 * nobody checks it. See docs/decisions/0011-ledger-proof.md.
 */
final class LedgerMutationTest {
    /** Every access to shared memory in the order of the sources. */
    private static final String ACCESS_MODES = """
            ChangeFeed.set: getVolatile getAndBitwiseOr
            ChangeFeed.poll: getAndSet getAndSet
            ChangeFeed.nextTop: getVolatile getAndSet
            ClaimTable.find: getAcquire getAcquire
            ClaimTable.findOrAllocate: compareAndSet
            ClaimTable.allocate: compareAndSet
            ClaimTable.allocatePage: getAcquire compareAndSet
            ClaimTable.page: getAcquire
            ClaimTable.status: getAcquire
            ClaimTable.reserve: getAcquire compareAndSet
            ClaimTable.free: getOpaque setRelease
            ClaimTable.write: releaseFence setOpaque setOpaque setOpaque
            ClaimTable.read: getOpaque getOpaque getOpaque
            GangBlocks.take: getOpaque compareAndSet
            GangBlocks.give: setOpaque compareAndSet
            GangBlocks.book: compareAndSet
            GangBlocks.unbook: getAndAdd
            GangTickets.take: getOpaque compareAndSet
            GangTickets.prepare: getAcquire setRelease releaseFence setOpaque
            GangTickets.write: setOpaque setOpaque setOpaque setOpaque setOpaque
            GangTickets.decide: compareAndSet
            GangTickets.giveBack: setRelease
            GangTickets.code: getVolatile
            GangTickets.data: getAcquire
            GangTickets.tasks: getOpaque
            GangTickets.place: getOpaque
            GangTickets.expectedVersion: getOpaque
            GangTickets.spec: getOpaque getOpaque getOpaque
            Gangs.reserve: getVolatile
            Gangs.decide: getVolatile getVolatile
            Gangs.put: acquireFence setOpaque setOpaque compareAndSet
            Gangs.ticketOf: getOpaque acquireFence
            Gangs.blockBefore: getOpaque acquireFence
            Gangs.settle: getVolatile
            Gangs.takeOff: compareAndSet
            Gangs.leave: getVolatile getVolatile
            Ledger.Ledger: setRelease
            Ledger.version: getOpaque acquireFence
            Ledger.release: acquireFence
            Ledger.claimOf: getOpaque acquireFence
            Ledger.read: getOpaque acquireFence
            Ledger.freeGpuMask: getOpaque acquireFence
            Ledger.collect: getOpaque acquireFence acquireFence
            Ledger.subscribe: compareAndSet
            Ledger.unsubscribe: compareAndSet
            Ledger.copyBlock: releaseFence setOpaque getOpaque acquireFence
            Ledger.swing: compareAndSet
            Ledger.controlVolatile: getVolatile
            SpareBlocks.take: getOpaque getAndSet
            SpareBlocks.give: getOpaque compareAndSet
            """;

    @AfterEach
    void nothingIsLeftArmed() {
        SchedulePoints.clear();
    }

    static Stream<LedgerMutants.Mutant> mutants() {
        return LedgerMutants.all().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutants")
    void swappingTheOrderTurnsItsScheduleRed(LedgerMutants.Mutant mutant) throws Exception {
        String source = MutantLoader.source(mutant.file());
        Callable<?> sound = schedule(mutant, mutant.edited(source, mutant.withPoint()));
        assertThatCode(sound::call).as("the order as it is").doesNotThrowAnyException();
        assertThat(SchedulePoints.allPassed())
                .as("the schedule met all its points")
                .isTrue();
        SchedulePoints.clear();

        Callable<?> swapped = schedule(mutant, mutant.edited(source, mutant.swapped()));
        assertThatThrownBy(swapped::call).as("the order swapped").isInstanceOf(AssertionError.class);
    }

    private static Callable<?> schedule(LedgerMutants.Mutant mutant, String text) throws ReflectiveOperationException {
        Class<?> schedules = MutantLoader.withEdited(mutant.file(), text).loadClass(LedgerSchedules.class.getName());
        return (Callable<?>) schedules.getMethod("named", String.class).invoke(null, mutant.schedule());
    }

    /**
     * The mode of each access to shared memory, as the tables of docs/decisions/0011-ledger-proof.md and 0040-gang-claims.md justify it. A weaker mode or a
     * missing fence would not show on x86, whose memory model is stronger; so it shows here. Whoever changes a mode changes the
     * table.
     */
    @Test
    void everyAccessHasTheModeThatTheProofGivesIt() {
        Pattern access = Pattern.compile(
                "(VarHandle|LONGS|INTS|PAGES|NEXT|FEEDS|CELL|SLOT|BELOW|TOP|BOOKABLE)\\.((?:get|set|compare|weak|acquire|release|full)\\w+)\\(");
        Pattern method = Pattern.compile("^ {4}(?! )[^=;]*?(\\w+)\\([^;]*$");
        Map<String, String> modes = new LinkedHashMap<>();
        for (String file : MutantLoader.files()) {
            String in = "";
            for (String line : MutantLoader.source(file).split("\n", -1)) {
                Matcher declares = method.matcher(line);
                in = declares.find() ? file.replace("java", "") + declares.group(1) : in;
                Matcher accesses = access.matcher(line);
                while (accesses.find()) {
                    modes.merge(in, accesses.group(2), (old, mode) -> old + " " + mode);
                }
            }
        }
        assertThat(modes.entrySet().stream().map(entry -> entry.getKey() + ": " + entry.getValue()))
                .containsExactlyElementsOf(ACCESS_MODES.lines().toList());
    }
}
