package dev.qmp.testing;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.protocol.AsyncProtocol;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.SessionOutcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Lines of text without a handshake. A test replaces the hooks it is about, and reads the calls of the bottom half. */
public final class LineProbe extends AsyncProtocol<String> {

    public Supplier<CompletionStage<Void>> establishing = () -> CompletableFuture.completedFuture(null);
    public Runnable onArrival = () -> {};
    public UnaryOperator<String> inbound = line -> line;
    public UnaryOperator<String> outbound = line -> line;
    public Consumer<String> onMessage = line -> {};
    public Consumer<String> onSent = line -> {};
    public Consumer<String> onUnsent = line -> {};
    public Predicate<String> maySend = line -> true;
    public Predicate<String> maySendUrgent = line -> true;
    public BooleanSupplier quiet = () -> true;
    public Supplier<ConnectionLostException> endOfStream = ConnectionLostException::endOfStream;
    public @Nullable SessionOutcome outcome;
    public Consumer<RunstateChange> onChange = change -> {};

    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<String> sent = new CopyOnWriteArrayList<>();
    private final List<String> unsent = new CopyOnWriteArrayList<>();
    private final List<Throwable> unsentCauses = new CopyOnWriteArrayList<>();
    private final List<Runstate> runstates = new CopyOnWriteArrayList<>();

    public LineProbe(ProtocolOptions options) {
        this(options, new LineCodec());
    }

    public LineProbe(ProtocolOptions options, MessageCodec<String> codec) {
        super(options, codec);
    }

    // ------------------------------------------------------------------ its calls

    public List<String> heard() {
        return heard;
    }

    public List<String> sent() {
        return sent;
    }

    public List<String> unsent() {
        return unsent;
    }

    public List<Throwable> unsentCauses() {
        return unsentCauses;
    }

    /** {@return the runstates it came to, as the bottom half saw them} */
    public List<Runstate> runstates() {
        return runstates;
    }

    // ------------------------------------------------------------------ what subclasses may do, for tests

    public void say(String line) {
        send(line);
    }

    public void sayUrgently(String line) {
        sendUrgent(line);
    }

    public boolean takeBack(String line) {
        return withdraw(line);
    }

    public void resume() {
        resumeSending();
    }

    public CompletableFuture<String> hear() {
        return receive();
    }

    public void phase(ConnectPhase phase, String hint) {
        enterPhase(phase, hint);
    }

    public void failWith(Throwable cause) {
        fail(cause);
    }

    public void runOnLoop(Runnable task) {
        onLoop(task);
    }

    public Registration later(Duration delay, Runnable task) {
        return schedule(delay, task);
    }

    // ------------------------------------------------------------------ hooks

    @Override
    protected CompletionStage<Void> establishSession() {
        return establishing.get();
    }

    @Override
    protected void onArrival() {
        onArrival.run();
    }

    @Override
    protected String onInbound(String line) {
        return inbound.apply(line);
    }

    @Override
    protected String onOutbound(String line) {
        return outbound.apply(line);
    }

    @Override
    protected void onMessage(String line) {
        heard.add(line);
        onMessage.accept(line);
    }

    @Override
    protected boolean maySend(String next) {
        return maySend.test(next);
    }

    @Override
    protected boolean maySendUrgent(String next) {
        return maySendUrgent.test(next);
    }

    @Override
    protected void onSent(String line) {
        sent.add(line);
        onSent.accept(line);
    }

    @Override
    protected void onUnsent(String line, Throwable cause) {
        unsent.add(line);
        unsentCauses.add(cause);
        onUnsent.accept(line);
    }

    @Override
    protected boolean isQuiet() {
        return quiet.getAsBoolean();
    }

    @Override
    protected ConnectionLostException endOfStream() {
        return endOfStream.get();
    }

    @Override
    protected @Nullable SessionOutcome outcome(RunstateChange left, @Nullable Throwable cause) {
        return outcome;
    }

    @Override
    protected void onRunstateChange(RunstateChange change) {
        runstates.add(change.current());
        onChange.accept(change);
    }
}
