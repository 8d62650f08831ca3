package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What Prometheus answers to a query for the times of samples of dcgm-exporter, read as who has which GPU. Immutable.
 *
 * <p>The answer is that of {@code /api/v1/query} (Prometheus, HTTP API: instant queries), a vector whose values are seconds since 1970. The labels are those of dcgm-exporter 2 to 4
 * in all their spellings: {@code pod} and {@code namespace}, {@code exported_pod} and {@code exported_namespace} where Prometheus keeps those names for the exporter's own,
 * {@code pod_name} and {@code pod_namespace} of old; {@code UUID}, {@code gpu}, {@code pod_uid}; {@code GPU_I_ID} of MIG instances, whose {@code UUID} and {@code gpu} are those of the GPU;
 * {@code vgpu} of replicas. {@code GPU_I_PROFILE} is not read, as it is not always the profile by which pods ask (1g.11gb for 1g.12gb: dcgm-exporter, issue 544). Series without a pod are
 * of what nobody has.
 *
 * @param uses in the order of the answer
 * @param badCount series that could not be used
 * @param firstBad what is wrong with the first of them; empty without
 */
public record GpuSamples(List<GpuUse> uses, int badCount, String firstBad) {
    private static final int MAX_INDEX = 999;
    /** The year 5138: no clock is that wrong, and the milliseconds fit. */
    private static final double MAX_SECONDS = 1e11;

    private static final String[] POD = {"exported_pod", "pod", "pod_name"};
    private static final String[] NAMESPACE = {"exported_namespace", "namespace", "pod_namespace"};
    private static final String[] UID = {"pod_uid", "exported_pod_uid"};
    private static final String[] UUID = {"UUID", "uuid", "gpu_uuid"};
    private static final String[] HOST = {"node", "kubernetes_node", "hostname", "Hostname"};
    private static final String INDEX = "gpu";
    private static final String INSTANCE = "GPU_I_ID";
    private static final String REPLICA = "vgpu";
    private static final String MIG = "MIG-";
    /** All labels that are looked at, for a query that asks for no others. */
    private static final List<String> LABELS;

    static {
        List<String> labels = new ArrayList<>(List.of(INDEX, INSTANCE, REPLICA));
        for (String[] spellings : List.of(POD, NAMESPACE, UID, UUID, HOST)) {
            labels.addAll(List.of(spellings));
        }
        LABELS = List.copyOf(labels);
    }

    /** Copies the list. */
    public GpuSamples {
        uses = List.copyOf(uses);
    }

    /** The labels that are read. */
    public static List<String> labels() {
        return LABELS;
    }

    /**
     * Reads an answer. A series that cannot be used costs no other one.
     *
     * @param json UTF-8
     * @throws BadObjectException if that is no such answer, or says that the query failed
     * @throws IOException if it cannot be got
     */
    public static GpuSamples parse(InputStream json) throws IOException {
        return Json.parse(json, p -> {
            Reading reading = new Reading();
            reading.answer(p);
            return new GpuSamples(reading.uses, reading.badCount, reading.firstBad);
        });
    }

    /** An answer while it is read. */
    private static final class Reading {
        private final List<GpuUse> uses = new ArrayList<>();
        private final Map<String, String> labels = new HashMap<>();
        private int badCount;
        private String firstBad = "";
        private boolean hasResult;

        void answer(JsonParser p) throws IOException {
            if (!Json.object(p)) {
                throw BadObjectException.at(p, "an answer of Prometheus");
            }
            String status = "";
            String error = "";
            String field;
            while ((field = Json.field(p)) != null) {
                switch (field) {
                    case "status" -> status = Json.ownText(p);
                    case "error" -> error = Json.ownText(p);
                    case "data" -> data(p);
                    default -> p.skipChildren();
                }
            }
            if (!status.equals("success")) {
                throw BadObjectException.of(
                        "status",
                        BadObjectException.quoted(status)
                                + (error.isEmpty() ? "" : " with error " + BadObjectException.quoted(error)),
                        "\"success\"");
            }
            if (!hasResult) {
                throw BadObjectException.of("data.result", "absent", "a vector");
            }
        }

