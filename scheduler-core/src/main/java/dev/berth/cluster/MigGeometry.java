package dev.berth.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a GPU model can be cut into MIG instances: its profiles, the memory slices at which an instance of each may start, and
 * where to put the next one so that large profiles remain possible.
 *
 * <p>What stands on a GPU is one <em>occupancy</em> word: bit s (0 to 7) is set when memory slice s is taken, bit 8 when the
 * media extension (the engines of which a GPU has one) is taken. Two instances exclude each other exactly when their
 * occupancies intersect: the limits on compute slices and on the number of instances of a profile follow from the legal
 * starts, which the tests prove by enumeration.
 *
 * <p>Profiles, fractions and instance counts: NVIDIA Multi-Instance GPU User Guide, "Supported MIG Profiles". Starts and
 * sizes: {@code nvidia-smi mig -lgipp} on A30, A100, H100 and H200. For B200, B300, GB200, GB300 and the RTX PRO models no
 * such listing is published; their starts are inferred from the guide's fractions, which are those of A100 and of A30.
 *
 * <p>Immutable, hence thread-safe. All accessors that take a profile or an occupancy are O(1) and do not allocate.
 */
public final class MigGeometry {
    /** Bit of the occupancy word that stands for the media extension. */
    public static final int MEDIA_EXTENSION = 1 << 8;
    /** Number of occupancy words: they are {@code 0 .. OCCUPANCIES - 1}. */
    public static final int OCCUPANCIES = 1 << 9;

    /**
     * A profile.
     *
     * @param name as nvidia-smi prints it
     * @param sizeSlices memory slices of an instance
     * @param computeSlices compute slices of an instance
     * @param maxInstances most instances of this profile on one GPU
     * @param startMask bit s is set when an instance may start at memory slice s
     * @param media whether an instance takes the media extension
     */
    record Profile(String name, int sizeSlices, int computeSlices, int maxInstances, int startMask, boolean media) {}

    private final String name;
    private final int slices;
    private final Profile[] profiles;
    /** Free starts by profile and occupancy. */
    private final byte[] placeable;
    /** Most further instances by profile and occupancy. */
    private final byte[] room;
    /** Best start by profile and occupancy, -1 when there is none. */
    private final byte[] best;

    MigGeometry(String name, int slices, List<Profile> profiles) {
        this.name = name;
        this.slices = slices;
        this.profiles = profiles.toArray(new Profile[0]);
        placeable = new byte[profiles.size() * OCCUPANCIES];
        room = new byte[placeable.length];
        best = new byte[placeable.length];
        for (int p = 0; p < profiles.size(); p++) {
            for (int occupancy = 0; occupancy < OCCUPANCIES; occupancy++) {
                fillPlaceable(p, occupancy);
            }
        }
        int[] largestFirst = largestFirst(profiles);
        for (int p = 0; p < profiles.size(); p++) {
            for (int occupancy = 0; occupancy < OCCUPANCIES; occupancy++) {
                best[p * OCCUPANCIES + occupancy] = (byte) chooseStart(p, occupancy, largestFirst);
            }
        }
    }

    private void fillPlaceable(int p, int occupancy) {
        int free = 0;
        int fitted = 0;
        int taken = occupancy;
        // All instances of a profile have one size, so taking the lowest start that is free each time fits the most.
        for (int starts = profiles[p].startMask; starts != 0; starts &= starts - 1) {
            int start = Integer.numberOfTrailingZeros(starts);
            int instance = instance(p, start);
            if ((instance & occupancy) == 0) {
                free |= 1 << start;
            }
            if ((instance & taken) == 0) {
                taken |= instance;
                fitted++;
            }
        }
        placeable[p * OCCUPANCIES + occupancy] = (byte) free;
        room[p * OCCUPANCIES + occupancy] = (byte) fitted;
    }

    private static int[] largestFirst(List<Profile> profiles) {
        List<Integer> order = new ArrayList<>();
        for (int p = 0; p < profiles.size(); p++) {
            order.add(p);
        }
        order.sort(Comparator.<Integer>comparingInt(p -> -profiles.get(p).sizeSlices)
                .thenComparingInt(p -> -profiles.get(p).computeSlices));
        return order.stream().mapToInt(Integer::intValue).toArray();
    }

    private int chooseStart(int p, int occupancy, int[] largestFirst) {
        int chosen = -1;
        for (int starts = placeableStarts(p, occupancy); starts != 0; starts &= starts - 1) {
            int start = Integer.numberOfTrailingZeros(starts);
            if (chosen < 0
                    || leavesNoLess(occupancy | instance(p, start), occupancy | instance(p, chosen), largestFirst)) {
                chosen = start;
            }
        }
        return chosen;
    }

    /** Whether the first profile for which two occupancies differ in room has more under {@code a}, or none differs. */
    private boolean leavesNoLess(int a, int b, int[] largestFirst) {
        for (int p : largestFirst) {
            int difference = roomFor(p, a) - roomFor(p, b);
            if (difference != 0) {
                return difference > 0;
            }
        }
        return true;
    }

