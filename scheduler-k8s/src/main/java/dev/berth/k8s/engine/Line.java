package dev.berth.k8s.engine;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for a place, in the order in which they are asked: gangs that hold a part first, as they block what they hold; then by priority; then in the order
 * in which they came. Touched under the engine's lock.
 */
final class Line {
    private static final Comparator<Place> ORDER = Comparator.comparing((Place place) -> !place.isPart)
            .thenComparingInt(place -> -place.priority)
            .thenComparingLong(place -> place.order);

    private final TreeSet<Place> places = new TreeSet<>(ORDER);
    private final Map<Object, Place> placeOf = new HashMap<>();
    private long order;

    /** A place in the line, for a pod or for a gang. */
    static final class Place {
        final @Nullable PodEntry pod;
        final @Nullable GangEntry gang;
        private final boolean isPart;
        private final int priority;
        private final long order;

        private Place(@Nullable PodEntry pod, @Nullable GangEntry gang, boolean isPart, int priority, long order) {
            this.pod = pod;
            this.gang = gang;
            this.isPart = isPart;
            this.priority = priority;
            this.order = order;
        }
    }

    void add(PodEntry pod) {
        put(pod, new Place(pod, null, false, pod.pod.spec().priority(), ++order));
    }

    /** Adds a gang, or puts it where it belongs now. */
    void add(GangEntry gang) {
        put(gang, new Place(null, gang, gang.placed() > 0, gang.priority(), ++order));
    }

    private void put(Object who, Place place) {
        Place old = placeOf.get(who);
        if (old == null) {
            placeOf.put(who, place);
            places.add(place);
        } else if (old.isPart != place.isPart || old.priority != place.priority) {
            places.remove(old);
            Place moved = new Place(place.pod, place.gang, place.isPart, place.priority, old.order);
            placeOf.put(who, moved);
            places.add(moved);
        }
    }

    void remove(Object who) {
        Place place = placeOf.remove(who);
        if (place != null) {
            places.remove(place);
        }
    }

    /** Whether anybody waits whose turn is before that of one who comes now, of a priority. */
    boolean isAnyBefore(int priority) {
        Place first = first();
        return first != null && (first.isPart || first.priority >= priority);
    }

    boolean contains(Object who) {
        return placeOf.containsKey(who);
    }

    @Nullable
    Place first() {
        return places.isEmpty() ? null : places.first();
    }

    @Nullable
    Place after(Place place) {
        return places.higher(place);
    }

    Iterable<Place> all() {
        return places;
    }

    void clear() {
        places.clear();
        placeOf.clear();
    }
}
