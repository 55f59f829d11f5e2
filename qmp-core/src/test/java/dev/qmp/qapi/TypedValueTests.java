package dev.qmp.qapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.qmp.error.MappingException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.qapi.command.BlockCommit;
import dev.qmp.qapi.command.BlockdevAdd;
import dev.qmp.qapi.command.ChardevAdd;
import dev.qmp.qapi.command.DeviceAdd;
import dev.qmp.qapi.command.MigrateSetParameters;
import dev.qmp.qapi.command.NetdevAdd;
import dev.qmp.qapi.command.ObjectAdd;
import dev.qmp.qapi.command.QueryQmpSchema;
import dev.qmp.qapi.type.BlockJobInfo;
import dev.qmp.qapi.type.BlockdevCacheOptions;
import dev.qmp.qapi.type.BlockdevDiscardOptions;
import dev.qmp.qapi.type.BlockdevDriver;
import dev.qmp.qapi.type.BlockdevOptions;
import dev.qmp.qapi.type.BlockdevRef;
import dev.qmp.qapi.type.BlockdevRefOrNull;
import dev.qmp.qapi.type.ChardevBackend;
import dev.qmp.qapi.type.ChardevSocket;
import dev.qmp.qapi.type.GuestPanicInformation;
import dev.qmp.qapi.type.InetSocketAddress;
import dev.qmp.qapi.type.JobStatus;
import dev.qmp.qapi.type.MemoryInfo;
import dev.qmp.qapi.type.Netdev;
import dev.qmp.qapi.type.ObjectOptions;
import dev.qmp.qapi.type.RunState;
import dev.qmp.qapi.type.SchemaInfo;
import dev.qmp.qapi.type.SevInfo;
import dev.qmp.qapi.type.SocketAddress;
import dev.qmp.qapi.type.SocketAddressLegacy;
import dev.qmp.qapi.type.StatsValue;
import dev.qmp.qapi.type.StatusInfo;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Generated types: what they read and write, and what they tolerate. */
class TypedValueTests {

    private static final BigInteger GREATEST = new BigInteger("18446744073709551615");

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    // ------------------------------------------------------------------ structs

    @Test
    void aStructIsReadAndWrittenBack() {
        JsonNode json = json("{'running': true, 'singlestep': false, 'status': 'running'}");

        StatusInfo info = StatusInfo.decode(json);

        assertThat(info.running()).isTrue();
        assertThat(info.singlestep()).isFalse();
        assertThat(info.status()).isSameAs(RunState.RUNNING);
        assertThat(info.unknownMembers()).isEmpty();
        assertThat(info.toJson()).isEqualTo(json);
    }

    @Test
    void aMemberOfAnOtherVersionIsNull() {
        assertThat(StatusInfo.decode(json("{'running': true, 'status': 'running'}"))
                        .singlestep())
                .isNull();
        assertThat(StatusInfo.decode(json("{'running': true, 'singlestep': null, 'status': 'running'}"))
                        .singlestep())
                .isNull();
    }

    @Test
    void unknownMembersAreKept() {
        JsonNode json = json("{'running': true, 'status': 'paused', 'reason': {'deep': [1]}, 'since': 5}");

        StatusInfo info = StatusInfo.decode(json);

        assertThat(info.unknownMembers()).containsOnlyKeys("reason", "since");
        assertThat(info.unknownMembers().get("since").intValue()).isEqualTo(5);
        assertThat(info.toJson()).isEqualTo(json);
    }

    @Test
    void whatDoesNotFitIsNamedAndNotQuoted() {
        JsonNode json = json("{'type': 'inet', 'host': 'secret', 'port': 'x', 'to': 'secret'}");

        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(() -> BlockdevOptions.decode(json("{'driver': 'nbd', 'server': %s}".formatted(json))))
                .withMessageContaining("an integer of 32 bits is expected, and there is a value of kind string")
                .withMessageEndingWith("at /server/to")
                .withMessageNotContaining("secret");
        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(() -> StatusInfo.decode(json("{'running': true}")))
                .withMessageContaining("a member is missing at /status");
        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(() -> StatusInfo.decode(json("[]")))
                .withMessageContaining("an object is expected, and there is a value of kind array");
    }

    // ------------------------------------------------------------------ enums

    @Test
    void anUnknownEnumValueKeepsItsSpelling() {
        RunState state = RunState.decode(json("'half-asleep_2'"));

        assertThat(state.isKnown()).isFalse();
        assertThat(state.value()).isEqualTo("half-asleep_2");
        assertThat(state).hasToString("half-asleep_2").isEqualTo(RunState.of("half-asleep_2"));
        assertThat(QmpJson.toTree(state)).isEqualTo(json("'half-asleep_2'"));
    }

