package dev.berth.placement;

import dev.berth.cluster.Cluster;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Finds out whether power caps of racks are what keeps a gang out, by asking again with caps raised: first those of single racks,
 * {@value #MOST_RACKS} at most, then of as few racks as it takes. O(log racks + log watts) questions for each rack that it names.
 */
final class PowerInTheWay {
    static final int MOST_RACKS = 64;

    private final GangIndexes indexes;
    private final View view;
    private final Cluster cluster;
    private final BooleanSupplier fits;
    private final List<Integer> racks = new ArrayList<>();

    /**
     * Looks for them.
     *
     * @param fits whether the gang would be placed now
     */
    PowerInTheWay(GangIndexes indexes, View view, BooleanSupplier fits) {
        this.indexes = indexes;
        this.view = view;
        this.fits = fits;
        cluster = view.cluster();
        for (int node = 0; node < cluster.nodeCount() && view.power().hasCaps(); node++) {
            int rack = view.power().scarceRack(node);
            if (rack >= 0 && !racks.contains(rack)) {
                racks.add(rack);
            }
        }
    }

    /** The racks whose caps would have to be raised, and how far; empty when that would not do. */
    List<GangRefusal.Power> find() {
        if (racks.isEmpty()) {
            return List.of();
        }
        try {
            racks.forEach(this::lift);
            boolean inTheWay = fits.getAsBoolean();
            racks.forEach(rack -> raise(rack, 0));
            if (!inTheWay) {
                return List.of();
            }
            List<GangRefusal.Power> one = smallestOfOne();
            return one.isEmpty() ? several() : one;
        } finally {
            racks.forEach(rack -> raise(rack, 0));
        }
    }

    private List<GangRefusal.Power> smallestOfOne() {
        int best = -1;
        long least = Long.MAX_VALUE;
        for (int rack : racks.subList(0, Math.min(MOST_RACKS, racks.size()))) {
            long most = Math.min(most(rack), least - 1);
            raise(rack, most);
            if (most > 0 && fits.getAsBoolean()) {
                best = rack;
                least = smallest(rack, most);
            }
            raise(rack, 0);
        }
        return best < 0 ? List.of() : List.of(power(best, least));
    }

    /** Racks none of which can be left out. */
    private List<GangRefusal.Power> several() {
        List<Integer> needed = new ArrayList<>();
        int from = racks.size();
        boolean fit = false;
        while (!fit && from > 0) {
            // Of those before, as few as make it fit: the last of them cannot be left out.
            int least = 1;
            int most = from;
            while (least < most) {
                int middle = least + most >>> 1;
                racks.subList(0, middle).forEach(this::lift);
                boolean enough = fits.getAsBoolean();
                racks.subList(0, middle).forEach(rack -> raise(rack, 0));
                most = enough ? middle : most;
                least = enough ? least : middle + 1;
            }
            from = least - 1;
            int last = racks.get(from);
            needed.add(last);
            lift(last);
            fit = fits.getAsBoolean();
        }
        List<GangRefusal.Power> found = new ArrayList<>();
        for (int rack : needed) {
            long watts = smallest(rack, most(rack));
            raise(rack, watts);
            found.add(power(rack, watts));
        }
        return found;
    }

    private GangRefusal.Power power(int rack, long raisedW) {
        int capW = cluster.rack(rack).powerCapW();
        return new GangRefusal.Power(
                cluster.racks().get(rack),
                capW,
                cluster.powerBasis(),
                view.power().drawnW(rack),
                capW + raisedW);
    }

    /** The smallest raise with which the gang fits, given one with which it does. */
    private long smallest(int rack, long enough) {
        long least = 1;
        long most = enough;
        while (least < most) {
            long middle = least + most >>> 1;
            raise(rack, middle);
            if (fits.getAsBoolean()) {
                most = middle;
            } else {
                least = middle + 1;
            }
        }
        return most;
    }

    /** As much as the nodes of a rack could draw together. */
    private long most(int rack) {
        long sum = 0;
        for (int node = 0; node < cluster.nodeCount(); node++) {
            if (cluster.rackId(node) == rack) {
                sum += cluster.powerBasis().fullW(cluster.power(node), cluster.gpuCount(node));
            }
        }
        return sum;
    }

    private void lift(int rack) {
        raise(rack, most(rack));
    }

    private void raise(int rack, long watts) {
        view.power().raise(rack, watts);
        indexes.divideAgain(rack);
    }
}
