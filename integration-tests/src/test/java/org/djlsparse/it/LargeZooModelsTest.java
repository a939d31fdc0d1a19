package org.djlsparse.it;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;

/** The tests of {@link ZooModelsTest} on models that take longer. */
@Tag("slow")
class LargeZooModelsTest {

    private final ZooModelsTest tests = new ZooModelsTest();

    @ParameterizedTest
    @EnumSource(names = {"RESNET_50", "SQUEEZENET", "MOBILENET_V2"})
    void behaveAsTheSmallOnesDo(ZooModel zoo, @TempDir Path unwrapped, @TempDir Path wrapped)
            throws Exception {
        tests.masksAreValidBothWaysBeforeDuringAndAfterTraining(zoo);
        tests.unwrappedModelsAreSavedAndLoadedByPlainDjl(zoo, unwrapped);
        tests.aWrappedModelIsSavedDenseAndLoadsInPlainDjl(zoo, wrapped);
        tests.withMasksOffTrainingIsPlainDjlToTheBit(zoo);
    }
}
