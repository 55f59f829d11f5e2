package dev.qmp.agent;

import java.io.IOException;

/** The local end of a copy. Its methods may wait for a disk. */
interface LocalEnd {

    /** {@return the number of bytes to send; -1 if this end receives} */
    long size() throws IOException;

    /** {@return the bytes from the offset on; empty at the end} */
    byte[] read(long offset, int count) throws IOException;

    /** Writes bytes at an offset. The same offset can be written again. */
    void write(long offset, byte[] bytes) throws IOException;

    /** Ends the local end. After a failure, its written bytes are removed. */
    void end(boolean success) throws IOException;
}
