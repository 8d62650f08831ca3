package dev.berth.placement;

/**
 * Sorts words in place and never allocates, which {@link java.util.Arrays#sort(long[], int, int)} does for runs that it finds in
 * 44 words or more. Insertion for few words or for words that are sorted already, else heap sort (J. W. J. Williams, CACM 7(6),
 * 1964).
 */
final class LongSort {
    private static final int FEW = 24;

    private LongSort() {}

    /** Sorts {@code words[from .. to - 1]} ascending. O(n log n). */
    static void sort(long[] words, int from, int to) {
        if (to - from <= FEW) {
            insert(words, from, to);
        } else if (!isSorted(words, from, to)) {
            int size = to - from;
            for (int at = size / 2 - 1; at >= 0; at--) {
                sink(words, from, at, size);
            }
            for (int last = size - 1; last > 0; last--) {
                long largest = words[from];
                words[from] = words[from + last];
                words[from + last] = largest;
                sink(words, from, 0, last);
            }
        }
    }

    private static boolean isSorted(long[] words, int from, int to) {
        for (int i = from + 1; i < to; i++) {
            if (words[i - 1] > words[i]) {
                return false;
            }
        }
        return true;
    }

    private static void insert(long[] words, int from, int to) {
        for (int i = from + 1; i < to; i++) {
            long word = words[i];
            int at = i;
            for (; at > from && words[at - 1] > word; at--) {
                words[at] = words[at - 1];
            }
            words[at] = word;
        }
    }

    private static void sink(long[] words, int from, int start, int size) {
        long word = words[from + start];
        int at = start;
        for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && words[from + child] < words[from + child + 1]) {
                child++;
            }
            if (words[from + child] <= word) {
                break;
            }
            words[from + at] = words[from + child];
            at = child;
        }
        words[from + at] = word;
    }
}
