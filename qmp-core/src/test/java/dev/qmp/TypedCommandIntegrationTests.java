package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpJson;
import dev.qmp.qapi.QapiCommand;
import dev.qmp.qapi.QapiValue;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.qapi.command.BlockJobComplete;
import dev.qmp.qapi.command.BlockdevAdd;
import dev.qmp.qapi.command.BlockdevDel;
import dev.qmp.qapi.command.BlockdevMirror;
import dev.qmp.qapi.command.ChardevAdd;
import dev.qmp.qapi.command.Cont;
import dev.qmp.qapi.command.HumanMonitorCommand;
import dev.qmp.qapi.command.NetdevAdd;
import dev.qmp.qapi.command.ObjectAdd;
import dev.qmp.qapi.command.QomGet;
import dev.qmp.qapi.command.QueryBlock;
import dev.qmp.qapi.command.QueryBlockstats;
import dev.qmp.qapi.command.QueryCommands;
import dev.qmp.qapi.command.QueryNamedBlockNodes;
import dev.qmp.qapi.command.QueryQmpSchema;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.qapi.command.Stop;
import dev.qmp.qapi.event.BlockJobCompleted;
import dev.qmp.qapi.event.BlockJobReady;
import dev.qmp.qapi.event.Resume;
import dev.qmp.qapi.type.BlockDeviceInfo;
import dev.qmp.qapi.type.BlockInfo;
import dev.qmp.qapi.type.BlockdevOptions;
import dev.qmp.qapi.type.BlockdevRef;
import dev.qmp.qapi.type.ChardevBackend;
import dev.qmp.qapi.type.ChardevReturn;
import dev.qmp.qapi.type.ChardevSocket;
import dev.qmp.qapi.type.CommandInfo;
import dev.qmp.qapi.type.JobType;
import dev.qmp.qapi.type.MirrorSyncMode;
import dev.qmp.qapi.type.Netdev;
import dev.qmp.qapi.type.ObjectOptions;
import dev.qmp.qapi.type.RunState;
import dev.qmp.qapi.type.SchemaInfo;
import dev.qmp.qapi.type.SocketAddressLegacy;
import dev.qmp.qapi.type.UnixSocketAddress;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.QemuVersion;
import dev.qmp.testing.RequiresQemu;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Commands, results and events as types, on a real machine with disks, networks and other devices. */
@RequiresQemu
@Timeout(60)
class TypedCommandIntegrationTests {

    /** Numbers are equal by value: 1 and 1.0 are one number in JSON. */
    private static final Comparator<JsonNode> BY_VALUE = (one, other) -> one.isNumber() && other.isNumber()
            ? one.decimalValue().compareTo(other.decimalValue())
            : one.equals(other) ? 0 : 1;

    private static final Pattern WORD = Pattern.compile("(?:^|-)(.)");

    private Qemu qemu;
    private QmpClient client;

    @BeforeEach
    void start() {
        qemu = Qemu.withMachine(
                "pc,accel=tcg",
                "-S",
                "-m",
                "64",
                "-object",
                "iothread,id=thread0",
                "-blockdev",
                "null-co,node-name=disk0,size=1048576,read-zeroes=on",
                "-device",
                "virtio-blk-pci,drive=disk0,id=blk0,iothread=thread0",
                "-drive",
                "if=none,id=cd0,media=cdrom",
                "-device",
                "ide-cd,drive=cd0,id=cd",
                "-netdev",
                "hubport,id=net0,hubid=0",
                "-device",
                "virtio-net-pci,netdev=net0,id=nic0",
                "-device",
                "virtio-balloon-pci,id=balloon0",
                "-chardev",
                "ringbuf,id=ring0",
                "-device",
                "qemu-xhci");
        qemu.restart();
        client = QmpClient.builder(qemu.endpoint())
                .reconnect(ReconnectPolicy.never())
                .build();
        await().until(() -> {
            try {
                client.blocking().connect();
                return true;
            } catch (RuntimeException e) {
                return false;
            }
        });
    }

