package dev.berth.planner.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.berth.cluster.Cluster;
import dev.berth.placement.GangRequest;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Request;
import dev.berth.planner.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Our jobs file: jobs of like tasks, and gangs of them, in YAML. The form is described in docs/files.md and, for editors, in
 * docs/schema/jobs.schema.json.
 */
public final class JobsFile {
    private static final List<String> TOP = List.of("jobs", "order");
    private static final List<String> JOB = List.of(
            "name",
            "count",
            "tasks",
            "tasksPerNode",
            "tier",
            "spread",
            "segments",
            "sameModel",
            "sameLabels",
            "railAligned",
            "gpus",
            "gpuMilli",
            "migProfile",
            "gpuModels",
            "minGpuMemoryMib",
            "cpuMilli",
            "memoryMib",
            "counted",
            "labels",
            "nodes");
    private static final List<String> ORDERS = Arrays.stream(Workload.Order.values())
            .map(order -> order.name().toLowerCase(Locale.ROOT))
            .toList();
    private static final Pattern MIG_PROFILE = Pattern.compile("[1-9]g\\.[1-9][0-9]*gb([+-][a-z.]+)*");

    private JobsFile() {}

    /**
     * Reads a file.
     *
     * @param cluster the cluster whose nodes the jobs may name
     * @throws BadInputException naming file, line, column, field, value and what is allowed
     */
    public static Workload read(Path file, Cluster cluster) {
        return parse(file.toString(), InputText.bytes(file), cluster);
    }

    /**
     * Reads UTF-8 bytes.
     *
     * @param source what messages call them
     * @throws BadInputException as {@link #read} does
     */
    public static Workload parse(String source, byte[] bytes, Cluster cluster) {
        YamlValue root = YamlValue.parse(source, InputText.utf8(source, bytes));
        Map<String, YamlValue> top = root.fields(TOP);
        List<Job> jobs = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (YamlValue value : root.required(top, "jobs").items()) {
            Job job = job(value, cluster);
            if (!names.add(job.name())) {
                throw value.complain(
                        "has the name '" + job.name() + "', which is there already, allowed: each name once");
            }
            jobs.add(job);
        }
        YamlValue order = top.get("order");
        return new Workload(
                jobs,
                order == null
                        ? Workload.Order.WRITTEN
                        : Workload.Order.valueOf(order.oneOf(ORDERS).toUpperCase(Locale.ROOT)));
    }

    private static Job job(YamlValue value, Cluster cluster) {
        Map<String, YamlValue> fields = value.fields(JOB);
        String name = value.required(fields, "name").text();
        YamlValue count = fields.get("count");
        GpuDemand gpus = gpus(value, fields);
        YamlValue models = fields.get("gpuModels");
        YamlValue minimum = fields.get("minGpuMemoryMib");
        if (gpus instanceof GpuDemand.None) {
            for (@Nullable YamlValue given : new YamlValue[] {models, minimum}) {
                if (given != null) {
                    throw given.complain("is given, allowed: only beside gpus, gpuMilli or migProfile");
                }
            }
        }
        Request request = new Request(
                gpus,
                value.required(fields, "cpuMilli").integer(0, Integer.MAX_VALUE),
                value.required(fields, "memoryMib").integer(0, Integer.MAX_VALUE),
                Counted.read(fields.get("counted")),
                models == null ? Set.of() : models(models),
                minimum == null ? 0 : minimum.integer(0, Integer.MAX_VALUE),
                Labels.read(fields.get("labels")));
        YamlValue nodes = fields.get("nodes");
        return new Job(
                name,
                count == null ? 1 : count.integer(1, Job.MAX_COUNT),
                request,
                nodes == null ? List.of() : nodes(nodes, cluster),
                GangFields.read(value, fields, request, cluster));
    }

