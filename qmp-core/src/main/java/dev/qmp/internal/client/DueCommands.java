package dev.qmp.internal.client;

import dev.qmp.protocol.BottomHalf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The commands in the order of their deadlines: a binary heap. Each command stores its index, so that it is removed
 * without a search. Each change takes a logarithmic number of steps, and creates no object.
 */
@BottomHalf
final class DueCommands {

    /** The place of a command that is in no heap. */
    static final int NOWHERE = -1;

    private static final int FEW = 2;

    private PendingCommand<?>[] heap = new PendingCommand<?>[FEW];
    private int size;

    void add(PendingCommand<?> command) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, 2 * size);
        }
        rise(command, size++);
    }

    /** {@return the command with the first deadline, null if there is none} */
    @Nullable
    PendingCommand<?> first() {
        return size == 0 ? null : heap[0];
    }

    /** Removes a command, if it is here. */
    void remove(PendingCommand<?> command) {
        int place = command.duePlace();
        if (place == NOWHERE) {
            return;
        }
        command.duePlace(NOWHERE);
        PendingCommand<?> last = heap[--size];
        heap[size] = null;
        if (last != command) {
            sink(last, place);
            if (last.duePlace() == place) {
                rise(last, place);
            }
        }
    }

    private void rise(PendingCommand<?> command, int from) {
        int place = from;
        while (place > 0 && command.isDueBefore(heap[(place - 1) / 2])) {
            put(heap[(place - 1) / 2], place);
            place = (place - 1) / 2;
        }
        put(command, place);
    }

    private void sink(PendingCommand<?> command, int from) {
        int place = from;
        for (int child = 2 * place + 1; child < size; child = 2 * place + 1) {
            if (child + 1 < size && heap[child + 1].isDueBefore(heap[child])) {
                child++;
            }
            if (!heap[child].isDueBefore(command)) {
                break;
            }
            put(heap[child], place);
            place = child;
        }
        put(command, place);
    }

    private void put(PendingCommand<?> command, int place) {
        heap[place] = command;
        command.duePlace(place);
    }
}
