package dev.berth.cluster;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;

/** The rules of MIG spelt out on sets of instances, slowly: what {@link MigGeometry} answers from one word is held against it. */
final class MigOracle {
    private final MigGeometry geometry;
    private final IntPredicate profiles;
    private final int computeSlices;

    /** An instance; ordered so that equal sets are equal lists. */
    record Instance(int profile, int start) implements Comparable<Instance> {
        @Override
        public int compareTo(Instance other) {
            return profile != other.profile ? profile - other.profile : start - other.start;
        }
    }

    MigOracle(MigGeometry geometry, IntPredicate profiles) {
        this.geometry = geometry;
        this.profiles = profiles;
        // Seven compute slices stand over eight memory slices; elsewhere there are as many as memory slices.
        this.computeSlices = geometry.slices() == 8 ? 7 : geometry.slices();
    }

    /** Every instance that a profile allows on an empty GPU. */
    List<Instance> instances() {
        List<Instance> all = new ArrayList<>();
        for (int p = 0; p < geometry.profileCount(); p++) {
            for (int start = 0; start < geometry.slices(); start++) {
                if (profiles.test(p) && (geometry.startMask(p) >>> start & 1) != 0) {
                    all.add(new Instance(p, start));
                }
            }
        }
        return all;
    }

    /** Whether an instance may join a legal state: memory disjoint, compute slices, number of its kind, one media extension. */
    boolean mayJoin(Set<Instance> state, Instance joining) {
        int compute = geometry.computeSlices(joining.profile);
        int same = 1;
        boolean media = false;
        for (Instance standing : state) {
            int end = standing.start + geometry.sizeSlices(standing.profile);
            if (joining.start < end && standing.start < joining.start + geometry.sizeSlices(joining.profile)) {
                return false;
            }
            compute += geometry.computeSlices(standing.profile);
            same += standing.profile == joining.profile ? 1 : 0;
            media |= takesMedia(standing.profile);
        }
        return compute <= computeSlices
                && same <= geometry.maxInstances(joining.profile)
                && !(media && takesMedia(joining.profile));
    }

    private boolean takesMedia(int p) {
        return geometry.profileName(p).endsWith("+me");
    }

    /** All states that can be reached from the empty GPU, that one included. */
    Set<Set<Instance>> states() {
        Set<Set<Instance>> seen = new HashSet<>();
        extend(new TreeSet<>(), instances(), 0, seen);
        return seen;
    }

    private void extend(Set<Instance> state, List<Instance> all, int from, Set<Set<Instance>> seen) {
        seen.add(new TreeSet<>(state));
        for (int i = from; i < all.size(); i++) {
            if (mayJoin(state, all.get(i))) {
                state.add(all.get(i));
                extend(state, all, i + 1, seen);
                state.remove(all.get(i));
            }
        }
    }

    boolean isMaximal(Set<Instance> state) {
        return instances().stream().noneMatch(instance -> mayJoin(state, instance));
    }

    int occupancy(Set<Instance> state) {
        int occupancy = 0;
        for (Instance instance : state) {
            occupancy |= geometry.occupancyOf(instance.profile, instance.start);
        }
        return occupancy;
    }

    /** Most further instances of a profile, by trying every set of starts. */
    int room(int p, int occupancy) {
        int most = 0;
        for (int start = 0; start < geometry.slices(); start++) {
            if ((geometry.startMask(p) >>> start & 1) != 0) {
                int instance = geometry.occupancyOf(p, start);
                if ((instance & occupancy) == 0) {
                    most = Math.max(most, 1 + room(p, occupancy | instance));
                }
            }
        }
        return most;
    }

    /** The best start by its definition: rooms left, largest profile first, as one list to compare. */
    int bestStart(int p, int occupancy) {
        int best = -1;
        List<Integer> most = List.of();
        for (int start = 0; start < geometry.slices(); start++) {
            if ((geometry.startMask(p) >>> start & 1) != 0 && (geometry.occupancyOf(p, start) & occupancy) == 0) {
                List<Integer> left = roomsLargestFirst(occupancy | geometry.occupancyOf(p, start));
                if (best < 0 || compare(left, most) >= 0) {
                    best = start;
                    most = left;
                }
            }
        }
        return best;
    }

    private List<Integer> roomsLargestFirst(int occupancy) {
        List<Integer> order = new ArrayList<>();
        for (int p = 0; p < geometry.profileCount(); p++) {
            order.add(p);
        }
        order.sort((a, b) -> 100 * (geometry.sizeSlices(b) - geometry.sizeSlices(a))
                + 10 * (geometry.computeSlices(b) - geometry.computeSlices(a))
                + Integer.signum(a - b));
        return order.stream().map(p -> room(p, occupancy)).toList();
    }

    private static int compare(List<Integer> a, List<Integer> b) {
        for (int i = 0; i < a.size(); i++) {
            if (!a.get(i).equals(b.get(i))) {
                return a.get(i) - b.get(i);
            }
        }
        return 0;
    }
}
