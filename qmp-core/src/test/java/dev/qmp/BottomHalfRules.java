package dev.qmp;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.qmp.internal.engine.Scheduler;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.UpperHalf;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The rules of {@link ArchitectureTests} about the code that runs on the event loop. */
final class BottomHalfRules {

    /** The methods of the loop, of an engine and of a session that take a task for the loop. */
    private static final Set<String> TASK_METHODS = Set.of("onLoop", "execute", "executeAtLeastOnce", "schedule");

    /** The engine and the client. The code of a codec is called by the transport, on the thread that Netty gives it. */
    private static final Set<String> CHECKED = Set.of("dev.qmp.internal.engine", "dev.qmp.internal.client");

    private static final String TRANSPORT = "dev.qmp.internal.transport";

    /** The callers whose thread is the loop for another reason. */
    private static final Map<String, String> EXEMPT =
            Map.of("CommandWithEvent.failWithoutEvent", "it is a task of the loop, or the command was refused");

    private BottomHalfRules() {}

    /**
     * {@return the methods of classes with the loop that {@link BottomHalf} covers} It covers a method that has the
     * annotation, overrides one that has it, or belongs to a type that has it. In such a type, private methods are
     * called by the others, and a method for any thread has {@link UpperHalf}.
     */
    static DescribedPredicate<JavaMethod> entries() {
        return DescribedPredicate.describe(
                "are entries of the bottom half",
                method -> isWritten(method)
                        && hasTheLoop(method.getOwner())
                        && (method.isAnnotatedWith(BottomHalf.class) || isCovered(method)));
    }

    private static boolean isCovered(JavaMethod method) {
        return !method.getModifiers().contains(JavaModifier.PRIVATE)
                && !method.isAnnotatedWith(UpperHalf.class)
                && (method.getOwner().isAnnotatedWith(BottomHalf.class) || overridesEntry(method));
    }

    /** {@return whether the method has code of its own, and an object} */
    private static boolean isWritten(JavaMethod method) {
        return !method.getModifiers().contains(JavaModifier.SYNTHETIC)
                && !method.getModifiers().contains(JavaModifier.ABSTRACT)
                && !method.getModifiers().contains(JavaModifier.STATIC)
                && !method.getOwner().isInterface();
    }

    private static boolean overridesEntry(JavaMethod method) {
        JavaClass owner = method.getOwner();
        return Stream.concat(owner.getAllRawInterfaces().stream(), owner.getAllRawSuperclasses().stream())
                .flatMap(type -> type.getMethods().stream())
                .filter(inherited -> isSame(inherited, method))
                .anyMatch(inherited -> inherited.isAnnotatedWith(BottomHalf.class)
                        || inherited.getOwner().isAnnotatedWith(BottomHalf.class));
    }

    /** Compares the number of parameters only, because a type parameter of the interface is erased. */
    private static boolean isSame(JavaMethod inherited, JavaMethod method) {
        return inherited.getName().equals(method.getName())
                && inherited.getRawParameterTypes().size()
                        == method.getRawParameterTypes().size();
    }

    /** {@return whether objects of the class know their loop, by a field of their own or of their outer object} */
    private static boolean hasTheLoop(JavaClass type) {
        boolean isInternal = type.getPackageName().startsWith("dev.qmp.internal.");
        boolean hasField =
                type.getFields().stream().anyMatch(field -> field.getRawType().isAssignableTo(Scheduler.class));
        boolean hasOuter = type.isInnerClass()
                && type.getEnclosingClass().filter(BottomHalfRules::hasTheLoop).isPresent();
        return isInternal && (hasField || hasOuter);
    }

    static ArchCondition<JavaMethod> assertTheirThread() {
        return new ArchCondition<>("call assertOnLoop") {
            @Override
            public void check(JavaMethod method, ConditionEvents events) {
                boolean asserts = method.getMethodCallsFromSelf().stream()
                        .anyMatch(call -> call.getName().equals("assertOnLoop"));
                if (!asserts && !method.getName().equals("assertOnLoop")) {
                    events.add(SimpleConditionEvent.violated(method, method.getFullName() + " does not"));
                }
            }
        };
    }

