package dev.qmp.sample.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** What is written as PNG or PPM can be read again, by others too. */
class PictureFormatsTests {

    private static Picture picture() {
        Picture picture = new Picture(3, 2);
        picture.fill(1, 0, 1, 1, 0x123456);
        picture.fill(2, 1, 9, 9, 0xff8000);
        return picture;
    }

    @Test
    void writesPngThatOthersRead() throws Exception {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(PngFormat.write(picture())));
        assertThat(image.getWidth()).isEqualTo(3);
        assertThat(image.getHeight()).isEqualTo(2);
        assertThat(image.getRGB(0, 0)).isEqualTo(0xff000000);
        assertThat(image.getRGB(1, 0)).isEqualTo(0xff123456);
        assertThat(image.getRGB(2, 1)).isEqualTo(0xffff8000);
    }

    @Test
    void readsThePpmItWrites() {
        Picture read = PpmFormat.read(PpmFormat.write(picture()));
        assertThat(read.width()).isEqualTo(3);
        assertThat(read.bytes()).isEqualTo(picture().bytes());
    }

    @Test
    void refusesWhatIsNoPpmOrOnlyHalfOfOne() {
        byte[] whole = PpmFormat.write(picture());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PpmFormat.read("GIF89a, or so it says".getBytes(StandardCharsets.US_ASCII)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PpmFormat.read(java.util.Arrays.copyOf(whole, whole.length - 1)));
    }
}
