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
 * Looks names up outside the event loops, because the platform's look-up blocks. There is one look-up at a time for
 * each name, and all callers meanwhile receive its answer. So a look-up that hangs occupies one thread, however many
 * callers it has.
 */
final class LookUps {

    private final NameService names;
    private final Executor threads;
    /** The waiting callers of each name that is being looked up or queued. */
    private final Map<String, Set<CompletableFuture<List<InetAddress>>>> waiting = new HashMap<>();

    LookUps(NameService names, Executor threads) {
        this.names = names;
        this.threads = threads;
    }

    /** Finds a host's addresses. A numeric address needs no look-up. A look-up without waiting callers is skipped. */
    CompletableFuture<List<InetAddress>> find(String host) {
        CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
        if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
            ask(NameService.PLATFORM, host).accept(answer);
        } else if (joinAndCheckFirst(host, answer)) {
            begin(host);
        }
        return answer;
    }

    private void begin(String host) {
        try {
            threads.execute(() -> lookUp(host));
        } catch (Throwable e) { // "unable to create native thread": the next caller tries again
            takeWaiting(host).forEach(answer -> answer.completeExceptionally(e));
        }
    }

    /** {@return whether the caller, which is added, is the first one that waits, so that a look-up must begin} */
    private synchronized boolean joinAndCheckFirst(String host, CompletableFuture<List<InetAddress>> answer) {
        boolean first = !waiting.containsKey(host);
        waiting.computeIfAbsent(host, name -> new LinkedHashSet<>()).add(answer);
        answer.whenComplete((addresses, failure) -> forget(host, answer)); // a look-up may hang for a long time
        return first;
    }

    @SuppressWarnings("CollectionUndefinedEquality") // identity is intended
    private synchronized void forget(String host, CompletableFuture<List<InetAddress>> answer) {
        Set<CompletableFuture<List<InetAddress>>> others = waiting.get(host);
        if (others != null) {
            others.remove(answer);
        }
    }

    private void lookUp(String host) {
        if (keepIfWanted(host)) {
            Consumer<CompletableFuture<List<InetAddress>>> answer = ask(names, host);
            takeWaiting(host).forEach(answer);
        }
    }

    /** {@return whether callers wait for a name} Without any, the name is dropped. */
    private synchronized boolean keepIfWanted(String host) {
        waiting.computeIfPresent(
                host, (name, those) -> those.stream().allMatch(CompletableFuture::isDone) ? null : those);
        return waiting.containsKey(host);
    }

    private synchronized Set<CompletableFuture<List<InetAddress>>> takeWaiting(String host) {
        return requireNonNull(waiting.remove(host), "they wait until they are answered");
    }

    /** {@return the completion of each waiting future} */
    private static Consumer<CompletableFuture<List<InetAddress>>> ask(NameService names, String host) {
        try {
            List<InetAddress> addresses = List.of(names.lookUp(host));
            return answer -> answer.complete(addresses);
        } catch (UnknownHostException | RuntimeException | Error e) {
            return answer -> answer.completeExceptionally(e);
        }
    }
}
