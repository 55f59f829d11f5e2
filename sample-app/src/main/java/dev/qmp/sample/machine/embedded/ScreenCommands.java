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
        Arguments arguments = Arguments.of(command, "filename", "device", "head", "format");
        String filename = arguments.text("filename");
        String format = arguments.optionalText("format");
        if (arguments.optionalText("device") != null) {
            throw new CommandRejection("DeviceNotFound", "Device '" + arguments.optionalText("device") + "' not found");
        }
        Picture picture = painter.paint();
        byte[] file;
        if (format == null || format.equals("ppm")) {
            file = picture.ppm();
        } else if (format.equals("png")) {
            file = picture.png();
        } else {
            throw new CommandRejection("Parameter 'format' does not accept value '" + format + "'");
        }
        try {
            Files.write(Path.of(filename), file);
        } catch (IOException | InvalidPathException e) {
            throw new CommandRejection("failed to open file '" + filename + "': " + e.getMessage());
        }
        return QmpJson.object();
    }
}