    private static GpuDemand gpus(YamlValue job, Map<String, YamlValue> fields) {
        YamlValue whole = fields.get("gpus");
        YamlValue share = fields.get("gpuMilli");
        YamlValue profile = fields.get("migProfile");
        int given = (whole == null ? 0 : 1) + (share == null ? 0 : 1) + (profile == null ? 0 : 1);
        if (given > 1) {
            throw job.complain("has more than one of gpus, gpuMilli and migProfile, allowed: one of them, or none");
        }
        if (whole != null) {
            return new GpuDemand.Whole(whole.integer(1, Cluster.MAX_GPUS_PER_NODE));
        }
        if (share != null) {
            return new GpuDemand.Share(share.integer(1, 999));
        }
        if (profile != null) {
            String text = profile.text();
            if (!MIG_PROFILE.matcher(text).matches()) {
                throw profile.wrong("a profile as nvidia-smi writes it, such as 1g.10gb or 3g.40gb");
            }
            return new GpuDemand.Mig(text);
        }
        return GpuDemand.NONE;
    }

    private static Set<String> models(YamlValue value) {
        Set<String> models = new LinkedHashSet<>();
        for (YamlValue model : value.items()) {
            if (!models.add(model.text())) {
                throw model.wrong("each model once");
            }
        }
        if (models.isEmpty()) {
            throw value.complain("is an empty list, allowed: at least one model (leave it out for any)");
        }
        return models;
    }

    private static List<String> nodes(YamlValue value, Cluster cluster) {
        Set<String> nodes = new LinkedHashSet<>();
        for (YamlValue item : value.items()) {
            NamePattern names = item.names();
            for (int i = 0; i < names.size(); i++) {
                String name = names.name(i);
                if (cluster.nodeId(name) < 0) {
                    throw item.complain("names the node '" + name + "', allowed: nodes of the cluster");
                }
                if (!nodes.add(name)) {
                    throw item.complain("names the node '" + name + "' again, allowed: each node once");
                }
            }
        }
        if (nodes.isEmpty()) {
            throw value.complain("is an empty list, allowed: at least one node (leave it out for all)");
        }
        return List.copyOf(nodes);
    }

    /**
     * Writes a workload so that {@link #read} gives the same again.
     *
     * @throws IllegalArgumentException if a name of a node has braces, which the form uses for ranges
     */
    public static String write(Workload workload) {
        YAMLMapper mapper = new YAMLMapper();
        ObjectNode root = mapper.createObjectNode();
        root.put("order", workload.order().name().toLowerCase(Locale.ROOT));
        ArrayNode jobs = root.putArray("jobs");
        workload.jobs().forEach(job -> write(job, jobs.addObject()));
        try {
            return mapper.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of text and numbers was refused by the writer", e);
        }
    }

    private static void write(Job job, ObjectNode out) {
        Request request = job.request();
        out.put("name", job.name()).put("count", job.count());
        if (request.gpus() instanceof GpuDemand.Whole whole) {
            out.put("gpus", whole.count());
        } else if (request.gpus() instanceof GpuDemand.Share share) {
            out.put("gpuMilli", share.milli());
        } else if (request.gpus() instanceof GpuDemand.Mig mig) {
            out.put("migProfile", mig.profile());
        }
        if (!request.gpuModels().isEmpty()) {
            request.gpuModels().forEach(out.putArray("gpuModels")::add);
        }
        if (request.minGpuMemoryMib() > 0) {
            out.put("minGpuMemoryMib", request.minGpuMemoryMib());
        }
        out.put("cpuMilli", request.cpuMilli()).put("memoryMib", request.memoryMib());
        if (!request.counted().isEmpty()) {
            ObjectNode counted = out.putObject("counted");
            request.counted().forEach(counted::put);
        }
        if (!request.labels().isEmpty()) {
            ObjectNode labels = out.putObject("labels");
            request.labels().forEach(labels::put);
        }
        GangRequest gang = job.gang();
        if (gang != null) {
            GangFields.write(gang, out);
        }
        if (!job.nodes().isEmpty()) {
            ArrayNode nodes = out.putArray("nodes");
            job.nodes().forEach(node -> nodes.add(ClusterFile.writable(node)));
        }
    }
}
