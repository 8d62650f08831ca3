package dev.berth.k8s.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/** What a Service that chooses the leader is in a cluster: a port that leads to the replica that is ready when a connection is made. */
final class Front implements AutoCloseable {
    private final ServerSocket listener;
    private final Supplier<Collection<BerthProcess>> replicas;
    private final ToIntFunction<BerthSettings.Ports> which;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    Front(int port, Supplier<Collection<BerthProcess>> replicas, ToIntFunction<BerthSettings.Ports> which) {
        this.replicas = replicas;
        this.which = which;
        try {
            listener = new ServerSocket(port, 100, InetAddress.getLoopbackAddress());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        run(this::accept);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                run(() -> connect(client));
            } catch (IOException closed) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException(closed);
                }
            }
        }
    }

    private void connect(Socket client) {
        open.add(client);
        Optional<BerthProcess> leader =
                replicas.get().stream().filter(BerthProcess::isReady).findFirst();
        try (client) {
            if (leader.isPresent()) {
                int port = which.applyAsInt(leader.get().settings().ports());
                try (Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    open.add(server);
                    run(() -> pass(client, server));
                    pass(server, client);
                    open.remove(server);
                }
            }
        } catch (IOException broken) {
            // The replica, or kube-scheduler, has gone.
        }
        open.remove(client);
    }

    private static void pass(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException broken) {
            // Either end may go at any time.
        }
    }

    private static void run(Runnable task) {
        Thread thread = new Thread(task, "front");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
