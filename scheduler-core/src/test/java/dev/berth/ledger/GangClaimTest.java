package dev.berth.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Gang claims of one thread at the edges: what a caller can get wrong, limits, and tables that are full. */
class GangClaimTest {
    private static final ClaimSpec CPU = new ClaimSpec().cpuMilli(1);

    private static Cluster cluster(int nodes) {
        Cluster.Builder builder = Cluster.builder();
        for (int node = 0; node < nodes; node++) {
            builder.add(NodeSpec.named("n" + node)
                    .gpus("H100-SXM5-80GB", 8, 81_559)
                    .cpuMilli(64_000)
                    .memoryMib(500_000)
                    .build());
        }
        return builder.build();
    }

    private static GangClaim gang(int firstNode, int tasks, ClaimSpec spec) {
        GangClaim gang = new GangClaim();
        for (int task = 0; task < tasks; task++) {
            gang.add(firstNode + task, Ledger.ANY_VERSION, spec);
        }
        return gang;
    }

    @Test
    void aGangWithoutTasksHoldsNothing() {
        Ledger ledger = Ledgers.of(cluster(1));
        assertThat(ledger.claim(new GangClaim())).isZero();
        assertThat(ledger.version(0)).isZero();
    }

    @Test
    void eachTaskIsReleasedByItself() {
        Ledger ledger = Ledgers.of(cluster(3));
        GangClaim gang = gang(0, 3, new ClaimSpec().whole(0xFF));
        assertThat(ledger.claim(gang)).isZero();
        assertThat(ledger.release(gang.handle(1))).isTrue();
        assertThat(ledger.isLive(gang.handle(0))).isTrue();
        assertThat(ledger.freeGpuMask(1)).isEqualTo(0xFF);
        assertThat(ledger.freeGpuMask(2)).isZero();
    }

    @Test
    void aBufferIsUsedAgain() {
        Ledger ledger = Ledgers.of(cluster(40));
        GangClaim gang = new GangClaim();
        ClaimSpec buffer = new ClaimSpec();
        for (int round = 0; round < 3; round++) {
            gang.clear();
            for (int task = 0; task < 40; task++) {
                gang.add(task * 7 % 40, round, buffer.whole(1 << round).cpuMilli(task));
            }
            buffer.clear();
            assertThat(ledger.claim(gang)).isZero();
            ClaimSpec held = new ClaimSpec();
            for (int task = 0; task < 40; task++) {
                assertThat(Ledger.nodeOf(gang.handle(task)))
                        .isEqualTo(gang.node(task))
                        .isEqualTo(task * 7 % 40);
                assertThat(ledger.claimOf(gang.handle(task), held)).isTrue();
                assertThat(held.cpuMilli()).isEqualTo(task);
            }
        }
        // The versions that were expected are those of before.
        assertThat(ledger.claim(gang)).isEqualTo(Ledger.LOST_RACE);
        assertThat(gang.handle(0)).isZero();
    }

    @Test
    void tasksOnOneNodeShareWhatItHas() {
        Ledger ledger = Ledgers.of(cluster(1));
        GangClaim gang = new GangClaim()
                .add(0, 0, new ClaimSpec().whole(0x0F).cpuMilli(32_000))
                .add(0, 0, new ClaimSpec().whole(0xF0).cpuMilli(32_000));
        assertThat(ledger.claim(gang)).isZero();
        assertThat(ledger.version(0)).isEqualTo(1);
        assertThat(ledger.release(gang.handle(0))).isTrue();
        assertThat(ledger.claim(
                        gang.clear().add(0, 2, new ClaimSpec().whole(0x03)).add(0, 2, new ClaimSpec().whole(0x06))))
                .isEqualTo(Ledger.NO_ROOM);
        assertThat(ledger.freeGpuMask(0)).isEqualTo(0x0F);
    }

