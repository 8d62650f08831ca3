package dev.berth.planner.cli;

import dev.berth.cluster.Cluster;
import dev.berth.placement.Policies;
import dev.berth.placement.Policy;
import dev.berth.planner.io.Example;
import dev.berth.planner.io.InputFiles;
import dev.berth.planner.io.Workload;
import dev.berth.planner.pack.PackResult;
import dev.berth.planner.pack.Packer;
import dev.berth.planner.pack.Packing;
import dev.berth.planner.report.Figures;
import dev.berth.planner.report.PackJson;
import dev.berth.planner.report.PackPage;
import dev.berth.planner.report.PackText;
import dev.berth.planner.report.Page;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code berth pack}. */
@Command(
        name = "pack",
        mixinStandardHelpOptions = true,
        description = {
            "Packs jobs on a cluster, tasks and gangs as they arrive, and says how well that went: what is allocated, what would"
                    + " still fit, and why tasks were refused.",
            "Where no file is given, the cluster or the jobs of the example that comes with it are taken."
        })
final class PackCommand implements Callable<Integer> {
    /** The policies that the page sets beside the chosen one. */
    private static final List<String> COMPARED = List.of("berth", "fgd", "best-fit", "first-fit");

    /** How the result is printed. */
    enum Format {
        TABLE,
        JSON
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--cluster",
            paramLabel = "FILE",
            description =
                    "The machines: Berth's YAML (see docs/files.md), or a node list of the openb trace (.csv, .csv.gz).")
    private @Nullable Path cluster;

    @Option(
            names = "--jobs",
            paramLabel = "FILE",
            description =
                    "What to place: Berth's YAML (see docs/files.md), or a pod list of the openb trace (.csv, .csv.gz).")
    private @Nullable Path jobs;

    @Option(
            names = "--policy",
            paramLabel = "NAME",
            defaultValue = "berth",
            description =
                    "Where single tasks go among the nodes on which they fit (gangs go to the lowest tier that has room, under"
                            + " each of them): best-fit, first-fit, dot-product, gpu-packing,"
                            + " gpu-clustering, random, fgd, fill, berth. Default: ${DEFAULT-VALUE}.")
    private String policy = "berth";

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "42",
            description =
                    "Seed of the order of arrivals, where the jobs are shuffled, and of the order of nodes that score"
                            + " alike. Default: ${DEFAULT-VALUE}.")
    private long seed = 42;

    @Option(
            names = "--format",
            paramLabel = "table|json",
            defaultValue = "table",
            description = "How to print the result. Default: ${DEFAULT-VALUE}.")
    private Format format = Format.TABLE;

    @Option(
            names = "--report",
            paramLabel = "FILE.html",
            description =
                    "Write a page, too: the cluster as a map, and this policy against others on the same arrivals.")
    private @Nullable Path report;

    @Option(names = "--all", description = "List every job and every placed task, too.")
    private boolean all;

    @Override
    public Integer call() {
        PrintWriter out = command().commandLine().getOut();
        PrintWriter err = command().commandLine().getErr();
        Terminal terminal = Terminal.ofProcess();
        Policy chosen = policy();
        if (report != null) {
            Page.check(report);
        }
        Cluster machines = cluster == null ? Example.cluster() : InputFiles.cluster(cluster);
        Workload workload = jobs == null ? Example.workload(machines) : InputFiles.workload(jobs, machines);
        PackResult result = PackResult.of(pack(machines, workload, chosen, err, terminal));
        if (report != null) {
            writeReport(report, result, err, terminal);
        }
        if (format == Format.JSON) {
            out.println(PackJson.of(result, all));
        } else {
            PackText.print(result, all, terminal.colour(), out);
        }
        out.flush();
        return Main.RAN;
    }

    private void writeReport(Path file, PackResult result, PrintWriter err, Terminal terminal) {
        Packing packing = result.packing();
        List<Packing> others = new ArrayList<>();
        for (String name : COMPARED) {
            if (!name.equals(packing.policy())) {
                others.add(pack(packing.cluster(), packing.workload(), Policies.byName(name), err, terminal));
            }
        }
        Page.write(file, PackPage.of(result, others));
        err.println("berth: wrote " + file);
    }

    private Packing pack(Cluster machines, Workload workload, Policy with, PrintWriter err, Terminal terminal) {
        String what = "packing " + Figures.plural(workload.taskCount(), "task") + " on "
                + Figures.plural(machines.nodeCount(), "node") + " by " + with.name();
        try (Progress progress = Progress.start(err, terminal, what, workload.arrivalCount())) {
            return Packer.pack(machines, workload, with, seed, progress::at);
        }
    }

    private Policy policy() {
        return PolicyOption.byName(policy, command());
    }

    private CommandSpec command() {
        return Objects.requireNonNull(spec, "picocli sets it");
    }
}
