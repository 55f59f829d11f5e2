package dev.qmp.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A recorded session with a QEMU program, line by line. {@code qemu-versions record} writes the files.
 *
 * @param name the version and the session, such as {@code 7.2/machine}
 * @param lines in the order of the session
 */
public record Transcript(String name, List<Line> lines) {

    /** The versions with transcripts. */
    public static final List<String> VERSIONS = List.of("5.2", "7.2", "10.0", "11.1");

    private static final int PREFIX = 2;

    /**
     * One line, with its end.
     *
     * @param received whether the server sent it
     * @param text the bytes, one per character
     */
    public record Line(boolean received, String text) {

        /** {@return the line as it was on the wire} */
        public byte[] bytes() {
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }

        /** {@return the message in the line} */
        public JsonNode message() {
            String json = new String(bytes(), StandardCharsets.UTF_8);
            return JsonMapper.shared().readTree(json.substring(json.indexOf('{')));
        }

        /** {@return whether the server sent an event} */
        public boolean isEvent() {
            return received && message().has("event");
        }
    }

    /** {@return the transcripts of a session with each version} */
    public static Stream<Transcript> ofEachVersion(String... sessions) {
        return VERSIONS.stream().flatMap(version -> Stream.of(sessions).map(session -> read(version + "/" + session)));
    }

    /** {@return one transcript} */
    public static Transcript read(String name) {
        try (InputStream file = Transcript.class.getResourceAsStream("/dev/qmp/transcripts/" + name + ".gz")) {
            if (file == null) {
                throw new IllegalArgumentException("there is no transcript " + name);
            }
            String all = new String(new GZIPInputStream(file).readAllBytes(), StandardCharsets.ISO_8859_1);
            List<Line> lines = new ArrayList<>();
            for (int begin = 0; begin < all.length(); ) {
                int end = all.indexOf('\n', begin) + 1;
                lines.add(new Line(all.charAt(begin) == '<', all.substring(begin + PREFIX, end)));
                begin = end;
            }
            return new Transcript(name, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the lines that the server sent} */
    public List<Line> received() {
        return lines.stream().filter(Line::received).toList();
    }

    /** {@return all that the server sent} */
    public byte[] receivedBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        received().forEach(line -> bytes.writeBytes(line.bytes()));
        return bytes.toByteArray();
    }

    @Override
    public String toString() {
        return name;
    }
}
