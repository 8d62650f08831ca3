package dev.berth.cluster;

import org.jspecify.annotations.Nullable;

/** Which watts of a node count against the power cap of its rack. */
public enum PowerBasis {
    /** What is written on the machine, {@link NodePower#nameplateW()}, for every node in use. The strictest. */
    NAMEPLATE,
    /** The highest draw that was measured, {@link NodePower#measuredW()}, for every node in use. */
    MEASURED,
    /** {@link NodePower#idleW()} for every node, and {@link NodePower#busyGpuW()} for every GPU that a task stands on. */
    EXPECTED;

    /**
     * Watts of a node that is wholly in use; what is not known on this basis is taken from the next stricter one. 0 when nothing
     * is known.
     */
    public int fullW(@Nullable NodePower power, int gpuCount) {
        if (power == null) {
            return 0;
        }
        if (this == EXPECTED && power.hasExpected(gpuCount)) {
            return power.idleW() + gpuCount * power.busyGpuW();
        }
        return this != NAMEPLATE && power.measuredW() > 0 ? power.measuredW() : power.nameplateW();
    }
}
