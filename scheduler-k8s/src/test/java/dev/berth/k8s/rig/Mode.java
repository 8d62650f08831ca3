package dev.berth.k8s.rig;

import java.util.Locale;

/** How Berth is asked. */
enum Mode {
    STEERED,
    EXTENDER;

    /** As in the settings. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
