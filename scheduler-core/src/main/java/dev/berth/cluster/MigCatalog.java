package dev.berth.cluster;

import dev.berth.cluster.MigGeometry.Profile;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The GPU models with MIG and the spellings of their names. Sources: see {@link MigGeometry}; total memory as nvidia-smi
 * reports it.
 *
 * <p>Left out: {@code +me.all} of the RTX PRO models, which takes the media engines of the other instances too and so is not
 * described by memory slices.
 */
final class MigCatalog {
    /** Reported memory may differ by 1/10 from what nvidia-smi prints for the model. */
    private static final int TOLERANCE_DIVISOR = 10;

    private static final Pattern SEPARATOR = Pattern.compile("[^A-Z0-9.+]+");
    private static final Pattern RTX_PRO = Pattern.compile("RTX[^A-Z0-9]*PRO[^A-Z0-9]*(\\d)");
    private static final Pattern SIZE = Pattern.compile("(\\d{2,3})G(?:B|IB)?");

    /**
     * A size in which a model is sold.
     *
     * @param memoryGb as in the product's name
     * @param memoryMib what nvidia-smi prints as total memory
     */
    private record Variant(int memoryGb, int memoryMib, MigGeometry geometry) {}

    // 1/8, 2/8, 4/8 and all of the memory, as they stand in the profiles' names. Starts observed.
    private static final Variant A100_40 = sevenSlices("A100-40GB", 40960, 5, 10, 20, 40);
    private static final Variant A100_80 = sevenSlices("A100-80GB", 81920, 10, 20, 40, 80);
    private static final Variant H100_80 = sevenSlices("H100-80GB", 81559, 10, 20, 40, 80);
    private static final Variant H100_94 = sevenSlices("H100-94GB", 95830, 12, 24, 47, 94);
    private static final Variant H100_96 = sevenSlices("H100-96GB", 97871, 12, 24, 48, 96);
    private static final Variant GH200_144 = sevenSlices("GH200-144GB", 147456, 18, 36, 72, 144);
    private static final Variant H200_141 = sevenSlices("H200-141GB", 143771, 18, 35, 71, 141);
    // Starts inferred.
    private static final Variant B200 = sevenSlices("B200-180GB", 183359, 23, 45, 90, 180);
    private static final Variant B300 = sevenSlices("B300-269GB", 275040, 34, 67, 135, 269);
    private static final Variant GB200 = sevenSlices("GB200-186GB", 189471, 23, 47, 93, 186);
    private static final Variant GB300 = sevenSlices("GB300-278GB", 284208, 35, 70, 139, 278);

    private static final Variant A30 = new Variant(
            24,
            24576,
            new MigGeometry(
                    "A30-24GB",
                    4,
                    List.of(
                            new Profile("1g.6gb", 1, 1, 4, 0b1111, false),
                            new Profile("1g.6gb+me", 1, 1, 1, 0b1111, true),
                            new Profile("2g.12gb", 2, 2, 2, 0b0101, false),
                            new Profile("2g.12gb+me", 2, 2, 1, 0b0101, true),
                            new Profile("4g.24gb", 4, 4, 1, 0b0001, false))));

    // Starts inferred from the fractions of memory. "+gfx" and "-me" stand on the same slices as the plain profile, and
    // no
    // engine but those of "+me" is scarcer than slices.
    private static final Variant RTX_PRO_6000 = new Variant(
            96,
            97887,
            new MigGeometry(
                    "RTX-PRO-6000-96GB",
                    4,
                    List.of(
                            new Profile("1g.24gb", 1, 1, 4, 0b1111, false),
                            new Profile("1g.24gb+me", 1, 1, 1, 0b1111, true),
                            new Profile("1g.24gb+gfx", 1, 1, 4, 0b1111, false),
                            new Profile("1g.24gb-me", 1, 1, 4, 0b1111, false),
                            new Profile("2g.48gb", 2, 2, 2, 0b0101, false),
                            new Profile("2g.48gb+gfx", 2, 2, 2, 0b0101, false),
                            new Profile("2g.48gb-me", 2, 2, 2, 0b0101, false),
                            new Profile("4g.96gb", 4, 4, 1, 0b0001, false),
                            new Profile("4g.96gb+gfx", 4, 4, 1, 0b0001, false))));
    private static final Variant RTX_PRO_5000 = new Variant(
            48,
            48935,
            new MigGeometry(
                    "RTX-PRO-5000-48GB",
                    2,
                    List.of(
                            new Profile("1g.24gb", 1, 1, 2, 0b11, false),
                            new Profile("1g.24gb+me", 1, 1, 1, 0b11, true),
                            new Profile("1g.24gb+gfx", 1, 1, 2, 0b11, false),
                            new Profile("1g.24gb-me", 1, 1, 2, 0b11, false),
                            new Profile("2g.48gb", 2, 2, 1, 0b01, false),
                            new Profile("2g.48gb+gfx", 2, 2, 1, 0b01, false))));

