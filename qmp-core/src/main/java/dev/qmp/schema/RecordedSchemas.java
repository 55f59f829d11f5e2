package dev.qmp.schema;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The replies to {@code query-qmp-schema} that this library contains, as the machines sent them. */
final class RecordedSchemas {

    static final List<String> VERSIONS = List.of("5.2", "7.2", "10.0", "11.1");

    private RecordedSchemas() {}

    static JsonNode read(String version) {
        if (!VERSIONS.contains(version)) {
            throw new IllegalArgumentException(
                    "no schema of QEMU " + version + " was recorded; there are " + String.join(", ", VERSIONS));
        }
        try (InputStream recorded = RecordedSchemas.class.getResourceAsStream(version + ".json.gz")) {
            if (recorded == null) {
                throw new IllegalStateException("the schema of QEMU " + version + " is missing in this jar");
            }
            return JsonMapper.shared().readTree(new GZIPInputStream(recorded)).path("return");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
