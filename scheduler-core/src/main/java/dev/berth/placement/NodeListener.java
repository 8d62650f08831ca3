package dev.berth.placement;

/** Is told of each node whose figures in the view have changed. */
@FunctionalInterface
interface NodeListener {
    /** The view already shows the node as it is now. */
    void nodeChanged(View view, int node);
}
