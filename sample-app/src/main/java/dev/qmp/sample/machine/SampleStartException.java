package dev.qmp.sample.machine;

/** The sample cannot start, and its user can correct that. */
public final class SampleStartException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    /**
     * Creates the exception.
     *
     * @param description the problem
     * @param action what the user can do
     */
    public SampleStartException(String description, String action) {
        super(description);
        this.action = action;
    }

    String action() {
        return action;
    }
}