    @AfterEach
    void stop() {
        client.close();
        qemu.close();
    }

    private <R> R execute(TypedCommand<R> command) {
        return client.blocking().execute(command);
    }

    // ------------------------------------------------------------------ all queries

    @Test
    void everyQueryIsReadAndWrittenBack() throws ReflectiveOperationException {
        Set<String> offered = new TreeSet<>();
        execute(QueryCommands.command()).stream().map(CommandInfo::name).forEach(offered::add);
        Map<String, String> problems = new TreeMap<>();
        int read = 0;
        for (QapiCommand<?, ?> query : queries()) {
            if (offered.contains(query.name())) {
                try {
                    String problem = execute(TypedCommand.of(query.toCommand(), result -> compare(query, result)));
                    if (!problem.isEmpty()) {
                        problems.put(query.name(), problem);
                    }
                    read++;
                } catch (RejectedException e) {
                    // the machine has nothing that this query is about
                }
            }
        }
        assertThat(problems).isEmpty();
        assertThat(read).isGreaterThan(40);
    }

    private static List<QapiCommand<?, ?>> queries() throws ReflectiveOperationException {
        List<QapiCommand<?, ?>> queries = new ArrayList<>();
        JsonNode facts = JsonMapper.shared().readTree(Path.of("src/codegen/facts.json"));
        for (String name : facts.path("machine").path("commands").propertyNames()) {
            if (name.startsWith("query-")) {
                String type =
                        WORD.matcher(name).replaceAll(word -> word.group(1).toUpperCase(Locale.ROOT));
                for (Method method :
                        Class.forName("dev.qmp.qapi.command." + type).getMethods()) {
                    if (method.getName().equals("command") && method.getParameterCount() == 0) {
                        queries.add((QapiCommand<?, ?>) method.invoke(null));
                    }
                }
            }
        }
        return queries;
    }

    /** {@return what differs, empty if nothing does} */
    private static String compare(QapiCommand<?, ?> query, JsonNode result) {
        try {
            Object read = query.readResult(result);
            Set<String> unknown = new TreeSet<>();
            collectUnknown(read, query.name(), unknown);
            JsonNode written = QmpJson.toTree(read);
            String difference = written.equals(BY_VALUE, result) ? "" : "written " + written + ", read " + result;
            // a version between or after the known ones may have more
            return unknown.isEmpty() || !isKnownVersion() ? difference : "unknown: " + unknown;
        } catch (RuntimeException | ReflectiveOperationException e) {
            return e.toString();
        }
    }

    private static boolean isKnownVersion() {
        String version = QemuVersion.installed().toString();
        return List.of("5.2", "7.2", "10.0", "11.1").stream().anyMatch(version::startsWith);
    }

    private static void collectUnknown(Object value, String place, Set<String> unknown)
            throws ReflectiveOperationException {
        if (value instanceof List<?> list) {
            for (Object element : list) {
                collectUnknown(element, place, unknown);
            }
        } else if (value instanceof QapiValue && value instanceof Record) {
            for (RecordComponent component : value.getClass().getRecordComponents()) {
                component.getAccessor().setAccessible(true);
                Object member = component.getAccessor().invoke(value);
                if (component.getName().equals("unknownMembers")) {
                    ((Map<?, ?>) member).keySet().forEach(name -> unknown.add(place + "/" + name));
                } else {
                    collectUnknown(member, place + "/" + component.getName(), unknown);
                }
            }
        }
    }

    // ------------------------------------------------------------------ commands

