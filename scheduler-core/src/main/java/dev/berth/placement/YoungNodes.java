package dev.berth.placement;

/**
 * The nodes that have changed last, each once, the one whose last change is oldest first. Most of them are about to change
 * back: a task leaves, and the next one takes its place. So only the class that is asked for looks at them, until they are
 * pushed out by later ones.
 */
final class YoungNodes {
    static final int MOST = 8;

    private final int[] nodes = new int[MOST + 1];
    private int size;

    /** Puts a node last; answers the one that is pushed out, or -1. */
    int add(int node) {
        int at = 0;
        while (at < size && nodes[at] != node) {
            at++;
        }
        if (at == size) {
            size++;
        }
        System.arraycopy(nodes, at + 1, nodes, at, size - 1 - at);
        nodes[size - 1] = node;
        if (size <= MOST) {
            return -1;
        }
        int oldest = nodes[0];
        size--;
        System.arraycopy(nodes, 1, nodes, 0, size);
        return oldest;
    }

    int size() {
        return size;
    }

    int get(int i) {
        return nodes[i];
    }
}
