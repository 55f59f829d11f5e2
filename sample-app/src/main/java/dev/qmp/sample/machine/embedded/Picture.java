package dev.qmp.sample.machine.embedded;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** A picture of a display, with the two file formats of {@code screendump}. Mutable, and confined to one thread. */
final class Picture {

    private final BufferedImage image;

    /** Creates a black picture. */
    Picture(int width, int height) {
        image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    }

    /** Paints a rectangle in one colour, {@code 0xRRGGBB}. Parts outside of the picture are ignored. */
    void fill(int left, int top, int wide, int high, int colour) {
        for (int y = Math.max(0, top); y < Math.min(image.getHeight(), top + high); y++) {
            for (int x = Math.max(0, left); x < Math.min(image.getWidth(), left + wide); x++) {
                image.setRGB(x, y, colour);
            }
        }
    }

    /** {@return the picture as a PNG file} */
    byte[] png() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(file)) {
            ImageIO.write(image, "png", stream);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot happen in memory", e);
        }
        return file.toByteArray();
    }

    /** {@return the picture as a PPM file} */
    byte[] ppm() {
        String header = "P6\n" + image.getWidth() + " " + image.getHeight() + "\n255\n";
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(header.getBytes(StandardCharsets.US_ASCII));
        for (int pixel : image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth())) {
            file.write(pixel >> 16);
            file.write(pixel >> 8);
            file.write(pixel);
        }
        return file.toByteArray();
    }
}
