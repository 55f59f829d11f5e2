package dev.qmp.internal.json;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpGreeting;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.message.QmpVersion;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/**
 * Writes messages as JSON, with their members in QEMU's order. Each thread has one generator for all its messages,
 * which are a sequence of values to it. Between two values it has no state. After a failure, a new one is created.
 */
final class MessageWriter {

    private static final ThreadLocal<MessageWriter> OF_THREAD = ThreadLocal.withInitial(MessageWriter::new);

    private final MessageStream stream = new MessageStream();
    private @Nullable JsonGenerator generator;

    private MessageWriter() {}

    /** Writes one message, without an end mark. */
    static void write(QmpMessage message, OutputStream out) {
        OF_THREAD.get().writeTo(message, out);
    }

    private void writeTo(QmpMessage message, OutputStream out) {
        JsonGenerator current = generator == null ? Json.MAPPER.createGenerator(stream) : generator;
        generator = null; // restored after success only
        stream.out = out;
        try {
            writeMessage(message, current);
            current.flush();
        } finally {
            stream.out = MessageStream.NOWHERE;
        }
        generator = current;
    }

    /** The stream of the generator, which writes to the stream of the present message. */
    private static final class MessageStream extends OutputStream {

        private static final OutputStream NOWHERE = OutputStream.nullOutputStream();

        private OutputStream out = NOWHERE;

        @Override
        public void write(int octet) throws IOException {
            out.write(octet);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }
    }

    private static void writeMessage(QmpMessage message, JsonGenerator out) {
        out.writeStartObject();
        if (message instanceof QmpCommand command) {
            writeCommand(command, out);
        } else if (message instanceof QmpReply reply) {
            writeReply(reply, out);
        } else if (message instanceof QmpEvent event) {
            writeEvent(event, out);
        } else if (message instanceof QmpGreeting greeting) {
            writeGreeting(greeting, out);
        }
        out.writeEndObject();
    }

    private static void writeCommand(QmpCommand command, JsonGenerator out) {
        out.writeStringProperty(command.isOutOfBand() ? "exec-oob" : "execute", command.name());
        writeTree("arguments", command.arguments(), out);
        if (command.extra() != null) {
            for (Map.Entry<String, JsonNode> member : command.extra().properties()) {
                writeTree(member.getKey(), member.getValue(), out);
            }
        }
        writeId(command.id(), out);
    }

    /** Writes a reply. As in QEMU, the id is last in a success and first in a failure, and clients must accept both. */
    private static void writeReply(QmpReply reply, JsonGenerator out) {
        QmpErrorInfo error = reply.error();
        if (error == null) {
            writeTree("return", reply.result(), out);
            writeId(reply.id(), out);
            return;
        }
        writeId(reply.id(), out);
        out.writeObjectPropertyStart("error");
        out.writeStringProperty("class", error.errorClass());
        out.writeStringProperty("desc", error.description());
        out.writeEndObject();
    }

    private static void writeEvent(QmpEvent event, JsonGenerator out) {
        Instant timestamp = event.timestamp();
        out.writeObjectPropertyStart("timestamp");
        out.writeNumberProperty("seconds", timestamp == null ? -1 : timestamp.getEpochSecond());
        out.writeNumberProperty("microseconds", timestamp == null ? -1 : timestamp.getNano() / 1000);
        out.writeEndObject();
        out.writeStringProperty("event", event.name());
        if (!event.data().isEmpty()) {
            writeTree("data", event.data(), out);
        }
    }

    private static void writeGreeting(QmpGreeting greeting, JsonGenerator out) {
        QmpVersion version = greeting.version();
        out.writeObjectPropertyStart("QMP");
        out.writeObjectPropertyStart("version");
        out.writeObjectPropertyStart("qemu");
        out.writeNumberProperty("micro", version.micro());
        out.writeNumberProperty("minor", version.minor());
        out.writeNumberProperty("major", version.major());
        out.writeEndObject();
        out.writeStringProperty("package", version.packageName());
        out.writeEndObject();
        out.writeArrayPropertyStart("capabilities");
        greeting.capabilities().forEach(out::writeString);
        out.writeEndArray();
        out.writeEndObject();
    }

    /** Nearly all ids are strings, for which the mapper need not look for a serializer. */
    private static void writeId(@Nullable JsonNode id, JsonGenerator out) {
        if (id != null && id.isString()) {
            out.writeStringProperty("id", id.stringValue());
        } else {
            writeTree("id", id, out);
        }
    }

    private static void writeTree(String name, @Nullable JsonNode tree, JsonGenerator out) {
        if (tree != null) {
            out.writeName(name);
            out.writeTree(tree);
        }
    }
}
