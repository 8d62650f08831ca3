package dev.berth.k8s.cli;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who leads, as the Lease says. Immutable.
 *
 * @param holder the replica, or null when nobody does
 * @param age since the lease was renewed, or null when it is not known
 * @param expired whether it was not renewed for longer than it lasts
 * @param problem why nothing of this is known, or null
 */
record LeaseView(
        @Nullable String holder,
        @Nullable Duration age,
        boolean expired,
        @Nullable String problem) {
    static LeaseView read(KubernetesClient client, String namespace, String name, Instant now) {
        @Nullable Lease lease;
        try {
            lease = client.leases().inNamespace(namespace).withName(name).get();
        } catch (KubernetesClientException e) {
            return new LeaseView(null, null, false, KubeFailure.message(e));
        }
        if (lease == null) {
            return new LeaseView(
                    null,
                    null,
                    false,
                    "there is no lease " + namespace + "/" + name + "; --berth-namespace and --lease name it");
        }
        return of(lease, now);
    }

    static LeaseView of(Lease lease, Instant now) {
        String holder = Objects.requireNonNullElse(lease.getSpec().getHolderIdentity(), "");
        @Nullable ZonedDateTime renewed = lease.getSpec().getRenewTime();
        @Nullable Integer seconds = lease.getSpec().getLeaseDurationSeconds();
        // The clocks of two machines differ; an age below zero says so and no more.
        Duration age = renewed == null ? null : Duration.between(renewed.toInstant(), now);
        boolean expired = age != null && seconds != null && age.toSeconds() > seconds;
        return new LeaseView(holder.isEmpty() ? null : holder, age, expired, null);
    }
}
