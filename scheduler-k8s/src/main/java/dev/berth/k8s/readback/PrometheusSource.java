package dev.berth.k8s.readback;

import dev.berth.k8s.objects.BadObjectException;
import dev.berth.k8s.objects.GpuSamples;
import dev.berth.k8s.tls.PemFiles;
import dev.berth.k8s.tls.Trust;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;

/** One instant query for the whole cluster, of a Prometheus that scrapes dcgm-exporter. */
final class PrometheusSource implements GpuSource {
    /** 40,000 GPUs have about 12 MB. */
    static final int MOST_BYTES = 64 << 20;

    private static final int OK = 200;

    private final ReadBackSettings.Prometheus settings;
    private final int mostBytes;
    private final URI query;
    private final HttpClient client;

    /**
     * A source that has not asked yet.
     *
     * @throws IOException if the certificates cannot be read; the message names the file
     */
    PrometheusSource(ReadBackSettings.Prometheus settings, int mostBytes) throws IOException {
        this.settings = settings;
        this.mostBytes = mostBytes;
        String base = settings.url().toString();
        query = URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + "/api/v1/query?query="
                + URLEncoder.encode(promQl(settings.selector()), StandardCharsets.UTF_8));
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.timeout());
        if (settings.ca() != null) {
            builder.sslContext(trusting(settings.ca()));
        }
        client = builder.build();
    }

    /** The times of the samples, with no other labels than those that are read: that halves the answer. */
    private static String promQl(String selector) {
        return "max by (" + String.join(",", GpuSamples.labels()) + ") (timestamp(" + selector + "))";
    }

    @Override
    public String name() {
        return "prometheus";
    }

    @Override
    public Told read() throws IOException, InterruptedException {
        long end = System.nanoTime() + settings.timeout().toNanos();
        HttpRequest.Builder request = HttpRequest.newBuilder(query)
                .timeout(settings.timeout())
                .header("Accept", "application/json")
                .GET();
        if (settings.token() != null) {
            request.header("Authorization", "Bearer " + token(settings.token()));
        }
        HttpResponse<InputStream> response;
        try {
            response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (HttpTimeoutException e) {
            throw late(e);
        } catch (ConnectException e) {
            throw new IOException(settings.url() + " cannot be reached: " + e, e);
        } catch (IOException e) {
            throw new IOException(settings.url() + " has not answered: " + e, e);
        }
        AtomicBoolean isLate = new AtomicBoolean();
        InputStream body = response.body();
        CompletableFuture<Void> cut = CompletableFuture.runAsync(
                () -> {
                    isLate.set(true);
                    close(body);
                },
                CompletableFuture.delayedExecutor(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS));
        try (Capped capped = new Capped(body, mostBytes)) {
            return told(response, capped);
        } catch (BadObjectException e) {
            throw isLate.get() ? late(e) : new IOException(settings.url() + " answered: " + e.getMessage(), e);
        } catch (IOException e) {
            throw isLate.get() ? late(e) : new IOException(settings.url() + ": " + e.getMessage(), e);
        } finally {
            cut.cancel(false);
        }
    }

    private Told told(HttpResponse<InputStream> response, InputStream body) throws IOException {
        String type = response.headers().firstValue("Content-Type").orElse("none");
        boolean isJson = type.toLowerCase(Locale.ROOT).startsWith("application/json");
        if (response.statusCode() != OK && !isJson || response.statusCode() / 100 == 3) {
            throw new IOException("answered with status " + response.statusCode() + ", allowed: " + OK);
        }
        if (!isJson) {
            throw new IOException("answered with content type '" + shown(type) + "', allowed: application/json");
        }
        GpuSamples samples = GpuSamples.parse(body);
        if (response.statusCode() != OK) {
            throw new IOException("answered with status " + response.statusCode() + ", allowed: " + OK);
        }
        List<String> problems = samples.badCount() == 0
                ? List.of()
                : List.of(settings.url() + " answered: " + samples.firstBad()
                        + (samples.badCount() == 1 ? "" : "; and so " + (samples.badCount() - 1) + " more series"));
        return new Told(Reports.of(samples.uses()), problems);
    }

    private static String shown(String type) {
        return type.length() > 80 ? type.substring(0, 80) + "..." : type;
    }

    private IOException late(IOException cause) {
        return new IOException(
                settings.url() + " has not answered within "
                        + settings.timeout().toMillis() / 1000.0 + " s",
                cause);
    }

    private static void close(InputStream body) {
        try {
            body.close();
        } catch (IOException e) {
            // It is closed to end the reading of it, which ends either way.
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String token(Path file) throws IOException {
        String token;
        try {
            token = Files.readString(file).strip();
        } catch (IOException e) {
            throw new IOException("the token " + file + " cannot be read: " + e, e);
        }
        if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IOException("the token " + file + " is empty or has other characters than those of a token");
        }
        return token;
    }

    private static SSLContext trusting(Path ca) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, Trust.in(PemFiles.certificates(ca, Files.readAllBytes(ca))), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("the certificates " + ca + " cannot be used: " + e.getMessage(), e);
        } catch (java.nio.file.NoSuchFileException e) {
            throw new IOException("the certificates " + ca + " cannot be read: there is no such file", e);
        }
    }

    /** An answer up to a size. */
    private static final class Capped extends FilterInputStream {
        private final int most;
        private long read;

        Capped(InputStream in, int most) {
            super(in);
            this.most = most;
        }

        @Override
        public int read() throws IOException {
            return counted(super.read(), 1);
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            int n = super.read(into, from, length);
            return counted(n, n);
        }

        private int counted(int result, int bytes) throws IOException {
            if (result >= 0) {
                read += bytes;
                if (read > most) {
                    throw new IOException("answered with more than " + most + " bytes");
                }
            }
            return result;
        }
    }
}
