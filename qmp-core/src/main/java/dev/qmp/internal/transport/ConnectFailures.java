package dev.qmp.internal.transport;

import dev.qmp.error.Text;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.PeerBusyException;
import dev.qmp.protocol.QmpConnectException;
import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Names the reason why a peer cannot be reached. The system's texts are in its user's language, so the type of a
 * failure and the file system are checked first. A library that cannot be loaded is final, because the JVM does not try
 * it again. All other failures are retryable, because their reasons can be remedied outside the client.
 */
final class ConnectFailures {

    private static final String OUT_OF_DESCRIPTORS =
            "too many open files: raise the limit of this process (ulimit -n), or have it close what it does not need";

    private static final String UNKNOWN_HOST = "unknown host: check the name, and the name service of this host";

    private ConnectFailures() {}

    /** {@return the failure for an endpoint that cannot be dialled} */
    static QmpConnectException transport(Endpoint endpoint, Throwable cause) {
        return transport(endpoint.toString(), null, cause);
    }

    /**
     * {@return the failure for a Unix socket that cannot be dialled}
     *
     * @param obstacle the reason that the file system shows, if there is one
     */
    static QmpConnectException transport(Endpoint.Unix endpoint, @Nullable String obstacle, Throwable cause) {
        return transport(endpoint.toString(), obstacle, cause);
    }

    /** {@return the failure for an open connection that cannot be used} */
    static QmpConnectException transport(String peer, Throwable cause) {
        return transport(peer, null, cause);
    }

    private static QmpConnectException transport(String endpoint, @Nullable String obstacle, Throwable cause) {
        if (cause instanceof QmpConnectException already) {
            return already;
        }
        Throwable ioCause = ioCause(cause);
        return ioCause == cause ? named(endpoint, obstacle, cause) : transport(endpoint, obstacle, ioCause);
    }

    /** {@return the first {@code IOException} in the chain of causes; the failure itself if there is none} */
    private static Throwable ioCause(Throwable failure) {
        Throwable current = failure;
        while (current != null && !(current instanceof IOException)) {
            current = current.getCause();
        }
        return current == null ? failure : current;
    }

    private static QmpConnectException named(String endpoint, @Nullable String obstacle, Throwable cause) {
        String text = lowerCase(cause);
        if (isOutOfDescriptors(text)) {
            return failure(endpoint, OUT_OF_DESCRIPTORS, cause);
        }
        if (cause instanceof UnknownHostException) {
            return failure(endpoint, UNKNOWN_HOST, cause);
        }
        if (isRefusal(cause, text)) {
            return failure(endpoint, "connection refused: nothing is listening there", refusal(cause));
        }
        if (obstacle != null) {
            return failure(endpoint, obstacle, cause);
        }
        if (BusySocketText.isIn(text)) {
            return new PeerBusyException(
                    text(endpoint, "the monitor is busy: too many clients are waiting for it"), cause);
        }
        String what = text.isEmpty() ? cause.getClass().getSimpleName() : text;
        return new QmpConnectException(ConnectPhase.TRANSPORT, !isLinkage(cause), text(endpoint, what), cause);
    }

    /** {@return whether a class or a native library cannot be loaded} */
    private static boolean isLinkage(Throwable failure) {
        Throwable current = failure;
        while (current != null && !(current instanceof LinkageError)) {
            current = current.getCause();
        }
        return current != null;
    }

    /** {@return whether a failure with a Unix socket states the reason, so that the file system need not be asked} */
    static boolean hasReason(Throwable failure) {
        Throwable cause = ioCause(failure);
        String text = lowerCase(cause);
        return isOutOfDescriptors(text) || isRefusal(cause, text) || BusySocketText.isIn(text);
    }

    private static String lowerCase(Throwable cause) {
        return cause.getMessage() == null ? "" : cause.getMessage().toLowerCase(Locale.ROOT);
    }

    private static boolean isOutOfDescriptors(String text) {
        return text.contains("too many open files");
    }

    /**
     * {@return whether the connection was refused} Java's type for it can also mean a timeout of the system, and
     * junixsocket has no type.
     */
    private static boolean isRefusal(Throwable cause, String text) {
        boolean timedOut = cause instanceof ConnectTimeoutException || text.contains("timed out");
        return (cause instanceof ConnectException && !timedOut) || text.contains("refused");
    }

    /** {@return a refusal in Java's type, by which the client distinguishes a dead socket from a missing one} */
    private static ConnectException refusal(Throwable cause) {
        if (cause instanceof ConnectException refused) {
            return refused;
        }
        ConnectException refused = new ConnectException(cause.getMessage());
        refused.initCause(cause);
        return refused;
    }

    /** {@return the failure for an endpoint that cannot be listened on} */
    static QmpConnectException listening(Endpoint endpoint, Throwable cause) {
        if (cause instanceof QmpConnectException already) {
            return already;
        }
        String obstacle = endpoint instanceof Endpoint.Unix unix ? UnixSocketFiles.obstacleToBind(unix.path()) : null;
        String what = cause instanceof UnknownHostException ? UNKNOWN_HOST : Text.messageOf(ioCause(cause));
        return new QmpConnectException(
                ConnectPhase.TRANSPORT,
                true,
                "cannot listen on " + Text.printableSentence(endpoint.toString()) + ": "
                        + Text.printableSentence(obstacle != null ? obstacle : what),
                cause);
    }

    private static QmpConnectException failure(String endpoint, String what, Throwable cause) {
        return new QmpConnectException(ConnectPhase.TRANSPORT, true, text(endpoint, what), cause);
    }

    private static String text(String endpoint, String what) {
        return "cannot connect to " + Text.printableSentence(endpoint) + ": " + Text.printableSentence(what);
    }
}
