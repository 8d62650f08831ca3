package dev.berth.placement;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The keys of up to 64 classes on all nodes, kept up to date node by node: when a node has changed, its keys for all classes
 * are computed in one go, while what is known of it is close to the processor. So a decision costs the same however many
 * nodes have changed since its class was last asked for.
 *
 * <p>A class that has not been asked for in a long time is dropped, which costs less than keeping it, and scored on all nodes
 * when it comes back.
 */
final class ClassTable {
    static final int MOST_CLASSES = Long.SIZE;
    /** In place of a position with its key. */
    static final long NOWHERE = found(ScoreTrees.NONE, Integer.MAX_VALUE);

    private static final int FEWEST_CLASSES = 4;
    /**
     * A class is dropped after so many changes a node without being asked for: about where keeping its keys has cost as much
     * as scoring all nodes will, so that at most about twice the cheaper of the two is paid.
     */
    private static final int CHANGES_PER_NODE = 4;

    private static final int FEWEST_CHANGES = 1 << 10;

    private final Engine engine;
    private final int mostClasses;
    private final ScoreTrees trees;
    private final @Nullable Demand[] demands = new Demand[MOST_CLASSES];

    // What each class asks for; one that is not kept asks for more than there is.
    private final int[] cpuMilli = new int[MOST_CLASSES];
    private final int[] memoryMib = new int[MOST_CLASSES];
    private final int[] wholeGpus = new int[MOST_CLASSES];
    private final int[] shareMilli = new int[MOST_CLASSES];
    /** Classes that ask for more than those four, a bit each. */
    private long particular;

    private final ClassMarks marks;
    private final int number;
    /** Classes whose keys are up to date. */
    private long kept;

    private final long[] askedAt = new long[MOST_CLASSES];
    private final long[] staleSeen = new long[MOST_CLASSES];

    /** For each slot of the young nodes the classes whose key is no longer what it was when the node entered, a bit each. */
    private final long[] touched = new long[YoungNodes.MOST];

    private final short[] oldKeys = new short[MOST_CLASSES];
    private final int[] lack = new int[MOST_CLASSES];

    /** A table for so many classes at most, which begins small and grows. */
    ClassTable(Engine engine, int mostClasses) {
        this.engine = engine;
        this.mostClasses = Math.min(MOST_CLASSES, mostClasses);
        trees = new ScoreTrees(engine.nodeAt.length, Math.min(FEWEST_CLASSES, mostClasses));
        marks = engine.marks;
        number = marks.addTable();
        Arrays.fill(cpuMilli, Integer.MAX_VALUE);
    }

    /** The trees of minima; the column of a class is its number in this table. */
    ScoreTrees trees() {
        return trees;
    }

    /** Gives a column to a class, in place of the one that had it. O(nodes). */
    void put(int column, Demand demand) {
        if (column >= trees.columns()) {
            trees.widen(Math.min(mostClasses, 2 * trees.columns()));
        }
        drop(column);
        demands[column] = demand;
        long[] eligible = engine.eligibleNodes(demand);
        long bit = 1L << column;
        for (int node = 0; node < engine.nodeAt.length; node++) {
            boolean can = (eligible[node >>> 6] >>> node & 1) != 0;
            long others = marks.eligible(number, node) & ~bit;
            marks.eligible(number, node, can ? others | bit : others);
        }
        particular = demand.mig() || demand.anyCounted() ? particular | bit : particular & ~bit;
    }

    /** Number of changes of nodes when the class was last asked for. */
    long askedAt(int column) {
        return askedAt[column];
    }

    /** Drops all keys. */
    void dropAll() {
        for (int column = 0; column < trees.columns(); column++) {
            drop(column);
        }
    }

    /** Drops the classes that have not been asked for in a long time. */
    void dropUnused() {
        long limit = Math.max(FEWEST_CHANGES, (long) CHANGES_PER_NODE * engine.nodeAt.length);
        for (long bits = kept; bits != 0; bits &= bits - 1) {
            int column = Long.numberOfTrailingZeros(bits);
            if (engine.changes() - askedAt[column] > limit) {
                drop(column);
            }
        }
    }

