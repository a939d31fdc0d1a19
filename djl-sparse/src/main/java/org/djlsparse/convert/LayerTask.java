package org.djlsparse.convert;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;

import org.djlsparse.internal.nn.LayerChoice;
import org.djlsparse.internal.nn.MaskConfig;
import org.djlsparse.internal.nn.ParameterOwners;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientFlow;

import java.io.Serializable;
import java.util.List;

/** A layer to be fitted, as it is sent to another machine. */
final class LayerTask implements Serializable {

    private static final long serialVersionUID = 1;

    private final String name;
    private final int n;
    private final int m;
    private final SolverReference solver;

    LayerTask(ConvertedLayer layer) {
        name = layer.getName();
        n = layer.getPattern().n();
        m = layer.getPattern().m();
        solver = SolverReference.of(layer.getSolver());
    }

    /**
     * Finds the layer in a copy of the model.
     *
     * @throws IllegalArgumentException if the copy has no such parameter
     */
    ConvertedLayer find(Block block, ParameterOwners owners) {
        if (!block.getParameters().contains(name)) {
            throw new IllegalArgumentException(
                    "layer \"" + name + "\": the copy of the model has no such parameter");
        }
        Parameter parameter = block.getParameters().get(name);
        MaskConfig masks = new MaskConfig(NmPattern.of(n, m), solver.get(), GradientFlow.MASKED);
        return new ConvertedLayer(
                new LayerChoice(List.of(name), parameter, null, masks, true, false),
                owners.of(parameter));
    }
}
