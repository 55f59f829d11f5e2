package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.TaskObserver;
import dev.qmp.spring.QmpConnectionEvent;
import dev.qmp.spring.QmpTaskEndedEvent;
import dev.qmp.spring.QmpTaskProgressEvent;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;

/** Publishes the progress and the end of tasks as application events, on the callback executor of the client. */
final class TaskEvents implements TaskObserver, AutoCloseable {

    private final ApplicationEventPublisher publisher;
    private final ListenerFailures failures;
    private final ClassLoader classes = Thread.currentThread().getContextClassLoader();
    private volatile boolean closed;

    TaskEvents(ApplicationEventPublisher publisher, ListenerFailures failures) {
        this.publisher = publisher;
        this.failures = failures;
    }

    @Override
    public void taskStarted(QmpClient client, String kind, Task<?> task) {
        Publication publication = new Publication(client, kind, task);
        task.onProgress(publication::progressed);
        task.result().whenComplete((result, failure) -> publication.ended(failure));
    }

    /** Sets the application's class loader meanwhile, because a callback thread of the core has the library's. */
    private void publish(QmpConnectionEvent event) {
        if (closed) {
            return;
        }
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(classes);
        try {
            publisher.publishEvent(event);
        } catch (Throwable e) {
            failures.add(event, e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** Stops publishing, because the application ends. */
    @Override
    public void close() {
        closed = true;
    }

    /**
     * The events of one task. The lock keeps them in order, because progress and result come on different threads. It
     * is no monitor, because up to Java 23 a virtual thread that waits in a listener would keep its carrier.
     */
    private final class Publication {

        private final QmpClient client;
        private final String kind;
        private final Task<?> task;
        private final ReentrantLock lock = new ReentrantLock();
        private boolean ended;

        Publication(QmpClient client, String kind, Task<?> task) {
            this.client = client;
            this.kind = kind;
            this.task = task;
        }

        void progressed(Progress progress) {
            lock.lock();
            try {
                if (!ended) {
                    publish(new QmpTaskProgressEvent(client, kind, task, progress));
                }
            } finally {
                lock.unlock();
            }
        }

        void ended(@Nullable Throwable failure) {
            lock.lock();
            try {
                ended = true;
                publish(new QmpTaskEndedEvent(client, kind, task, failure));
            } finally {
                lock.unlock();
            }
        }
    }
}
