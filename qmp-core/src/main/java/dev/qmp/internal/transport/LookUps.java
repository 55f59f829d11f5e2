package dev.qmp.internal.transport;

import static java.util.Objects.requireNonNull;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Has names looked up off the event loops, because the platform's look-up blocks. There is one at a time for each name,
 * and whoever asks meanwhile gets its answer: so a look-up that hangs takes one thread, however often it is asked for.
 */
final class LookUps {

    private final NameService names;
    private final Executor threads;
    /** Who waits for each name that is being looked up, or is in line for it. */
    private final Map<String, Set<CompletableFuture<List<InetAddress>>>> waiting = new HashMap<>();

    LookUps(NameService names, Executor threads) {
        this.names = names;
        this.threads = threads;
    }

    /** Finds a host's addresses. An address needs no looking up; a future that is done when its turn comes, neither. */
    CompletableFuture<List<InetAddress>> find(String host) {
        CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
        if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
            ask(NameService.PLATFORM, host).accept(answer);
        } else if (isFirst(host, answer)) {
            begin(host);
        }
        return answer;
    }

    private void begin(String host) {
        try {
            threads.execute(() -> lookUp(host));
        } catch (Throwable e) { // "unable to create native thread": the next who asks is to try again
            takeWaiting(host).forEach(answer -> answer.completeExceptionally(e));
        }
    }

    private synchronized boolean isFirst(String host, CompletableFuture<List<InetAddress>> answer) {
        boolean first = !waiting.containsKey(host);
        waiting.computeIfAbsent(host, name -> new LinkedHashSet<>()).add(answer);
        answer.whenComplete((addresses, failure) -> forget(host, answer)); // a look-up may hang for a long time
        return first;
    }

    @SuppressWarnings("CollectionUndefinedEquality") // that of identity is meant
    private synchronized void forget(String host, CompletableFuture<List<InetAddress>> answer) {
        Set<CompletableFuture<List<InetAddress>>> others = waiting.get(host);
        if (others != null) {
            others.remove(answer);
        }
    }

    private void lookUp(String host) {
        if (isWanted(host)) {
            Consumer<CompletableFuture<List<InetAddress>>> answer = ask(names, host);
            takeWaiting(host).forEach(answer);
        }
    }

    private synchronized boolean isWanted(String host) {
        waiting.computeIfPresent(
                host, (name, those) -> those.stream().allMatch(CompletableFuture::isDone) ? null : those);
        return waiting.containsKey(host);
    }

    private synchronized Set<CompletableFuture<List<InetAddress>>> takeWaiting(String host) {
        return requireNonNull(waiting.remove(host), "they wait until they are answered");
    }

    /** {@return what is to be done with each who waits} */
    private static Consumer<CompletableFuture<List<InetAddress>>> ask(NameService names, String host) {
        try {
            List<InetAddress> addresses = List.of(names.lookUp(host));
            return answer -> answer.complete(addresses);
        } catch (UnknownHostException | RuntimeException | Error e) {
            return answer -> answer.completeExceptionally(e);
        }
    }
}
