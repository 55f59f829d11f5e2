package dev.qmp.sample.picture;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Reads and writes PPM, the format in which every QEMU can dump a screen. */
public final class PpmFormat {

    private static final String MAGIC = "P6";

    private PpmFormat() {}

    /** {@return the picture as a PPM file} */
    public static byte[] write(Picture picture) {
        String header = MAGIC + "\n" + picture.width() + " " + picture.height() + "\n255\n";
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(header.getBytes(StandardCharsets.US_ASCII));
        file.writeBytes(picture.bytes());
        return file.toByteArray();
    }

    /**
     * {@return the picture of a PPM file as QEMU writes it: 8 bits per channel, no comments}
     *
     * @throws IllegalArgumentException if it is another format
     */
    public static Picture read(byte[] file) {
        String[] header = new String[4];
        int at = 0;
        for (int i = 0; i < header.length; i++) {
            int start = at;
            while (at < file.length && !Character.isWhitespace(file[at])) {
                at++;
            }
            header[i] = new String(file, start, at - start, StandardCharsets.US_ASCII);
            at++;
        }
        if (!header[0].equals(MAGIC) || !header[3].equals("255")) {
            throw new IllegalArgumentException("not a PPM file of 8 bits per channel");
        }
        int width = Integer.parseInt(header[1]);
        int height = Integer.parseInt(header[2]);
        Picture picture = new Picture(width, height);
        if (file.length - at != picture.bytes().length) {
            throw new IllegalArgumentException("a PPM file of the wrong length");
        }
        System.arraycopy(file, at, picture.bytes(), 0, picture.bytes().length);
        return picture;
    }
}
