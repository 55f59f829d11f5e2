package dev.qmp.internal.transport;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Asks something that may block, outside the event loops. There is one call at a time for each key, and all callers
 * meanwhile receive its answer. So a call that hangs occupies one thread, however many callers it has.
 *
 * @param <K> what is asked for
 * @param <V> the answer
 */
final class BlockingCalls<K, V> {

    /** A call that may block. */
    @FunctionalInterface
    interface Call<K, V> {

        V answer(K key) throws Exception;
    }

    private final Call<K, V> call;
    private final Executor threads;
    /** The waiting callers of each key that is being asked for or queued. */
    private final Map<K, Set<CompletableFuture<V>>> waiting = new HashMap<>();

    BlockingCalls(Call<K, V> call, Executor threads) {
        this.call = call;
        this.threads = threads;
    }

    /** {@return the answer, or the call's failure} A call without waiting callers is skipped. */
    CompletableFuture<V> ask(K key) {
        CompletableFuture<V> answer = new CompletableFuture<>();
        if (joinAndCheckFirst(key, answer)) {
            begin(key);
        }
        return answer;
    }

    private void begin(K key) {
        try {
            threads.execute(() -> call(key));
        } catch (Throwable e) { // "unable to create native thread": the next caller tries again
            takeWaiting(key).forEach(answer -> answer.completeExceptionally(e));
        }
    }

    /** {@return whether the caller, which is added, is the first one that waits, so that a call must begin} */
    private synchronized boolean joinAndCheckFirst(K key, CompletableFuture<V> answer) {
        boolean first = !waiting.containsKey(key);
        waiting.computeIfAbsent(key, name -> new LinkedHashSet<>()).add(answer);
        answer.whenComplete((value, failure) -> forget(key, answer)); // a call may hang for a long time
        return first;
    }

    @SuppressWarnings("CollectionUndefinedEquality") // identity is intended
    private synchronized void forget(K key, CompletableFuture<V> answer) {
        Set<CompletableFuture<V>> others = waiting.get(key);
        if (others != null) {
            others.remove(answer);
        }
    }

    private void call(K key) {
        if (keepIfWanted(key)) {
            Consumer<CompletableFuture<V>> answer = completionWith(key);
            takeWaiting(key).forEach(answer);
        }
    }

    /** {@return whether callers wait for an answer} Without any, the key is dropped. */
    private synchronized boolean keepIfWanted(K key) {
        waiting.computeIfPresent(
                key, (name, those) -> those.stream().allMatch(CompletableFuture::isDone) ? null : those);
        return waiting.containsKey(key);
    }

    private synchronized Set<CompletableFuture<V>> takeWaiting(K key) {
        return requireNonNull(waiting.remove(key), "they wait until they are answered");
    }

    /** {@return the completion of each waiting future} */
    private Consumer<CompletableFuture<V>> completionWith(K key) {
        try {
            V value = call.answer(key);
            return answer -> answer.complete(value);
        } catch (Throwable e) {
            return answer -> answer.completeExceptionally(e);
        }
    }
}
