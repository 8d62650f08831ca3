package dev.berth.planner.replay;

import dev.berth.planner.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Finds the files of the published traces in their folder. */
final class TraceFiles {
    private static final String PHILLY = "jobs/philly_jobs_to_2017-11-24.csv.gz";

    private TraceFiles() {}

    /** The nodes with GPUs. */
    static Path nodes(@Nullable Path traces) {
        if (traces == null) {
            throw new BadInputException(
                    "--nodes is not given, allowed: a node list, or --traces (or BERTH_TRACES) to find" + " openb's");
        }
        return traces.resolve("openb").resolve("openb_node_list_gpu_node.csv");
    }

    /**
     * A list of tasks.
     *
     * @param name a file, or the short name of a published list
     */
    static Path pods(@Nullable Path traces, String name) {
        Path file = Path.of(name);
        if (Files.exists(file) || !name.matches("[a-z0-9]+")) {
            return file;
        }
        if (traces == null) {
            throw new BadInputException(name
                    + ": there is no such file; for the published list of that name, give --traces (or BERTH_TRACES)");
        }
        Path plain = traces.resolve("openb").resolve("openb_pod_list_" + name + ".csv");
        Path zipped = plain.resolveSibling(plain.getFileName() + ".gz");
        return Files.exists(zipped) && !Files.exists(plain) ? zipped : plain;
    }

    /** The jobs of the Philly trace. */
    static Path philly(@Nullable Path traces) {
        if (traces == null) {
            throw new BadInputException("--gangs " + GangMix.PHILLY_TAIL
                    + " draws from the Philly trace, allowed: --traces DIR (or BERTH_TRACES) with " + PHILLY);
        }
        Path file = traces.resolve(PHILLY);
        if (!Files.isRegularFile(file)) {
            throw new BadInputException(file + ": there is no such file; --gangs " + GangMix.PHILLY_TAIL
                    + " draws from it, allowed: --traces DIR (or BERTH_TRACES) with " + PHILLY);
        }
        return file;
    }
}
