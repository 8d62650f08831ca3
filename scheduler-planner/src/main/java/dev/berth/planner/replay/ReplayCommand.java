package dev.berth.planner.replay;

import dev.berth.placement.Policy;
import dev.berth.placement.TypicalWorkload;
import dev.berth.planner.BadInputException;
import dev.berth.planner.cli.Main;
import dev.berth.planner.cli.PolicyOption;
import dev.berth.planner.cli.Subcommand;
import dev.berth.planner.cli.Terminal;
import dev.berth.planner.io.InputFiles;
import dev.berth.planner.io.OpenbNodes;
import dev.berth.planner.io.OpenbPods;
import dev.berth.planner.io.PhillyJobs;
import dev.berth.planner.report.Figures;
import dev.berth.planner.report.Page;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code berth replay}: how policies fill a cluster, and how they keep it filled, on a published or your own workload. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description = "Replays a list of tasks on a list of nodes and compares policies.",
        footer = {
            "",
            "Without --churn, tasks arrive until they ask for --load per cent of all GPUs, and stay (the openb experiment of"
                    + " Weng et al., USENIX ATC 2023). The loss that each policy has in a living cluster stands beside its"
                    + " figures, because what fills a fresh cluster best is not what serves one best whose tasks leave again.",
            "With --churn, tasks arrive and leave at a steady --load, and what does not fit when it arrives is lost.",
            "",
            "With --gangs, gangs and small jobs arrive and leave on --cluster: "
                    + "40 % of the GPU demand in jobs of up to 8 GPUs drawn from the Philly trace, 60 % in gangs of 16, 32, 64,"
                    + " 128 and 256 GPUs and of a whole NVLink domain, up to half of the GPUs. Figures: "
                    + "lowest tier, gangs that stand in the lowest tier that had room when they came, found by trying every domain; "
                    + "extra tiers, tiers above it; utilisation, GPUs held, mean over the time; "
                    + "refused with free, jobs refused although as many GPUs of their model were free; that fit, those of them for"
                    + " which all tasks had room; islands broken, NVLink islands that were free and from which a job took a part"
                    + " without need. Policies: berth; best-fit, blind to topology; tree, best fit over switches as Slurm's"
                    + " topology/tree; isolation, no two jobs on one link, after Jigsaw (HPDC 2021)."
        })
final class ReplayCommand implements Callable<Integer> {
    private static final double SATURATING_LOAD = Arrivals.PUBLISHED_TARGET_PERCENT;
    private static final double[] CHURN_LOADS = {90, 95, 100};
    private static final List<String> POLICIES = List.of("best-fit", "first-fit", "fgd", "fill", "berth");
    private static final double MOST_LOAD = 1_000;
    private static final Set<String> OUR_OWN = Set.of("fill", "berth");

    /** How the result is printed. */
    enum Format {
        TABLE,
        JSON,
        CSV
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--nodes",
            paramLabel = "CSV",
            description = "Node list in openb's format, gzipped or not. Default: openb's GPU nodes, from --traces.")
    private @Nullable Path nodes;

    @Option(
            names = "--cluster",
            paramLabel = "FILE",
            description =
                    "The machines of a replay of gangs: Berth's YAML (see docs/files.md), or a node list as for --nodes.")
    private @Nullable Path cluster;

    @Option(
            names = "--gangs",
            paramLabel = GangMix.PHILLY_TAIL,
            description = "Replay gangs on --cluster, a mix of jobs by name. Needs the Philly trace, from --traces.")
    private @Nullable String gangs;

    @Option(
            names = "--pods",
            paramLabel = "CSV",
            defaultValue = "default",
            description =
                    "Task list in openb's format, gzipped or not, or the name of one of the published lists, such as"
                            + " gpuspec33, from --traces. Default: ${DEFAULT-VALUE}.")
    private String pods = "default";

    @Option(
            names = "--traces",
            paramLabel = "DIR",
            defaultValue = "${env:BERTH_TRACES}",
            description =
                    "Where openb/ with the published lists is, and jobs/ with the Philly trace. Default: the environment"
                            + " variable BERTH_TRACES.")
    private @Nullable Path traces;

