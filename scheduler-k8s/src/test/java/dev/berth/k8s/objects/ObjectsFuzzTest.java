package dev.berth.k8s.objects;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/** Whatever the bytes, a reader gives a value, the same each time, or one {@link BadObjectException} of one line. */
final class ObjectsFuzzTest {
    private interface Reader {
        Object read(byte[] bytes) throws BadObjectException;
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "\"metadata\":{",
        "\"labels\":{",
        "\"spec\":{",
        "\"containers\":[",
        "\"initContainers\":[",
        "\"resources\":{",
        "\"requests\":{",
        "\"limits\":{",
        "\"cpu\":\"1500m\"",
        "\"memory\":\"1.5Gi\"",
        "\"affinity\":{",
        "\"podAntiAffinity\":{",
        "\"requiredDuringSchedulingIgnoredDuringExecution\":[",
        "\"labelSelector\":{",
        "\"matchLabelKeys\":[",
        "\"topologySpreadConstraints\":[",
        "\"ownerReferences\":[",
        "\"creationTimestamp\":\"2026-11-21T23:33:59Z\"",
        "\"volumes\":[",
        "\"status\":{",
        "\"containerStatuses\":["
    })
    void pod(byte[] bytes) {
        require(bytes, PodJson::parse);
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "\"metadata\":{",
        "\"labels\":{",
        "\"spec\":{",
        "\"taints\":[",
        "\"status\":{",
        "\"allocatable\":{",
        "\"nvidia.com/gpu\":\"8\"",
        "\"conditions\":["
    })
    void node(byte[] bytes) {
        require(bytes, NodeJson::parse);
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "\"apiVersion\":\"scheduling.k8s.io/v1alpha2\"",
        "\"apiVersion\":\"scheduling.run.ai/v2alpha2\"",
        "\"spec\":{",
        "\"schedulingPolicy\":{\"gang\":{\"minCount\":",
        "\"schedulingConstraints\":{\"topology\":[{\"key\":",
        "\"networkTopology\":{",
        "\"subGroups\":[{\"name\":",
        "\"parent\":",
        "\"minSubGroup\":",
        "\"podgroups\":[{\"minReplicas\":",
        "\"topologyConstraint\":{\"packConstraint\":{",
        "\"annotations\":{\"gang.scheduling.koordinator.sh/network-topology-spec\":\"{}\"}"
    })
    void group(byte[] bytes) {
        require(bytes, GroupJson::parse);
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "\"metadata\":{",
        "\"spec\":{\"selector\":{",
        "\"matchLabels\":{",
        "\"matchExpressions\":[",
        "\"status\":{",
        "\"disruptionsAllowed\":",
        "\"disruptedPods\":{"
    })
    void budget(byte[] bytes) {
        require(bytes, BudgetObject::parse);
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({"1.5", "Ki", "Ei", "m", "n", "e-3", "E+18", "9223372036854775807"})
    void quantity(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        long units;
        try {
            units = Quantities.units(text);
        } catch (IllegalArgumentException expected) {
            return;
        }
        long milli = Quantities.milli(text);
        long fromMilli = BigDecimal.valueOf(milli)
                .movePointLeft(3)
                .setScale(0, RoundingMode.CEILING)
                .toBigIntegerExact()
                .min(BigInteger.valueOf(Long.MAX_VALUE))
                .longValueExact();
        if (units < 0 || milli < 0 || milli < Long.MAX_VALUE && units != fromMilli) {
            throw new AssertionError(text + " is read as " + units + " units and " + milli + " thousandths");
        }
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "\"status\":\"success\"",
        "\"data\":{",
        "\"resultType\":\"vector\"",
        "\"result\":[",
        "\"metric\":{",
        "\"exported_pod\":\"a\"",
        "\"namespace\":\"b\"",
        "\"UUID\":\"GPU-1\"",
        "\"gpu\":\"0\"",
        "\"GPU_I_ID\":\"1\"",
        "\"vgpu\":\"1\"",
        "\"value\":[1.5,\"1.7e9\"]"
    })
    void gpuSamples(byte[] bytes) {
        require(bytes, json -> {
            try {
                return GpuSamples.parse(new ByteArrayInputStream(json));
            } catch (BadObjectException bad) {
                throw bad;
            } catch (IOException e) {
                throw new AssertionError("bytes in memory cannot be read", e);
            }
        });
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "\"pod_resources\":[",
        "\"podResources\":[",
        "\"name\":\"a\"",
        "\"namespace\":\"b\"",
        "\"containers\":[",
        "\"devices\":[",
        "\"resource_name\":\"nvidia.com/gpu\"",
        "\"device_ids\":[",
        "\"GPU-1::0\"",
        "\"MIG-1\"",
        "\"MIG-GPU-1/7/0\"",
        "\"nvidia0/gi7/vgpu1\""
    })
    void podResources(byte[] bytes) {
        require(bytes, json -> PodResourcesJson.parse(json, "nvidia.com/gpu"::equals, "node", 1));
    }

    private static void require(byte[] bytes, Reader reader) {
        try {
            Object once = reader.read(bytes);
            if (!once.equals(reader.read(bytes))) {
                throw new AssertionError("it is read as something else the second time: " + once);
            }
        } catch (BadObjectException expected) {
            String message = String.valueOf(expected.getMessage());
            if (!message.matches("[^\\p{Cntrl}]+ is [^\\p{Cntrl}]+, allowed: [^\\p{Cntrl}]+|not JSON[^\\p{Cntrl}]*")) {
                throw new AssertionError(
                        "the message is not one line with field, value and what is allowed: " + message, expected);
            }
        }
    }
}
