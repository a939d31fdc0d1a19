package org.djlsparse.it;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;

import org.djlsparse.Sparsifier;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** The tests of {@link ZooModelsTest} with larger models. */
@Tag("slow")
class LargeZooModelsTest {

    private final ZooModelsTest tests = new ZooModelsTest();

    @ParameterizedTest
    @EnumSource(names = {"SQUEEZENET", "MOBILENET_V2"})
    void behaveAsTheSmallOnesDo(ZooModel zoo, @TempDir Path unwrapped, @TempDir Path wrapped)
            throws Exception {
        tests.masksAreValidBothWaysBeforeDuringAndAfterTraining(zoo);
        tests.unwrappedModelsAreSavedAndLoadedByPlainDjl(zoo, unwrapped);
        tests.aWrappedModelIsSavedDenseAndLoadsInPlainDjl(zoo, wrapped);
        tests.withMasksOffTrainingIsPlainDjlToTheBit(zoo);
    }

    /**
     * Runs no backward passes: on some CPUs, PyTorch 2.7.1 crashes the JVM in those of a plain
     * ResNet-50.
     */
    @Test
    void resNet50IsMaskedForwardAndUnwraps() throws Exception {
        ZooModel zoo = ZooModel.RESNET_50;
        NmPattern pattern = NmPattern.of(2, 4);
        Sparsifier off =
                Sparsifier.builder().setPattern(pattern).optSchedule(MaskSchedule.off()).build();
        Sparsifier sparsifier = Sparsifier.builder().setPattern(pattern).build();
        try (Model model = Model.newInstance("zoo");
                NDManager manager = NDManager.newBaseManager()) {
            Block block = zoo.newBlock();
            block.initialize(model.getNDManager(), DataType.FLOAT32, zoo.getInputShapes());
            model.setBlock(block);
            List<ByteBuffer> plain = ZooModelsTest.predict(model, zoo);
            model.setBlock(off.wrap(block));
            assertThat(ZooModelsTest.predict(model, zoo)).isEqualTo(plain);

            model.setBlock(sparsifier.wrap(off.unwrap(model.getBlock())));
            ParameterStore store = new ParameterStore(manager, false);
            model.getBlock().forward(store, zoo.newInput(manager), true);
            assertThat(sparsifier.getMasks()).hasSize(zoo.getMaskedLayers());
            ZooModelsTest.assertValid(sparsifier.getMasks());
            List<ByteBuffer> masked = ZooModelsTest.predict(model, zoo);
            assertThat(masked).isNotEqualTo(plain);
            model.setBlock(sparsifier.unwrap(model.getBlock()));
            assertThat(ZooModelsTest.predict(model, zoo)).isEqualTo(masked);
        }
    }
}