    @Test
    void aKnownEnumValueExistsOnce() {
        assertThat(RunState.of("finish-migrate")).isSameAs(RunState.FINISH_MIGRATE);
        assertThat(RunState.values()).contains(RunState.RUNNING).allMatch(QapiEnum::isKnown);
        assertThat((Object) RunState.RUNNING).isNotEqualTo(JobStatus.RUNNING);
    }

    // ------------------------------------------------------------------ integers

    @Test
    void integersUpTo64BitsAreExact() {
        MemoryInfo memory = MemoryInfo.decode(json("{'base-memory': %s}".formatted(GREATEST)));
        assertThat(memory.baseMemory()).isEqualTo(GREATEST);
        assertThat(memory.toJson()).isEqualTo(json("{'base-memory': %s}".formatted(GREATEST)));
        assertThat(StatsValue.decode(json("%s".formatted(GREATEST)))).isEqualTo(StatsValue.of(GREATEST));
    }

    @Test
    void anIntegerThatDoesNotFitIsRefused() {
        String job = "{'type': 'mirror', 'device': 'a', 'len': %s, 'offset': 0, 'busy': true, 'paused': false,"
                + " 'speed': 0, 'io-status': 'ok', 'ready': false, 'status': 'running', 'auto-finalize': true,"
                + " 'auto-dismiss': true}";

        assertThat(BlockJobInfo.decode(json(job.formatted(Long.MAX_VALUE))).len())
                .isEqualTo(Long.MAX_VALUE);
        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(() -> BlockJobInfo.decode(json(job.formatted(GREATEST))))
                .withMessageContaining("an integer of 64 bits with a sign is expected")
                .withMessageEndingWith("at /len");
        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(() -> BlockJobInfo.decode(json(job.formatted("1.5"))));
    }

    @Test
    void argumentsOf64BitsAreExact() {
        MigrateSetParameters command = MigrateSetParameters.command()
                .withMaxBandwidth(1_000_000)
                .withDowntimeLimit(300)
                .withMaxPostcopyBandwidth(GREATEST);

        assertThat(command.arguments())
                .isEqualTo(json("{'max-bandwidth': 1000000, 'downtime-limit': 300, 'max-postcopy-bandwidth': %s}"
                        .formatted(GREATEST)));
    }

    // ------------------------------------------------------------------ unions and alternates

    @Test
    void nestedBlockDevicesAreWrittenAndReadBack() {
        BlockdevOptions file = BlockdevOptions.File.of("/disk.qcow2")
                .withCache(BlockdevCacheOptions.of().withDirect(true))
                .withDiscard(BlockdevDiscardOptions.UNMAP);
        BlockdevOptions disk = BlockdevOptions.Qcow2.of(BlockdevRef.of(file))
                .withNodeName("disk0")
                .withReadOnly(false)
                .withL2CacheSize(1 << 20)
                .withBacking(BlockdevRefOrNull.of("base0"));
        JsonNode json = json("{'driver': 'qcow2', 'node-name': 'disk0', 'read-only': false, 'l2-cache-size': 1048576,"
                + " 'backing': 'base0', 'file': {'driver': 'file', 'filename': '/disk.qcow2', 'discard': 'unmap',"
                + " 'cache': {'direct': true}}}");

        assertThat(BlockdevAdd.command(disk).toCommand()).isEqualTo(QmpCommand.of("blockdev-add", json));
        assertThat(BlockdevOptions.decode(json)).isEqualTo(disk);
        assertThat(disk.driver()).isSameAs(BlockdevDriver.QCOW2);
    }

    @Test
    void aJsonNullOfAnAlternateIsAValue() {
        BlockdevOptions disk =
                BlockdevOptions.Qcow2.of(BlockdevRef.of("file0")).withBacking(new BlockdevRefOrNull.JsonNull());

        JsonNode json = disk.toJson();

        assertThat(json).isEqualTo(json("{'driver': 'qcow2', 'file': 'file0', 'backing': null}"));
        assertThat(BlockdevOptions.decode(json)).isEqualTo(disk);
    }

