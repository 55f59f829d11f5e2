package dev.qmp.internal.transport;

/**
 * Knows whether junixsocket is there, without needing it: what names its classes cannot even be loaded if it is not.
 */
final class FileDescriptorLibrary {

    private static final String NEEDED =
            "com.kohlschutter.junixsocket:junixsocket-common and :junixsocket-native-common, 2.10 or later";

    private FileDescriptorLibrary() {}

    /** Tells early, and clearly, that the optional library is not there. */
    static void require() {
        try {
            Class.forName("org.newsclub.net.unix.AFUNIXSocketChannel");
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("file descriptors need " + NEEDED + ", on the class path", e);
        }
    }
}
