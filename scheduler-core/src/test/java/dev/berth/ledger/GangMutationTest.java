package dev.berth.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link LedgerMutationTest} for the orders that gang claims rely on. See docs/decisions/0040-gang-claims.md. */
final class GangMutationTest {
    private static final MutantLoader SOUND = MutantLoader.withEdited(GangMutants.Mutant.sound());

    @AfterEach
    void nothingIsLeftArmed() {
        SchedulePoints.clear();
    }

    static Stream<GangMutants.Mutant> mutants() {
        return GangMutants.all().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutants")
    @Timeout(60)
    void swappingTheOrderTurnsItsScheduleRed(GangMutants.Mutant mutant) throws Exception {
        assertThatCode(schedule(SOUND, mutant)::call).as("the order as it is").doesNotThrowAnyException();
        assertThat(SchedulePoints.allPassed())
                .as("the schedule met all its points")
                .isTrue();
        SchedulePoints.clear();

        Map<String, String> mutated = mutant.mutated();
        assertThatThrownBy(schedule(MutantLoader.withEdited(mutated), mutant)::call)
                .as("the order swapped")
                .isInstanceOf(AssertionError.class);
    }

    /** Lock-freedom: whoever stops in the middle of a gang claim stops nobody else. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "word-before-ticket",
                "put-by-comparing",
                "put-then-ticket",
                "word-before-feed",
                "take-off-by-comparing",
                "nodes-before-ticket",
                "take-by-comparing",
                "count-changes"
            })
    @Timeout(60)
    void othersGoOnWhereverAGangStops(String point) throws Exception {
        Class<?> schedules = SOUND.loadClass(GangSchedules.class.getName());
        Method stoppingAt = schedules.getMethod("stoppingAt", String.class, boolean.class);
        ((Callable<?>) stoppingAt.invoke(null, point, false)).call();
        assertThat(SchedulePoints.allPassed()).isTrue();
    }

    @Test
    @Timeout(60)
    void othersGoOnWhereAGangIsAboutToBeRefused() throws Exception {
        Class<?> schedules = SOUND.loadClass(GangSchedules.class.getName());
        Method stoppingAt = schedules.getMethod("stoppingAt", String.class, boolean.class);
        ((Callable<?>) stoppingAt.invoke(null, "decide-by-comparing", true)).call();
        assertThat(SchedulePoints.allPassed()).isTrue();
    }

    @Test
    void aGangTriesAgainWhenAnEntryComesFreeMeanwhile() throws Exception {
        Class<?> schedules = SOUND.loadClass(GangSchedules.class.getName());
        ((Callable<?>) schedules.getMethod("named", String.class).invoke(null, "anEntryComesFreeWhileAGangIsOnItsWay"))
                .call();
        assertThat(SchedulePoints.allPassed()).isTrue();
    }

    private static Callable<?> schedule(MutantLoader loader, GangMutants.Mutant mutant)
            throws ReflectiveOperationException {
        Class<?> schedules = loader.loadClass(GangSchedules.class.getName());
        return (Callable<?>) schedules.getMethod("named", String.class).invoke(null, mutant.schedule());
    }
}
