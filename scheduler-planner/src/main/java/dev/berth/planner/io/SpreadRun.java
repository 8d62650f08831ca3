package dev.berth.planner.io;

import org.jspecify.annotations.Nullable;

/**
 * The places of nodes that follow each other, as long as {@link Spread} can say them: no place, one place, or places whose names follow
 * each other with equally many nodes in each. Not thread-safe.
 */
final class SpreadRun {
    private final @Nullable String first;
    private @Nullable String current;
    private final @Nullable NameRun places;
    /** Nodes in each place but the last; 0 as long as there is one place. */
    private int each;

    private int inCurrent = 1;

    SpreadRun(@Nullable String first) {
        this.first = first;
        current = first;
        places = first == null ? null : new NameRun(first);
    }

    /** Takes the place of the next node, or says that it ends the run. */
    boolean add(@Nullable String place) {
        if (current == null || place == null) {
            return current == null && place == null;
        }
        if (place.equals(current)) {
            inCurrent++;
            return each == 0 || inCurrent <= each;
        }
        if (each != 0 && inCurrent != each || places == null || !places.add(place)) {
            return false;
        }
        each = inCurrent;
        inCurrent = 1;
        current = place;
        return true;
    }

    /** Whether all places have equally many nodes now. */
    boolean isWhole() {
        return each == 0 || inCurrent == each;
    }

    /** The places of the first nodes of the run, as many as there were when it was last whole; null for none. */
    @Nullable
    String pattern(int nodes) {
        if (first == null || places == null) {
            return null;
        }
        return each == 0 || nodes <= each ? first : places.pattern(nodes / each);
    }
}
