package dev.berth.k8s.engine;

/** How far a pod is on its way to a node. */
enum Stage {
    /** It has no place. */
    WAITING("waiting"),
    /** GPUs are held for it in the book, and nothing has been written of it. */
    RESERVED("reserved"),
    /** Its gate is being taken away. */
    RELEASING("releasing"),
    /** Its gate is gone; kube-scheduler binds it. */
    RELEASED("released"),
    /** It is being bound for kube-scheduler. */
    BINDING("binding"),
    /** It is bound. */
    BOUND("bound");

    private final String label;

    Stage(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    /** Whether something of its place has been written, or may have been. */
    boolean isCommitted() {
        return this != WAITING && this != RESERVED;
    }
}
