package dev.berth.k8s.rig;

import java.util.Locale;

/** How Berth is asked. */
enum Mode {
    STEERED,
    EXTENDER,
    BOTH;

    /** Whether pods wait at the gate. */
    boolean isSteering() {
        return this != EXTENDER;
    }

    /** Whether kube-scheduler asks Berth. */
    boolean isAsked() {
        return this != STEERED;
    }

    /** As in the settings. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