    @Test
    void networksObjectsAndCharacterDevicesAreWrittenAndReadBack() {
        Netdev network = Netdev.Stream.of(
                        "net0", SocketAddress.Inet.of("localhost", "4444").withIpv4(true))
                .withServer(true)
                .withReconnectMs(500);
        assertThat(NetdevAdd.command(network).arguments())
                .isEqualTo(json("{'type': 'stream', 'id': 'net0', 'server': true, 'reconnect-ms': 500,"
                        + " 'addr': {'type': 'inet', 'host': 'localhost', 'port': '4444', 'ipv4': true}}"));
        assertThat(Netdev.decode(network.toJson())).isEqualTo(network);

        ObjectOptions memory = ObjectOptions.MemoryBackendFile.of("ram0", BigInteger.valueOf(1L << 30), "/dev/shm/ram")
                .withShare(true)
                .withHostNodes(List.of(0, 1));
        assertThat(ObjectAdd.command(memory).arguments())
                .isEqualTo(json("{'qom-type': 'memory-backend-file', 'id': 'ram0', 'size': 1073741824,"
                        + " 'mem-path': '/dev/shm/ram', 'share': true, 'host-nodes': [0, 1]}"));
        assertThat(ObjectOptions.decode(memory.toJson())).isEqualTo(memory);

        ChardevBackend socket = ChardevBackend.Socket.of(
                ChardevSocket.of(SocketAddressLegacy.Inet.of(InetSocketAddress.of("localhost", "0")))
                        .withServer(true)
                        .withWait(false));
        assertThat(ChardevAdd.command("char0", socket).arguments())
                .isEqualTo(json("{'id': 'char0', 'backend': {'type': 'socket', 'data': {'server': true, 'wait': false,"
                        + " 'addr': {'type': 'inet', 'data': {'host': 'localhost', 'port': '0'}}}}}"));
        assertThat(ChardevBackend.decode(socket.toJson())).isEqualTo(socket);
    }