    /** What one instance occupies, without a check of the start. */
    private int instance(int p, int start) {
        Profile profile = profiles[p];
        return ((1 << profile.sizeSlices) - 1) << start | (profile.media ? MEDIA_EXTENSION : 0);
    }

    /**
     * The geometry of a GPU model, by the spellings in use: product names of nvidia-smi, labels of GPU feature discovery
     * ({@code NVIDIA-A100-SXM4-80GB}), Slurm GRES types, cloud labels, plain names ({@code A100}). Case and the separators
     * hyphen, underscore, slash and blank do not matter.
     *
     * <p>A model that is sold with several memory sizes is told apart by the size in its name, or by {@code memoryMib} where
     * the name has none or contradicts it; where neither says, the first size sold is meant (A100 40 GB, H100 80 GB, GH200
     * 96 GB). Reported memory may differ from the nominal size by a tenth, because drivers keep some back and some people
     * count in powers of ten.
     *
     * @param gpuModel name of the model, null for none
     * @param memoryMib memory of the whole GPU in MiB, 0 when unknown
     * @return null when the model has no MIG or none of its known sizes is meant
     */
    public static @Nullable MigGeometry find(@Nullable String gpuModel, int memoryMib) {
        return gpuModel == null ? null : MigCatalog.find(gpuModel, memoryMib);
    }

    /** Name of the model and size, such as {@code A100-40GB}. */
    public String name() {
        return name;
    }

    /** Number of memory slices: 8, 4 or 2. */
    public int slices() {
        return slices;
    }

    /** Number of profiles; they are {@code 0 .. profileCount() - 1}, small ones first. */
    public int profileCount() {
        return profiles.length;
    }

    /** Name of a profile as nvidia-smi prints it, such as {@code 1g.5gb+me}. */
    public String profileName(int p) {
        return profiles[p].name;
    }

    /**
     * The profile with the given name, or -1 when this model has none. Case does not matter, and a suffix may be spelled
     * with a dot as in Kubernetes resource names ({@code 1g.5gb.me}). O(profiles).
     */
    public int profileIndex(String profileName) {
        String wanted = profileName.toLowerCase(Locale.ROOT);
        for (int p = 0; p < profiles.length; p++) {
            if (profiles[p].name.equals(wanted)
                    || profiles[p].name.replace('+', '.').equals(wanted)) {
                return p;
            }
        }
        return -1;
    }

    /** Memory slices of an instance of a profile. */
    public int sizeSlices(int p) {
        return profiles[p].sizeSlices;
    }

    /** Compute slices of an instance of a profile. */
    public int computeSlices(int p) {
        return profiles[p].computeSlices;
    }

    /** Most instances of a profile on one GPU. */
    public int maxInstances(int p) {
        return profiles[p].maxInstances;
    }

    /** Legal starts of a profile: bit s is set when an instance may start at memory slice s. */
    public int startMask(int p) {
        return profiles[p].startMask;
    }

    /**
     * What an instance occupies.
     *
     * @throws IllegalArgumentException if the start is not legal for the profile
     */
    public int occupancyOf(int p, int start) {
        if (start < 0 || start >= slices || (profiles[p].startMask >>> start & 1) == 0) {
            throw new IllegalArgumentException("start of " + profiles[p].name + " on " + name + " is " + start
                    + ", allowed: the bits of " + Integer.toBinaryString(profiles[p].startMask));
        }
        return instance(p, start);
    }

    /**
     * Starts at which an instance can be placed now: legal, and free in the given occupancy.
     *
     * @param occupancy 0 to {@value #OCCUPANCIES} - 1
     * @return a bit for each start; 0 when there is none
     */
    public int placeableStarts(int p, int occupancy) {
        return placeable[index(p, occupancy)] & 0xFF;
    }

    /**
     * Most instances of a profile that can be placed beside what stands there.
     *
     * @param occupancy 0 to {@value #OCCUPANCIES} - 1
     */
    public int roomFor(int p, int occupancy) {
        return room[index(p, occupancy)];
    }

    /**
     * The start that keeps the larger profiles possible: compare the free starts by the {@linkplain #roomFor room} that each
     * leaves for the largest profile (by memory slices, then by compute slices), then for the next smaller one, and so on;
     * the highest start wins among equals. So instances of one slice are laid from the end of the GPU, because one at slice 0
     * would cost the 4-slice profile.
     *
     * @param occupancy 0 to {@value #OCCUPANCIES} - 1
     * @return -1 when no start is free
     */
    public int bestStart(int p, int occupancy) {
        return best[index(p, occupancy)];
    }

    private static int index(int p, int occupancy) {
        return p * OCCUPANCIES + Objects.checkIndex(occupancy, OCCUPANCIES);
    }

    @Override
    public String toString() {
        return "MigGeometry[" + name + "]";
    }
}
