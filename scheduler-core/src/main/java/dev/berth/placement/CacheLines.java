package dev.berth.placement;

/** How arrays of eight words a node lie on cache lines. */
final class CacheLines {
    /**
     * Where the first node's words begin in an array of longs, so that no node's eight words lie on two lines of 64 bytes. G1 puts
     * an array of half a region or more at the beginning of a region, and HotSpot its elements after a header of two words
     * (64 bits, compressed class pointers). Where that does not hold this is of no use, and costs 48 bytes.
     */
    static final int FIRST_WORD = 6;

    private CacheLines() {}
}
