package dev.berth.planner.imports;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.planner.BadInputException;
import dev.berth.planner.cli.Main;
import dev.berth.planner.cli.Subcommand;
import dev.berth.planner.cli.Terminal;
import dev.berth.planner.io.ClusterFileWriter;
import dev.berth.planner.io.ImportNote;
import dev.berth.planner.io.InfinibandFabric;
import dev.berth.planner.io.InputFiles;
import dev.berth.planner.io.OutputFile;
import dev.berth.planner.io.SlurmTopologies;
import dev.berth.planner.io.TopographGraph;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code berth import}. */
@Command(
        name = "import",
        mixinStandardHelpOptions = true,
        description = {
            "Turns what other tools say about switches and machines into a cluster file, and says what it could not use.",
            "Several sources make one cluster: where nodes hang is taken from the first of --ibnetdiscover, --topograph and"
                    + " --slurm that says it, and what another one says otherwise is noted."
        })
final class ImportCommand implements Callable<Integer> {
    /** Most notes on standard error; the others are in the JSON. */
    private static final int SHOWN_NOTES = 20;

    private static final String NOTE = "berth: note: ";

    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    /** How the summary is printed. */
    enum Format {
        TABLE,
        JSON
    }

    /** Adds {@code berth import}. */
    public static final class Provider implements Subcommand {
        @Override
        public Object command() {
            return new ImportCommand();
        }
    }

    /** Reads a regular expression. */
    static final class PatternConverter implements ITypeConverter<Pattern> {
        @Override
        public Pattern convert(String text) {
            try {
                return Pattern.compile(text);
            } catch (PatternSyntaxException e) {
                TypeConversionException bad = new TypeConversionException(
                        "'" + text + "', allowed: a regular expression, " + e.getDescription());
                bad.initCause(e);
                throw bad;
            }
        }
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--cluster",
            paramLabel = "FILE",
            description =
                    "The machines, and what is known of them already: Berth's YAML (see docs/files.md) or a node list of the"
                            + " openb trace. Hosts that it does not name are left out. Without it the sources say which"
                            + " nodes there are, and their CPU and memory are unknown.")
    private @Nullable Path cluster;

    @Option(
            names = "--ibnetdiscover",
            paramLabel = "FILE",
            description = "What ibnetdiscover printed; once for each subnet.")
    private List<Path> ibnetdiscover = List.of();

    @Option(
            names = "--topograph",
            paramLabel = "FILE",
            description = "What Topograph's graph engine answered, in JSON.")
    private List<Path> topograph = List.of();

    @Option(
            names = "--slurm",
            paramLabel = "FILE",
            description = "Slurm's topology.conf or topology.yaml: trees and blocks.")
    private List<Path> slurm = List.of();

    @Option(
            names = {"--topo-m", "--showtopo"},
            paramLabel = "[NODES=]FILE",
            description =
                    "What nvidia-smi topo -m or rocm-smi --showtopo printed on nodes such as 'gpu[001-064]'; without NODES"
                            + " it is for all nodes with as many GPUs that have no file of their own.")
    private List<String> links = List.of();

    @Option(
            names = "--blocks",
            paramLabel = "auto|nvlink|switch",
            defaultValue = "auto",
            description =
                    "What the blocks of topology/block are: NVLink domains, or nodes on common switches. auto looks at the"
                            + " GPU models. Default: ${DEFAULT-VALUE}.")
    private Blocks.Kind blocks = Blocks.Kind.AUTO;

    @Option(
            names = "--like",
            paramLabel = "NODE",
            description = "Add hosts that --cluster does not name, with the hardware of this node of it.")
    private @Nullable String like;

    @Option(
            names = "--hosts",
            paramLabel = "REGEX",
            defaultValue = ".*",
            converter = PatternConverter.class,
            description =
                    "Which hosts become nodes, where they are not in --cluster: whole names. Default: ${DEFAULT-VALUE}.")
    private Pattern hosts = Pattern.compile(".*");

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Where the cluster file goes; standard output when left out.")
    private @Nullable Path out;

    @Option(
            names = "--format",
            paramLabel = "table|json",
            defaultValue = "table",
            description =
                    "How the summary is printed: on standard output beside --out, which json needs; else on standard error."
                            + " Default: ${DEFAULT-VALUE}.")
    private Format format = Format.TABLE;

