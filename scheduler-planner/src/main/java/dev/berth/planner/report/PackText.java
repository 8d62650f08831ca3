package dev.berth.planner.report;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.placement.Refusal;
import dev.berth.planner.io.Workload;
import dev.berth.planner.pack.FreeShapes;
import dev.berth.planner.pack.PackResult;
import dev.berth.planner.pack.Packing;
import dev.berth.planner.pack.PlacedGang;
import dev.berth.planner.pack.Placement;
import dev.berth.planner.pack.RefusedGangs;
import dev.berth.planner.pack.Utilisation;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** A packing as text for a terminal of 80 columns. */
public final class PackText {
    private static final int NAME = 22;
    private static final int BAR = 28;
    /** More jobs than this are summed up by what their tasks ask for. */
    private static final int JOBS_SHOWN = 16;

    /** Refused jobs that are described, at least one for each reason. */
    private static final int REFUSED_SHOWN = 8;

    /** Placed gangs that are listed. */
    private static final int GANGS_SHOWN = 12;

    private static final int WIDTH = 80;

    private final PackResult result;
    private final Packing packing;
    private final PrintWriter out;
    private final boolean colour;

    private PackText(PackResult result, PrintWriter out, boolean colour) {
        this.result = result;
        this.packing = result.packing();
        this.out = out;
        this.colour = colour;
    }

    /**
     * Prints.
     *
     * @param all whether to list every job and every task too
     * @param colour whether to use ANSI colours
     */
    public static void print(PackResult result, boolean all, boolean colour, PrintWriter out) {
        new PackText(result, out, colour).print(all);
    }

    private void print(boolean all) {
        headline();
        gpus();
        resources();
        classes(all);
        gangs(all);
        freeShapes();
        refusals(all);
        if (all) {
            tasks();
        }
    }

    private void headline() {
        Cluster cluster = packing.cluster();
        long asked = packing.workload().taskCount();
        long refused = packing.refusedTasks();
        line(bold("Packed " + Figures.count(asked - refused) + " of " + Figures.plural(asked, "task")) + " on "
                + Figures.plural(cluster.nodeCount(), "node") + " with " + Figures.plural(cluster.gpuCount(), "GPU")
                + "; "
                + (refused == 0 ? "nothing" : red(Figures.count(refused))) + " refused");
        String order = packing.workload().order() == Workload.Order.SHUFFLED ? "shuffled" : "as written";
        line(bold(Figures.percent(packing.allocatedPercent() / 100)) + " of the ready GPUs allocated; policy "
                + packing.policy() + ", arrivals " + order + ", seed " + packing.seed());
    }

    private void gpus() {
        heading(Figures.left("GPUs", NAME) + Figures.right("ready", 8) + Figures.right("not ready", 11));
        for (Utilisation.Gpus gpus : result.utilisation().gpus()) {
            line(Figures.left(name(gpus.model(), gpus.mig()), NAME)
                    + Figures.right(Figures.count(gpus.readyGpus()), 8)
                    + Figures.right(gpus.notReadyGpus() == 0 ? "" : Figures.count(gpus.notReadyGpus()), 11)
                    + "  " + bar(gpus.fraction()) + Figures.right(Figures.percent(gpus.fraction()), 8));
        }
    }

    private void resources() {
        for (Utilisation.Resource resource : result.utilisation().resources()) {
            line(Figures.left(resource.name(), NAME)
                    + Figures.left(Figures.right(Figures.amount(resource.capacity(), resource.unit()), 13), 21)
                    + bar(resource.fraction())
                    + Figures.right(Figures.percent(resource.fraction()), 8));
        }
    }

    private void classes(boolean all) {
        List<TaskClasses.Row> jobs = TaskClasses.byJob(packing);
        boolean byJob = all || jobs.size() <= JOBS_SHOWN;
        heading(Figures.left(byJob ? "Tasks by job" : "Tasks by what they ask", NAME)
                + Figures.right("asked", 8)
                + Figures.right("placed", 11)
                + Figures.right("refused", 10));
        for (TaskClasses.Row row : byJob ? jobs : TaskClasses.byGpus(packing)) {
            line(Figures.left(row.name(), NAME)
                    + Figures.right(Figures.count(row.asked()), 8)
                    + Figures.right(Figures.count(row.placed()), 11)
                    + (row.refused() == 0 ? "" : red(Figures.right(Figures.count(row.refused()), 10))));
        }
    }

    private void freeShapes() {
        FreeShapes shapes = result.freeShapes();
        StringBuilder head = new StringBuilder(Figures.left("Would still fit", NAME));
        FreeShapes.SIZES.forEach(size -> head.append(Figures.right(size == 1 ? "1 GPU" : size + " GPUs", 9)));
        heading(head.toString());
        for (FreeShapes.Model model : shapes.models()) {
            StringBuilder row = new StringBuilder(Figures.left(model.model(), NAME));
            model.jobs().forEach(jobs -> row.append(Figures.right(Figures.count(jobs), 9)));
            line(row.toString());
        }
        for (FreeShapes.Mig mig : shapes.mig()) {
            String instances = mig.instances().entrySet().stream()
                    .filter(e -> e.getValue() > 0)
                    .map(e -> Figures.count(e.getValue()) + "×" + e.getKey())
                    .collect(Collectors.joining(", "));
            String name = name(mig.model(), true);
            for (String text : Figures.wrap(instances.isEmpty() ? "no instance" : instances, WIDTH - NAME - 4)) {
                line(Figures.left(name, NAME) + "    " + text);
                name = "";
            }
        }
        Packing.Fragments fragments = packing.fragments();
        line(dim("each size on its own, with the workload's mean per GPU: "
                + Figures.amount(shapes.cpuMilliPerGpu(), "milli-cores") + ", "
                + Figures.amount((double) shapes.memoryMibPerGpu(), "MiB")));
        line("Fragmentation: of " + Figures.decimal(fragments.freeMilli() / 1000.0)
                + " free GPUs the mean task cannot use "
                + Figures.decimal(fragments.unusableMilli() / 1000) + " (" + Figures.percent(fragments.percent() / 100)
                + ")");
    }

