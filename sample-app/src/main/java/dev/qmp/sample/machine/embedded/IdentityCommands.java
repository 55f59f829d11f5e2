package dev.qmp.sample.machine.embedded;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.CommandRejection;
import java.util.Map;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;

/** Commands for the machine's name, UUID and version. */
final class IdentityCommands implements Feature {

    private final Guest guest;

    IdentityCommands(Guest guest) {
        this.guest = guest;
    }

    @Override
    public void install(BiConsumer<String, CommandHandler> commands) {
        commands.accept("query-name", command -> answer(command, Map.of("name", guest.name())));
        commands.accept(
                "query-uuid", command -> answer(command, new Uuid(guest.uuid().toString())));
        commands.accept("query-version", command -> answer(command, new Version(new Numbers(7, 2, 22), "embedded")));
    }

    private static JsonNode answer(QmpCommand command, Object value) throws CommandRejection {
        Arguments.of(command);
        return QmpJson.toTree(value);
    }

    /**
     * The result of {@code query-uuid}.
     *
     * @param uuid in the usual notation
     */
    record Uuid(@JsonProperty("UUID") String uuid) {}

    /**
     * The result of {@code query-version}.
     *
     * @param qemu the version
     * @param packaged the distributor's addition
     */
    record Version(Numbers qemu, @JsonProperty("package") String packaged) {}

    /**
     * A version.
     *
     * @param major the first number
     * @param minor the second
     * @param micro the third
     */
    record Numbers(int major, int minor, int micro) {}
}
