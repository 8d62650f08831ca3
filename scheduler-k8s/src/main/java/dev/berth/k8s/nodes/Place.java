package dev.berth.k8s.nodes;

import org.jspecify.annotations.Nullable;

/** Where a node stands, as far as it is known: names of its rack, its site, its NVLink domain across nodes, and its lowest switch. */
record Place(
        @Nullable String rack,
        @Nullable String site,
        @Nullable String nvlinkDomain,
        @Nullable String fabricSwitch) {
    /** Nothing is known. */
    static final Place UNKNOWN = new Place(null, null, null, null);
}
