package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.internal.transport.LocalLoops;
import dev.qmp.message.QmpCommand;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/**
 * What many connections cost within one JVM, over channels in memory.
 *
 * @param connections how many
 * @param bareBytes heap of a pair of channels without a client
 * @param idleBytes heap of a connection at rest, with both channels
 * @param idleCpu share of one core that all of them take at rest
 * @param connected how they connected, all at once
 * @param connectMicros CPU for one of these
 * @param busy commands, by the number of busy connections
 * @param bareBusy the same without clients
 * @param lost how they came back, when all were lost at once
 * @param lostMicros CPU for one of these
 * @param lostLines log lines for one of these, from INFO upwards
 * @param away how they came back, when the server was away for a time
 * @param awayLines log lines for one of these
 * @param backBytes heap of a connection afterwards
 * @param disconnectMillis until all had disconnected
 * @param leftBytes heap for each of them that is still in use when they are gone
 * @param peakThreads most threads at a time, those of the JVM among them
 */
record ScaleReport(
        int connections,
        long bareBytes,
        long idleBytes,
        double idleCpu,
        ReturnCurve connected,
        double connectMicros,
        List<BusyRate> busy,
        List<BusyRate> bareBusy,
        ReturnCurve lost,
        double lostMicros,
        double lostLines,
        ReturnCurve away,
        double awayLines,
        long backBytes,
        long disconnectMillis,
        long leftBytes,
        int peakThreads) {

    private static final int LOOPS = 2; // as many as EventLoops.shared() has
    private static final QmpCommand COMMAND = QmpCommand.of("query-status");

    /** How long each part takes. */
    record Times(Duration idle, Duration busy, Duration away) {}

    static ScaleReport measure(int connections, List<Integer> busy, Times times) {
        List<BusyRate> bareBusy = new ArrayList<>();
        long bareBytes = measureBare(connections, busy, times, bareBusy);
        try (LocalServer server = new LocalServer();
                LocalLoops loops = new LocalLoops(LOOPS, server.address());
                LogLines lines = new LogLines()) {
            Meter.peakThreads();
            long heapBefore = Meter.heap();
            List<QmpClient> clients = create(connections, loops);
            long cpu = Meter.cpu();
            ReturnCurve connected = ReturnCurve.of(clients, loops, () -> clients.forEach(QmpClient::start));
            double connectMicros = (Meter.cpu() - cpu) / 1e3 / connections;
            long idleBytes = (Meter.heap() - heapBefore) / connections;
            double idleCpu = idleCpu(times);
            List<BusyRate> busyRates = busy.stream()
                    .map(size -> work(clients.subList(0, size), times.busy().toMillis()))
                    .toList();

            Meter.pause(times.busy().toMillis());
            lines.take();
            cpu = Meter.cpu();
            ReturnCurve lost = ReturnCurve.of(clients, loops, server::loseAll);
            double lostMicros = (Meter.cpu() - cpu) / 1e3 / connections;
            double lostLines = (double) lines.take() / connections;
            ReturnCurve away = ReturnCurve.of(clients, loops, () -> server.leaveFor(times.away()));
            double awayLines = (double) lines.take() / connections;
            long backBytes = (Meter.heap() - heapBefore) / connections;
            long disconnectMillis = disconnect(clients);
            clients.clear();
            return new ScaleReport(
                    connections,
                    bareBytes,
                    idleBytes,
                    idleCpu,
                    connected,
                    connectMicros,
                    busyRates,
                    bareBusy,
                    lost,
                    lostMicros,
                    lostLines,
                    away,
                    awayLines,
                    backBytes,
                    disconnectMillis,
                    (Meter.heap() - heapBefore) / connections,
                    Meter.peakThreads());
        }
    }

    private static long measureBare(int connections, List<Integer> busy, Times times, List<BusyRate> rates) {
        long heapBefore = Meter.heap();
        try (LocalServer server = new LocalServer();
                LocalLoops loops = new LocalLoops(LOOPS, server.address());
                BareClients bare = new BareClients(loops, server.address(), connections)) {
            long bytes = (Meter.heap() - heapBefore) / connections;
            for (int size : busy) {
                bare.work(size);
                rates.add(BusyRate.measure(size, times.busy().toMillis(), bare::answers));
                bare.rest();
            }
            return bytes;
        }
    }

    /** {@return clients with the default options} Their endpoint is a name only: all loops lead to the one server. */
    private static List<QmpClient> create(int size, LocalLoops loops) {
        List<QmpClient> clients = new ArrayList<>(size);
        IntStream.range(0, size)
                .mapToObj(number -> QmpClient.builder("unix:/in-memory/vm" + number)
                        .name("vm" + number)
                        .eventLoops(loops)
                        .build())
                .forEach(clients::add);
        return clients;
    }

    private static double idleCpu(Times times) {
        Meter.pause(times.idle().toMillis() / 4); // what the connecting has left to do is not idleness
        long begin = System.nanoTime();
        long cpu = Meter.cpu();
        Meter.pause(times.idle().toMillis());
        return (double) (Meter.cpu() - cpu) / (System.nanoTime() - begin);
    }

    private static BusyRate work(List<QmpClient> clients, long millis) {
        LongAdder done = new LongAdder();
        AtomicBoolean ended = new AtomicBoolean();
        List<CompletableFuture<Void>> ends = clients.stream()
                .map(client -> {
                    CompletableFuture<Void> end = new CompletableFuture<>();
                    next(client, done, ended, end);
                    return end;
                })
                .toList();
        BusyRate rate = BusyRate.measure(clients.size(), millis, done::sum);
        ended.set(true);
        CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new)).join();
        return rate;
    }

    private static void next(QmpClient client, LongAdder done, AtomicBoolean ended, CompletableFuture<Void> end) {
        client.execute(COMMAND).whenComplete((reply, failure) -> {
            done.increment();
            if (failure != null) {
                end.completeExceptionally(failure);
            } else if (ended.get()) {
                end.complete(null);
            } else {
                next(client, done, ended, end);
            }
        });
    }

    private static long disconnect(List<QmpClient> clients) {
        long begin = System.nanoTime();
        CompletableFuture.allOf(clients.stream().map(QmpClient::disconnect).toArray(CompletableFuture[]::new))
                .join();
        return (System.nanoTime() - begin) / 1_000_000;
    }
}
