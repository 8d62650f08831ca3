package dev.berth.cluster;

/** How the heat of a rack is taken away. Which machines stand well in which rack is the planner's matter. */
public enum Cooling {
    /** Nobody said. */
    UNKNOWN,
    /** Air only. */
    AIR,
    /** Air, with a cooled rear door. */
    REAR_DOOR,
    /** Liquid to the chips, and air for the rest: what NVL72 racks need. */
    LIQUID
}
