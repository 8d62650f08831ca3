package dev.berth.ledger;

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
    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

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

    /**
     * Checks a ledger that is at rest. Plain comparisons only: Lincheck runs this under instrumentation, which assertion
     * libraries do not survive.
     */
    public static void check(Ledger ledger) {
        LedgerSnapshot snapshot = ledger.snapshot();
        Cluster cluster = ledger.cluster();
        NodeReading reading = new NodeReading();
        Set<Long> handles = new HashSet<>();
        require(snapshot.pointInTime(), "the ledger is not at rest");
        for (int node = 0; node < cluster.nodeCount(); node++) {
            List<ClaimSpec> claims = new ArrayList<>();
            for (int i = snapshot.firstClaim(node); i < snapshot.firstClaim(node + 1); i++) {
                long handle = snapshot.handle(i);
                ClaimSpec claim = new ClaimSpec();
                snapshot.claim(i, claim);
                claims.add(claim);
                require(handles.add(handle), "a handle is there twice");
                require(ledger.isLive(handle), "a claim of the snapshot is not live");
                require(Ledger.nodeOf(handle) == node, "a claim is on another node than its handle says");
            }
            snapshot.read(node, reading);
            NodeFigures says = NodeFigures.of(cluster, node, reading);
            NodeFigures sum = NodeFigures.of(cluster, node, claims);
            if (!says.equals(sum)) {
                throw new AssertionError(
                        "node " + node + " with " + claims + " says\n" + says + ", its claims sum up to\n" + sum);
            }
        }
        require(snapshot.claimCount() == handles.size(), "the number of claims is wrong");
        checkNothingLost(ledger, handles.size());
    }

    private static void checkNothingLost(Ledger ledger, int liveClaims) {
        long[] control = (long[]) field(ledger, "control");
        long[] cells = (long[]) field(field(ledger, "spares"), "cells");
        boolean[] seen = new boolean[control.length + SpareBlocks.CELLS + GangBlocks.count(control.length)];
        for (int node = 0; node < control.length; node++) {
            long word = (long) LONGS.getVolatile(control, node);
            require(!ControlWord.tentative(word), "a node is tentative although no gang is being claimed");
            int block = ControlWord.block(word);
            require(!seen[block], "a block stands on two nodes");
            seen[block] = true;
        }
        Object gangs = field(ledger, "gangs");
        checkGangBlocks(field(gangs, "blocks"), seen);
        checkTickets(field(gangs, "tickets"));
        int padding = cells.length / SpareBlocks.CELLS;
        for (int cell = 0; cell < cells.length; cell += padding) {
            int block = (int) (long) LONGS.getVolatile(cells, cell);
            require(block >= 0, "a block is lost");
            require(!seen[block], "a spare block is spare twice, or stands on a node");
            seen[block] = true;
        }
        for (boolean found : seen) {
            require(found, "a block is lost");
        }
        ClaimTable table = (ClaimTable) field(ledger, "table");
        int taken = 0;
        for (int node = 0; node < control.length; node++) {
            for (int entry = 0; entry < ledger.claimLimit(); entry++) {
                taken += table.generationIfTaken(node, entry) >= 0 ? 1 : 0;
            }
        }
        require(taken == liveClaims, "an entry of the claim table is taken without a live claim");
    }

    /** Each block that gangs may use is in the stack once. */
    private static void checkGangBlocks(Object blocks, boolean[] seen) {
        int[] below = (int[]) field(blocks, "below");
        int next = (int) ((long) field(blocks, "top") & (1L << 22) - 1);
        while (next != 0) {
            require(!seen[next - 1], "a block is in the stack twice, is spare too, or stands on a node");
            seen[next - 1] = true;
            next = below[next - 1];
        }
        require((int) field(blocks, "bookable") == GangBlocks.MAX_NODES, "blocks stay booked");
    }

    private static void checkTickets(Object tickets) {
        for (long status : (long[]) field(tickets, "statuses")) {
            require((status & GangTickets.SLOTS - 1) == GangTickets.OVER, "a ticket is not over");
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    static Object field(Object of, String name) {
        try {
            Field field = of.getClass().getDeclaredField(name);
            field.setAccessible(true);
            return field.get(of);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the ledger has no field " + name + " any more", e);
        }
    }
}
