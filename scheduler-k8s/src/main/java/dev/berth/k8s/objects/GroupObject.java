package dev.berth.k8s.objects;

import org.jspecify.annotations.Nullable;

/**
 * An object that says how many pods of a gang there must be: a PodGroup of any of the systems that have one. Immutable.
 *
 * @param convention which system's: {@code kubernetes} (scheduling.k8s.io), {@code scheduler-plugins} (scheduling.x-k8s.io), {@code
 *     volcano} (scheduling.volcano.sh), {@code kai} (scheduling.run.ai), {@code grove} (scheduler.grove.io), {@code yunikorn} (declared by
 *     a pod)
 * @param namespace its namespace
 * @param name its name
 * @param uid its UID; empty for what a pod declares
 * @param minMembers how many pods must start together; 0 when it asks for no gang ({@code basic})
 * @param timeoutSeconds how long it may wait, 0 when not said
 * @param requiredTopology label of nodes, or name of a tier, in one value of which the gang must stand; null when there is none
 * @param preferredTopology the same for where it had better stand
 */
public record GroupObject(
        String convention,
        String namespace,
        String name,
        String uid,
        int minMembers,
        int timeoutSeconds,
        @Nullable String requiredTopology,
        @Nullable String preferredTopology) {}
