package dev.berth.cluster;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A data centre as it is described to {@link Cluster.Builder#add(Site)}. Immutable.
 *
 * @param name unique among the sites of the cluster, not blank
 * @param jurisdiction whose law holds there, such as an ISO 3166 country code; null when unknown, which is to be taken as none of
 *     those that are asked for
 * @param powerUsageEffectiveness power of the whole site over power of its machines (ISO/IEC 30134-2), 1 or more; 0 when unknown
 */
public record Site(String name, @Nullable String jurisdiction, double powerUsageEffectiveness) {
    /** Largest power usage effectiveness. */
    public static final int MAX_POWER_USAGE_EFFECTIVENESS = 100;

    /**
     * Checks every field.
     *
     * @throws IllegalArgumentException naming the site, the field, its value and what is allowed
     */
    public Site {
        Objects.requireNonNull(name, "name");
        Checks.notBlank("site", name, "name", name);
        if (jurisdiction != null) {
            Checks.notBlank("site", name, "jurisdiction", jurisdiction);
        }
        Checks.require(
                powerUsageEffectiveness == 0
                        || (powerUsageEffectiveness >= 1 && powerUsageEffectiveness <= MAX_POWER_USAGE_EFFECTIVENESS),
                "site",
                name,
                "powerUsageEffectiveness",
                powerUsageEffectiveness,
                "0 (unknown), or 1 to " + MAX_POWER_USAGE_EFFECTIVENESS);
    }
}