    @Test
    void anUnknownVariantIsKept() {
        JsonNode json = json("{'driver': 'quantum', 'node-name': 'q0', 'qubits': 7}");

        BlockdevOptions options = BlockdevOptions.decode(json);

        assertThat(options).isInstanceOf(BlockdevOptions.Other.class);
        assertThat(options.driver()).isEqualTo(BlockdevDriver.of("quantum"));
        assertThat(options.nodeName()).isEqualTo("q0");
        assertThat(options.toJson()).isEqualTo(json);
        assertThat(BlockdevAdd.command(options).arguments()).isEqualTo(json);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.2", "7.2", "10.0", "11.1"})
    void theRecordedRepliesAreReadAndWrittenBack(String version) throws IOException {
        JsonNode recorded;
        try (InputStream file =
                getClass().getResourceAsStream("/dev/qmp/transcripts/" + version + "/query-qmp-schema.json.gz")) {
            recorded = JsonMapper.shared().readTree(new GZIPInputStream(file)).path("return");
        }

        List<SchemaInfo> schema = QueryQmpSchema.command().readResult(recorded);

        assertThat(schema).hasSizeGreaterThan(800).noneMatch(entry -> entry instanceof SchemaInfo.Other);
        assertThat(schema)
                .allSatisfy(entry -> assertThat(entry.metaType().isKnown()).isTrue());
        assertThat(QmpJson.toTree(schema)).isEqualTo(recorded);
    }

    @Test
    void anUnknownTypeOfAnAlternateIsKept() {
        assertThat(BlockdevRef.decode(json("5")))
                .isEqualTo(new BlockdevRef.Other(json("5")))
                .extracting(QapiValue::toJson)
                .isEqualTo(json("5"));
    }

    @Test
    void aUnionThatWasAStructOnceIsRead() {
        SevInfo old = SevInfo.decode(json("{'enabled': true, 'api-major': 1, 'api-minor': 2, 'build-id': 3,"
                + " 'policy': 4, 'state': 'running', 'handle': 5}"));

        assertThat(old).isInstanceOf(SevInfo.Other.class);
        assertThat(old.policy()).isEqualTo(4);
        assertThat(old.sevType()).isNull();
    }

    @Test
    void aVariantHasItsOwnMembers() {
        GuestPanicInformation panic = GuestPanicInformation.decode(json(
                "{'type': 'hyper-v', 'arg1': 1, 'arg2': 2, 'arg3': 3, 'arg4': 4, 'arg5': %s}".formatted(GREATEST)));

        assertThat(panic).isInstanceOfSatisfying(GuestPanicInformation.HyperV.class, hyperV -> assertThat(hyperV.arg5())
                .isEqualTo(GREATEST));
    }

    // ------------------------------------------------------------------ commands

    @Test
    void optionalArgumentsMakeNewCommands() {
        BlockCommit commit = BlockCommit.command("disk0");

        BlockCommit more = commit.withJobId("job0").withSpeed(1 << 20).withTimeout(Duration.ofSeconds(5));

        assertThat(commit.arguments()).isEqualTo(json("{'device': 'disk0'}"));
        assertThat(more.arguments()).isEqualTo(json("{'device': 'disk0', 'job-id': 'job0', 'speed': 1048576}"));
        assertThat(more.toCommand().timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(BlockCommit.command("disk0")).isEqualTo(commit).isNotEqualTo(more);
    }

    @Test
    void aCommandTakesArgumentsThatItDoesNotKnow() {
        assertThat(DeviceAdd.command("virtio-net-pci")
                        .withId("nic0")
                        .withArgument("netdev", "net0")
                        .withArgument("mq", true)
                        .arguments())
                .isEqualTo(json("{'driver': 'virtio-net-pci', 'id': 'nic0', 'netdev': 'net0', 'mq': true}"));
    }

    @Test
    @SuppressWarnings("DataFlowIssue")
    void aMissingRequiredArgumentIsNamed() {
        assertThatNullPointerException()
                .isThrownBy(() -> BlockCommit.command(null))
                .withMessage("device");
        assertThatNullPointerException()
                .isThrownBy(() -> BlockdevOptions.File.of(null))
                .withMessage("filename");
    }

    @Test
    void nullIsRefusedByNameEverywhere() throws ReflectiveOperationException, IOException {
        List<String> misses = new ArrayList<>();
        int calls = 0;
        for (Class<?> type : generatedTypes()) {
            for (Method method : type.getDeclaredMethods()) {
                boolean isFactory = Set.of("of", "command").contains(method.getName());
                boolean takesObjects = Stream.of(method.getParameterTypes()).anyMatch(one -> !one.isPrimitive());
                if (isFactory && takesObjects && Modifier.isPublic(method.getModifiers())) {
                    calls++;
                    refusalOf(method).ifPresent(misses::add);
                }
            }
        }
        assertThat(misses).isEmpty();
        assertThat(calls).isGreaterThan(500);
    }

    private static Optional<String> refusalOf(Method method) throws IllegalAccessException {
        Class<?>[] types = method.getParameterTypes();
        Object[] arguments = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            arguments[i] = types[i].isPrimitive() ? Array.get(Array.newInstance(types[i], 1), 0) : null;
        }
        try {
            method.invoke(null, arguments);
            return Optional.of(method + " accepts null");
        } catch (InvocationTargetException e) {
            boolean named = e.getCause() instanceof NullPointerException
                    && String.valueOf(e.getCause().getMessage()).matches("[A-Za-z_][A-Za-z0-9_-]*");
            return named ? Optional.empty() : Optional.of(method + ": " + e.getCause());
        }
    }

    private static List<Class<?>> generatedTypes() throws IOException, ReflectiveOperationException {
        Path sources = Path.of("target/generated-sources/qapi");
        List<Class<?>> types = new ArrayList<>();
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String name = sources.relativize(file).toString().replace('/', '.');
                Class<?> type = Class.forName(name.substring(0, name.length() - ".java".length()));
                types.add(type);
                types.addAll(List.of(type.getDeclaredClasses()));
            }
        }
        return types;
    }

    @Test
    void aCommandWithNullForAnOptionalArgumentIsNotMade() {
        assertThatNullPointerException()
                .isThrownBy(() -> BlockCommit.command("disk0").withJobId(null))
                .withMessage("job-id");
        assertThatNullPointerException()
                .isThrownBy(() -> BlockdevOptions.NullCo.of().withNodeName(null))
                .withMessage("nodeName");
    }

    @Test
    void textNamesNoSecret() {
        ObjectOptions secret = ObjectOptions.Secret.of("key0").withData("hunter2");

        assertThat(secret.toString()).isEqualTo("Secret[***]");
        assertThat(ObjectAdd.command(secret).toString()).isEqualTo("QmpCommand[object-add]");
    }

    // ------------------------------------------------------------------ with the application's own types

    record Machine(String name, StatusInfo info, @Nullable RunState wanted, List<BlockdevRef> disks) {}

    @Test
    void generatedTypesAreMembersOfOtherRecords() {
        JsonNode json = json("{'name': 'vm1', 'info': {'running': true, 'status': 'running', 'new': 1},"
                + " 'wanted': 'unheard-of', 'disks': ['disk0', {'driver': 'null-co', 'size': 5}]}");

        Machine machine = QmpJson.fromTree(json, Machine.class);

        assertThat(machine.info().status()).isSameAs(RunState.RUNNING);
        assertThat(machine.wanted()).isEqualTo(RunState.of("unheard-of"));
        assertThat(machine.disks().get(1))
                .isEqualTo(BlockdevRef.of(BlockdevOptions.NullCo.of().withSize(5)));
        assertThat(QmpJson.toTree(machine)).isEqualTo(json);
    }

    @Test
    void genericTypesAreRead() {
        Map<String, List<StatusInfo>> all =
                QmpJson.fromTree(json("{'vm1': [{'running': true, 'status': 'running'}]}"), new TypeReference<>() {});

        assertThat(all.get("vm1").get(0).running()).isTrue();
        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(
                        () -> QmpJson.fromTree(json("{'vm1': 5}"), new TypeReference<Map<String, List<String>>>() {}))
                .withMessageContaining("java.util.Map<java.lang.String,java.util.List<java.lang.String>>");
    }
}