    private void refusals(boolean all) {
        if (packing.refusedJobs() == 0) {
            return;
        }
        Map<String, List<TaskClasses.Refused>> byReason = TaskClasses.byReason(packing);
        Set<TaskClasses.Refused> shown = TaskClasses.shown(byReason, all ? Integer.MAX_VALUE : REFUSED_SHOWN);
        heading("Refused: " + Figures.plural(packing.refusedTasks(), "task") + " of "
                + Figures.plural(packing.refusedJobs(), "job") + ", by what binds");
        byReason.forEach((reason, alike) -> {
            alike.stream().filter(shown::contains).forEach(this::refusal);
            List<TaskClasses.Refused> rest =
                    alike.stream().filter(refused -> !shown.contains(refused)).toList();
            if (!rest.isEmpty()) {
                line(red(Figures.right(Figures.count(TaskClasses.tasks(rest)), 6)) + "  "
                        + dim("more for " + reason + "; --all shows them"));
            }
        });
        for (RefusedGangs gangs : packing.refusedGangs()) {
            line(red(Figures.right(Figures.count(gangs.gangs()), 6)) + "  "
                    + bold(packing.workload().jobs().get(gangs.job()).name()) + ": "
                    + Figures.plural(gangs.gangs(), "gang")
                    + " of " + Refusals.asks(gangs.first().request()));
            Figures.wrap(Refusals.inTheWay(gangs.first()) + "; " + Refusals.wouldFit(gangs.first()), WIDTH - 8)
                    .forEach(text -> line(dim("        " + text)));
        }
    }

    private void gangs(boolean all) {
        if (packing.gangs().isEmpty()) {
            return;
        }
        heading(Figures.left("Gangs", NAME) + Figures.right("tasks", 8) + Figures.right("GPUs", 8)
                + Figures.right("nodes", 8) + "  " + Figures.left("stands in one", 16) + "needs");
        int shown = all
                ? packing.gangs().size()
                : Math.min(GANGS_SHOWN, packing.gangs().size());
        for (PlacedGang gang : packing.gangs().subList(0, shown)) {
            String name = packing.workload().jobs().get(gang.job()).name() + "/" + gang.gang();
            line(Figures.left(name, NAME) + Figures.right(Figures.count(gang.tasks()), 8)
                    + Figures.right(Figures.count(gang.gpus()), 8) + Figures.right(Figures.count(gang.nodes()), 8)
                    + "  "
                    + Figures.left(gang.tier(), 16) + gang.neededTier());
        }
        if (shown < packing.gangs().size()) {
            line(dim(Figures.count(packing.gangs().size() - shown) + " more; --all shows them"));
        }
    }

    private void refusal(TaskClasses.Refused refused) {
        Refusal refusal = refused.first().first();
        line(red(Figures.right(Figures.count(refused.tasks()), 6)) + "  " + bold(Refusals.name(packing, refused)) + ": "
                + Refusals.binding(refusal));
        Figures.wrap("fails on " + Refusals.failing(refusal) + "; " + Refusals.wouldFit(refusal), WIDTH - 8)
                .forEach(text -> line(dim("        " + text)));
    }

    private void tasks() {
        heading("Placements");
        Cluster cluster = packing.cluster();
        for (Placement placement : packing.placements()) {
            String task = packing.workload().jobs().get(placement.job()).name() + "/" + placement.task();
            line(Figures.left(task, Math.max(task.length(), 32)) + "  "
                    + Figures.left(cluster.nodeName(placement.node()), 20) + "  " + holds(cluster, placement));
        }
    }

    /** What a placement holds of the GPUs, in words. */
    static String holds(Cluster cluster, Placement placement) {
        MigGeometry geometry = cluster.migGeometry(placement.node());
        return switch (placement.kind()) {
            case NONE -> "no GPU";
            case WHOLE -> "GPU " + indices(placement.gpuMask());
            case SHARE -> "GPU " + placement.firstGpu() + ", " + placement.shareMilli() + " milli";
            case MIG ->
                "GPU " + placement.firstGpu() + ", "
                        + (geometry == null ? "" : geometry.profileName(placement.migProfile())) + " at "
                        + placement.migStart();
        };
    }

    private static String indices(int mask) {
        StringBuilder indices = new StringBuilder();
        for (int rest = mask; rest != 0; rest &= rest - 1) {
            indices.append(indices.isEmpty() ? "" : ",").append(Integer.numberOfTrailingZeros(rest));
        }
        return indices.toString();
    }

    private static String name(String model, boolean mig) {
        return mig ? model + " (MIG)" : model;
    }

    private void heading(String text) {
        out.println();
        line(bold(text));
    }

    private void line(String text) {
        out.println(text.stripTrailing());
    }

    private String bar(double fraction) {
        return ansi("36", Figures.bar(fraction, BAR));
    }

    private String bold(String text) {
        return ansi("1", text);
    }

    private String dim(String text) {
        return ansi("2", text);
    }

    private String red(String text) {
        return ansi("31", text);
    }

    private String ansi(String code, String text) {
        return colour ? "\u001B[" + code + "m" + text + "\u001B[0m" : text;
    }
}
