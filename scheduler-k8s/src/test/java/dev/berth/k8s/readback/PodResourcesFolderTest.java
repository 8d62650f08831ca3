package dev.berth.k8s.readback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.k8s.engine.GpuReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodResourcesFolderTest {
    @TempDir
    private Path folder;

    private PodResourcesFolder source;

    @BeforeEach
    void make() {
        source = new PodResourcesFolder(
                new ReadBackSettings.PodResources(folder, Duration.ofSeconds(1)), Set.of("nvidia.com/gpu"));
    }

    private Path write(String name, String text, long millis) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        Files.setLastModifiedTime(file, FileTime.fromMillis(millis));
        return file;
    }

    private static String pod(String name, String ids) {
        return """
                {"pod_resources":[{"name":"%s","namespace":"train","containers":[{"name":"c","devices":[
                {"resource_name":"nvidia.com/gpu","device_ids":[%s]}]}]}]}""".formatted(name, ids);
    }

    private static GpuReport report(String pod, String node, long millis, String... uuids) {
        return new GpuReport(
                "train",
                pod,
                "",
                node,
                List.of(uuids).stream()
                        .map(uuid -> new GpuReport.Device(uuid, -1))
                        .toList(),
                millis);
    }

    @Test
    void eachFileIsANodeAndABadOneCostsNoOther() throws IOException {
        write("node-1.example.json", pod("a", "\"GPU-1\",\"GPU-2\""), 5_000);
        write(".node-3.json", "{", 5_000);
        write("node-3.json.part", "{", 5_000);
        write("README", "", 5_000);
        Path bad = write("node-2.json", "{\"pod_resources\":[{\"name\":7}]}", 5_000);
        GpuSource.Told told = source.read();
        assertThat(told.reports()).containsExactly(report("a", "node-1.example", 5_000, "GPU-1", "GPU-2"));
        assertThat(told.problems()).containsExactly(bad + ": pod_resources[0].name is 7, allowed: a text");
        write("node-2.json", pod("b", "\"GPU-3\""), 6_000);
        told = source.read();
        assertThat(told.problems()).isEmpty();
        assertThat(told.reports())
                .containsExactlyInAnyOrder(
                        report("a", "node-1.example", 5_000, "GPU-1", "GPU-2"), report("b", "node-2", 6_000, "GPU-3"));
        Files.delete(folder.resolve("node-1.example.json"));
        assertThat(source.read().reports()).containsExactly(report("b", "node-2", 6_000, "GPU-3"));
    }

    @Test
    void aFileThatHasNotChangedIsNotReadAgain() throws IOException {
        write("node-1.json", pod("a", "\"GPU-1\""), 5_000);
        List<GpuReport> first = source.read().reports();
        // Of the same size and time.
        write("node-1.json", pod("b", "\"GPU-1\""), 5_000);
        assertThat(source.read().reports()).isEqualTo(first);
        write("node-1.json", pod("b", "\"GPU-1\""), 5_001);
        assertThat(source.read().reports()).containsExactly(report("b", "node-1", 5_001, "GPU-1"));
    }

    @Test
    void whatIsNoFileOrTooLargeIsNamed() throws IOException {
        Path folderOfThatName = Files.createDirectory(folder.resolve("node-1.json"));
        Path large = write("node-2.json", " ".repeat((4 << 20) + 1), 5_000);
        assertThat(source.read().problems())
                .containsExactly(
                        folderOfThatName + " is no file", large + " has 4194305 bytes, allowed: up to 4194304");
    }

    @Test
    void aFolderThatIsNotThereIsNamed() {
        Path none = folder.resolve("none");
        assertThatThrownBy(() -> new PodResourcesFolder(
                                new ReadBackSettings.PodResources(none, Duration.ofSeconds(1)), Set.of())
                        .read())
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("the folder " + none + " cannot be read");
    }
}
