package dev.berth.cluster;

/**
 * What a node draws, in watts at its inlets. Immutable.
 *
 * @param nameplateW the most it can draw, as its maker rates it; 0 when unknown
 * @param measuredW the most it was seen to draw under full load; 0 when unknown
 * @param idleW what it draws when it is switched on and nothing runs on it; 0 when unknown
 * @param busyGpuW what each GPU that a task stands on adds to that, its share of fans, host and power supplies included; 0 when
 *     unknown
 */
public record NodePower(int nameplateW, int measuredW, int idleW, int busyGpuW) {
    /** Nothing is known. */
    public static final NodePower UNKNOWN = new NodePower(0, 0, 0, 0);

    /** Most watts that a field can have; a cluster of the largest size adds up in a {@code long}. */
    public static final int MAX_W = 10_000_000;

    /**
     * Checks every field.
     *
     * @throws IllegalArgumentException naming the field, its value and what is allowed
     */
    public NodePower {
        require("nameplateW", nameplateW, MAX_W, "");
        boolean rated = nameplateW > 0;
        require("measuredW", measuredW, rated ? nameplateW : MAX_W, rated ? ", the nameplateW" : "");
        boolean measured = measuredW > 0;
        int most = measured ? measuredW : rated ? nameplateW : MAX_W;
        String source = measured ? ", the measuredW" : rated ? ", the nameplateW" : "";
        require("idleW", idleW, most, source);
        require("busyGpuW", busyGpuW, most, source);
    }

    /** Whether it is known what the node draws with any number of its GPUs busy. */
    public boolean hasExpected(int gpuCount) {
        return idleW > 0 && (busyGpuW > 0 || gpuCount == 0);
    }

    private static void require(String field, int watts, int most, String source) {
        if (watts < 0 || watts > most) {
            throw new IllegalArgumentException(
                    "power." + field + " is " + watts + ", allowed: 0 (unknown) to " + most + source);
        }
    }
}