    @Test
    void resultsAreTyped() {
        List<BlockInfo> disks = execute(QueryBlock.command());

        assertThat(execute(QueryStatus.command()).status()).isSameAs(RunState.PRELAUNCH);
        assertThat(disks).anySatisfy(disk -> {
            BlockDeviceInfo inserted = disk.inserted();
            assertThat(inserted).isNotNull();
            assertThat(inserted.nodeName()).isEqualTo("disk0");
            assertThat(inserted.image().virtualSize()).isEqualTo(1048576);
        });
        assertThat(execute(QueryBlockstats.command().withQueryNodes(true))).isNotEmpty();
        assertThat(execute(HumanMonitorCommand.command("info version"))).isNotBlank();
        assertThat(execute(QomGet.command("/machine", "type")).stringValue()).startsWith("pc");
        assertThat(execute(QueryQmpSchema.command()))
                .anyMatch(info -> info instanceof SchemaInfo.Command command
                        && command.name().equals("stop"));
    }

    @Test
    void nestedArgumentsAreUnderstood() {
        execute(BlockdevAdd.command(BlockdevOptions.Raw.of(BlockdevRef.of(BlockdevOptions.NullCo.of()
                        .withSize(1 << 20)
                        .withReadZeroes(true)
                        .withNodeName("null1")))
                .withNodeName("raw1")
                .withReadOnly(true)));
        execute(NetdevAdd.command(Netdev.Hubport.of("net1", 1)));
        ChardevReturn added = execute(ChardevAdd.command(
                "char1",
                ChardevBackend.Socket.of(ChardevSocket.of(SocketAddressLegacy.Unix.of(
                                UnixSocketAddress.of(qemu.folder().resolve("c").toString())))
                        .withServer(true)
                        .withWait(false))));

        assertThat(added.pty()).isNull();
        assertThat(execute(QueryNamedBlockNodes.command()))
                .anySatisfy(node -> {
                    assertThat(node.nodeName()).isEqualTo("raw1");
                    assertThat(node.ro()).isTrue();
                    assertThat(node.drv()).isEqualTo("raw");
                })
                .anySatisfy(node -> assertThat(node.nodeName()).isEqualTo("null1"));
        execute(BlockdevDel.command("raw1"));
    }

    @Test
    @RequiresQemu(from = "6.0", reason = "object-add had its properties in an object of their own")
    void objectsAreMade() {
        execute(ObjectAdd.command(ObjectOptions.Secret.of("secret0").withData("hunter2")));

        assertThat(execute(QomGet.command("/objects/secret0", "type")).stringValue())
                .isEqualTo("secret");
    }

    // ------------------------------------------------------------------ events

    @Test
    void eventsAreRecords() {
        List<Object> heard = new CopyOnWriteArrayList<>();
        client.events().subscribe(dev.qmp.qapi.event.Stop.class, heard::add);
        client.events().subscribe(Resume.class, heard::add);

        execute(Cont.command());
        execute(Stop.command());

        await().until(() -> heard.size() == 2);
        assertThat(heard).hasExactlyElementsOfTypes(Resume.class, dev.qmp.qapi.event.Stop.class);
        assertThat(((Resume) heard.get(0)).timestamp()).isNotNull();
    }

    @Test
    void theEndOfABlockJobIsARecord() {
        List<BlockJobCompleted> completed = new CopyOnWriteArrayList<>();
        client.events().subscribe(BlockJobCompleted.class, completed::add);
        client.events()
                .subscribe(BlockJobReady.class, ready -> client.execute(BlockJobComplete.command(ready.device())));
        execute(BlockdevAdd.command(
                BlockdevOptions.NullCo.of().withSize(1 << 20).withNodeName("copy0")));

        execute(BlockdevMirror.command("disk0", "copy0", MirrorSyncMode.FULL).withJobId("job0"));

        await().until(() -> !completed.isEmpty());
        assertThat(completed.get(0).device()).isEqualTo("job0");
        assertThat(completed.get(0).type()).isSameAs(JobType.MIRROR);
        assertThat(completed.get(0).len()).isEqualTo(1 << 20);
        assertThat(completed.get(0).offset()).isEqualTo(1 << 20);
        assertThat(completed.get(0).error()).isNull();
        assertThat(completed.get(0).unknownMembers()).isEmpty();
    }
}
