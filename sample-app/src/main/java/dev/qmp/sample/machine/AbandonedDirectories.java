package dev.qmp.sample.machine;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.util.FileSystemUtils;

/** Removes directories whose owners were killed: those whose lock is free. */
final class AbandonedDirectories {

    /** Directories of this process. It must not try their locks: closing a file drops all locks a process has on it. */
    static final Set<Path> LIVE = ConcurrentHashMap.newKeySet();

    /** Grace period, because the owner of a new directory may not have locked it yet. */
    static final Duration YOUNG = Duration.ofMinutes(1);

    private static final Log log = LogFactory.getLog(AbandonedDirectories.class);

    private AbandonedDirectories() {}

    /** Searches the parent of a directory for others of its kind and its user. */
    static void removeLike(Path directory) throws IOException {
        String kind = kind(directory);
        UserPrincipal user = Files.getOwner(directory);
        List<Path> others;
        try (Stream<Path> all = Files.list(directory.resolveSibling("."))) {
            others = all.map(other -> directory.resolveSibling(other.getFileName()))
                    .filter(other -> !LIVE.contains(other) && kind(other).equals(kind))
                    .toList();
        }
        for (Path other : others) {
            try {
                if (Files.getOwner(other, LinkOption.NOFOLLOW_LINKS).equals(user) && isAbandoned(other)) {
                    FileSystemUtils.deleteRecursively(other);
                }
            } catch (IOException e) {
                log.debug("Left as it is: " + other, e); // for instance because its owner is just removing it
            }
        }
    }

    /** {@return the name without its random part, which has the length of a UUID's first three groups} */
    private static String kind(Path directory) {
        return String.valueOf(directory.getFileName()).replaceFirst("-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}$", "");
    }

    private static boolean isAbandoned(Path directory) throws IOException {
        Path file = directory.resolve(PrivateDirectory.LOCK);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                || Files.getLastModifiedTime(file)
                        .toInstant()
                        .isAfter(Instant.now().minus(YOUNG))) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            return channel.tryLock() != null;
        }
    }
}