    // ------------------------------------------------------------------ code that does not know the loop

    /**
     * {@return calls of bottom-half code that cannot assert its thread, from other code} The caller is of the bottom
     * half if {@link BottomHalf} covers it, if it asserts its thread, or if it is private and such code alone calls it.
     * A lambda may be a task of the loop, so its calls are accepted if its method passes a task to the loop.
     *
     * <p>The rule does not see a call through an interface that lacks the annotation, such as {@code Consumer}. Of a
     * method's lambdas, it does not see which one is the task. It does not check the transport.
     */
    static DescribedPredicate<JavaCall<?>> callsFromElsewhere() {
        return DescribedPredicate.describe(
                "call bottom-half code without the loop from other code",
                call -> CHECKED.contains(call.getTargetOwner().getPackageName())
                        && call.getTarget()
                                .resolveMember()
                                .filter(target -> target instanceof JavaMethod method && isWithoutTheLoop(method))
                                .filter(target -> !isExempt(call.getOrigin()))
                                .filter(target -> !isOfBottomHalf(call.getOrigin(), new HashSet<>()))
                                .filter(target -> !call.isDeclaredInLambda() || !passesTasks(call.getOrigin()))
                                .isPresent());
    }

    private static boolean isExempt(JavaCodeUnit caller) {
        JavaClass owner = caller.getOwner();
        return owner.getPackageName().equals(TRANSPORT)
                || EXEMPT.containsKey(owner.getSimpleName() + "." + caller.getName());
    }

    private static boolean isWithoutTheLoop(JavaMethod method) {
        JavaClass owner = method.getOwner();
        return !method.getModifiers().contains(JavaModifier.STATIC)
                && !owner.isAssignableTo(Scheduler.class)
                && !hasTheLoop(owner)
                && (method.isAnnotatedWith(BottomHalf.class) || isCovered(method));
    }

    private static boolean isOfBottomHalf(JavaCodeUnit unit, Set<JavaCodeUnit> asked) {
        if (unit.isAnnotatedWith(UpperHalf.class)) {
            return false;
        }
        return !asked.add(unit) // its other callers decide
                || unit.isAnnotatedWith(BottomHalf.class)
                || isOfBottomHalf(unit.getOwner())
                || (unit instanceof JavaMethod method && overridesEntry(method))
                || unit.getMethodCallsFromSelf().stream()
                        .anyMatch(call -> call.getName().equals("assertOnLoop"))
                || isCalledByBottomHalfAlone(unit, asked);
    }

    private static boolean isOfBottomHalf(JavaClass type) {
        return type.isAnnotatedWith(BottomHalf.class)
                || type.getEnclosingClass()
                        .filter(BottomHalfRules::isOfBottomHalf)
                        .isPresent();
    }

    private static boolean isCalledByBottomHalfAlone(JavaCodeUnit unit, Set<JavaCodeUnit> asked) {
        Set<JavaAccess<?>> uses = new HashSet<>(unit.getCallsOfSelf());
        if (unit instanceof JavaMethod method) {
            uses.addAll(method.getReferencesToSelf());
        }
        return unit.getModifiers().contains(JavaModifier.PRIVATE)
                && !uses.isEmpty()
                && uses.stream()
                        .allMatch(use -> isOfBottomHalf(use.getOrigin(), asked)
                                || (use.isDeclaredInLambda() && passesTasks(use.getOrigin())));
    }

    private static boolean passesTasks(JavaCodeUnit unit) {
        return unit.getMethodCallsFromSelf().stream()
                .anyMatch(call -> TASK_METHODS.contains(call.getName())
                        && call.getTargetOwner().isAssignableTo(Scheduler.class));
    }
}
