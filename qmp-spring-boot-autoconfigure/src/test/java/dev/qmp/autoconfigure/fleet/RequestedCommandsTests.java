package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.topic.ITopic;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Requests that cannot be executed. Each gets its answer, for which the caller and a stop of this instance wait. */
class RequestedCommandsTests {

    private static final long NOW = 1_000_000;

    private final Cluster cluster = mock(Cluster.class);
    private final HazelcastInstance member = mock(HazelcastInstance.class);

    @SuppressWarnings("unchecked")
    private final ITopic<String> topic = mock(ITopic.class);

    private final List<ObjectNode> answers = new ArrayList<>();
    private final List<String> executed = new ArrayList<>();
    private final AtomicInteger ended = new AtomicInteger();
    private Function<QmpCommand, CompletableFuture<JsonNode>> machine =
            command -> CompletableFuture.completedFuture(QmpJson.object());
    private final RequestedCommands commands = new RequestedCommands(
            cluster,
            new FleetTopics(member, "fleet1"),
            (connection, command) -> {
                executed.add(command.name());
                return machine.apply(command);
            },
            ended::incrementAndGet);

    @BeforeEach
    void open() {
        given(cluster.getClusterTime()).willReturn(NOW);
        given(member.<String>getTopic("fleet1.fleet.commands.caller")).willReturn(topic);
        willAnswer(call -> answers.add(FleetJson.read(call.getArgument(0))))
                .given(topic)
                .publish(anyString());
    }

    private static ObjectNode request(String id) {
        ObjectNode tree = FleetJson.object()
                .put("request", id)
                .put("from", "caller")
                .put("connection", "vm0")
                .put("sent", NOW - 100)
                .put("timeout", 5000);
        tree.putObject("message").put("execute", "stop");
        return tree;
    }

    private ObjectNode answer(String id) {
        assertThat(commands.isEmpty()).isTrue();
        assertThat(answers).hasSize(1);
        ObjectNode answer = answers.get(0);
        assertThat(answer.path("reply").asString()).isEqualTo(id);
        return answer;
    }

    static Stream<Throwable> failures() {
        return Stream.of(new IllegalStateException("for a test"), new InternalError("for a test"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void aCommandThatFailsInThisInstanceHasAnUnknownOutcome(Throwable failure) {
        machine = command -> {
            if (failure instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) failure;
        };
        commands.requested(request("1"));
        ObjectNode answer = answer("1");
        assertThat(answer.path("outcome").asString()).isEqualTo("unknown");
        assertThat(answer.path("detail").asString())
                .isEqualTo(failure.getClass().getSimpleName());
        assertThat(ended).hasValue(1);
    }

    /** An instance that leaves would wait for it in vain. */
    @ParameterizedTest
    @MethodSource("failures")
    void anAnswerThatCannotBeSentEndsTheCommand(Throwable failure) {
        willThrow(failure).given(topic).publish(anyString());
        commands.requested(request("1"));
        assertThat(executed).containsExactly("stop");
        assertThat(commands.isEmpty()).isTrue();
        assertThat(ended).hasValue(1);
    }

    @Test
    void aRequestIsTakenOnce() {
        commands.requested(request("1"));
        commands.requested(request("1"));
        assertThat(executed).containsExactly("stop");
        assertThat(answer("1").path("outcome").asString()).isEqualTo("returned");
    }

    @Test
    void aRequestAfterItsDeadlineIsRefused() {
        commands.requested(request("1").put("sent", NOW - 5000));
        assertThat(executed).isEmpty();
        assertThat(answer("1").path("reason").asString()).isEqualTo("TIMED_OUT");
        assertThat(answer("1").path("outcome").asString()).isEqualTo("not-sent");
    }

    /** Such as one of a later version. */
    @Test
    void aRequestThatCannotBeReadIsRefused() {
        ObjectNode request = request("1");
        request.putObject("message").put("x-later", "stop");
        commands.requested(request);
        assertThat(executed).isEmpty();
        assertThat(answer("1").path("reason").asString()).isEqualTo("UNSENDABLE");
        assertThat(answer("1").path("outcome").asString()).isEqualTo("not-sent");
    }
}