    private void drop(int column) {
        kept &= ~(1L << column);
        cpuMilli[column] = Integer.MAX_VALUE;
    }

    /**
     * Makes sure that all keys of a class are what the policy says now, but for those of young nodes. O(nodes) when they were
     * dropped.
     */
    void bringUpToDate(int column) {
        askedAt[column] = engine.changes();
        StaleNodes stale = engine.stale;
        if ((kept >>> column & 1) == 0 || !stale.reachesBackTo(staleSeen[column])) {
            scoreAll(column);
        } else {
            for (long at = staleSeen[column]; at < stale.end(); at++) {
                int node = stale.node(at);
                if (stale.isLast(at, node)) {
                    keyChanged(node, column);
                }
            }
        }
        staleSeen[column] = stale.end();
    }

    private void keyChanged(int node, int column) {
        int slot = engine.young.slot(node);
        if (slot != YoungNodes.NONE) {
            takeOver(slot, column);
        } else if ((marks.room(number, node) >>> column & 1) != 0) {
            trees.set(column, marks.position(node), key(column, node));
        }
    }

    /** Takes over what the view says of all young nodes, for one class. */
    void takeOverYoung(int column) {
        for (int slot = 0; slot < engine.young.size(); slot++) {
            if (!isRight(slot, column)) {
                takeOver(slot, column);
            }
        }
    }

    private void takeOver(int slot, int column) {
        nodeChanged(engine.young.node(slot), column);
        touched[slot] |= 1L << column;
    }

    /** Whether the key that the tree has of a young node is certain to be right. */
    private boolean isRight(int slot, int column) {
        return engine.young.restored(slot) && (touched[slot] >>> column & 1) == 0;
    }

    /**
     * The smallest key of a class that is up to date and the first position that has it, as {@link #found} makes it; {@link
     * #NOWHERE} when the demand fits nowhere. Looks at the young nodes beside the tree, which learns only of those that it would
     * be wrong about: a task that comes back to where an equal one has just left is placed without a look at the tree's leaves.
     */
    long best(int column) {
        YoungNodes young = engine.young;
        long best = NOWHERE;
        for (int slot = 0; slot < young.size(); slot++) {
            if (!isRight(slot, column)) {
                best = Math.min(best, youngKey(slot, column));
            }
        }
        long takenOver = 0;
        while (true) {
            short minimum = trees.minimum(column);
            if (minimum == ScoreTrees.NONE || minimum > key(best)) {
                return best;
            }
            int position = trees.first(column);
            int slot = young.slot(engine.nodeAt[position]);
            if (slot == YoungNodes.NONE || isRight(slot, column) || (takenOver >>> slot & 1) != 0) {
                return Math.min(best, found(minimum, position));
            }
            takeOver(slot, column);
            takenOver |= 1L << slot;
        }
    }

    private long youngKey(int slot, int column) {
        int node = engine.young.node(slot);
        boolean room = (marks.eligible(number, node) >>> column & 1) != 0 && engine.view.hasRoom(node, demand(column));
        return room ? found(key(column, node), engine.young.position(slot)) : NOWHERE;
    }

    /** So that the smaller key is less, and the smaller position among equal keys. */
    static long found(short key, int position) {
        return (long) key << Integer.SIZE | position;
    }

    static short key(long found) {
        return (short) (found >> Integer.SIZE);
    }

    static int position(long found) {
        return (int) found;
    }