    /**
     * Sizes by the word that names the model; the first size is meant where nothing else says. A800, H800 and H20 are A100
     * and H100 for export, with their memory.
     */
    private static final Map<String, List<Variant>> BY_MODEL = Map.ofEntries(
            Map.entry("A100", List.of(A100_40, A100_80)),
            Map.entry("A100X", List.of(A100_80)),
            Map.entry("A800", List.of(A100_80, A100_40)),
            Map.entry("A30", List.of(A30)),
            Map.entry("H100", List.of(H100_80, H100_94, H100_96)),
            Map.entry("H800", List.of(H100_80, H100_94)),
            Map.entry("H20", List.of(H100_96, H200_141)),
            Map.entry("H200", List.of(H200_141)),
            Map.entry("GH200", List.of(H100_96, GH200_144)),
            Map.entry("B200", List.of(B200)),
            Map.entry("B300", List.of(B300)),
            Map.entry("GB200", List.of(GB200)),
            Map.entry("GB300", List.of(GB300)),
            Map.entry("RTXPRO6000", List.of(RTX_PRO_6000)),
            Map.entry("RTXPRO5000", List.of(RTX_PRO_5000)));

    private MigCatalog() {}

    private static Variant sevenSlices(String name, int memoryMib, int eighthGb, int quarterGb, int halfGb, int allGb) {
        List<Profile> profiles = new ArrayList<>();
        profiles.add(new Profile("1g." + eighthGb + "gb", 1, 1, 7, 0b0111_1111, false));
        profiles.add(new Profile("1g." + eighthGb + "gb+me", 1, 1, 1, 0b0111_1111, true));
        profiles.add(new Profile("1g." + quarterGb + "gb", 2, 1, 4, 0b0101_0101, false));
        profiles.add(new Profile("2g." + quarterGb + "gb", 2, 2, 3, 0b0001_0101, false));
        profiles.add(new Profile("3g." + halfGb + "gb", 4, 3, 2, 0b0001_0001, false));
        profiles.add(new Profile("4g." + halfGb + "gb", 4, 4, 1, 0b0000_0001, false));
        profiles.add(new Profile("7g." + allGb + "gb", 8, 7, 1, 0b0000_0001, false));
        return new Variant(allGb, memoryMib, new MigGeometry(name, 8, profiles));
    }

    static @Nullable MigGeometry find(String gpuModel, int memoryMib) {
        String upper = gpuModel.toUpperCase(Locale.ROOT);
        String[] words = SEPARATOR.split(RTX_PRO.matcher(upper).replaceAll("RTXPRO$1"), -1);
        List<Variant> sizes = null;
        int namedGb = 0;
        int reportedMib = memoryMib;
        for (String word : words) {
            if (sizes == null) {
                sizes = BY_MODEL.get(word);
            } else if (word.equals("NVL") && sizes.contains(H100_94)) {
                // H100 NVL is the 94 GB product; its name does not say so.
                namedGb = 94;
            } else if (word.equals("MIG")) {
                // "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb": what follows, and the memory reported, are those of an instance.
                reportedMib = 0;
                break;
            }
            Matcher size = SIZE.matcher(word);
            if (sizes != null && size.matches()) {
                namedGb = Integer.parseInt(size.group(1));
            }
        }
        return sizes == null ? null : choose(sizes, namedGb, reportedMib);
    }

    private static @Nullable MigGeometry choose(List<Variant> sizes, int namedGb, int memoryMib) {
        Variant nearest = null;
        for (Variant size : sizes) {
            if (size.memoryGb == namedGb && (memoryMib <= 0 || isNear(size, memoryMib))) {
                return size.geometry;
            }
            if (isNear(size, memoryMib)
                    && (nearest == null || distance(size, memoryMib) < distance(nearest, memoryMib))) {
                nearest = size;
            }
        }
        if (memoryMib <= 0) {
            // A size that the name gives and that is none of the model's is not its own: GH200 480GB counts the CPU's
            // memory.
            return sizes.get(0).geometry;
        }
        return nearest == null ? null : nearest.geometry;
    }

    private static boolean isNear(Variant size, int memoryMib) {
        return distance(size, memoryMib) * TOLERANCE_DIVISOR <= size.memoryMib;
    }

    private static long distance(Variant size, int memoryMib) {
        return Math.abs((long) size.memoryMib - memoryMib);
    }
}
