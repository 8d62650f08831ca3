package dev.berth.placement;

/** The fewest of several rooms that hold so many units, and of such sets one that leaves the large rooms alone. */
final class Fewest {
    private Fewest() {}

    /** A room and whose it is in one word, so that words sort by room. */
    static long word(int room, int id) {
        return (long) room << 32 | id;
    }

    /** The room, or what has been taken of it. */
    static int units(long word) {
        return (int) (word >>> 32);
    }

    /** Whose room it is. */
    static int id(long word) {
        return (int) word;
    }

    /**
     * As many rooms as the largest ones need to be, and of these each time the smallest with which the rest still fits into the
     * largest ones. The last one is given what remains, the others are filled. O(n log n).
     *
     * @param words {@code words[from .. to - 1]} are the rooms, together not smaller than {@code units}; what is taken of whom
     *     overwrites them from {@code from} on
     * @return number of rooms taken
     */
    static int select(long[] words, int from, int to, int units) {
        LongSort.sort(words, from, to);
        int first = to;
        long largest = 0;
        while (largest < units) {
            largest += units(words[--first]);
        }
        int rest = units;
        int at = from;
        int out = from;
        for (; rest > 0; first++) {
            // Of the largest, those after this one stay for later; without them this choice must do the rest.
            largest -= units(words[first]);
            while (units(words[at]) + largest < rest) {
                at++;
            }
            int taken = Math.min(rest, units(words[at]));
            words[out++] = word(taken, id(words[at++]));
            rest -= taken;
        }
        return out - from;
    }
}
