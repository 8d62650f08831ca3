package dev.berth.k8s.pods;

import dev.berth.k8s.objects.GroupObject;
import org.jspecify.annotations.Nullable;

/** Finds the groups that are known now. */
public interface GroupLookup {
    /** There is no group. */
    GroupLookup NONE = (convention, namespace, name) -> null;

    /**
     * A group, or null while none is known.
     *
     * @param convention as in {@link GroupObject#convention()}
     * @param namespace the pod's
     * @param name as the pod names it
     */
    @Nullable
    GroupObject find(String convention, String namespace, String name);
}
