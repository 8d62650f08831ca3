package dev.berth.placement;

/** How arrays of eight words a node lie on cache lines. */
final class CacheLines {
    /**
     * Where the first node's words begin in an array of longs, so that no node's eight words lie on two lines of 64 bytes. The
     * JVM puts large arrays at the beginning of a page, and their elements after a header of two words (JDK 17 to 25, 64 bits,
     * compressed class pointers). Elsewhere this costs nothing but 48 bytes.
     */
    static final int FIRST_WORD = 6;

    private CacheLines() {}
}
