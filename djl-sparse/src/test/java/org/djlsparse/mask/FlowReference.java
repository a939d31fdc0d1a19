package org.djlsparse.mask;

import org.jgrapht.Graph;
import org.jgrapht.alg.flow.mincost.CapacityScalingMinimumCostFlow;
import org.jgrapht.alg.flow.mincost.MinimumCostFlowProblem;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.builder.GraphTypeBuilder;

/**
 * The largest score that a mask of full tiles can keep, computed by JGraphT's minimum-cost flow.
 */
final class FlowReference {

    private FlowReference() {}

    /** Sums the best score of each tile of a weight whose dimensions are multiples of M. */
    static double kept(float[] weights, int rows, int columns, NmPattern pattern) {
        int m = pattern.m();
        double sum = 0;
        for (int row = 0; row < rows; row += m) {
            for (int column = 0; column < columns; column += m) {
                double[] tile = new double[m * m];
                for (int i = 0; i < tile.length; i++) {
                    tile[i] = Math.abs(weights[(row + i / m) * columns + column + i % m]);
                }
                sum += tile(tile, pattern);
            }
        }
        return sum;
    }

    private static double tile(double[] scores, NmPattern pattern) {
        int m = pattern.m();
        Graph<Integer, DefaultWeightedEdge> graph =
                GraphTypeBuilder.<Integer, DefaultWeightedEdge>directed()
                        .weighted(true)
                        .edgeClass(DefaultWeightedEdge.class)
                        .buildGraph();
        for (int node = 0; node < 2 * m; node++) {
            graph.addVertex(node);
        }
        for (int i = 0; i < scores.length; i++) {
            // Whole numbers, so that rounding cannot prevent the flow from ending; JGraphT treats
            // 1e9 as infinite.
            double cost = Math.rint((100 - scores[i]) * 1e6);
            graph.setEdgeWeight(graph.addEdge(i / m, m + i % m), cost);
        }
        double cost =
                new CapacityScalingMinimumCostFlow<Integer, DefaultWeightedEdge>()
                        .getMinimumCostFlow(
                                new MinimumCostFlowProblem.MinimumCostFlowProblemImpl<>(
                                        graph,
                                        node -> node < m ? pattern.n() : -pattern.n(),
                                        edge -> 1,
                                        edge -> 0))
                        .getCost();
        return 100.0 * pattern.n() * m - cost / 1e6;
    }
}
