package dev.berth.ledger;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;

/**
 * The ledger as one would write it without hurry: a map from handles to what they hold, summed up anew for each question.
 * Sequential; takes the handles that the real ledger gave as they are.
 */
final class LedgerOracle {
    private static final class Held {
        private final int node;
        private final ClaimSpec claim;

        Held(int node, ClaimSpec claim) {
            this.node = node;
            this.claim = claim;
        }
    }

    private final Cluster cluster;
    private final int claimLimit;
    private final NodeState[] states;
    private final long[] versions;
    private final Map<Long, Held> live = new LinkedHashMap<>();
    private boolean migrated;

    LedgerOracle(Cluster cluster, int claimLimit) {
        this.cluster = cluster;
        this.claimLimit = claimLimit;
        states = new NodeState[cluster.nodeCount()];
        versions = new long[cluster.nodeCount()];
        for (int node = 0; node < states.length; node++) {
            states[node] = cluster.initialState(node);
        }
    }

    List<ClaimSpec> claims(int node) {
        return live.values().stream()
                .filter(held -> held.node == node)
                .map(held -> held.claim)
                .toList();
    }

    List<Long> handles() {
        return new ArrayList<>(live.keySet());
    }

    ClaimSpec claim(long handle) {
        return live.get(handle).claim;
    }

    int node(long handle) {
        return live.get(handle).node;
    }

    NodeState state(int node) {
        return states[node];
    }

    long version(int node) {
        return versions[node];
    }

    boolean overcommitted(int node) {
        return NodeFigures.of(cluster, node, claims(node)).overcommitted();
    }

    /** What {@link Ledger#claim} must answer; 1 stands for a handle. */
    long answerToClaim(int node, ClaimSpec spec, long expectedVersion) {
        return answerToClaim(node, claims(node), spec, expectedVersion);
    }

    private long answerToClaim(int node, List<ClaimSpec> claims, ClaimSpec spec, long expectedVersion) {
        if (expectedVersion != Ledger.ANY_VERSION && expectedVersion != versions[node]) {
            return Ledger.LOST_RACE;
        }
        if (migrated) {
            return Ledger.MOVED;
        }
        if (states[node] != NodeState.READY) {
            return Ledger.NOT_READY;
        }
        if (NodeFigures.of(cluster, node, claims).overcommitted()) {
            return Ledger.OVERCOMMITTED;
        }
        if (!NodeFigures.haveRoom(cluster, node, claims, spec)) {
            return Ledger.NO_ROOM;
        }
        return claims.size() == claimLimit ? Ledger.CLAIM_LIMIT : 1;
    }

    /** What {@link Ledger#claim(GangClaim)} must answer. */
    long answerToGang(GangClaim gang) {
        List<Integer> tasks = inOrder(gang);
        Map<Integer, List<ClaimSpec>> joined = new LinkedHashMap<>();
        for (int task : tasks) {
            int node = gang.node(task);
            List<ClaimSpec> beside = joined.computeIfAbsent(node, n -> new ArrayList<>(claims(n)));
            ClaimSpec spec = new ClaimSpec();
            gang.spec(task, spec);
            long answer = answerToClaim(node, beside, spec, gang.expectedVersion(task));
            if (answer < 0) {
                return answer;
            }
            beside.add(spec);
        }
        return 0;
    }

    /** By node, and on a node as they were added. */
    private static List<Integer> inOrder(GangClaim gang) {
        return IntStream.range(0, gang.size())
                .boxed()
                .sorted(Comparator.comparing(gang::node))
                .toList();
    }

    /** Adds a gang that was claimed: one change of each of its nodes. */
    void add(GangClaim gang, IntToLongFunction handles) {
        Set<Integer> nodes = new HashSet<>();
        for (int task = 0; task < gang.size(); task++) {
            int node = gang.node(task);
            ClaimSpec spec = new ClaimSpec();
            gang.spec(task, spec);
            add(handles.applyAsLong(task), node, spec);
            versions[node] -= nodes.add(node) ? 0 : 1;
        }
    }

    void add(long handle, int node, ClaimSpec spec) {
        if (live.put(handle, new Held(node, new ClaimSpec().set(spec))) != null) {
            throw new AssertionError("handle " + handle + " was given twice");
        }
        versions[node]++;
    }

    boolean release(long handle) {
        if (migrated) {
            return false;
        }
        Held held = live.remove(handle);
        if (held != null) {
            versions[held.node]++;
        }
        return held != null;
    }

    boolean setState(int node, NodeState state) {
        if (!migrated && states[node] != state) {
            states[node] = state;
            versions[node]++;
        }
        return !migrated;
    }

    void migrated() {
        migrated = true;
        for (int node = 0; node < versions.length; node++) {
            versions[node]++;
        }
    }
}