        private void data(JsonParser p) throws IOException {
            if (!Json.object(p)) {
                return;
            }
            String field;
            while ((field = Json.field(p)) != null) {
                switch (field) {
                    case "resultType" -> {
                        if (!Json.ownText(p).equals("vector")) {
                            throw BadObjectException.at(p, "\"vector\"");
                        }
                    }
                    case "result" -> result(p);
                    default -> p.skipChildren();
                }
            }
        }

        private void result(JsonParser p) throws IOException {
            if (!Json.array(p)) {
                return;
            }
            hasResult = true;
            for (int at = 0; Json.element(p); at++) {
                if (!Json.object(p)) {
                    throw BadObjectException.at(p, "a series");
                }
                labels.clear();
                String value = "";
                String field;
                while ((field = Json.field(p)) != null) {
                    switch (field) {
                        case "metric" -> metric(p);
                        case "value" -> value = value(p);
                        default -> p.skipChildren();
                    }
                }
                series("data.result[" + at + "]", value);
            }
        }

        private void metric(JsonParser p) throws IOException {
            if (!Json.object(p)) {
                return;
            }
            String name;
            while ((name = Json.field(p)) != null) {
                labels.put(name, name.endsWith("namespace") ? Json.text(p) : Json.ownText(p));
            }
        }

        /** The second of the two elements: the first is when the query was asked. */
        private static String value(JsonParser p) throws IOException {
            if (!Json.array(p)) {
                return "";
            }
            String value = "";
            for (int at = 0; Json.element(p); at++) {
                if (at == 1) {
                    value = Json.ownText(p);
                } else if (at > 1 || !p.currentToken().isNumeric()) {
                    throw BadObjectException.at(p, "a time and a value");
                }
            }
            return value;
        }

        private void series(String path, String value) {
            String pod = first(POD);
            String namespace = first(NAMESPACE);
            String uuid = first(UUID);
            if (pod.isEmpty() || namespace.isEmpty()) {
                return;
            }
            String instance = first(INSTANCE);
            if (uuid.startsWith(MIG)) {
                instance = instance.isEmpty() ? uuid : instance;
                uuid = "";
            }
            long seenMillis = millis(value);
            if (seenMillis < 0) {
                bad(path + ".value[1]", value, "seconds since 1970");
                return;
            }
            String gpu = first(INDEX);
            int index = index(gpu);
            if (index < 0 && !(gpu.isEmpty() && !(uuid.isEmpty() && instance.isEmpty()))) {
                bad(path + ".metric." + INDEX, gpu, "whole numbers from 0 to " + MAX_INDEX);
                return;
            }
            uses.add(new GpuUse(
                    namespace, pod, first(UID), first(HOST), uuid, index, instance, first(REPLICA), seenMillis));
        }

        private void bad(String path, String value, String allowed) {
            if (badCount++ == 0) {
                firstBad = path + " is " + BadObjectException.quoted(value) + ", allowed: " + allowed;
            }
        }

        private String first(String... names) {
            for (String name : names) {
                String value = labels.getOrDefault(name, "");
                if (!value.isEmpty()) {
                    return value;
                }
            }
            return "";
        }

        private static long millis(String seconds) {
            try {
                double value = Double.parseDouble(seconds);
                return value >= 0 && value <= MAX_SECONDS ? Math.round(value * 1000) : -1;
            } catch (NumberFormatException e) {
                return -1;
            }
        }

        private static int index(String text) {
            try {
                int value = Integer.parseInt(text);
                return value >= 0 && value <= MAX_INDEX ? value : -1;
            } catch (NumberFormatException e) {
                return -1;
            }
        }
    }
}
