package dev.berth.cluster;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A GPU model's name taken apart. Drivers, clouds and people spell the same model in many ways: {@code NVIDIA H100 80GB
 * HBM3}, {@code H100-SXM5-80GB}, {@code nvidia-h100-80gb}.
 *
 * @param family the word that names the model, such as {@code H100}, {@code RTX4090}; empty when there is none
 * @param form {@code SXM}, {@code PCIE}, {@code NVL}, or empty when the name does not say
 * @param memoryGb the size in the name, 0 when it does not say
 */
record GpuModelName(String family, String form, int memoryGb) {
    private static final Pattern SEPARATOR = Pattern.compile("[^A-Z0-9.+]+");
    private static final Pattern RTX = Pattern.compile("RTX[^A-Z0-9]*(PRO[^A-Z0-9]*)?(\\d{4})");
    private static final Pattern SIZE = Pattern.compile("(\\d{2,3})G(?:B|IB)?");
    private static final Pattern SXM = Pattern.compile("SXM\\d*");
    /** Makers and brands that stand before the model. */
    private static final Set<String> BRANDS =
            Set.of("NVIDIA", "TESLA", "AMD", "INSTINCT", "GEFORCE", "RADEON", "GPU", "GRAPHICS");

    static GpuModelName of(String name) {
        Matcher rtx = RTX.matcher(name.toUpperCase(Locale.ROOT));
        String[] words = SEPARATOR.split(rtx.replaceAll(m -> (m.group(1) == null ? "RTX" : "RTXPRO") + m.group(2)), -1);
        String family = "";
        String form = "";
        int memoryGb = 0;
        for (String word : words) {
            Matcher size = SIZE.matcher(word);
            if (word.isEmpty() || BRANDS.contains(word)) {
                continue;
            }
            if (word.equals("MIG")) {
                // What follows is the size of an instance.
                break;
            }
            if (family.isEmpty()) {
                family = word;
            } else if (SXM.matcher(word).matches()) {
                form = word.equals("SXM3") ? "SXM3" : "SXM";
            } else if (word.equals("PCIE") || word.equals("NVL")) {
                form = word;
            } else if (size.matches()) {
                memoryGb = Integer.parseInt(size.group(1));
            }
        }
        return new GpuModelName(family, form, memoryGb);
    }
}
