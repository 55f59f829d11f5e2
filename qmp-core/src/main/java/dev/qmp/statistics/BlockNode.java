package dev.qmp.statistics;

import dev.qmp.qapi.type.BlockStats;
import dev.qmp.qapi.type.BlockStatsSpecific;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What QEMU counts for one block node. It counts operations and bytes for devices only.
 *
 * @param name the node's name
 * @param highestWriteOffset the end of the highest write since the machine's start, in bytes; 0 if there was none
 * @param driver counters of the node's driver; null if it has none
 */
public record BlockNode(String name, long highestWriteOffset, @Nullable BlockStatsSpecific driver) {

    /** Refuses null. */
    public BlockNode {
        Objects.requireNonNull(name, "name");
    }

    static BlockNode of(BlockStats node) {
        return new BlockNode(
                Objects.requireNonNullElse(node.nodeName(), ""), node.stats().wrHighestOffset(), node.driverSpecific());
    }
}
