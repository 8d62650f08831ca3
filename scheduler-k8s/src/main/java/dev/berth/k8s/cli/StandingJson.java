package dev.berth.k8s.cli;

import dev.berth.k8s.page.Status;
import dev.berth.k8s.page.StatusJson;
import org.jspecify.annotations.Nullable;

/** How Berth stands, for programs. */
final class StandingJson {
    private StandingJson() {}

    static String of(Standing standing) {
        return WhyJson.document(json -> {
            json.writeStartObject();
            json.writeStringField("leader", standing.leader().holder());
            if (standing.leader().age() != null) {
                json.writeNumberField(
                        "renewedMillisAgo", standing.leader().age().toMillis());
            }
            json.writeBooleanField("leaseExpired", standing.leader().expired());
            if (standing.leader().problem() != null) {
                json.writeStringField("leaderNotKnownBecause", standing.leader().problem());
            }
            @Nullable Status status = standing.status();
            if (status != null) {
                json.writeFieldName("status");
                StatusJson.write(status, json);
            } else {
                json.writeStringField("berthSilentBecause", standing.silent());
                if (standing.gated() != null) {
                    json.writeNumberField("gatedPods", standing.gated());
                }
            }
            json.writeEndObject();
        });
    }
}