    @Test
    void theClaimLimitOfANodeIsForAllTasksOfTheGang() {
        Ledger ledger = Ledgers.of(cluster(2), 64);
        GangClaim gang = new GangClaim();
        for (int task = 0; task < 65; task++) {
            gang.add(1, Ledger.ANY_VERSION, CPU);
        }
        assertThat(ledger.claim(gang)).isEqualTo(Ledger.CLAIM_LIMIT);
        // Room is asked for before the limit, and of the lower node first.
        assertThat(ledger.claim(gang.add(0, Ledger.ANY_VERSION, new ClaimSpec().cpuMilli(64_001))))
                .isEqualTo(Ledger.NO_ROOM);
        gang.clear();
        for (int task = 0; task < 64; task++) {
            gang.add(1, Ledger.ANY_VERSION, CPU);
        }
        assertThat(ledger.claim(gang)).isZero();
        assertThat(ledger.claim(1, CPU, Ledger.ANY_VERSION)).isEqualTo(Ledger.CLAIM_LIMIT);
    }

    @Test
    void aGangOfEveryNodeIsClaimed() {
        Ledger ledger = Ledgers.of(cluster(2_000));
        GangClaim gang = gang(0, 2_000, new ClaimSpec().whole(0xFF));
        assertThat(ledger.claim(gang)).isZero();
        assertThat(ledger.claim(gang)).isEqualTo(Ledger.NO_ROOM);
        for (int task = 0; task < gang.size(); task++) {
            assertThat(ledger.isLive(gang.handle(task))).isFalse();
        }
        assertThat(ledger.snapshot().claimCount()).isEqualTo(2_000);
    }

    @Test
    void aGangOnTooManyNodesIsRefusedAsAMistake() {
        int most = GangBlocks.MAX_NODES;
        Ledger ledger = Ledgers.of(cluster(most + 1), 64);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ledger.claim(gang(0, most + 1, CPU)))
                .withMessageContaining("16385 nodes, allowed: 16384");
        List<GangClaim> held = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            held.add(gang(round % 2, most, CPU));
            assertThat(ledger.claim(held.get(round))).isZero();
        }
        assertThat(ledger.claim(gang(1, most, new ClaimSpec().cpuMilli(63_998))))
                .isEqualTo(Ledger.NO_ROOM);
        for (GangClaim gang : held) {
            for (int task = 0; task < most; task++) {
                assertThat(ledger.release(gang.handle(task))).isTrue();
            }
        }
    }

    @Test
    @SuppressWarnings("NullAway") // that is what is tested
    void mistakesLeaveNothingBehind() {
        Ledger ledger = Ledgers.of(cluster(2));
        GangClaim gang = new GangClaim();
        assertThatNullPointerException().isThrownBy(() -> gang.add(0, Ledger.ANY_VERSION, null));
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> gang.add(-1, Ledger.ANY_VERSION, CPU));
        assertThat(gang.size()).isZero();
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> ledger.claim(gang(0, 3, CPU)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ledger.claim(gang(0, 2, new ClaimSpec().counted(4, 1))))
                .withMessageContaining("counted resource 4 is 1");
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> gang.handle(0));
        assertThat(ledger.snapshot().claimCount()).isZero();
    }

    @Test
    @Timeout(60)
    void aClaimTableThatCannotGrowCostsNoTicket() throws ReflectiveOperationException {
        Ledger ledger = Ledgers.of(cluster(2));
        for (int i = 0; i < 8; i++) { // whose records have their place from the start
            ledger.claim(1, CPU, Ledger.ANY_VERSION);
        }
        ledger.claim(0, CPU, Ledger.ANY_VERSION);
        Field next = ClaimTable.class.getDeclaredField("next");
        next.setAccessible(true);
        Object table = LedgerInvariants.field(ledger, "table");
        long was = next.getLong(table);
        next.setLong(table, Integer.MAX_VALUE);
        for (int i = 0; i < 2 * GangTickets.SLOTS; i++) {
            assertThatIllegalStateException().isThrownBy(() -> ledger.claim(gang(0, 2, CPU)));
        }
        next.setLong(table, was);
        assertThat(ledger.claim(gang(0, 2, CPU))).isZero();
    }
}
