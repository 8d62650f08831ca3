package dev.berth.k8s.objects;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class PodAnnotationsTest {
    private static final Path SOURCES = Path.of("src/main/java/dev/berth/k8s");
    private static final Pattern LITERAL = Pattern.compile("\"([a-z0-9./-]+)\"");

    @Test
    void dropsWhatIsLarge() {
        assertThat(PodAnnotations.isKept("kubectl.kubernetes.io/last-applied-configuration"))
                .isFalse();
        assertThat(PodAnnotations.isKept("berth.dev/whatever")).isTrue();
    }

    /** The page tells users what is read, so it must tell all of it. */
    @Test
    void allThatIsKeptIsDocumented() throws Exception {
        String page = Files.readString(Path.of("../docs/kubernetes-pods.md"));
        Set<String> missing = new TreeSet<>();
        Matcher literal = LITERAL.matcher(Files.readString(SOURCES.resolve("objects/PodAnnotations.java")));
        while (literal.find()) {
            String key = literal.group(1);
            if (PodAnnotations.isKept(key) && !page.contains(key.substring(key.indexOf('/') + 1))) {
                missing.add(key);
            }
        }
        assertThat(missing).isEmpty();
    }

    /** Annotations of Berth are kept by their prefix, so they are looked for where they are read. */
    @Test
    void ownAnnotationsAreDocumented() throws Exception {
        String page = Files.readString(Path.of("../docs/kubernetes-pods.md"));
        Pattern own = Pattern.compile("(?:BERTH|prefix) \\+ \"([a-z-]+)\"");
        Set<String> missing = new TreeSet<>();
        try (Stream<Path> files = Files.walk(SOURCES.resolve("pods"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                Matcher name = own.matcher(Files.readString(file));
                while (name.find()) {
                    if (!page.contains("`berth.dev/" + name.group(1) + "`")) {
                        missing.add(name.group(1));
                    }
                }
            }
        }
        assertThat(missing).isEmpty();
    }
}
