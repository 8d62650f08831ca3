package dev.berth.k8s.rig;

import java.util.Locale;

/** How pods get to Berth. In both ways at once they wait at its gate, and kube-scheduler asks about them as well when they are released. A value. */
public enum Mode {
    STEERED,
    EXTENDER,
    BOTH;

    /** Whether pods wait at the gate. */
    public boolean isSteering() {
        return this != EXTENDER;
    }

    /** Whether kube-scheduler asks Berth. */
    public boolean isAsked() {
        return this != STEERED;
    }

    /** As in the settings. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
