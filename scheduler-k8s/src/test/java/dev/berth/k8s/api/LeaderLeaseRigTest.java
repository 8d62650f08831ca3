package dev.berth.k8s.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes that compete for a lease in a real API server, and are killed, frozen and asked to end. */
@Tag("rig")
@Timeout(180)
class LeaderLeaseRigTest {
    @TempDir
    static Path directory;

    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(directory, "--components", "etcd,kube-apiserver");
    }

    @AfterAll
    static void stop() throws Exception {
        if (rig != null) {
            rig.stop();
        }
    }

    /** A write that a process could have sent. */
    private record Write(long nanos, int process) {}

    private static final class Replica implements AutoCloseable {
        final int number;
        final Process process;
        final List<Write> writes = new ArrayList<>();
        private final Thread reader;
        private boolean leads;
        private boolean released;

        Replica(int number) throws IOException {
            this.number = number;
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Xmx128m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            LeaseProcess.class.getName(),
                            rig.kubeconfig("admin").toString(),
                            "replica-" + number)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            reader = new Thread(this::read, "replica-" + number);
            reader.start();
        }

        private void read() {
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line; (line = lines.readLine()) != null; ) {
                    synchronized (this) {
                        if (line.startsWith("wrote ")) {
                            writes.add(new Write(Long.parseLong(line.substring(6)), number));
                        } else if (line.startsWith("released ")) {
                            released = line.endsWith("true");
                        } else if (line.equals("lead") || line.equals("follow")) {
                            leads = line.equals("lead");
                        }
                        notifyAll();
                    }
                }
            } catch (IOException killed) {
                // the end of its output
            }
        }

        /** Waits until it leads and has written after that. */
        synchronized void awaitLead() throws InterruptedException {
            awaitLeads(true);
            long from = System.nanoTime();
            while (writes.isEmpty() || writes.get(writes.size() - 1).nanos < from) {
                wait();
            }
        }

        synchronized void awaitLeads(boolean wanted) throws InterruptedException {
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (leads != wanted) {
                long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                assertThat(left).as("time left for replica " + number).isPositive();
                wait(left);
            }
        }

        void signal(String name) throws IOException, InterruptedException {
            assertThat(new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                            .start()
                            .waitFor())
                    .isZero();
        }

        @Override
        public void close() {
            process.destroyForcibly();
            try {
                process.waitFor();
                reader.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Whoever may write now. */
    private static Replica leader(List<Replica> replicas) throws InterruptedException {
        for (; ; ) {
            for (Replica replica : replicas) {
                synchronized (replica) {
                    if (replica.leads) {
                        return replica;
                    }
                }
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    @Test
    void atMostOneWritesAndAnotherTakesOver() throws Exception {
        List<Replica> all = new ArrayList<>();
        try {
            List<Replica> running = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                running.add(new Replica(i));
            }
            all.addAll(running);

            // killed without warning
            Replica first = leader(running);
            first.process.destroyForcibly().waitFor();
            running.remove(first);
            Replica second = running.get(0);
            second.awaitLead();

            // frozen for longer than its lease lasts: it leads no more when it wakes up
            Replica third = new Replica(2);
            running.add(third);
            all.add(third);
            second.signal("STOP");
            third.awaitLead();
            second.signal("CONT");
            second.awaitLeads(false);

            // asked to end: the lease is given back, and not waited for
            third.signal("TERM");
            third.process.waitFor();
            third.reader.join();
            assertThat(third.released).isTrue();
            second.awaitLead();
        } finally {
            all.forEach(Replica::close);
        }
        List<Write> writes = new ArrayList<>();
        all.forEach(replica -> writes.addAll(replica.writes));
        writes.sort(Comparator.comparingLong(Write::nanos));
        List<Integer> order = new ArrayList<>();
        for (Write write : writes) {
            if (order.isEmpty() || order.get(order.size() - 1) != write.process) {
                order.add(write.process);
            }
        }
        // each one's writes lie together: nobody wrote between those of another, nor again after another
        assertThat(order).hasSize(4);
        assertThat(order.subList(1, 4)).containsExactly(all.get(1 - order.get(0)).number, 2, 1 - order.get(0));
    }
}
