package dev.qmp;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.qmp.protocol.BottomHalf;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The rules of {@link ArchitectureTests} about a command that its caller has written. The loop takes it in before it
 * handles anything else of the session. Otherwise, its reply would belong to no command.
 */
final class DirectWriteRules {

    private static final String CLIENT = "dev.qmp.internal.client.";

    /** The classes through which the engine, the timers and the callers reach a session's commands. */
    private static final Set<String> DOORS = Set.of(CLIENT + "QmpSession", CLIENT + "CommandIntake");

    /** The state of the commands in flight. */
    private static final Set<String> COMMANDS =
            Set.of(CLIENT + "CommandFlow", CLIENT + "CommandTable", CLIENT + "SendWindow", CLIENT + "ReplyMatching");

    /** Each of these takes in the command. */
    private static final Set<String> TAKING_IN = Set.of("takeInDirect", "takeIn", "CommandIntake.end");

    /** Each of these keeps callers from writing their commands. */
    private static final Set<String> CLOSING = Set.of("closeDirectLane", "DirectLane.claim");

    /** The engine's calls on which the exempt entrances rely. */
    private static final Set<String> RELIED_ON =
            Set.of("QmpSession.arrived", "QmpSession.takeInDirect", "Writer.takeOver", "Writer.laneLeft");

    /** The entrances that need not take in the command, with the reasons. */
    static final Map<String, String> EXEMPT = Map.ofEntries(
            Map.entry("QmpSession.negotiated", "no command was written yet"),
            Map.entry("QmpSession.dispatchEarlyEvents", "no command was written yet"),
            Map.entry("QmpSession.maySend", "Writer.takeOver has taken it in, in the same task"),
            Map.entry("QmpSession.maySendUrgent", "Writer.takeOver has taken it in, in the same task"),
            Map.entry("QmpSession.outbound", "Writer.takeOver has taken it in, in the same task"),
            Map.entry("QmpSession.sent", "the message was taken in, or the loop has written it"),
            Map.entry("QmpSession.unsent", "the loop has queued the message and not written it"),
            Map.entry("QmpSession.isQuiet", "Session.closeLaneAndCheckQuiet has taken it in, in the same task"),
            Map.entry("QmpSession.message", "arrived() has taken it in, before the bytes became messages"),
            Map.entry("QmpSession.writtenByCaller", "it is the taking in"),
            Map.entry("Writer.closeDirectLane", "its callers take it in"),
            Map.entry("Writer.close", "QmpSession.end takes it in"));

    private DirectWriteRules() {}

    /** {@return the methods through which the loop reaches the commands, or closes the lane} */
    static DescribedPredicate<JavaMethod> entrances() {
        return DescribedPredicate.describe(
                "reach the commands of a session or close the lane",
                method -> (isDoor(method) && accessesOf(method).anyMatch(DirectWriteRules::isOfCommands))
                        || RELIED_ON.contains(nameOf(method))
                        || directAccessesOf(method).anyMatch(access -> isOneOf(access, CLOSING)));
    }

    private static boolean isDoor(JavaMethod method) {
        boolean isEntry = !method.getModifiers().contains(JavaModifier.PRIVATE)
                && !method.getModifiers().contains(JavaModifier.SYNTHETIC);
        return DOORS.contains(method.getOwner().getName()) && (isEntry || method.isAnnotatedWith(BottomHalf.class));
    }

    static String nameOf(JavaMethod method) {
        return method.getOwner().getSimpleName() + "." + method.getName();
    }

    private static boolean isOfCommands(JavaAccess<?> access) {
        return COMMANDS.contains(access.getTargetOwner().getName());
    }

    /** {@return a condition that each method takes in the command, unless it is exempt: then it must not} */
    static ArchCondition<JavaMethod> takeInTheCommand() {
        return new ArchCondition<>("take in the command that its caller has written") {
            @Override
            public void check(JavaMethod method, ConditionEvents events) {
                boolean takesIn = accessesOf(method).anyMatch(access -> isOneOf(access, TAKING_IN));
                boolean isExempt = EXEMPT.containsKey(nameOf(method));
                if (takesIn == isExempt) {
                    events.add(SimpleConditionEvent.violated(
                            method, method.getFullName() + (takesIn ? " is exempt, and does" : " does not")));
                }
            }
        };
    }

    /** {@return whether a class outside of the doors uses the commands' flow} */
    static DescribedPredicate<JavaAccess<?>> flowBeyondTheDoors() {
        Predicate<JavaAccess<?>> isBeyond = access -> {
            String flow = CLIENT + "CommandFlow";
            String user = access.getOriginOwner().getName();
            boolean isPart = user.equals(flow) || user.equals(CLIENT + "CommandDeadlines");
            return access.getTargetOwner().getName().equals(flow) && !isPart && !DOORS.contains(user);
        };
        return DescribedPredicate.describe("use CommandFlow beyond QmpSession and CommandIntake", isBeyond);
    }

    private static boolean isOneOf(JavaAccess<?> access, Set<String> names) {
        String name = access.getName();
        return names.contains(name) || names.contains(access.getTargetOwner().getSimpleName() + "." + name);
    }

    /** {@return the calls and method references of a method, and of the methods of its class that it calls} */
    private static Stream<JavaAccess<?>> accessesOf(JavaCodeUnit method) {
        Set<JavaCodeUnit> reached = new HashSet<>();
        ArrayDeque<JavaCodeUnit> next = new ArrayDeque<>(Set.of(method));
        for (JavaCodeUnit unit = next.poll(); unit != null; unit = next.poll()) {
            if (reached.add(unit)) {
                directAccessesOf(unit)
                        .flatMap(access -> access.getTarget().resolveMember().stream())
                        .filter(JavaCodeUnit.class::isInstance)
                        .map(JavaCodeUnit.class::cast)
                        .filter(called -> called.getOwner().equals(method.getOwner()))
                        .forEach(next::add);
            }
        }
        return reached.stream().flatMap(DirectWriteRules::directAccessesOf);
    }

    private static Stream<JavaAccess<?>> directAccessesOf(JavaCodeUnit unit) {
        return Stream.concat(unit.getMethodCallsFromSelf().stream(), unit.getMethodReferencesFromSelf().stream());
    }
}
