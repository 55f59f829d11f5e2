package dev.qmp.server;

import dev.qmp.message.QmpCommand;
import tools.jackson.databind.JsonNode;

/**
 * Answers one command. Handlers of commands in band run one after the other, as QEMU's main loop runs them; those out of
 * band run beside them.
 */
@FunctionalInterface
public interface CommandHandler {

    /**
     * Answers the command; may block.
     *
     * @return the value of {@code return}
     * @throws CommandRejection to answer with an error of a given class
     * @throws Exception anything else is answered with {@code GenericError} and the exception's text
     */
    JsonNode handle(QmpCommand command) throws Exception;
}
