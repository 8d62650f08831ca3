package dev.berth.k8s.readback;

import dev.berth.k8s.engine.GpuReport;
import dev.berth.k8s.objects.BadObjectException;
import dev.berth.k8s.objects.PodResourcesJson;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A folder with one file {@code NODE.json} for each node: what the node's kubelet answered to {@code List} of the PodResources API, as JSON. What a file says is as old as the file.
 * A file that has not changed is not read again.
 */
final class PodResourcesFolder implements GpuSource {
    /** A node with 110 pods of one GPU each has 30 kB. */
    private static final int MOST_BYTES = 4 << 20;

    private static final String ENDING = ".json";

    private final Path folder;
    private final Set<String> gpuResources;
    private Map<Path, Known> files = new HashMap<>();

    /** What a file said when it was of that time and size. */
    private record Known(long millis, long bytes, List<GpuReport> reports, String problem) {}

    PodResourcesFolder(ReadBackSettings.PodResources settings, Set<String> gpuResources) {
        folder = settings.folder();
        this.gpuResources = Set.copyOf(gpuResources);
    }

    @Override
    public String name() {
        return "podResources";
    }

    @Override
    public Told read() throws IOException {
        Map<Path, Known> now = new HashMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path file : entries) {
                String name = String.valueOf(file.getFileName());
                // What is being written has another name until it is whole.
                if (name.endsWith(ENDING) && !name.startsWith(".")) {
                    now.put(file, read(file, name.substring(0, name.length() - ENDING.length())));
                }
            }
        } catch (java.nio.file.DirectoryIteratorException e) {
            throw new IOException("the folder " + folder + " cannot be read: " + e.getCause(), e.getCause());
        } catch (java.nio.file.FileSystemException e) {
            throw new IOException("the folder " + folder + " cannot be read: " + e, e);
        }
        files = now;
        List<GpuReport> reports = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        now.values().forEach(known -> {
            reports.addAll(known.reports);
            if (!known.problem.isEmpty()) {
                problems.add(known.problem);
            }
        });
        problems.sort(null);
        return new Told(reports, problems);
    }

    private Known read(Path file, String nodeName) {
        long millis = 0;
        long bytes = 0;
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            millis = attributes.lastModifiedTime().toMillis();
            bytes = attributes.size();
            Known before = files.get(file);
            if (before != null && before.millis == millis && before.bytes == bytes) {
                return before;
            }
            if (!attributes.isRegularFile()) {
                return new Known(millis, bytes, List.of(), file + " is no file");
            }
            if (bytes > MOST_BYTES) {
                return new Known(
                        millis, bytes, List.of(), file + " has " + bytes + " bytes, allowed: up to " + MOST_BYTES);
            }
            return new Known(
                    millis,
                    bytes,
                    Reports.of(
                            PodResourcesJson.parse(Files.readAllBytes(file), gpuResources::contains, nodeName, millis)),
                    "");
        } catch (BadObjectException e) {
            return new Known(millis, bytes, List.of(), file + ": " + e.getMessage());
        } catch (IOException e) {
            // Another time may be better, whatever its time and size are.
            return new Known(-1, -1, List.of(), file + " cannot be read: " + e);
        }
    }
}
