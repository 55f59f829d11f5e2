package dev.qmp.autoconfigure;

/** Runs tasks that log, for callers that must go on although the logging library can throw. */
final class SafeLogging {

    private SafeLogging() {}

    /** Runs a task that logs. If the task throws, for example because of a full disk, its line is lost. */
    static void run(Runnable line) {
        try {
            line.run();
        } catch (Throwable e) {
            // there is no other place to report it
        }
    }
}
