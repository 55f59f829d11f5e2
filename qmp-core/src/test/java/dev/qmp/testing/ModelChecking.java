package dev.qmp.testing;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;

/**
 * Runs a few operations of several threads in every possible order. Each result must be that of some sequence of them.
 */
public final class ModelChecking {

    private final Class<?> operations;
    private final ModelCheckingOptions options;

    private ModelChecking(Class<?> operations) {
        this.operations = operations;
        // nothing before the race: what ends an object would end it before anything can race
        this.options = new ModelCheckingOptions()
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(0)
                .actorsAfter(0)
                .iterations(1)
                .invocationsPerIteration(200);
    }

    /** {@return a check of what a class offers as operations} */
    public static ModelChecking of(Class<?> operations) {
        return new ModelChecking(operations);
    }

    /**
     * Adds a race.
     *
     * @param before names of operations that come first, with spaces between them, as in the others
     * @param after the operations that come last
     * @param threads what each thread does at the same time
     */
    public ModelChecking race(String before, String after, String... threads) {
        options.addCustomScenario(new ExecutionScenario(
                actors(before), Arrays.stream(threads).map(this::actors).toList(), actors(after), validation()));
        return this;
    }

    private List<Actor> actors(String names) {
        return Stream.of(names.split(" "))
                .filter(name -> !name.isEmpty())
                .map(this::actor)
                .toList();
    }

    private Actor actor(String name) {
        try {
            return new Actor(operations.getMethod(name), List.of());
        } catch (NoSuchMethodException e) {
            throw new IllegalArgumentException("no operation " + name, e);
        }
    }

    private @Nullable Actor validation() {
        return Arrays.stream(operations.getMethods())
                .filter(method -> method.isAnnotationPresent(Validate.class))
                .map(method -> new Actor(method, List.of()))
                .findFirst()
                .orElse(null);
    }

    /** Checks the races, and one made by chance. */
    public void check() {
        options.check(operations);
    }
}
