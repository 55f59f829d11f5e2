package dev.qmp.internal.engine;

/** What is quoted of a cause in the text of a failure. */
public final class Causes {

    private Causes() {}

    /** {@return a cause's own words; one that says nothing is named by its type} */
    public static String text(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
