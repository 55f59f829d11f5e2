package dev.qmp.process;

import dev.qmp.QmpClient;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** A process that no signal ends, as one that waits in the kernel. It ends when this object is closed. */
public final class StubbornProcess implements AutoCloseable {

    private static final Duration KILL_LIMIT = Duration.ofMillis(1);

    private final AtomicBoolean alive = new AtomicBoolean(true);

    /** {@return the process as one that was adopted, whose {@code kill()} fails within milliseconds} */
    public QemuProcess adopt(QmpClient client) {
        ProcessHandle handle = (ProcessHandle) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ProcessHandle.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "pid" -> ProcessHandle.current().pid();
                    case "isAlive" -> alive.get();
                    case "destroy", "destroyForcibly" -> false;
                    case "hashCode" -> System.identityHashCode(this);
                    case "equals" -> proxy == arguments[0];
                    default -> throw new UnsupportedOperationException(method.getName());
                });
        return QemuProcess.adopted(client, handle, KILL_LIMIT);
    }

    @Override
    public void close() {
        alive.set(false);
    }
}
