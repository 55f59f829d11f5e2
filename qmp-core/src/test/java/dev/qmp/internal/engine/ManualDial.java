package dev.qmp.internal.engine;

import java.util.concurrent.CompletableFuture;

/** One dial, whose outcome and time the test decides. */
class ManualDial {

    private final CompletableFuture<Transport<String>> result = new CompletableFuture<>();
    private ManualEventLoops loops;
    private ManualTransport transport;

    @SuppressWarnings("unchecked") // the tests' protocols speak lines
    <M> CompletableFuture<Transport<M>> begin(ManualEventLoops loops, TransportListener<M> listener) {
        this.loops = loops;
        this.transport = new ManualTransport(loops, (TransportListener<String>) listener);
        CompletableFuture<?> untyped = result;
        return (CompletableFuture<Transport<M>>) untyped;
    }

    /** {@return a dial that has succeeded when it begins} */
    static ManualDial succeeded() {
        ManualDial dial = new ManualDial() {
            @Override
            <M> CompletableFuture<Transport<M>> begin(ManualEventLoops loops, TransportListener<M> listener) {
                CompletableFuture<Transport<M>> begun = super.begin(loops, listener);
                open();
                return begun;
            }
        };
        return dial;
    }

    /** {@return a dial that has failed when it begins} */
    static ManualDial failed(Throwable failure) {
        ManualDial dial = new ManualDial();
        dial.result.completeExceptionally(failure);
        return dial;
    }

    void open() {
        transport.opened();
        if (!result.complete(transport)) {
            transport.close();
        }
    }

    /** The peer is reached. */
    void succeed() {
        loops.run(this::open);
    }

    /** The peer is not reached. */
    void fail(Throwable failure) {
        loops.run(() -> result.completeExceptionally(failure));
    }

    /** TLS begins. */
    void secure() {
        loops.run(() -> transport.listener().securing());
    }

    ManualTransport transport() {
        return transport;
    }

    boolean isCancelled() {
        return result.isCancelled();
    }

    boolean isOpen() {
        return !result.isDone() || transport.isOpen();
    }
}
