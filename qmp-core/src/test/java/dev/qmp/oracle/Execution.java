package dev.qmp.oracle;

/**
 * A command that a machine began to execute.
 *
 * @param id its id on the wire
 * @param name the command
 * @param label the text that identifies it; empty if it has none
 */
record Execution(String id, String name, String label) {

    boolean isLabelled() {
        return !label.isEmpty();
    }
}
