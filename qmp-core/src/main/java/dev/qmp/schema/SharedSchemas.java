package dev.qmp.schema;

import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One schema for all machines with equal replies. The key is a digest of the reply, not the version, because builds of
 * one version differ in their features. A schema without users is collected.
 */
final class SharedSchemas {

    private static final Map<String, WeakReference<QmpSchema>> BY_DIGEST = new ConcurrentHashMap<>();

    private SharedSchemas() {}

    static QmpSchema of(JsonNode reply) {
        String digest = digest(reply);
        QmpSchema shared = get(digest);
        if (shared != null) {
            return shared;
        }
        QmpSchema read = SchemaReader.read(reply);
        BY_DIGEST.values().removeIf(reference -> reference.get() == null);
        WeakReference<QmpSchema> kept = BY_DIGEST.compute(
                digest, (key, other) -> other == null || other.get() == null ? new WeakReference<>(read) : other);
        QmpSchema first = kept.get();
        return first == null ? read : first;
    }

    private static @Nullable QmpSchema get(String digest) {
        WeakReference<QmpSchema> reference = BY_DIGEST.get(digest);
        return reference == null ? null : reference.get();
    }

    private static String digest(JsonNode reply) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha256.digest(reply.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
