package org.djlsparse.torch;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.translate.NoopTranslator;

import org.djlsparse.ResourceCount;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class TorchModuleTest {

    private static final TorchArchive ARCHIVE =
            TorchArchive.of(
                    """
                    class Small(Module):
                        __parameters__ = []
                        __buffers__ = []
                        training : bool
                        def both(self, x: Tensor, y: Tensor) -> Tuple[Tensor, Tensor]:
                            return (x + y, torch.matmul(x, y))
                        def affine(self, x: Tensor, a: int, b: float, negate: bool, c: List[int]) -> Tensor:
                            y = a * x + b + c[1]
                            if negate:
                                y = -y
                            return y
                        def forward(self, x: Tensor) -> Tensor:
                            return x * x
                        def size(self, x: Tensor, of: str) -> int:
                            size = torch.dim(x)
                            if of == "entries":
                                size = torch.numel(x)
                            return size
                        def named(self, x: Tensor, of: str) -> Tensor:
                            return x * self.size(x, of)
                    """);

    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    private final TorchModule module = TorchModule.load(ARCHIVE, manager);

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void callsMethodsAndAttachesResultsWhereTold() {
        NDArray x = manager.create(new float[] {1, 2, 3, 4}, new Shape(2, 2));
        x.setName("a.name with a point"); // DJL's own call would pass a dictionary
        int before = ResourceCount.of(manager);
        try (NDManager scratch = manager.newSubManager()) {
            NDList both = module.call(scratch, "both", x, x);

            assertThat(both.get(0).toFloatArray()).containsExactly(2, 4, 6, 8);
            assertThat(both.get(1).toFloatArray()).containsExactly(7, 10, 15, 22);
            assertThat(both).allSatisfy(a -> assertThat(a.getManager()).isSameAs(scratch));
            NDList affine = module.call(scratch, "affine", x, 2, 0.5, true, new long[] {7, 100});
            assertThat(affine.singletonOrThrow().toFloatArray())
                    .containsExactly(-102.5f, -104.5f, -106.5f, -108.5f);
        }
        assertThat(ResourceCount.of(manager)).isEqualTo(before);
    }

    @Test
    void callsMethodsThatReturnAnInt() {
        NDArray x = manager.ones(new Shape(2, 3));

        assertThat(module.callForInt("size", x, "entries")).isEqualTo(6);
        assertThat(module.callForInt("size", x, "dimensions")).isEqualTo(2);
    }

    @Test
    void gradientsFlowWhereAskedFor() {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector();
                NDManager batch = manager.newSubManager()) {
            NDArray x = manager.create(new float[] {1, 2, 3, 4}, new Shape(2, 2)).duplicate();
            x.setRequiresGradient(true);
            NDArray y = batch.ones(new Shape(2, 2));

            NDList both = module.callWithGradients("both", y, x);
            assertThat(both).allSatisfy(a -> assertThat(a.getManager()).isSameAs(batch));
            collector.backward(both.get(1).add(both.get(0)).sum());

            assertThat(x.getGradient().toFloatArray()).containsExactly(3, 3, 3, 3);
            // Plain tensors, unlike the results of a call without gradients.
            NDArray gradient = module.callWithGradients("forward", x.getGradient()).get(0);
            gradient.subi(1);
            assertThat(gradient.toFloatArray()).containsExactly(8, 8, 8, 8);
        }
    }

    @Test
    void withGradientsNamesAreNoCollections() {
        NDArray x = manager.create(new float[] {1, 2}, new Shape(1, 2));
        NDArray y = manager.create(new float[] {10, 20}, new Shape(2, 1));
        int before = ResourceCount.of(manager);
        for (String name : new String[] {"a.b", "a[]", "a()", "a(1,2)", "a[2/b]", "weight"}) {
            x.setName(name);
            NDList both = module.callWithGradients("both", x, y);
            assertThat(both.get(1).toFloatArray()).containsExactly(50);
            both.close();
        }
        assertThat(ResourceCount.of(manager)).isEqualTo(before);
    }

    @Test
    void withGradientsStringsAreArraysOfOne() {
        NDArray x = manager.create(new float[] {1, 2});

        NDList named = module.callWithGradients("named", x, manager.create("entries"));
        assertThat(named.singletonOrThrow().toFloatArray()).containsExactly(2, 4);
    }

    @Test
    void withoutACollectorNoGraphIsMade() {
        NDArray x = manager.ones(new Shape(2, 2));
        x.setRequiresGradient(true);

        assertThat(module.callWithGradients("forward", x).get(0).hasGradient()).isFalse();
    }

    @Test
    void gradientsDoNotFlow() {
        NDArray x = manager.ones(new Shape(2, 2));
        x.setRequiresGradient(true);

        assertThat(module.call(manager, "forward", x).get(0).hasGradient()).isFalse();
    }

    @Test
    void errorsNameTheMethodTheShapesAndTheCause() {
        NDArray x = manager.ones(new Shape(2, 3));

        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(() -> module.call(manager, "both", x, x))
                .withMessage(
                        "TorchScript Small.both(float32 (2, 3), float32 (2, 3)): mat1 and mat2"
                                + " shapes cannot be multiplied (2x3 and 2x3)");
        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(() -> module.call(manager, "none", x))
                .withMessageStartingWith("TorchScript Small.none(float32 (2, 3)): ")
                .withMessageContaining("none");
        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(() -> module.callWithGradients("both", x, x))
                .withMessage(
                        "TorchScript Small.both(float32 (2, 3), float32 (2, 3)): mat1 and mat2"
                                + " shapes cannot be multiplied (2x3 and 2x3)");
        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(() -> module.callWithGradients("none", x, manager.create("text")))
                .withMessageStartingWith("TorchScript Small.none(float32 (2, 3), text): ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> module.call(manager, "forward", 1.5f))
                .withMessage(
                        "argument 1 of Small.forward is a Float: must be an array of PyTorch, an"
                                + " int, long, double, boolean, String or long[]");
    }

    @Test
    void sourceThatIsWrongIsRefused() {
        TorchArchive wrong =
                TorchArchive.of(
                        """
                        class Wrong(Module):
                            __parameters__ = []
                            __buffers__ = []
                            training : bool
                            def forward(self, x: Tensor) -> Tensor:
                                return torch.no_such_operator(x)
                        """);

        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(() -> TorchModule.load(wrong, manager))
                .withMessageContaining("no_such_operator");
    }

    @Test
    void theFileLoadsAsAnyOtherModelDoes(@TempDir Path folder) throws Exception {
        ARCHIVE.write(folder.resolve("small.pt"));

        try (Model model = Model.newInstance("small", "PyTorch")) {
            model.load(folder, "small");
            try (Predictor<NDList, NDList> predictor =
                    model.newPredictor(new NoopTranslator(null))) {
                NDArray x = manager.create(new float[] {3, -4});
                NDArray square = predictor.predict(new NDList(x)).singletonOrThrow();
                assertThat(square.toFloatArray()).containsExactly(9, 16);
            }
        }
    }

    @Test
    void aModuleEndsWithItsManagerOrBefore() {
        int before = ResourceCount.of(manager);
        TorchModule other = TorchModule.load(ARCHIVE, manager);
        assertThat(ResourceCount.of(manager)).isEqualTo(before + 1);
        other.close();
        assertThat(ResourceCount.of(manager)).isEqualTo(before);
        assertThatIllegalStateException()
                .isThrownBy(() -> other.call(manager, "forward", manager.ones(new Shape(1))));
    }
}
