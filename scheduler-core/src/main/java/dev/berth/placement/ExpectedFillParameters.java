package dev.berth.placement;

/**
 * Constants of {@link ExpectedFillPolicy}. The same for every workload; the presets differ in the first two.
 *
 * @param devicePatience offers of typical tasks that the remainder of a GPU waits for, 1 to 1000. Much patience makes small
 *     remainders look useful, which is right while a cluster only fills and wrong once tasks leave
 * @param scarcityWeight how much more a unit of scarcity makes a kind of GPU worth, 0 or more
 * @param bucketMilli losses are compared in steps of this many milli-GPU, 1 to 1000; inside a step the first node of the
 *     fixed order wins
 * @param wholeNodeWeight multiplies the price of breaking a whole free node; 0 switches it off
 * @param horizon arrivals that the price looks ahead, in multiples of those that would fill the cluster once, above 0
 * @param nearlyFree how much nearer to full each task with GPUs brings a node: with p of them it counts as
 *     {@code nearlyFree^p} of a free node, 0 to below 1
 * @param scarceCores tasks without GPUs are packed onto the fewest cores while the cores wanted, as a share of all cores,
 *     reach this multiple of the GPUs wanted, as a share of all GPUs; above 0, infinity for never
 * @param warmUpArrivals arrivals before the first tables are made; until then the first node of the fixed order wins, 1 or more
 */
public record ExpectedFillParameters(
        int devicePatience,
        double scarcityWeight,
        int bucketMilli,
        double wholeNodeWeight,
        double horizon,
        double nearlyFree,
        double scarceCores,
        int warmUpArrivals) {

    /** For filling a fresh cluster from which nothing leaves. */
    public static final ExpectedFillParameters FILL =
            new ExpectedFillParameters(30, 0.3, 40, 1, 1, 0.5, Double.POSITIVE_INFINITY, 50);
    /** For a living cluster, whose tasks leave again. */
    public static final ExpectedFillParameters BERTH = new ExpectedFillParameters(10, 0.5, 40, 1, 1, 0.5, 1, 50);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException naming the field, its value and what is allowed
     */
    public ExpectedFillParameters {
        require(devicePatience >= 1 && devicePatience <= 1000, "devicePatience", devicePatience, "1 to 1000");
        require(scarcityWeight >= 0 && scarcityWeight <= 1000, "scarcityWeight", scarcityWeight, "0 to 1000");
        require(bucketMilli >= 1 && bucketMilli <= 1000, "bucketMilli", bucketMilli, "1 to 1000");
        require(wholeNodeWeight >= 0 && wholeNodeWeight <= 1000, "wholeNodeWeight", wholeNodeWeight, "0 to 1000");
        require(horizon > 0 && horizon <= 100, "horizon", horizon, "above 0, to 100");
        require(nearlyFree >= 0 && nearlyFree < 1, "nearlyFree", nearlyFree, "0 to below 1");
        require(scarceCores > 0, "scarceCores", scarceCores, "above 0");
        require(warmUpArrivals >= 1, "warmUpArrivals", warmUpArrivals, "1 or more");
    }

    private static void require(boolean ok, String field, Object value, String allowed) {
        if (!ok) {
            throw new IllegalArgumentException(field + " is " + value + ", allowed: " + allowed);
        }
    }
}
