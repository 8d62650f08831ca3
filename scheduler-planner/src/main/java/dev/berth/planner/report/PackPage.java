package dev.berth.planner.report;

import dev.berth.placement.GangRequest;
import dev.berth.placement.Refusal;
import dev.berth.planner.io.Job;
import dev.berth.planner.pack.FreeShapes;
import dev.berth.planner.pack.PackResult;
import dev.berth.planner.pack.Packing;
import dev.berth.planner.pack.PlacedGang;
import dev.berth.planner.pack.RefusedGangs;
import dev.berth.planner.pack.Utilisation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A packing as one HTML page that loads nothing. Well-formed XML, too. */
public final class PackPage {
    private final PackResult result;
    private final Packing packing;
    private final List<Packing> packings;
    private final StringBuilder out = new StringBuilder();

    private PackPage(PackResult result, List<Packing> others) {
        this.result = result;
        packing = result.packing();
        packings = new ArrayList<>();
        packings.add(packing);
        packings.addAll(others);
    }

    /**
     * The page.
     *
     * @param others the same workload on the same cluster in the same order by other policies, for comparison
     */
    public static String of(PackResult result, List<Packing> others) {
        return new PackPage(result, others).write();
    }

    private String write() {
        String title = "Berth: " + Figures.plural(packing.workload().taskCount(), "task") + " on "
                + Figures.plural(packing.cluster().gpuCount(), "GPU");
        header();
        out.append("<section aria-labelledby=\"map\"><h2 id=\"map\">Cluster map</h2>\n")
                .append(
                        "<p>A row for each node, a cell for each GPU, a frame for each switch. Point at a node, or move to a rack with the Tab key, to read")
                .append(" who stands there.</p>\n")
                .append(ClusterMap.of(packing))
                .append("<div class=\"look\" aria-live=\"polite\" data-hint=\"Point at a node.\"></div></section>\n");
        out.append("<div class=\"pair\">\n");
        curve();
        utilisation();
        out.append("</div>\n<div class=\"pair\">\n");
        freeShapes();
        policies();
        out.append("</div>\n");
        gangs();
        refusals();
        jobs();
        return Page.of(title, out.toString(), Page.resource("pack-page.js"));
    }

    private void header() {
        long asked = packing.workload().taskCount();
        long refused = packing.refusedTasks();
        Packing.Fragments fragments = packing.fragments();
        out.append("<header><h1>")
                .append(Figures.count(asked - refused))
                .append(" of ")
                .append(Figures.plural(asked, "task"))
                .append(" placed</h1>\n<p>")
                .append(Html.escape(Figures.plural(packing.cluster().nodeCount(), "node") + ", "
                        + Figures.plural(packing.cluster().gpuCount(), "GPU") + ", policy " + packing.policy()
                        + ", seed " + packing.seed()))
                .append("</p></header>\n<dl class=\"tiles\">");
        tile(
                "GPUs allocated",
                Figures.percent(packing.allocatedPercent() / 100),
                "of " + Figures.count(packing.readyGpuMilli() / 1000) + " on ready nodes");
        tile("Tasks placed", Figures.count(asked - refused), "of " + Figures.count(asked));
        tile("Tasks refused", Figures.count(refused), "of " + Figures.plural(packing.refusedJobs(), "job"));
        tile("GPUs free", Figures.decimal(fragments.freeMilli() / 1000.0), "without those in MIG mode");
        tile("Of them fragmented", Figures.percent(fragments.percent() / 100), "no use to the mean task");
        out.append("</dl>\n");
    }

    private void tile(String name, String value, String note) {
        out.append("<div><dt>")
                .append(name)
                .append("</dt><dd>")
                .append(value)
                .append("<small>")
                .append(note)
                .append("</small></dd></div>");
    }

    private void curve() {
        List<CurveChart.Line> lines = new ArrayList<>();
        for (Packing row : packings) {
            lines.add(new CurveChart.Line(row.policy(), row.curve(), lines.isEmpty()));
        }
        CurveChart chart = new CurveChart(lines, List.of());
        out.append("<section aria-labelledby=\"curve\"><h2 id=\"curve\">Allocated as tasks arrive</h2>\n<p>")
                .append(chart.caption())
                .append(" % of the ready GPUs.</p>\n")
                .append(chart.svg())
                .append("</section>\n");
    }

    private void policies() {
        out.append("<section aria-labelledby=\"policies\"><h2 id=\"policies\">Policies on the same arrivals</h2>\n")
                .append("<div class=\"scroll\"><table><thead><tr><th>Policy</th><th class=\"r\">GPUs allocated</th>")
                .append("<th class=\"r\">Tasks refused</th><th class=\"r\">Fragmented</th></tr></thead><tbody>");
        for (Packing row : packings) {
            out.append("<tr><th>").append(Html.escape(row.policy())).append("</th>");
            right(Figures.percent(row.allocatedPercent() / 100));
            right(Figures.count(row.refusedTasks()));
            right(Figures.decimal(row.fragments().unusableMilli() / 1000) + " GPUs");
            out.append("</tr>");
        }
        out.append("</tbody></table></div></section>\n");
    }

