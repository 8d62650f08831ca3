package dev.berth.placement;

import dev.berth.ledger.ChangeFeed;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
import java.util.SplittableRandom;

/** The state that all class indexes of a planner share: view, scorer, change log and the fixed order of the nodes. */
final class Engine implements NodeScorer.Stale {
    final Ledger ledger;
    final View view;
    final NodeScorer scorer;
    final ChangeLog log;
    final int[] nodeAt;
    final int[] positionOf;
    private final ChangeFeed feed;
    private final NodeReading reading = new NodeReading();

    Engine(Ledger ledger, Policy policy, int[] nodeAt) {
        int nodes = ledger.cluster().nodeCount();
        this.ledger = ledger;
        this.nodeAt = nodeAt;
        positionOf = new int[nodes];
        for (int position = 0; position < nodes; position++) {
            positionOf[nodeAt[position]] = position;
        }
        view = new View(ledger.cluster(), ledger.claimLimit());
        log = new ChangeLog(nodes);
        feed = ledger.subscribe();
        for (int node = 0; node < nodes; node++) {
            read(node);
        }
        scorer = policy.scorer(view);
        tellAll();
    }

    /** One random permutation of the nodes. */
    static int[] order(int nodes, long seed) {
        int[] order = new int[nodes];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < nodes; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /** Tells the scorer of every node as it is. */
    void tellAll() {
        for (int node = 0; node < nodeAt.length; node++) {
            scorer.nodeChanged(view, node);
        }
    }

    /** Takes over what has changed in the ledger. */
    void refresh() {
        for (int node = feed.poll(); node >= 0; node = feed.poll()) {
            read(node);
            scorer.nodeChanged(view, node);
            log.add(node);
        }
    }

    private void read(int node) {
        ledger.read(node, reading);
        view.set(node, reading);
    }

    @Override
    public void node(int node) {
        log.add(node);
    }

    void close() {
        feed.close();
    }
}
