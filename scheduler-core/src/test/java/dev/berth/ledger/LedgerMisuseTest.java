package dev.berth.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import java.lang.reflect.Field;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An operation that throws leaves everything as it was: no block, no entry, no claim is lost. */
class LedgerMisuseTest {
    private static final String NICS = "rdma";

    private static Cluster cluster(String... names) {
        Cluster.Builder builder = Cluster.builder();
        for (String name : names) {
            builder.add(NodeSpec.named(name)
                    .gpus("H100-SXM5-80GB", 4, 81_559)
                    .cpuMilli(64_000)
                    .memoryMib(500_000)
                    .counted(NICS, 8)
                    .build());
        }
        return builder.build();
    }

    private static ClaimSpec gpu(int gpu) {
        return new ClaimSpec().whole(1 << gpu).cpuMilli(1_000).counted(0, 1);
    }

    @Test
    @SuppressWarnings("NullAway") // that is what is tested
    @Timeout(60)
    void nullsCostNoBlock() {
        Ledger ledger = Ledgers.of(cluster("a"));
        long handle = ledger.claim(0, gpu(0), Ledger.ANY_VERSION);
        for (int i = 0; i < 2 * SpareBlocks.CELLS; i++) {
            assertThatThrownBy(() -> ledger.setState(0, null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> ledger.claim(0, null, Ledger.ANY_VERSION))
                    .isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> ledger.adopt(0, null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> ledger.release(handle, null)).isInstanceOf(NullPointerException.class);
        }
        assertThat(ledger.setState(0, NodeState.DRAINING)).isTrue();
        assertThat(ledger.release(handle)).isTrue();
    }

    @Test
    @Timeout(60)
    void aClaimTableThatCannotGrowCostsNoBlock() throws ReflectiveOperationException {
        Ledger ledger = Ledgers.of(cluster("a", "b"));
        Field table = Ledger.class.getDeclaredField("table");
        table.setAccessible(true);
        Field next = ClaimTable.class.getDeclaredField("next");
        next.setAccessible(true);
        for (int i = 0; i < 8; i++) { // whose records have their place from the start
            assertThat(ledger.claim(0, new ClaimSpec(), Ledger.ANY_VERSION)).isPositive();
            assertThat(ledger.adopt(1, new ClaimSpec())).isPositive();
        }
        long before = next.getLong(table.get(ledger));
        next.setLong(table.get(ledger), Integer.MAX_VALUE);
        for (int i = 0; i < 2 * SpareBlocks.CELLS; i++) {
            assertThatIllegalStateException().isThrownBy(() -> ledger.claim(0, gpu(0), Ledger.ANY_VERSION));
            assertThatIllegalStateException().isThrownBy(() -> ledger.adopt(1, gpu(0)));
        }
        next.setLong(table.get(ledger), before);
        assertThat(ledger.release(ledger.claim(0, gpu(0), Ledger.ANY_VERSION))).isTrue();
    }

    @Test
    void aResourceThatTheClusterDoesNotNameIsNotForgotten() {
        Ledger ledger = Ledgers.of(cluster("a"));
        ClaimSpec unknown = gpu(0).counted(3, 5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ledger.claim(0, unknown, Ledger.ANY_VERSION))
                .withMessageContaining("counted resource 3 is 5");
        assertThatIllegalArgumentException().isThrownBy(() -> ledger.adopt(0, unknown));
        assertThat(ledger.snapshot().claimCount()).isZero();
    }

    @Test
    void amountsAddUpWithoutOverflow() {
        Ledger ledger = Ledgers.of(cluster("a"), 1024);
        ClaimSpec most = new ClaimSpec().counted(0, Cluster.MAX_COUNTED_AMOUNT);
        NodeReading reading = new NodeReading();
        for (int i = 0; i < 1024; i++) {
            assertThat(ledger.adopt(0, most)).isPositive();
        }
        ledger.read(0, reading);
        assertThat(reading.overcommitted()).isTrue();
        assertThat(reading.countedFree(0)).isEqualTo(8 - 1024 * Cluster.MAX_COUNTED_AMOUNT);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClaimSpec().counted(0, Cluster.MAX_COUNTED_AMOUNT + 1));
    }

    @Test
    void aBufferKeepsNothingOfWhatWasReadBefore() {
        Ledger ledger = Ledgers.of(cluster("a"));
        long handle = ledger.claim(0, gpu(0), Ledger.ANY_VERSION);
        ClaimSpec out = new ClaimSpec().counted(5, 7);
        assertThat(ledger.claimOf(handle, out)).isTrue();
        assertThat(out.counted(5)).isZero();
        out.counted(5, 7);
        assertThat(ledger.release(handle, out)).isTrue();
        assertThat(out.counted(0)).isEqualTo(1);
        assertThat(out.counted(5)).isZero();
    }

    @Test
    void aLedgerIsMigratedOnce() {
        Ledger ledger = Ledgers.of(cluster("a"));
        long handle = ledger.claim(0, gpu(0), Ledger.ANY_VERSION);
        Migration migration = ledger.migrate(cluster("a"));
        assertThatIllegalStateException().isThrownBy(() -> ledger.migrate(cluster("a")));
        assertThat(migration.ledger().release(migration.handle(handle))).isTrue();
    }

    @Test
    void aMigrationThatFailsLeavesTheLedgerAsItWas() {
        Ledger ledger = Ledgers.of(cluster("a", "b"), 128);
        for (int i = 0; i < 100; i++) {
            assertThat(ledger.claim(1, new ClaimSpec().cpuMilli(1), Ledger.ANY_VERSION))
                    .isPositive();
        }
        LedgerSnapshot before = ledger.snapshot();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ledger.migrate(cluster("a", "b"), 100))
                .withMessageContaining("claimLimit");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ledger.migrate(cluster("a", "b"), 64))
                .withMessageContaining("'b' has 100 claims");
        assertThat(ledger.snapshot().sameHoldings(before)).isTrue();
        assertThat(LedgerSnapshot.diff(before, ledger.snapshot())).isEmpty();
        long handle = ledger.claim(0, gpu(0), Ledger.ANY_VERSION);
        assertThat(ledger.release(handle)).isTrue();
        assertThat(ledger.migrate(cluster("a", "b"), 256).ledger().snapshot().sameHoldings(before))
                .isTrue();
    }

    @Test
    void whatAnOrphanHeldCannotBeChanged() {
        Ledger ledger = Ledgers.of(cluster("a"));
        assertThat(ledger.claim(0, gpu(2), Ledger.ANY_VERSION)).isPositive();
        List<Migration.Orphan> orphans = ledger.migrate(cluster("b")).orphans();
        orphans.get(0).held().clear();
        assertThat(orphans.get(0).held().gpuMask()).isEqualTo(4);
    }
}