    @Override
    public Integer call() {
        if (ibnetdiscover.isEmpty() && topograph.isEmpty() && slurm.isEmpty() && links.isEmpty()) {
            throw usage("no source given (--ibnetdiscover, --topograph, --slurm, --topo-m, --showtopo)");
        }
        if (like != null && cluster == null) {
            throw usage("--like names a node of --cluster, which is not given");
        }
        if (format == Format.JSON && out == null) {
            throw usage("--format json needs --out, because the cluster file itself goes to standard output");
        }
        Set<Path> subnets = new HashSet<>();
        for (Path file : ibnetdiscover) {
            if (!subnets.add(file)) {
                throw usage("--ibnetdiscover names " + file + " twice");
            }
        }
        if (out != null) {
            OutputFile.check("--out", out);
        }
        ImportResult result = read();
        String written = ImportText.header(result) + write(result.cluster());
        PrintWriter standard = command().commandLine().getOut();
        PrintWriter err = command().commandLine().getErr();
        PrintWriter summary = err;
        if (out == null) {
            standard.print(written);
        } else {
            OutputFile.write("--out", out, written);
            summary = standard;
        }
        say(result.notes(), err);
        if (format == Format.JSON && out != null) {
            summary.println(ImportJson.of(result, out));
        } else {
            ImportText.print(result, out, summary);
        }
        standard.flush();
        err.flush();
        return Main.RAN;
    }

    private ImportResult read() {
        Cluster machines = cluster == null ? null : InputFiles.cluster(cluster);
        Importer importer = new Importer(machines, String.valueOf(cluster), likeSpec(machines), hosts);
        if (!ibnetdiscover.isEmpty()) {
            Map<String, InfinibandFabric> subnets = new LinkedHashMap<>();
            for (Path file : ibnetdiscover) {
                subnets.put(file.toString(), InfinibandFabric.read(file));
            }
            importer.ibnetdiscover(subnets);
        }
        for (Path file : topograph) {
            importer.topograph(file.toString(), TopographGraph.read(file));
        }
        for (Path file : slurm) {
            importer.slurm(file.toString(), SlurmTopologies.read(file), blocks);
        }
        // Files for named nodes first, so that those for all the others know which they are.
        List<String> ordered = new ArrayList<>(links);
        ordered.sort((a, b) -> Boolean.compare(a.indexOf('=') < 0, b.indexOf('=') < 0));
        for (String one : ordered) {
            int equals = one.indexOf('=');
            Path file = Path.of(one.substring(equals + 1));
            importer.links(file.toString(), InputFiles.bytes(file), equals < 0 ? null : one.substring(0, equals));
        }
        return importer.build();
    }

    /** A node list of openb and a label of Topograph may have names that our file cannot hold. */
    private static String write(Cluster read) {
        try {
            return ClusterFileWriter.write(read);
        } catch (IllegalArgumentException e) {
            throw new BadInputException("the sources name what a cluster file cannot hold: " + e.getMessage(), e);
        }
    }

    private @Nullable NodeSpec likeSpec(@Nullable Cluster machines) {
        if (like == null || machines == null) {
            return null;
        }
        int node = machines.nodeId(like);
        if (node < 0) {
            throw new BadInputException("--like is '" + like + "', allowed: a node of " + cluster);
        }
        return machines.spec(node);
    }

    /** All notes about a file together, in the order in which the files were first named. */
    private static void say(List<ImportNote> notes, PrintWriter err) {
        Terminal terminal = Terminal.ofProcess();
        Map<String, List<ImportNote>> bySource = new LinkedHashMap<>();
        notes.forEach(note -> bySource.computeIfAbsent(note.source(), unused -> new ArrayList<>())
                .add(note));
        bySource.values().stream().flatMap(List::stream).limit(SHOWN_NOTES).forEach(note -> {
            // Names come from files of others, and must not move the cursor.
            String text = CONTROL.matcher(note.toString()).replaceAll("\uFFFD");
            err.println(terminal.errors() ? ImportText.wrapped(NOTE, text, 4, terminal.columns()) : NOTE + text);
        });
        if (notes.size() > SHOWN_NOTES) {
            err.println("berth: and " + (notes.size() - SHOWN_NOTES) + " further notes, which --format json lists");
        }
        if (terminal.errors() && !notes.isEmpty()) {
            // What follows on the same screen is the summary.
            err.println();
        }
        err.flush();
    }

    private ParameterException usage(String message) {
        return new ParameterException(command().commandLine(), message);
    }

    private CommandSpec command() {
        return Objects.requireNonNull(spec, "picocli sets it");
    }
}
