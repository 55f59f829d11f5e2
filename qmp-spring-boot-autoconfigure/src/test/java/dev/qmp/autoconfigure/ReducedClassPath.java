package dev.qmp.autoconfigure;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * An application on a class path that lacks some jars. Unlike a filtered class loader it is without their annotations,
 * too, which is how an application really is.
 */
final class ReducedClassPath {

    private final List<URL> urls;

    private ReducedClassPath(List<URL> urls) {
        this.urls = urls;
    }

    static ReducedClassPath without(String pattern) throws MalformedURLException {
        Pattern unwanted = Pattern.compile("(" + pattern + ").*\\.jar");
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(java.io.File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (!unwanted.matcher(path.getFileName().toString()).lookingAt()) {
                urls.add(path.toUri().toURL());
            }
        }
        return new ReducedClassPath(urls);
    }

    /** Starts the application and closes it; {@return the names of its connections} */
    String start(String... arguments) throws Exception {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Thread.currentThread().setContextClassLoader(loader);
            return (String) loader.loadClass(SmallApplication.class.getName())
                    .getMethod("connections", String[].class)
                    .invoke(null, (Object) arguments);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }
}
