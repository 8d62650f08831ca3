package dev.berth.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.lifecycle.AroundTryHook;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.TryExecutionResult;
import net.jqwik.api.lifecycle.TryExecutor;
import net.jqwik.api.lifecycle.TryLifecycleContext;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * After every test and after every try of a property, checks each ledger that came from {@link Ledgers}: what is held and what is free add
 * up on every node, no GPU has two holders unless the node says that it is overcommitted, every claim of the snapshot is
 * live, and no block and no entry of the claim table has been lost. Registered for the whole module by
 * {@code META-INF/services}; the ledgers must be at rest when a test ends.
 */
public final class LedgerInvariants implements AfterEachCallback, AroundTryHook {
    @Override
    public void afterEach(ExtensionContext context) {
        Ledgers.drain().forEach(LedgerInvariants::check);
    }

    @Override
    public TryExecutionResult aroundTry(TryLifecycleContext context, TryExecutor aTry, List<Object> parameters) {
        TryExecutionResult result = aTry.execute(parameters);
        List<Ledger> ledgers = Ledgers.drain();
        if (!result.isSatisfied()) {
            return result;
        }
        try {
            ledgers.forEach(LedgerInvariants::check);
        } catch (AssertionError e) {
            return TryExecutionResult.falsified(e);
        }
        return result;
    }

    @Override
    public PropagationMode propagateTo() {
        return PropagationMode.ALL_DESCENDANTS;
    }

    /** Checks a ledger that is at rest. */
    public static void check(Ledger ledger) {
        LedgerSnapshot snapshot = ledger.snapshot();
        Cluster cluster = ledger.cluster();
        NodeReading reading = new NodeReading();
        Set<Long> handles = new HashSet<>();
        assertThat(snapshot.pointInTime()).as("a ledger at rest").isTrue();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            List<ClaimSpec> claims = new ArrayList<>();
            for (int i = snapshot.firstClaim(node); i < snapshot.firstClaim(node + 1); i++) {
                ClaimSpec claim = new ClaimSpec();
                snapshot.claim(i, claim);
                claims.add(claim);
                assertThat(handles.add(snapshot.handle(i)))
                        .as("handles are unique")
                        .isTrue();
                assertThat(ledger.isLive(snapshot.handle(i)))
                        .as("in the snapshot, so live")
                        .isTrue();
                assertThat(Ledger.nodeOf(snapshot.handle(i))).isEqualTo(node);
            }
            snapshot.read(node, reading);
            assertThat(NodeFigures.of(cluster, node, reading))
                    .as("node %d with %s", node, claims)
                    .isEqualTo(NodeFigures.of(cluster, node, claims));
        }
        assertThat(snapshot.claimCount()).isEqualTo(handles.size());
        checkNothingLost(ledger, handles.size());
    }

    private static void checkNothingLost(Ledger ledger, int liveClaims) {
        long[] control = (long[]) field(ledger, "control");
        long[] cells = (long[]) field(field(ledger, "spares"), "cells");
        VarHandle longs = MethodHandles.arrayElementVarHandle(long[].class);
        Set<Long> blocks = new HashSet<>();
        for (int node = 0; node < control.length; node++) {
            assertThat(blocks.add((long) longs.getVolatile(control, node) & (1L << 22) - 1))
                    .as("a block stands on one node")
                    .isTrue();
        }
        int padding = cells.length / SpareBlocks.CELLS;
        for (int cell = 0; cell < cells.length; cell += padding) {
            assertThat(blocks.add((long) longs.getVolatile(cells, cell)))
                    .as("a block is spare once, and on no node")
                    .isTrue();
        }
        assertThat(blocks)
                .as("no block is lost")
                .hasSize(control.length + SpareBlocks.CELLS)
                .doesNotContain(-1L);
        ClaimTable table = (ClaimTable) field(ledger, "table");
        int taken = 0;
        for (int node = 0; node < control.length; node++) {
            for (int entry = 0; entry < ledger.claimLimit(); entry++) {
                taken += table.generationIfTaken(node, entry) >= 0 ? 1 : 0;
            }
        }
        assertThat(taken)
                .as("an entry of the table is taken exactly for a live claim")
                .isEqualTo(liveClaims);
    }

    private static Object field(Object of, String name) {
        try {
            Field field = of.getClass().getDeclaredField(name);
            field.setAccessible(true);
            return field.get(of);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the ledger has no field " + name + " any more", e);
        }
    }
}
