package dev.berth.placement;

/**
 * The nodes that have changed last, each once and each with what it was before. Most of them are about to change back: a task
 * leaves, and the next one takes its place. So only the class that is asked for looks at them, until they are pushed out by
 * later ones; and those that are by then what they were need no look at all.
 */
final class YoungNodes {
    static final int MOST = 8;
    static final int NONE = -1;

    private final View view;
    private final ClassMarks marks;
    private final int[] nodes = new int[MOST];
    private final int[] positions = new int[MOST];
    /** Slots by age: the one whose last change is oldest first. */
    private final int[] byAge = new int[MOST];

    private final long[][] before = new long[MOST][];
    private final boolean[] comparable = new boolean[MOST];
    private final boolean[] restored = new boolean[MOST];
    private int size;

    YoungNodes(View view, ClassMarks marks) {
        this.view = view;
        this.marks = marks;
        for (int slot = 0; slot < MOST; slot++) {
            before[slot] = new long[view.wordsPerNode()];
            byAge[slot] = slot;
        }
    }

    int size() {
        return size;
    }

    /** Slots are numbered from 0 to one less than {@link #size}. */
    int node(int slot) {
        return nodes[slot];
    }

    /** Position of a slot's node in the fixed order. */
    int position(int slot) {
        return positions[slot];
    }

    /** Slot of a node, {@link #NONE} when it has none. */
    int slot(int node) {
        for (int slot = 0; slot < size; slot++) {
            if (nodes[slot] == node) {
                return slot;
            }
        }
        return NONE;
    }

    /** Makes the node of a slot the youngest. */
    void touch(int slot) {
        int i = size - 1;
        while (byAge[i] != slot) {
            i--;
        }
        System.arraycopy(byAge, i + 1, byAge, i, size - 1 - i);
        byAge[size - 1] = slot;
    }

    /** The slot that the next new node will get; it belongs to the oldest node when {@link #size} is {@link #MOST}. */
    int nextSlot() {
        return size < MOST ? size : byAge[0];
    }

    /** Gives {@link #nextSlot} to a node that has none, and keeps what the view says of it now. */
    void enter(int node) {
        int slot = nextSlot();
        if (size < MOST) {
            size++;
        } else {
            System.arraycopy(byAge, 1, byAge, 0, MOST - 1);
        }
        byAge[size - 1] = slot;
        nodes[slot] = node;
        // Mostly far from the processor, as are the words: asked for together, they come together.
        positions[slot] = marks.position(node);
        view.copyWords(node, before[slot]);
        // Where a rack's power is capped, what a node has room for depends on its neighbours too.
        comparable[slot] = view.power().cappedRack(node) < 0;
        restored[slot] = comparable[slot];
    }

    /** Compares the view with what was kept, after the node has changed. */
    void compare(int slot) {
        restored[slot] = comparable[slot] && view.hasWords(nodes[slot], before[slot]);
    }

    /** Keys have changed: no node has the key again that it had before. */
    void forgetAll() {
        for (int slot = 0; slot < size; slot++) {
            comparable[slot] = false;
            restored[slot] = false;
        }
    }

    /** Whether the node is what it was when it entered, so that the keys are right that it had then. */
    boolean restored(int slot) {
        return restored[slot];
    }
}