    @Option(
            names = "--policy",
            paramLabel = "NAME",
            split = ",",
            description =
                    "Policies, with commas: best-fit, first-fit, dot-product, gpu-packing, gpu-clustering, random, fgd,"
                            + " fill, berth (default: best-fit,first-fit,fgd,fill,berth); with --gangs: berth, best-fit,"
                            + " tree, isolation (default: all of them).")
    private @Nullable List<String> policies;

    @Option(
            names = "--load",
            paramLabel = "PERCENT",
            split = ",",
            description =
                    "GPU demand at which arrivals stop, in per cent of all GPUs (default: 130); with --churn, the steady"
                            + " loads, with commas (default: 90,95,100).")
    private double @Nullable [] loads;

    @Option(
            names = "--seeds",
            paramLabel = "SEEDS",
            defaultValue = "42-51",
            converter = Seeds.Converter.class,
            description =
                    "Seeds of the order of arrival and of the nodes, such as 42-51 or 42,43. Default: ${DEFAULT-VALUE}.")
    private Seeds seeds = new Seeds.Converter().convert("42-51");

    @Option(
            names = "--typical",
            paramLabel = "list|online|FILE",
            description =
                    "What fgd, fill and berth know of the workload: the whole list that will arrive, nothing (they learn"
                            + " it), or another list. Default: list for fgd, online for fill and berth.")
    private @Nullable String typical;

    @Option(
            names = "--churn",
            paramLabel = "exp|lognormal|correlated",
            description =
                    "Steady state instead of saturation, with lifetimes that are exponential, lognormal with sigma 2, or"
                            + " lognormal with a mean that grows as the square root of the GPUs.")
    private @Nullable Lifetimes churn;

    @Option(
            names = "--format",
            paramLabel = "table|json|csv",
            defaultValue = "table",
            description = "How to print the result. Default: ${DEFAULT-VALUE}.")
    private Format format = Format.TABLE;

    @Option(names = "--report", paramLabel = "FILE.html", description = "Write a page, too: the curves and the tables.")
    private @Nullable Path report;

    @Option(names = "--skip-churn", description = "Leave out the churn loss beside the saturation figures.")
    private boolean skipChurn;

