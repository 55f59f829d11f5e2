package dev.qmp.protocol;

/** How a session ended, as its protocol describes it: see {@link AsyncProtocol#outcome}. */
public interface SessionOutcome {

    /**
     * {@return whether this side requested the end, or the peer announced it} Such an end is logged at INFO, any other
     * at WARN.
     */
    boolean isOrderly();

    /** {@return the kind of the end and its reason, on one line and printable} */
    String description();
}
