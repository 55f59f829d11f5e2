package dev.qmp;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.qmp.internal.engine.Scheduler;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.UpperHalf;

/** The rules of {@link ArchitectureTests} about the code that runs on the event loop. */
final class BottomHalfRules {

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
        return method.getOwner().getAllRawInterfaces().stream()
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
}
