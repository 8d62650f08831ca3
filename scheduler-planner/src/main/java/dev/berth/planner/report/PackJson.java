package dev.berth.planner.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.placement.GangRefusal;
import dev.berth.placement.GangRequest;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Refusal;
import dev.berth.placement.Request;
import dev.berth.planner.io.Job;
import dev.berth.planner.pack.FreeShapes;
import dev.berth.planner.pack.PackResult;
import dev.berth.planner.pack.Packing;
import dev.berth.planner.pack.Placement;
import dev.berth.planner.pack.RefusedGangs;
import dev.berth.planner.pack.RefusedJob;
import dev.berth.planner.pack.Utilisation;
import java.util.List;
import java.util.Locale;

/** A packing as one JSON document. Fields are described in docs/pack.md. */
public final class PackJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private PackJson() {}

    /**
     * The document, indented.
     *
     * @param all whether to list every task too
     */
    public static String of(PackResult result, boolean all) {
        Packing packing = result.packing();
        ObjectNode root = MAPPER.createObjectNode();
        root.put("policy", packing.policy());
        root.put("seed", packing.seed());
        root.put("order", packing.workload().order().name().toLowerCase(Locale.ROOT));
        root.putObject("cluster")
                .put("nodes", packing.cluster().nodeCount())
                .put("gpus", packing.cluster().gpuCount())
                .put("readyGpus", packing.readyGpuMilli() / 1000);
        long asked = packing.workload().taskCount();
        root.putObject("tasks")
                .put("asked", asked)
                .put("placed", asked - packing.refusedTasks())
                .put("refused", packing.refusedTasks());
        root.put("allocatedGpuMilli", packing.allocatedMilli());
        root.put("allocatedPercent", packing.allocatedPercent());
        utilisation(result.utilisation(), root.putObject("utilisation"));
        freeShapes(result.freeShapes(), root.putObject("freeShapes"));
        root.putObject("fragmentation")
                .put("freeGpuMilli", packing.fragments().freeMilli())
                .put("unusableGpuMilli", packing.fragments().unusableMilli())
                .put("percent", packing.fragments().percent());
        jobs(packing, root.putArray("jobs"));
        ArrayNode refusals = root.putArray("refusals");
        packing.refused().forEach(refused -> refusal(packing, refused, refusals.addObject()));
        ArrayNode gangs = root.putArray("gangs");
        packing.gangs()
                .forEach(gang -> gangs.addObject()
                        .put("job", packing.workload().jobs().get(gang.job()).name())
                        .put("gang", gang.gang())
                        .put("tasks", gang.tasks())
                        .put("gpus", gang.gpus())
                        .put("nodes", gang.nodes())
                        .put("tier", gang.tier())
                        .put("domain", gang.domain())
                        .put("neededTier", gang.neededTier()));
        ArrayNode refusedGangs = root.putArray("gangRefusals");
        packing.refusedGangs().forEach(refused -> gangRefusal(packing, refused, refusedGangs.addObject()));
        if (all) {
            ArrayNode placements = root.putArray("placements");
            packing.placements().forEach(placement -> placement(packing, placement, placements.addObject()));
        }
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of text and numbers was refused by the writer", e);
        }
    }

    private static void utilisation(Utilisation utilisation, ObjectNode out) {
        ArrayNode gpus = out.putArray("gpus");
        for (Utilisation.Gpus model : utilisation.gpus()) {
            gpus.addObject()
                    .put("model", model.model())
                    .put("mig", model.mig())
                    .put("readyGpus", model.readyGpus())
                    .put("notReadyGpus", model.notReadyGpus())
                    .put("allocatedGpuMilli", model.allocatedMilli())
                    .put("allocatedPercent", 100 * model.fraction());
        }
        ArrayNode resources = out.putArray("resources");
        for (Utilisation.Resource resource : utilisation.resources()) {
            resources
                    .addObject()
                    .put("name", resource.name())
                    .put("unit", resource.unit())
                    .put("capacity", Math.round(resource.capacity()))
                    .put("allocated", Math.round(resource.allocated()))
                    .put("allocatedPercent", 100 * resource.fraction());
        }
    }

    private static void freeShapes(FreeShapes shapes, ObjectNode out) {
        out.put("cpuMilliPerGpu", shapes.cpuMilliPerGpu());
        out.put("memoryMibPerGpu", shapes.memoryMibPerGpu());
        ArrayNode models = out.putArray("models");
        for (FreeShapes.Model model : shapes.models()) {
            ObjectNode jobs = models.addObject().put("model", model.model()).putObject("jobsByGpus");
            for (int i = 0; i < FreeShapes.SIZES.size(); i++) {
                jobs.put(FreeShapes.SIZES.get(i).toString(), model.jobs().get(i));
            }
        }
        ArrayNode migs = out.putArray("mig");
        for (FreeShapes.Mig mig : shapes.mig()) {
            ObjectNode instances = migs.addObject().put("model", mig.model()).putObject("instancesByProfile");
            mig.instances().forEach(instances::put);
        }
    }

    private static void jobs(Packing packing, ArrayNode out) {
        long[] refused = packing.refusedByJob();
        for (int j = 0; j < refused.length; j++) {
            Job job = packing.workload().jobs().get(j);
            ObjectNode row = out.addObject()
                    .put("name", job.name())
                    .put("asked", job.taskCount())
                    .put("placed", job.taskCount() - refused[j])
                    .put("refused", refused[j]);
            request(job.request(), row);
            strings(job.nodes(), "nodes", row);
            GangRequest gang = job.gang();
            if (gang != null) {
                row.put("gangs", job.count()).put("minTasks", gang.minTasks()).put("maxTasks", gang.maxTasks());
            }
        }
    }

    /** In the words of the jobs file. */
    private static void request(Request request, ObjectNode out) {
        if (request.gpus() instanceof GpuDemand.Whole whole) {
            out.put("gpus", whole.count());
        } else if (request.gpus() instanceof GpuDemand.Share share) {
            out.put("gpuMilli", share.milli());
        } else if (request.gpus() instanceof GpuDemand.Mig mig) {
            out.put("migProfile", mig.profile());
        }
        strings(List.copyOf(request.gpuModels()), "gpuModels", out);
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
    }

    private static void strings(List<String> values, String field, ObjectNode out) {
        if (!values.isEmpty()) {
            values.stream().sorted().forEach(out.putArray(field)::add);
        }
    }

    private static void refusal(Packing packing, RefusedJob refused, ObjectNode out) {
        Refusal first = refused.first();
        Refusal.Reason binding = first.binding();
        out.put("job", packing.workload().jobs().get(refused.job()).name());
        out.put("tasks", refused.tasks());
        out.put("binding", binding == null ? null : binding.resource());
        ArrayNode reasons = out.putArray("reasons");
        for (Refusal.Reason reason : first.reasons()) {
            reasons.addObject()
                    .put("resource", reason.resource())
                    .put("asked", reason.asked())
                    .put("best", reason.best())
                    .put("missing", reason.missing())
                    .put("nodesFailing", reason.nodesFailing())
                    .put("nodesFailingOnlyThis", reason.nodesFailingOnlyThis());
        }
        Refusal.Relaxation relaxation = first.relaxation();
        if (relaxation == null) {
            out.putNull("relaxation");
        } else {
            out.putObject("relaxation")
                    .put("resource", relaxation.resource())
                    .put("from", relaxation.from())
                    .put("to", relaxation.to())
                    .put("node", relaxation.nodeName());
        }
    }

    private static void gangRefusal(Packing packing, RefusedGangs refused, ObjectNode out) {
        GangRefusal first = refused.first();
        out.put("job", packing.workload().jobs().get(refused.job()).name());
        out.put("gangs", refused.gangs());
        out.put("minTasks", first.request().minTasks());
        out.put("tasksThatFit", first.tasksThatFit());
        ArrayNode rooms = out.putArray("rooms");
        first.rooms()
                .forEach(room -> rooms.addObject()
                        .put("tier", room.tier())
                        .put("domain", room.domain())
                        .put("tasks", room.tasks()));
        ArrayNode power = out.putArray("power");
        first.power()
                .forEach(rack -> power.addObject()
                        .put("rack", rack.rack())
                        .put("capW", rack.capW())
                        .put("basis", rack.basis().name().toLowerCase(Locale.ROOT))
                        .put("drawnW", rack.drawnW())
                        .put("neededW", rack.neededW()));
        GangRefusal.Relaxation relaxation = first.relaxation();
        if (relaxation == null) {
            out.putNull("relaxation");
        } else {
            out.putObject("relaxation")
                    .put("field", relaxation.field())
                    .put("from", relaxation.from())
                    .put("to", relaxation.to());
        }
    }

    private static void placement(Packing packing, Placement placement, ObjectNode out) {
        Cluster cluster = packing.cluster();
        out.put("job", packing.workload().jobs().get(placement.job()).name());
        out.put("task", placement.task());
        if (placement.gang() >= 0) {
            out.put("gang", placement.gang());
        }
        out.put("node", cluster.nodeName(placement.node()));
        ArrayNode gpus = out.putArray("gpus");
        for (int rest = placement.gpuMask(); rest != 0; rest &= rest - 1) {
            gpus.add(Integer.numberOfTrailingZeros(rest));
        }
        MigGeometry geometry = cluster.migGeometry(placement.node());
        switch (placement.kind()) {
            case SHARE -> out.put("gpuMilli", placement.shareMilli());
            case MIG -> {
                if (geometry != null) {
                    out.put("migProfile", geometry.profileName(placement.migProfile()));
                }
                out.put("migStart", placement.migStart());
            }
            case NONE, WHOLE -> {}
        }
    }
}
