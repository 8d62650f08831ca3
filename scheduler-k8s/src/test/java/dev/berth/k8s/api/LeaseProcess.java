package dev.berth.k8s.api;

import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * A process that competes for a lease, says on stdout when it leads and when it does not, and each millisecond that it may write says so with the machine's monotonic
 * clock: what {@link LeaderLeaseRigTest} runs several of.
 */
final class LeaseProcess {
    private LeaseProcess() {}

    public static void main(String[] args) throws InterruptedException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        LeaderLease lease = new LeaderLease(
                ApiAddress.ofKubeconfig(new File(args[0])),
                "default",
                "fail-over",
                args[1],
                LeaseTiming.DEFAULT,
                new LeaderLease.Listener() {
                    @Override
                    public void lead() {
                        out.println("lead");
                    }

                    @Override
                    public void follow() {
                        out.println("follow");
                    }
                });
        lease.start();
        lease.stand();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            lease.resign();
            try {
                out.println("released " + lease.release(5_000));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }));
        for (; ; ) {
            long now = System.nanoTime();
            if (lease.mayWrite()) {
                // both clocks count from when the machine started, so all processes on it see the same one
                out.println("wrote " + now);
            }
            Thread.sleep(1);
        }
    }
}
