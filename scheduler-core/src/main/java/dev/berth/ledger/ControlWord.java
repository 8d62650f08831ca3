package dev.berth.ledger;

/**
 * The word that decides what a node stands on.
 *
 * <pre>
 * changes (42) | tentative (1) | block (21)
 * </pre>
 *
 * <p>It counts its own changes, so that no value ever comes back. While it is <em>tentative</em>, the block is what the node will stand
 * on if the gang that put it there succeeds: see {@link Gangs}.
 */
final class ControlWord {
    /** Blocks that a control word can name. */
    static final int MAX_BLOCKS = 1 << 21;

    private static final int CHANGES_SHIFT = 22;
    private static final long TENTATIVE = 1L << 21;
    private static final long BLOCK_MASK = MAX_BLOCKS - 1;

    private ControlWord() {}

    static boolean tentative(long word) {
        return (word & TENTATIVE) != 0;
    }

    static int block(long word) {
        return (int) (word & BLOCK_MASK);
    }

    /** What follows a word when the node comes to stand on a block. */
    static long next(long word, int block) {
        return (word >>> CHANGES_SHIFT) + 1 << CHANGES_SHIFT | block;
    }

    /** What follows a word when a gang puts a block there. */
    static long nextTentative(long word, int block) {
        return next(word, block) | TENTATIVE;
    }
}
