package dev.qmp.sample.console.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.stereotype.Component;

/**
 * Names the content of the pages' files by a digest. Their dates cannot serve, because each build sets the same date
 * for all files.
 */
@Component
class StaticFiles {

    private static final int DIGITS = 32;

    private final String version;

    StaticFiles() throws IOException {
        Resource[] files = new PathMatchingResourcePatternResolver().getResources("classpath:/static/**/*.*");
        Arrays.sort(files, Comparator.comparing(StaticFiles::address));
        MessageDigest digest = digest();
        for (Resource file : files) {
            digest.update(file.getContentAsByteArray());
        }
        version = name(digest);
    }

    /** {@return a name of all files together, which changes if one of them does} */
    String version() {
        return version;
    }

    /** {@return a name of one file's content} */
    static String contentHash(Resource file) {
        MessageDigest digest = digest();
        try {
            digest.update(file.getContentAsByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
        return name(digest);
    }

    private static String address(Resource file) {
        try {
            return file.getURL().toString();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot locate " + file, e);
        }
    }

    private static String name(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest()).substring(0, DIGITS);
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
