package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads ResourceSlices ({@code resource.k8s.io}, v1, v1beta2 and v1beta1) from the JSON of the API server, as the drivers of NVIDIA and AMD publish
 * GPUs. Only GPUs and MIG instances are kept. Unknown fields are skipped, and a null is as good as an absent field. Stateless, hence thread-safe.
 */
public final class ResourceSliceJson {
    private static final Set<String> GPU_DRIVERS = Set.of("gpu.nvidia.com", "gpu.amd.com");
    /** Attributes that Kubernetes itself defines have this before their name. */
    private static final String STANDARD = "resource.kubernetes.io/";

    private String driver = "";
    private String pool = "";
    private long generation;
    private long sliceCount;
    private @Nullable String nodeName;
    private final List<ResourceSliceObject.Gpu> devices = new ArrayList<>();
    private final Map<String, String> instances = new HashMap<>();

    private ResourceSliceJson() {}

    /**
     * Reads the slice at the parser, which is left at its last token.
     *
     * @param p at the start of the slice's object
     * @throws BadObjectException naming the field that cannot be read
     * @throws IOException if the text cannot be got or is no JSON
     */
    public static ResourceSliceObject read(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            throw BadObjectException.at(p, "a ResourceSlice");
        }
        Metadata metadata = new Metadata(key -> false);
        ResourceSliceJson slice = new ResourceSliceJson();
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "metadata" -> metadata.read(p);
                case "spec" -> slice.readSpec(p);
                default -> p.skipChildren();
            }
        }
        boolean hasGpus = GPU_DRIVERS.contains(slice.driver);
        return new ResourceSliceObject(
                metadata.name,
                slice.driver,
                slice.pool,
                slice.generation,
                slice.sliceCount,
                slice.nodeName,
                hasGpus ? slice.devices : List.of(),
                hasGpus ? slice.instances : Map.of());
    }

    /**
     * Reads one slice.
     *
     * @param json UTF-8
     * @throws BadObjectException if that is no JSON, or naming the field that cannot be read
     */
    public static ResourceSliceObject parse(byte[] json) throws BadObjectException {
        return Json.parse(json, ResourceSliceJson::read);
    }

    private void readSpec(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "driver" -> driver = Json.text(p);
                case "nodeName" -> nodeName = Json.textOrNull(p);
                case "pool" -> readPool(p);
                case "devices" -> readDevices(p);
                default -> p.skipChildren();
            }
        }
    }

    private void readPool(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "name" -> pool = Json.text(p);
                case "generation" -> generation = whole(p);
                case "resourceSliceCount" -> sliceCount = whole(p);
                default -> p.skipChildren();
            }
        }
    }

    private static long whole(JsonParser p) throws IOException {
        if (p.currentToken() == JsonToken.VALUE_NULL) {
            return 0;
        }
        if (p.currentToken() != JsonToken.VALUE_NUMBER_INT || p.getTextLength() > 18) {
            throw BadObjectException.at(p, "a whole number of up to 18 digits");
        }
        return p.getLongValue();
    }

    private void readDevices(JsonParser p) throws IOException {
        if (!Json.array(p)) {
            return;
        }
        while (Json.element(p)) {
            if (Json.object(p)) {
                Device device = new Device();
                device.read(p);
                if (device.type.equals("gpu")) {
                    devices.add(device.gpu());
                } else if (device.type.equals("mig") && !device.uuid.isEmpty()) {
                    instances.put(device.uuid, device.name);
                }
            }
        }
    }

    /** One device while it is read. */
    private static final class Device {
        private String name = "";
        private String type = "";
        private String uuid = "";
        private String product = "";
        private String pcieRoot = "";
        private int numa = -1;
        private long memory;
        private boolean tainted;

        void read(JsonParser p) throws IOException {
            String field;
            while ((field = Json.field(p)) != null) {
                switch (field) {
                    case "name" -> name = Json.text(p);
                    // v1beta1 has what follows one level deeper.
                    case "basic" -> {
                        if (Json.object(p)) {
                            read(p);
                        }
                    }
                    case "attributes" -> readAttributes(p);
                    case "capacity" -> readCapacity(p);
                    case "taints" -> readTaints(p);
                    default -> p.skipChildren();
                }
            }
        }

        ResourceSliceObject.Gpu gpu() {
            return new ResourceSliceObject.Gpu(name, uuid, product, memory, numa, pcieRoot, tainted);
        }

        private void readAttributes(JsonParser p) throws IOException {
            if (!Json.object(p)) {
                return;
            }
            String key;
            while ((key = Json.field(p)) != null) {
                if (!Json.object(p)) {
                    continue;
                }
                String text = "";
                int number = -1;
                String field;
                while ((field = Json.field(p)) != null) {
                    switch (field) {
                        case "string" -> text = Json.text(p);
                        case "int" -> number = smallNumber(p);
                        default -> p.skipChildren();
                    }
                }
                set(key, text, number);
            }
        }

        /** A number that fits what is looked for; else -1, as attributes that are not looked for may be any numbers. */
        private static int smallNumber(JsonParser p) throws IOException {
            boolean small = p.currentToken() == JsonToken.VALUE_NUMBER_INT && p.getTextLength() <= 9;
            int number = small ? p.getIntValue() : -1;
            p.skipChildren();
            return number < 0 ? -1 : number;
        }

        private void set(String key, String text, int number) {
            // Without a domain, an attribute is of the driver's own.
            String plain = key.startsWith(STANDARD) ? key.substring(STANDARD.length()) : key;
            switch (plain) {
                case "type" -> type = isWholeAmdGpu(text) ? "gpu" : text;
                case "uuid" -> uuid = text;
                case "productName" -> product = text;
                case "pcieRoot" -> pcieRoot = text;
                case "numaNode" -> numa = number;
                default -> {}
            }
        }

        private static boolean isWholeAmdGpu(String type) {
            return type.equals("amdgpu");
        }

        private void readCapacity(JsonParser p) throws IOException {
            if (!Json.object(p)) {
                return;
            }
            String key;
            while ((key = Json.field(p)) != null) {
                boolean wanted = key.equals("memory");
                if (p.currentToken() == JsonToken.START_OBJECT) {
                    String field;
                    while ((field = Json.field(p)) != null) {
                        if (wanted && field.equals("value")) {
                            memory = Json.quantity(p, Quantities::units);
                        } else {
                            p.skipChildren();
                        }
                    }
                } else if (wanted && p.currentToken() != JsonToken.VALUE_NULL) {
                    memory = Json.quantity(p, Quantities::units);
                } else {
                    p.skipChildren();
                }
            }
        }

        private void readTaints(JsonParser p) throws IOException {
            if (!Json.array(p)) {
                return;
            }
            while (Json.element(p)) {
                if (!Json.object(p)) {
                    continue;
                }
                String field;
                while ((field = Json.field(p)) != null) {
                    if (field.equals("effect")) {
                        String effect = Json.text(p);
                        tainted |= effect.equals("NoSchedule") || effect.equals("NoExecute");
                    } else {
                        p.skipChildren();
                    }
                }
            }
        }
    }
}