    private void utilisation() {
        out.append(
                        "<section aria-labelledby=\"use\"><h2 id=\"use\">What is held</h2>\n<p>Of what ready nodes have.</p>\n")
                .append("<div class=\"bars\">");
        for (Utilisation.Gpus gpus : result.utilisation().gpus()) {
            String note = Figures.plural(gpus.readyGpus(), "GPU")
                    + (gpus.notReadyGpus() == 0 ? "" : " + " + gpus.notReadyGpus() + " not ready");
            bar(
                    gpus.mig() ? gpus.model() + " (MIG)" : gpus.model(),
                    note,
                    gpus.fraction(),
                    gpus.mig() ? "mig" : "whole");
        }
        for (Utilisation.Resource resource : result.utilisation().resources()) {
            bar(resource.name(), Figures.amount(resource.capacity(), resource.unit()), resource.fraction(), "cpu");
        }
        out.append("</div></section>\n");
    }

    private void bar(String name, String note, double fraction, String colour) {
        out.append("<div>")
                .append(Html.escape(name))
                .append("<span>")
                .append(Html.escape(note))
                .append("</span><i style=\"--v:")
                .append(Html.number(100 * Math.max(0, Math.min(1, fraction))))
                .append("%;--c:var(--")
                .append(colour)
                .append(")\"></i><b>")
                .append(Figures.percent(fraction))
                .append("</b></div>");
    }

    private void freeShapes() {
        FreeShapes shapes = result.freeShapes();
        out.append(
                        "<section aria-labelledby=\"fits\"><h2 id=\"fits\">What would still fit</h2>\n<p>Jobs of each size on its own,")
                .append(" with the workload’s mean per GPU: ")
                .append(Figures.amount(shapes.cpuMilliPerGpu(), "milli-cores"))
                .append(", ")
                .append(Figures.amount((double) shapes.memoryMibPerGpu(), "MiB"))
                .append(".</p>\n<div class=\"scroll\"><table><thead><tr><th>Model</th>");
        FreeShapes.SIZES.forEach(size -> out.append("<th class=\"r\">")
                .append(Figures.plural(size, "GPU"))
                .append("</th>"));
        out.append("</tr></thead><tbody>");
        for (FreeShapes.Model model : shapes.models()) {
            out.append("<tr><th>").append(Html.escape(model.model())).append("</th>");
            model.jobs().forEach(jobs -> right(Figures.count(jobs)));
            out.append("</tr>");
        }
        for (FreeShapes.Mig mig : shapes.mig()) {
            out.append("<tr><th>").append(Html.escape(mig.model())).append(" (MIG)</th><td colspan=\"4\">");
            List<String> instances = new ArrayList<>();
            mig.instances()
                    .forEach((profile, count) -> instances.add(Html.escape(profile) + " × " + Figures.count(count)));
            out.append(String.join(", ", instances)).append("</td></tr>");
        }
        out.append("</tbody></table></div></section>\n");
    }

    private void gangs() {
        if (packing.gangs().isEmpty()) {
            return;
        }
        boolean pick = packing.gangs().size() <= ClusterMap.GANGS_TO_PICK;
        out.append("<section aria-labelledby=\"gangs\"><h2 id=\"gangs\">Gangs</h2>\n<p>")
                .append(pick ? "Press a gang to pick it out on the map. " : "")
                .append(
                        "It stands in one domain of a tier, the lowest that had room; its size needs the other one.</p>\n")
                .append("<div class=\"scroll\"><table><thead><tr><th>Gang</th><th class=\"r\">Tasks</th>")
                .append("<th class=\"r\">GPUs</th><th class=\"r\">Nodes</th><th>Stands in</th><th>Needs</th></tr>")
                .append("</thead><tbody>");
        for (PlacedGang gang : packing.gangs()) {
            String name = packing.workload().jobs().get(gang.job()).name() + "/" + gang.gang();
            out.append("<tr><th>");
            if (pick) {
                out.append("<button data-gang=\"")
                        .append(gang.job())
                        .append('.')
                        .append(gang.gang())
                        .append("\" aria-pressed=\"false\">")
                        .append(Html.escape(name))
                        .append("</button></th>");
            } else {
                out.append(Html.escape(name)).append("</th>");
            }
            right(Figures.count(gang.tasks()));
            right(Figures.count(gang.gpus()));
            right(Figures.count(gang.nodes()));
            cell(gang.tier() + (gang.tier().equals(gang.domain()) ? "" : " " + gang.domain()));
            out.append(gang.tier().equals(gang.neededTier()) ? "<td class=\"quiet\">" : "<td>")
                    .append(Html.escape(gang.neededTier()))
                    .append("</td></tr>");
        }
        out.append("</tbody></table></div></section>\n");
    }

