package dev.qmp.server.simulation;

import dev.qmp.error.Text;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandRejection;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** The files of a simulated guest, and the open handles of its agent. The caller holds the simulation's lock. */
final class SimulatedFiles {

    private static final long FIRST_HANDLE = 1000;
    private static final int DEFAULT_COUNT = 4096;
    private static final int MAX_COUNT = 48 << 20;
    private static final int MAX_LENGTH = 1 << 30;
    private static final Set<String> MODES =
            Set.of("r", "rb", "w", "wb", "a", "ab", "r+", "rb+", "r+b", "w+", "wb+", "w+b", "a+", "ab+", "a+b");

    /** An open file. */
    private static final class Handle {

        final String path;
        final boolean readable;
        final boolean writable;
        final boolean appending;
        long position;

        Handle(String path, String mode) {
            this.path = path;
            this.readable = mode.startsWith("r") || mode.contains("+");
            this.writable = !mode.startsWith("r") || mode.contains("+");
            this.appending = mode.startsWith("a");
        }
    }

    private final Map<String, byte[]> contents = new HashMap<>();
    private final Map<Long, Handle> handles = new HashMap<>();
    private long nextHandle = FIRST_HANDLE;
    private long space = Long.MAX_VALUE;

    void put(String path, byte[] content) {
        contents.put(path, content);
    }

    byte[] content(String path) {
        byte[] content = contents.get(path);
        if (content == null) {
            throw new IllegalArgumentException("the guest has no file '" + Text.printable(path) + "'");
        }
        return content.clone();
    }

    Set<String> paths() {
        return Set.copyOf(contents.keySet());
    }

    int openHandles() {
        return handles.size();
    }

    /** Sets how many bytes all files together may have. */
    void limit(long bytes) {
        space = bytes;
    }

    JsonNode open(JsonNode arguments) throws CommandRejection {
        String path = Arguments.required(arguments, "path").asString("");
        String mode = arguments.path("mode").asString("r");
        if (!MODES.contains(mode)) {
            throw new CommandRejection("invalid file open mode '" + mode + "'");
        }
        if (mode.startsWith("w")) {
            contents.put(path, new byte[0]);
        } else if (mode.startsWith("a")) {
            contents.putIfAbsent(path, new byte[0]);
        } else if (!contents.containsKey(path)) {
            throw new CommandRejection(
                    "failed to open file '" + path + "' (mode: '" + mode + "'): No such file or directory");
        }
        handles.put(nextHandle, new Handle(path, mode));
        return QmpJson.toTree(nextHandle++);
    }

    private Handle handle(JsonNode arguments) throws CommandRejection {
        long number = Arguments.required(arguments, "handle").asLong(-1);
        Handle handle = handles.get(number);
        if (handle == null) {
            throw new CommandRejection("handle '" + number + "' has not been found");
        }
        return handle;
    }

    private byte[] contentOf(Handle handle) {
        return contents.getOrDefault(handle.path, new byte[0]);
    }

    JsonNode close(JsonNode arguments) throws CommandRejection {
        handle(arguments);
        handles.remove(arguments.path("handle").asLong(-1));
        return QmpJson.object();
    }

    JsonNode flush(JsonNode arguments) throws CommandRejection {
        handle(arguments);
        return QmpJson.object();
    }

    JsonNode read(JsonNode arguments) throws CommandRejection {
        Handle handle = handle(arguments);
        long count = arguments.path("count").asLong(DEFAULT_COUNT);
        if (count < 0 || count > MAX_COUNT) {
            throw new CommandRejection("value '" + count + "' is invalid for argument count");
        }
        if (!handle.readable) {
            throw new CommandRejection("failed to read file: Bad file descriptor");
        }
        byte[] content = contentOf(handle);
        int from = (int) Math.min(handle.position, content.length);
        byte[] chunk = Arrays.copyOfRange(content, from, (int) Math.min(content.length, from + count));
        handle.position += chunk.length;
        return QmpJson.object()
                .put("count", chunk.length)
                .put("buf-b64", Base64.getEncoder().encodeToString(chunk))
                .put("eof", chunk.length < count);
    }

    JsonNode write(JsonNode arguments) throws CommandRejection {
        Handle handle = handle(arguments);
        byte[] bytes = Arguments.base64(Arguments.required(arguments, "buf-b64").asString(""));
        long count = arguments.path("count").asLong(bytes.length);
        if (count < 0 || count > bytes.length) {
            throw new CommandRejection("value '" + count + "' is invalid for argument count");
        }
        if (!handle.writable) {
            throw new CommandRejection("failed to write to file: Bad file descriptor");
        }
        byte[] content = contentOf(handle);
        long at = handle.appending ? content.length : handle.position;
        long length = Math.max(content.length, at + count);
        if (length > MAX_LENGTH || used() - content.length + length > space) {
            throw new CommandRejection("failed to write to file: No space left on device");
        }
        byte[] written = Arrays.copyOf(content, (int) length);
        System.arraycopy(bytes, 0, written, (int) at, (int) count);
        contents.put(handle.path, written);
        handle.position = at + count;
        return QmpJson.object().put("count", count).put("eof", false);
    }

    private long used() {
        return contents.values().stream().mapToLong(content -> content.length).sum();
    }

    JsonNode seek(JsonNode arguments) throws CommandRejection {
        Handle handle = handle(arguments);
        long offset = Arguments.required(arguments, "offset").asLong(0);
        long position = origin(handle, Arguments.required(arguments, "whence")) + offset;
        if (position < 0) {
            throw new CommandRejection("failed to seek file: Invalid argument");
        }
        handle.position = position;
        return QmpJson.object().put("position", position).put("eof", false);
    }

    private long origin(Handle handle, JsonNode whence) throws CommandRejection {
        return switch (whence.asString("")) {
            case "0", "set" -> 0;
            case "1", "cur" -> handle.position;
            case "2", "end" -> contentOf(handle).length;
            default ->
                throw new CommandRejection(
                        whence.isNumber()
                                ? "invalid whence code " + whence.asString("")
                                : "Parameter 'whence' does not accept value '" + whence.asString("") + "'");
        };
    }
}
