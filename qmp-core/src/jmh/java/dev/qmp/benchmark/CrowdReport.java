package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * What thousands of connections cost at rest, and how they come back when all are lost at once.
 *
 * @param connections how many
 * @param idleBytes heap for each
 * @param idleCpu share of one core that all of them take while nothing happens
 * @param eventLoops threads that serve them
 * @param bareMillis what a bare loop takes to connect and shake hands with so many, one after the other
 * @param returnMillis from the loss of all to the return of the last
 * @param attempts how many dialled in each {@link #BIN} since the loss
 * @param sessions how many came back in each
 */
record CrowdReport(
        int connections,
        long idleBytes,
        double idleCpu,
        long eventLoops,
        long bareMillis,
        long returnMillis,
        List<Long> attempts,
        List<Long> sessions) {

    static final Duration BIN = Duration.ofMillis(50);

    static CrowdReport measure(int connections, Duration idle) throws IOException {
        try (ServerProcess server = ServerProcess.forMany()) {
            long bare = bareHandshakes(server, connections);
            long heapBefore = Meter.heap();
            List<QmpClient> clients = Crowd.create(server, connections);
            Queue<Long> attempts = new ConcurrentLinkedQueue<>();
            Queue<Long> returns = new ConcurrentLinkedQueue<>();
            CountDownLatch first = new CountDownLatch(connections);
            CountDownLatch second = new CountDownLatch(2 * connections);
            clients.forEach(client -> client.addRunstateListener(change -> {
                if (change.current() == Runstate.CONNECTING) {
                    attempts.add(System.nanoTime());
                } else if (change.current() == Runstate.RUNNING) {
                    returns.add(System.nanoTime());
                    first.countDown();
                    second.countDown();
                }
            }));
            clients.forEach(QmpClient::start);
            await(first);
            long heap = Meter.heap() - heapBefore;
            LockSupport.parkNanos(
                    idle.multipliedBy(3).toNanos() / 2); // what the connecting has left to do is not idleness
            double cpu = cpuShareWhile(() -> LockSupport.parkNanos(idle.toNanos()));
            long loops = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().startsWith("qmp-loop"))
                    .count();
            attempts.clear();
            returns.clear();
            long lost = System.nanoTime();
            clients.get(0).execute(QmpCommand.of("leave"));
            await(second);
            long back = System.nanoTime() - lost;
            CompletableFuture.allOf(clients.stream().map(QmpClient::disconnect).toArray(CompletableFuture[]::new))
                    .join();
            return new CrowdReport(
                    connections,
                    heap / connections,
                    cpu,
                    loops,
                    bare / 1_000_000,
                    back / 1_000_000,
                    bins(attempts, lost, back),
                    bins(returns, lost, back));
        }
    }

    /** What the client does to be RUNNING, as the bare wire: two system calls for each answer. */
    private static long bareHandshakes(ServerProcess server, int count) throws IOException {
        ByteBuffer uuid = Wire.command("query-uuid");
        ByteBuffer name = Wire.command("query-name");
        List<Wire> wires = new ArrayList<>();
        long begin = System.nanoTime();
        for (int number = 0; number < count; number++) {
            Wire wire = new Wire(server.socket());
            wire.roundTrip(uuid);
            wire.roundTrip(name);
            wires.add(wire);
        }
        long took = System.nanoTime() - begin;
        for (Wire wire : wires) {
            wire.close();
        }
        return took;
    }

    private static List<Long> bins(Queue<Long> moments, long begin, long length) {
        Long[] bins = new Long[(int) (length / BIN.toNanos()) + 1];
        Arrays.fill(bins, 0L);
        for (long at : moments) {
            bins[(int) Math.min(bins.length - 1, Math.max(0, at - begin) / BIN.toNanos())]++;
        }
        return List.of(bins);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static double cpuShareWhile(Runnable task) {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long begin = System.nanoTime();
        long cpu = system.getProcessCpuTime();
        task.run();
        return (double) (system.getProcessCpuTime() - cpu) / (System.nanoTime() - begin);
    }
}
