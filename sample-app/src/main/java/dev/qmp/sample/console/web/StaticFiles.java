package dev.qmp.sample.console.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Collectors;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.stereotype.Component;
import org.springframework.util.DigestUtils;
import org.springframework.web.servlet.resource.ContentVersionStrategy;

/**
 * Names the content of the pages' files by a digest. Their dates cannot serve, because each build sets the same date
 * for all files.
 */
@Component
class StaticFiles {

    private static final ContentVersionStrategy CONTENT = new ContentVersionStrategy();

    private final String version;

    StaticFiles() throws IOException {
        Resource[] files = new PathMatchingResourcePatternResolver().getResources("classpath:/static/**/*.*");
        Arrays.sort(files, Comparator.comparing(StaticFiles::address));
        version = DigestUtils.md5DigestAsHex(Arrays.stream(files)
                .map(StaticFiles::contentHash)
                .collect(Collectors.joining())
                .getBytes(StandardCharsets.UTF_8));
    }

    /** {@return a name of all files together, which changes if one of them does} */
    String version() {
        return version;
    }

    /** {@return a name of one file's content} */
    static String contentHash(Resource file) {
        return CONTENT.getResourceVersion(file);
    }

    private static String address(Resource file) {
        try {
            return file.getURL().toString();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot locate " + file, e);
        }
    }
}
