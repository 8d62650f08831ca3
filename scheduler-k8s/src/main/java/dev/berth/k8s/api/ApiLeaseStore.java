package dev.berth.k8s.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.berth.k8s.api.LeaseElection.LeaseRecord;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The lease as a coordination.k8s.io/v1 Lease. It is written by merge patch with its resource version, so labels and annotations of others stay, and a version that is not the
 * one read is refused (409).
 */
final class ApiLeaseStore implements LeaseStore {
    private static final JsonFactory JSON = new JsonFactory();
    private static final DateTimeFormatter MICROS = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final ApiAddress address;
    private final String namespacePath;
    private final String name;
    private final int durationSeconds;
    private final int timeoutMillis;
    private @Nullable HttpConnection connection;

    /**
     * A lease that need not be there yet.
     *
     * @param timeoutMillis how long one request may take
     */
    ApiLeaseStore(ApiAddress address, String namespace, String name, int durationSeconds, int timeoutMillis) {
        this.address = address;
        this.namespacePath = "/apis/coordination.k8s.io/v1/namespaces/" + Url.encode(namespace) + "/leases";
        this.name = name;
        this.durationSeconds = durationSeconds;
        this.timeoutMillis = timeoutMillis;
    }

    @Override
    public @Nullable LeaseRecord read() throws IOException {
        return send("GET", path(), null, null, 404);
    }

    @Override
    public @Nullable LeaseRecord create(String holder) throws IOException {
        byte[] body = Bodies.of(json -> {
            json.writeStartObject();
            json.writeStringField("apiVersion", "coordination.k8s.io/v1");
            json.writeStringField("kind", "Lease");
            json.writeObjectFieldStart("metadata");
            json.writeStringField("name", name);
            json.writeEndObject();
            spec(json, holder, true, 0);
            json.writeEndObject();
        });
        return send("POST", namespacePath, Bodies.JSON_TYPE, body, 409);
    }

    @Override
    public @Nullable LeaseRecord update(LeaseRecord from, String holder) throws IOException {
        boolean changes = !from.holder().equals(holder);
        byte[] body = Bodies.of(json -> {
            json.writeStartObject();
            json.writeObjectFieldStart("metadata");
            json.writeStringField("resourceVersion", from.resourceVersion());
            json.writeEndObject();
            spec(
                    json,
                    holder,
                    changes && !holder.isEmpty(),
                    from.transitions() + (changes && !holder.isEmpty() ? 1 : 0));
            json.writeEndObject();
        });
        return send("PATCH", path(), Bodies.MERGE, body, 409);
    }

    @Override
    public void close() {
        HttpConnection open = connection;
        if (open != null) {
            open.close();
            connection = null;
        }
    }

    private String path() {
        return namespacePath + "/" + Url.encode(name);
    }

    /** The times are for people to read: nobody decides by them here. */
    private void spec(JsonGenerator json, String holder, boolean acquired, int transitions) throws IOException {
        String now = MICROS.format(Instant.now());
        json.writeObjectFieldStart("spec");
        json.writeStringField("holderIdentity", holder);
        json.writeNumberField("leaseDurationSeconds", durationSeconds);
        json.writeStringField("renewTime", now);
        if (acquired) {
            json.writeStringField("acquireTime", now);
        }
        json.writeNumberField("leaseTransitions", transitions);
        json.writeEndObject();
    }

    private @Nullable LeaseRecord send(
            String method, String path, @Nullable String contentType, byte @Nullable [] body, int not)
            throws IOException {
        try {
            HttpConnection open = connection;
            if (open == null || !open.isReusable()) {
                close();
                open = address.connect(timeoutMillis);
                connection = open;
            }
            HttpAnswer answer = open.send(
                    address, method, path + "?timeout=" + timeoutMillis + "ms", contentType, body, timeoutMillis);
            int status = answer.status();
            if (status == 200 || status == 201) {
                LeaseRecord record = decode(HttpConnection.text(answer, 1 << 20));
                answer.skipBody();
                return record;
            }
            Status refused = Status.of(answer);
            if (status == not || status == 404 && method.equals("PATCH")) {
                return null;
            }
            if (status == 401) {
                address.credentialsRefused();
            }
            String hint = status == 403
                    ? " (needed is a Role with apiGroups [\"coordination.k8s.io\"], resources [\"leases\"], verbs [get, create, patch])"
                    : "";
            throw new IOException(method + " " + path + " is refused: " + refused + hint);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** Reads a Lease. */
    static LeaseRecord decode(String text) throws IOException {
        String version = "";
        String holder = "";
        int seconds = 0;
        int transitions = 0;
        try (JsonParser json = JSON.createParser(text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("a Lease that is no JSON object");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                if (json.nextToken() != JsonToken.START_OBJECT || !(field.equals("metadata") || field.equals("spec"))) {
                    json.skipChildren();
                    continue;
                }
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    String inner = field + "." + json.currentName();
                    JsonToken value = json.nextToken();
                    switch (inner) {
                        case "metadata.resourceVersion" -> version = json.getValueAsString("");
                        case "spec.holderIdentity" -> holder = json.getValueAsString("");
                        case "spec.leaseDurationSeconds" -> seconds = json.getValueAsInt(0);
                        case "spec.leaseTransitions" -> transitions = json.getValueAsInt(0);
                        default -> {
                            if (value.isStructStart()) {
                                json.skipChildren();
                            }
                        }
                    }
                }
            }
        }
        if (version.isEmpty()) {
            throw new IOException("a Lease without metadata.resourceVersion");
        }
        return new LeaseRecord(version, holder, seconds, transitions);
    }
}