    private void refusals() {
        if (packing.refusedJobs() == 0) {
            return;
        }
        out.append(
                        "<section aria-labelledby=\"refused\"><h2 id=\"refused\">Refused</h2>\n<p>By what binds, each job as it stood")
                .append(
                        " when its first task was refused.</p>\n<div class=\"scroll\"><table><thead><tr><th>Binding</th>")
                .append("<th class=\"r\">Tasks</th><th>Job</th><th>Asked</th><th>Best node</th><th>Nodes failing</th>")
                .append("<th>Smallest change</th></tr></thead><tbody>");
        TaskClasses.byReason(packing).values().forEach(alike -> alike.forEach(this::refusal));
        packing.refusedGangs().forEach(this::refusal);
        out.append("</tbody></table></div></section>\n");
    }

    private void refusal(TaskClasses.Refused refused) {
        Refusal refusal = refused.first().first();
        Refusal.Reason binding = refusal.binding();
        out.append("<tr><th>")
                .append(Html.escape(refused.binding()))
                .append("</th><td class=\"r no\">")
                .append(Figures.count(refused.tasks()))
                .append("</td>");
        cell(Refusals.name(packing, refused));
        cell(binding == null ? "" : binding.asked());
        cell(binding == null ? "" : binding.best());
        out.append("<td class=\"quiet\">")
                .append(Html.escape(Refusals.failing(refusal)))
                .append("</td>");
        cell(Refusals.wouldFit(refusal));
        out.append("</tr>");
    }

    private void refusal(RefusedGangs refused) {
        Job job = packing.workload().jobs().get(refused.job());
        out.append("<tr><th>gang</th><td class=\"r no\">")
                .append(Figures.count((long) refused.gangs() * job.tasksTogether()))
                .append("</td>");
        cell(job.name());
        cell(Refusals.asks(refused.first().request()));
        cell(Refusals.inTheWay(refused.first()));
        out.append("<td class=\"quiet\"></td>");
        cell(Refusals.wouldFit(refused.first()));
        out.append("</tr>");
    }

    private void jobs() {
        boolean byJob = packing.workload().jobs().size() <= ClusterMap.JOBS_TO_PICK;
        out.append("<section aria-labelledby=\"jobs\"><h2 id=\"jobs\">Jobs</h2>\n");
        if (byJob) {
            out.append("<p>Press a job to pick it out on the map.</p>\n");
        }
        out.append("<div class=\"scroll\"><table><thead><tr><th>Job</th>");
        if (byJob) {
            out.append("<th>Each task asks</th><th class=\"r\">CPU</th><th class=\"r\">Memory</th>");
        }
        out.append(
                "<th class=\"r\">Asked</th><th class=\"r\">Placed</th><th class=\"r\">Refused</th></tr></thead><tbody>");
        List<TaskClasses.Row> rows = byJob ? TaskClasses.byJob(packing) : TaskClasses.byGpus(packing);
        for (int i = 0; i < rows.size(); i++) {
            TaskClasses.Row row = rows.get(i);
            out.append("<tr><th>");
            if (byJob) {
                out.append("<button data-job=\"")
                        .append(i)
                        .append("\" aria-pressed=\"false\">")
                        .append(Html.escape(row.name()))
                        .append("</button></th>");
                asks(packing.workload().jobs().get(i));
            } else {
                out.append(Html.escape(row.name())).append("</th>");
            }
            right(Figures.count(row.asked()));
            right(Figures.count(row.placed()));
            out.append("<td class=\"r")
                    .append(row.refused() > 0 ? " no" : " quiet")
                    .append("\">")
                    .append(Figures.count(row.refused()))
                    .append("</td></tr>");
        }
        out.append("</tbody></table></div></section>\n");
    }

    private void asks(Job job) {
        StringBuilder asks = new StringBuilder(Figures.gpus(job.request()));
        if (!job.request().gpuModels().isEmpty()) {
            asks.append(", ").append(String.join(" or ", job.request().gpuModels()));
        }
        if (job.request().minGpuMemoryMib() > 0) {
            asks.append(", at least ").append(Figures.amount(job.request().minGpuMemoryMib(), "MiB"));
        }
        for (Map.Entry<String, String> label : job.request().labels().entrySet()) {
            asks.append(", ").append(label.getKey()).append('=').append(label.getValue());
        }
        GangRequest gang = job.gang();
        if (gang != null) {
            asks.append("; ")
                    .append(job.count() == 1 ? "a gang of " : Figures.count(job.count()) + " gangs of ")
                    .append(Refusals.asks(gang));
        }
        if (!job.nodes().isEmpty()) {
            asks.append(", on ").append(Figures.plural(job.nodes().size(), "node"));
        }
        cell(asks.toString());
        right(Figures.amount(job.request().cpuMilli(), "milli-cores"));
        right(Figures.amount((double) job.request().memoryMib(), "MiB"));
    }

    private void cell(String text) {
        out.append("<td>").append(Html.escape(text)).append("</td>");
    }

    private void right(String text) {
        out.append("<td class=\"r\">").append(Html.escape(text)).append("</td>");
    }
}