    private void scoreAll(int column) {
        Demand demand = demand(column);
        long bit = 1L << column;
        int[] nodeAt = engine.nodeAt;
        for (int position = 0; position < nodeAt.length; position++) {
            int node = nodeAt[position];
            boolean room = (marks.eligible(number, node) & bit) != 0 && engine.view.hasRoom(node, demand);
            long others = marks.room(number, node) & ~bit;
            marks.room(number, node, room ? others | bit : others);
            trees.setLeaf(column, position, room ? key(column, node) : ScoreTrees.NONE);
        }
        trees.rebuild(column);
        for (int slot = 0; slot < YoungNodes.MOST; slot++) {
            touched[slot] |= bit;
        }
        kept |= bit;
        cpuMilli[column] = demand.cpuMilli();
        memoryMib[column] = (int) demand.memoryMib(); // at most Integer.MAX_VALUE, as Request says
        wholeGpus[column] = demand.wholeGpus();
        shareMilli[column] = demand.shareMilli();
    }

    /** Takes over what the view says of a young node, which is one no longer. */
    void settle(int slot) {
        int node = engine.young.node(slot);
        if (engine.young.restored(slot)) {
            for (long bits = touched[slot] & kept; bits != 0; bits &= bits - 1) {
                nodeChanged(node, Long.numberOfTrailingZeros(bits));
            }
        } else {
            nodeChanged(node);
        }
        touched[slot] = 0;
    }

    private void nodeChanged(int node) {
        long before = marks.room(number, node) & kept;
        long room = marks.eligible(number, node) & roomFor(node);
        marks.room(number, node, room);
        int position = marks.position(node);
        long either = before | room;
        trees.keys(position, either, oldKeys);
        for (long bits = either; bits != 0; bits &= bits - 1) {
            int column = Long.numberOfTrailingZeros(bits);
            short key = (room >>> column & 1) != 0 ? key(column, node) : ScoreTrees.NONE;
            if (key != oldKeys[column]) {
                trees.set(column, position, key);
            }
        }
    }

    /** Takes over what the view says of a node, for one class. */
    private void nodeChanged(int node, int column) {
        long bit = 1L << column;
        long before = marks.room(number, node);
        boolean room = (marks.eligible(number, node) & bit) != 0 && engine.view.hasRoom(node, demand(column));
        if (room || (before & bit) != 0) {
            marks.room(number, node, room ? before | bit : before & ~bit);
            trees.set(column, marks.position(node), room ? key(column, node) : ScoreTrees.NONE);
        }
    }

    /** The kept classes that the node has room for, whether it is eligible or not. */
    private long roomFor(int node) {
        View view = engine.view;
        if (!view.allocatable(node)) {
            return 0;
        }
        int cpu = clamp(view.cpuFreeMilli(node));
        int memory = clamp(view.memoryFreeMib(node));
        int gpus = Integer.bitCount(view.freeGpuMask(node));
        int share = view.largestFreeShareMilli(node);
        int columns = trees.columns();
        // By sign bits and in two loops, so that the first one is compiled to vector instructions.
        for (int c = 0; c < columns; c++) {
            lack[c] = cpu - cpuMilli[c] | memory - memoryMib[c] | gpus - wholeGpus[c] | share - shareMilli[c];
        }
        long lacking = 0;
        for (int c = 0; c < columns; c++) {
            lacking |= (lack[c] >>> 31 & 1L) << c;
        }
        long room = ~lacking & kept;
        long asked = view.power().isTight(node) ? room : room & particular;
        for (long bits = asked; bits != 0; bits &= bits - 1) {
            int column = Long.numberOfTrailingZeros(bits);
            if (!view.hasRoom(node, demand(column))) {
                room &= ~(1L << column);
            }
        }
        return room;
    }

    private static int clamp(long free) {
        return (int) Math.max(-1, Math.min(Integer.MAX_VALUE, free));
    }

    private short key(int column, int node) {
        int key = engine.scorer.key(engine.view, node, demand(column));
        return (short) Math.max(NodeScorer.MIN_KEY, Math.min(NodeScorer.MAX_KEY, key));
    }

    private Demand demand(int column) {
        Demand demand = demands[column];
        if (demand == null) {
            throw new IllegalStateException("column " + column + " belongs to no class");
        }
        return demand;
    }
}
