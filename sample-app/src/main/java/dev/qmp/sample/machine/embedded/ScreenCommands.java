package dev.qmp.sample.machine.embedded;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.CommandRejection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;

/** The command {@code screendump}: writes a picture of the display to a file. */
final class ScreenCommands implements Feature {

    private final ScreenPainter painter;

    ScreenCommands(ScreenPainter painter) {
        this.painter = painter;
    }

    @Override
    public void install(BiConsumer<String, CommandHandler> commands) {
        commands.accept("screendump", this::dump);
    }

    private JsonNode dump(QmpCommand command) throws CommandRejection {
        JsonNode arguments = Feature.arguments(command);
        if (arguments.has("device")) {
            String device = arguments.path("device").asString();
            throw new CommandRejection("DeviceNotFound", "Device '" + device + "' not found");
        }
        String filename = arguments.path("filename").asString();
        boolean isPng = arguments.path("format").asString("ppm").equals("png");
        Picture picture = painter.paint();
        try {
            Files.write(Path.of(filename), isPng ? picture.png() : picture.ppm());
        } catch (IOException | InvalidPathException e) {
            throw new CommandRejection("failed to open file '" + filename + "': " + e.getMessage());
        }
        return QmpJson.object();
    }
}
