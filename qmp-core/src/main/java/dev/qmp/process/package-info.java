/**
 * QEMU processes: started with their monitor, stopped in order, never left behind. {@link dev.qmp.process.QemuLauncher}
 * starts one. {@link dev.qmp.process.QemuProcess} is a running one, started or adopted.
 *
 * <pre>
 * QmpException
 * └── QemuProcessException        a process was not adopted, or cannot be ended
 *     └── QemuStartException      it was not started: reason, exit code, last output
 * </pre>
 *
 * <p>Threads: one thread for the whole JVM starts all processes. No thread waits for a process or reads its output. The
 * JDK itself has one small thread for each child process.
 */
@NullMarked
package dev.qmp.process;

import org.jspecify.annotations.NullMarked;
