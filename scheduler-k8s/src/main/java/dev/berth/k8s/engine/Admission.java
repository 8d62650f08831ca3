package dev.berth.k8s.engine;

import dev.berth.k8s.objects.PodObject;

/** What the API server asks while it creates pods. Thread-safe; none of the calls waits for the API server. */
public interface Admission {
    /**
     * What becomes of a pod that waits for Berth: a place when one can be said at once, else the gate. A place is held until the pod is seen, or for some seconds when it never is, as who is asked later may refuse the pod.
     *
     * @param pod as it would be created: it has no UID yet, and may have no name; for a pod that others have changed since, with what was answered for it before
     */
    Admitted admit(PodObject pod);
}
