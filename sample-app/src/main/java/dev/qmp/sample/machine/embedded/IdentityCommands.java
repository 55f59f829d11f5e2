package dev.qmp.sample.machine.embedded;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.qmp.server.CommandHandler;
import java.util.Map;
import java.util.function.BiConsumer;

/** Commands for the machine's name, UUID and version. */
final class IdentityCommands implements Feature {

    private final Guest guest;

    IdentityCommands(Guest guest) {
        this.guest = guest;
    }

    @Override
    public void install(BiConsumer<String, CommandHandler> commands) {
        commands.accept("query-name", CommandHandler.returning(Map.of("name", guest.name())));
        commands.accept(
                "query-uuid", CommandHandler.returning(new Uuid(guest.uuid().toString())));
        commands.accept("query-version", CommandHandler.returning(new Version(new Numbers(7, 2, 22), "embedded")));
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
