package dev.berth.planner.io;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.cluster.NodePower;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a node draws, as the cluster file writes it. */
final class NodePowerForm {
    private static final List<String> KEYS = List.of("nameplateW", "measuredW", "idleW", "busyGpuW");

    private NodePowerForm() {}

    static NodePower read(YamlValue power) {
        Map<String, YamlValue> fields = power.fields(KEYS);
        try {
            return new NodePower(
                    watts(fields.get("nameplateW")),
                    watts(fields.get("measuredW")),
                    watts(fields.get("idleW")),
                    watts(fields.get("busyGpuW")));
        } catch (IllegalArgumentException e) {
            throw power.complain("cannot be: " + e.getMessage(), e);
        }
    }

    private static int watts(@Nullable YamlValue value) {
        return value == null ? 0 : value.integer(0, NodePower.MAX_W);
    }

    static void write(NodePower power, ObjectNode out) {
        int[] watts = {power.nameplateW(), power.measuredW(), power.idleW(), power.busyGpuW()};
        for (int i = 0; i < watts.length; i++) {
            if (watts[i] > 0) {
                out.put(KEYS.get(i), watts[i]);
            }
        }
    }
}