    @Option(names = "--skip-bound", description = "Leave out the upper bound.")
    private boolean skipBound;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "How many seeds run at a time. Default: the number of processors.")
    private int threads = Runtime.getRuntime().availableProcessors();

    /** Makes the subcommand known. */
    public static final class Provider implements Subcommand {
        @Override
        public Object command() {
            return new ReplayCommand();
        }
    }

    @Override
    public Integer call() {
        CommandSpec command = Objects.requireNonNull(spec);
        checkLoads(command);
        if (threads < 1) {
            throw usage(command, "--threads is " + threads + ", allowed: 1 or more");
        }
        if (report != null) {
            Page.check(report);
        }
        if (gangs != null) {
            return replayGangs(command, gangs);
        }
        if (cluster != null) {
            throw usage(command, "--cluster is for --gangs, which is not given; without it, give --nodes");
        }
        List<String> chosen = policies == null ? POLICIES : policies;
        chosen.forEach(name -> PolicyOption.byName(name, command));
        Path podFile = TraceFiles.pods(traces, pods);
        Path nodeFile = nodes == null ? TraceFiles.nodes(traces) : nodes;
        Trace trace = new Trace(OpenbNodes.read(nodeFile), OpenbPods.read(podFile));
        if (trace.capacityMilli() == 0) {
            throw new BadInputException(nodeFile + ": no node has a GPU, allowed: at least one");
        }
        if (!trace.hasGpuDemand()) { // loads are GPU demand: no number of arrivals would reach one
            throw new BadInputException(podFile + ": no task asks for a GPU, allowed: at least one");
        }
        List<Saturation.Contender> contenders = Contenders.of(chosen, workload(trace));
        ReplayResult result = replay(trace, contenders, nodeFile, podFile);
        if (report != null) {
            Page.write(report, ReplayReport.html(result));
            command.commandLine().getErr().println("berth: wrote " + report);
        }
        PrintWriter out = command.commandLine().getOut();
        out.print(ReplayPrinter.print(result, format));
        out.flush();
        return Main.RAN;
    }

    private int replayGangs(CommandSpec command, String mix) {
        if (!mix.equals(GangMix.PHILLY_TAIL)) {
            throw usage(command, "--gangs is '" + mix + "', allowed: " + GangMix.PHILLY_TAIL);
        }
        Path machines = cluster;
        if (machines == null || nodes != null) {
            throw usage(command, "--gangs needs --cluster FILE, and no --nodes");
        }
        if (churn == null) {
            throw usage(command, "--gangs needs --churn exp|lognormal|correlated");
        }
        List<String> chosen = policies == null ? GangPolicies.NAMES : policies;
        for (String name : chosen) {
            if (!GangPolicies.NAMES.contains(name)) {
                throw usage(
                        command,
                        "--policy is '" + name + "', allowed with --gangs: " + String.join(", ", GangPolicies.NAMES));
            }
        }
        GangReplay.Result result = GangReplay.of(
                InputFiles.cluster(machines),
                String.valueOf(machines.getFileName()),
                PhillyJobs.read(TraceFiles.philly(traces)),
                chosen,
                loads == null ? CHURN_LOADS : loads,
                churn,
                seeds,
                new Parallel(threads, command.commandLine().getErr(), Terminal.ofProcess()));
        if (report != null) {
            Page.write(report, ReplayReport.html(result));
            command.commandLine().getErr().println("berth: wrote " + report);
        }
        PrintWriter out = command.commandLine().getOut();
        out.print(ReplayPrinter.print(result, format));
        out.flush();
        return Main.RAN;
    }

    private ReplayResult replay(Trace trace, List<Saturation.Contender> contenders, Path nodeFile, Path podFile) {
        CommandSpec command = Objects.requireNonNull(spec);
        Parallel parallel = new Parallel(threads, command.commandLine().getErr(), Terminal.ofProcess());
        String title =
                podFile.getFileName() + " on " + nodeFile.getFileName() + ": " + Figures.plural(trace.size(), "task")
                        + " listed, " + Figures.plural(trace.cluster().nodeCount(), "node") + ", "
                        + Figures.plural(trace.cluster().gpuCount(), "GPU");
        if (churn != null) {
            double[] steady = loads == null ? CHURN_LOADS : loads;
            return new ReplayResult(
                    title, seeds, null, Churn.of(trace, contenders, steady, churn, seeds.values(), parallel), seeds);
        }
        double load = loads == null ? SATURATING_LOAD : loads[0];
        Saturation saturation = Saturation.of(trace, contenders, load, seeds.values(), parallel, !skipBound);
        Seeds few = seeds.first(Churn.BESIDE_SEEDS);
        List<Churn.Row> beside = skipChurn
                ? List.of()
                : Churn.of(trace, contenders, new double[] {Churn.BESIDE_LOAD}, Lifetimes.EXP, few.values(), parallel);
        return new ReplayResult(title, seeds, saturation, beside, few);
    }

    private void checkLoads(CommandSpec command) {
        if (loads == null) {
            return;
        }
        if (churn == null && loads.length != 1) {
            throw usage(command, "--load is " + loads.length + " numbers, allowed: one, or more with --churn");
        }
        for (double load : loads) {
            if (!(load > 0 && load <= MOST_LOAD)) {
                throw usage(command, "--load is " + load + ", allowed: more than 0, up to " + MOST_LOAD);
            }
        }
    }

    private static ParameterException usage(CommandSpec command, String message) {
        return new ParameterException(command.commandLine(), message);
    }

    private java.util.function.Function<Policy, @Nullable TypicalWorkload> workload(Trace trace) {
        String from = typical;
        if (from == null) {
            return policy -> OUR_OWN.contains(policy.name()) ? null : trace.typical();
        }
        if (from.equals("online")) {
            return policy -> null;
        }
        TypicalWorkload given = from.equals("list")
                ? trace.typical()
                : TypicalWorkload.of(OpenbPods.read(TraceFiles.pods(traces, from)).stream()
                        .map(OpenbPods.Pod::request)
                        .toList());
        return policy -> given;
    }
}
