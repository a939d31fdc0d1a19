package org.djlsparse.it.docs;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;

import org.djlsparse.Sparsifier;
import org.djlsparse.kernel.KernelChooser;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.Test;

import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class DocsKernelsTest {

    @Test
    void theFastest() {
        Map<String, String> kernels =
                kernels(
                        Sparsifier.builder()
                                .setPattern(NmPattern.of(2, 4))
                                .optKernelChooser(KernelChooser.fastest(DataType.BFLOAT16))
                                .build());

        assertThat(kernels).containsOnlyKeys("01Linear_weight", "03Linear_weight");
        assertThat(kernels.values()).as("both tried").noneMatch(k -> k.contains("no forward pass"));
    }

    @Test
    void theFastestInTheLayersOwnType() {
        Map<String, String> kernels =
                kernels(
                        Sparsifier.builder()
                                .setPattern(NmPattern.of(2, 4))
                                .optKernelChooser(KernelChooser.fastest())
                                .build());

        assertThat(kernels).containsOnlyKeys("01Linear_weight", "03Linear_weight");
        assertThat(kernels.values()).as("both tried").allMatch(k -> k.contains(" us"));
    }

    @Test
    void oneForAll() throws Exception {
        assumeTrue(Engine.getInstance().getGpuCount() == 0, "a CUDA device");
        Map<String, String> kernels =
                kernels(
                        Sparsifier.builder()
                                .setPattern(NmPattern.of(2, 4))
                                .optKernel(LinearKernel.cusparselt(DataType.BFLOAT16))
                                .build());

        String message =
                "dense: no CUDA device (needs an NVIDIA GPU and DJL's CUDA build of PyTorch)";
        assertThat(kernels.values()).containsOnly(message);
        assertThat(DocsTroubleshootingTest.quoted()).contains(message);
    }

    private static Map<String, String> kernels(Sparsifier sparsifier) {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = SmallModel.newBlock();
            block.initialize(manager, DataType.FLOAT32, SmallModel.INPUT);
            Block wrapped = sparsifier.wrap(block);
            wrapped.forward(
                    new ParameterStore(manager, false),
                    new NDList(manager.ones(new Shape(4, 16))),
                    false);
            Map<String, String> kernels = sparsifier.report().kernels();
            sparsifier.unwrap(wrapped);
            return kernels;
        }
    }
}
