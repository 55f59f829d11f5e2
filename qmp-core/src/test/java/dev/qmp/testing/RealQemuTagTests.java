package dev.qmp.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Tests that run a program of QEMU have {@link RequiresQemu}, because {@code qemu-versions test} selects its tests by
 * that annotation. Reads the sources of all modules.
 */
class RealQemuTagTests {

    private static final String PROGRAM_STARTS = "\\bQemu\\.(start|prepare|withMachine)\\(|\\bGuestAgent\\.start\\("
            + "|\\bStorageDaemon\\.start\\(|\\bTool\\.(QEMU|GUEST_AGENT|STORAGE_DAEMON)\\s*\\.find\\("
            + "|\"qemu-(system-x86_64|ga|storage-daemon|img)\"|profiles\\.active=qemu\\b|@ActiveProfiles\\(\"qemu\"\\)";
    private static final Pattern OTHER_TAG = Pattern.compile("@RequiresTool\\((?!Tool\\.(BROWSER|PROMTOOL)\\))");
    private static final Pattern ON_THE_CLASS = Pattern.compile("(?m)^@RequiresQemu\\b");
    private static final Pattern NOT_CODE = Pattern.compile("(?m)^import .*$|(?s)/\\*.*?\\*/|//.*$");
    /** What stands between two members of a class, or between the class's head and its first member. */
    private static final Pattern NEXT_MEMBER = Pattern.compile("\\n\\n(?= {4}\\S)");

    @Test
    void eachTestOfARealQemuRunsOnEachVersion() throws IOException {
        Map<String, String> sources = sources();
        assertThat(sources)
                .containsKeys("QemuIntegrationTests", "SpringQemuIntegrationTests", "SeveralMachinesIntegrationTests");
        Pattern uses = usesOfQemu(sources);
        assertThat(withoutTag("final Qemu qemu = Qemu.start();", uses)).isTrue();

        TreeSet<String> missing = new TreeSet<>();
        sources.forEach((name, source) -> {
            if (isTest(name) && !name.equals("RealQemuTagTests") && withoutTag(source, uses)) {
                missing.add(name);
            }
        });
        assertThat(missing)
                .as("tests that run a program of QEMU, and lack @RequiresQemu on the class or on the method")
                .isEmpty();
    }

    @Test
    void noTestRequiresAProgramOfQemuByTheTagOfOtherPrograms() throws IOException {
        TreeSet<String> wrong = new TreeSet<>();
        sources().forEach((name, source) -> {
            if (OTHER_TAG.matcher(source).find()) {
                wrong.add(name);
            }
        });
        assertThat(wrong)
                .as("@RequiresTool of a program of QEMU: @RequiresQemu is the right one")
                .isEmpty();
    }

    /** {@return whether a member of the class, or its head, uses QEMU without the annotation} */
    private static boolean withoutTag(String source, Pattern uses) {
        return !ON_THE_CLASS.matcher(source).find()
                && NEXT_MEMBER
                        .splitAsStream(source)
                        .anyMatch(member -> uses.matcher(member).find() && !member.contains("@RequiresQemu"));
    }

    /**
     * {@return what starts a program of QEMU, and the names of the classes that do, directly or by another such class}
     */
    private static Pattern usesOfQemu(Map<String, String> sources) {
        List<String> uses = new ArrayList<>(List.of(PROGRAM_STARTS));
        Map<String, String> helpers = new TreeMap<>(sources);
        helpers.keySet().removeIf(RealQemuTagTests::isTest);
        boolean more = true;
        while (more) {
            Pattern known = Pattern.compile(String.join("|", uses));
            List<String> found = helpers.entrySet().stream()
                    .filter(helper -> known.matcher(helper.getValue()).find())
                    .map(Map.Entry::getKey)
                    .toList();
            found.forEach(name -> uses.add("\\b" + name + "\\b"));
            more = helpers.keySet().removeAll(found);
        }
        return Pattern.compile(String.join("|", uses));
    }

    private static boolean isTest(String name) {
        return name.endsWith("Tests");
    }

    /**
     * {@return by simple name, the code of the tests and benchmarks of all modules, without the programs' own helpers}
     */
    private static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new TreeMap<>();
        try (Stream<Path> files = Files.walk(Path.of(".."))) {
            for (Path file : (Iterable<Path>) files.filter(RealQemuTagTests::isSource)::iterator) {
                String code = NOT_CODE.matcher(Files.readString(file)).replaceAll("");
                sources.put(file.getFileName().toString().replace(".java", ""), code);
            }
        }
        return sources;
    }

    private static boolean isSource(Path file) {
        String path = file.toString();
        return path.matches("\\.\\./[\\w-]+/src/(test|jmh)/java/.*\\.java")
                && (isTest(path.replace(".java", "")) || !path.contains("/dev/qmp/testing/"));
    }
}
