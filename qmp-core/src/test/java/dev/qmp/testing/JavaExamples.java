package dev.qmp.testing;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * The Java examples of Markdown documents. A block that declares a type is a compilation unit without package and
 * imports; any other block is the body of a method that finds {@code vm}, {@code agent} and {@code log}.
 */
public final class JavaExamples {

    private static final Pattern BLOCK = Pattern.compile("(?ms)^```java\\n(.*?)^```$");
    private static final Pattern TYPE =
            Pattern.compile("(?m)^(@|public |final |abstract |sealed )*(class|record|interface|enum) ");

    private JavaExamples() {}

    /** {@return the Markdown files below a folder, sorted} */
    public static List<Path> documents(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    /** {@return the blocks marked as Java in a document, in order} */
    public static List<String> in(Path document) throws IOException {
        List<String> examples = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(Files.readString(document));
        while (blocks.find()) {
            examples.add(blocks.group(1));
        }
        return examples;
    }

    /**
     * Compiles an example that is the body of a method, and runs it.
     *
     * @param imports the import declarations that it may rely on
     * @param arguments what it finds, each by its type; null for a type of which there is none
     */
    public static void run(String imports, String example, Path classes, Object... arguments) throws Exception {
        List<String> problems = compile(imports, example, classes);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(example + problems);
        }
        URL[] folders = {classes.toUri().toURL()};
        try (URLClassLoader loader = new URLClassLoader(folders, JavaExamples.class.getClassLoader())) {
            Constructor<?> constructor = loader.loadClass("Example").getDeclaredConstructor();
            constructor.setAccessible(true);
            Object instance = constructor.newInstance();
            Method method = Stream.of(instance.getClass().getDeclaredMethods())
                    .filter(candidate -> candidate.getName().equals("example"))
                    .findAny()
                    .orElseThrow();
            method.setAccessible(true);
            method.invoke(
                    instance,
                    Stream.of(method.getParameterTypes())
                            .map(type -> Stream.of(arguments)
                                    .filter(type::isInstance)
                                    .findFirst()
                                    .orElse(null))
                            .toArray());
        }
    }

    /** {@return the parameters of the method, without those that the example declares itself} */
    private static String parameters(String example) {
        return Stream.of("QmpClient vm", "dev.qmp.agent.GuestAgent agent", "org.slf4j.Logger log")
                .filter(parameter -> !example.contains(parameter.substring(parameter.lastIndexOf('.') + 1) + " ="))
                .collect(Collectors.joining(", "));
    }

    /**
     * Compiles an example on the class path of the tests.
     *
     * @param imports the import declarations that it may rely on
     * @return what the compiler objects to; empty if nothing
     */
    public static List<String> compile(String imports, String example, Path classes) {
        String source = TYPE.matcher(example).find()
                ? imports + example
                : imports + "class Example { void example(" + parameters(example) + ") throws Exception {\n" + example
                        + "\n}}";
        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        Matcher name = Pattern.compile(
                        "(?m)^public (?:final |abstract |sealed )*(?:class|record|interface|enum) (\\w+)")
                .matcher(source);
        String unit = name.find() ? name.group(1) : "Example";
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///" + unit + ".java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        boolean compiled = ToolProvider.getSystemJavaCompiler()
                .getTask(
                        null,
                        null,
                        diagnostics,
                        List.of("-proc:none", "-d", classes.toString(), "-cp", System.getProperty("java.class.path")),
                        null,
                        List.of(file))
                .call();
        return compiled
                ? List.of()
                : diagnostics.getDiagnostics().stream().map(Object::toString).toList();
    }
}
