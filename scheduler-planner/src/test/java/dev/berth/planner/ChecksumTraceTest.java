package dev.berth.planner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Numbers measured on the traces mean something only when the traces are the ones that were published. */
@Tag("traces")
class ChecksumTraceTest {

    @Test
    void theTracesAreThePublishedOnes() throws Exception {
        Path dir = Traces.dir();
        Map<String, String> published = new LinkedHashMap<>();
        Map<String, String> found = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Traces.file("SHA256SUMS"))) {
            String[] parts = line.split("\\s+\\*?", 2);
            published.put(parts[1], parts[0]);
            found.put(parts[1], sha256(dir.resolve(parts[1])));
        }
        assertThat(published).isNotEmpty();
        assertThat(found).isEqualTo(published);
    }

    private static String sha256(Path file) throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
