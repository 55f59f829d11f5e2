package dev.qmp.benchmark;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Long results of a reply, shaped like those of {@code query-qmp-schema} and {@code query-named-block-nodes}. */
final class BigResult {

    private static final Map<Integer, ByteBuffer> PREPARED = new ConcurrentHashMap<>();

    private BigResult() {}

    /** {@return the same bytes for a server, made once} */
    static ByteBuffer prepared(int size) {
        return PREPARED.computeIfAbsent(size, BigResult::inDirectMemory).duplicate();
    }

    /** A socket takes it from there as it is. */
    private static ByteBuffer inDirectMemory(int size) {
        byte[] bytes = ofSize(size);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    /** {@return a JSON array of about so many bytes} */
    static byte[] ofSize(int size) {
        StringBuilder text = new StringBuilder(size + 200).append('[');
        for (int node = 0; text.length() < size; node++) {
            text.append(node == 0 ? "" : ", ")
                    .append("{\"name\": \"block-node-")
                    .append(node)
                    .append("\", \"meta-type\": \"object\", \"read-only\": false, \"iops\": ")
                    .append(node * 17)
                    .append(", \"members\": [{\"name\": \"device\", \"type\": \"str\"},")
                    .append(" {\"name\": \"size\", \"default\": null}]}");
        }
        return text.append(']').toString().getBytes(StandardCharsets.US_ASCII);
    }
}
