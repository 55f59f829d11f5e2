package dev.qmp.agent;

import java.io.IOException;

/** The end of a copy that is not in the guest. Its methods may wait for a disk. */
interface LocalEnd {

    /** {@return how many bytes there are to send; -1 if this end receives} */
    long size() throws IOException;

    /** {@return the bytes from the offset on; empty at the end} */
    byte[] read(long offset, int count) throws IOException;

    /** Takes bytes in. The same offset can come again. */
    void write(long offset, byte[] bytes) throws IOException;

    /** Ends it. On failure nothing of what it took in remains. */
    void end(boolean success) throws IOException;
}
