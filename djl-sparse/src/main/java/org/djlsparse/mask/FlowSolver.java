package org.djlsparse.mask;

import org.jgrapht.Graph;
import org.jgrapht.alg.flow.mincost.CapacityScalingMinimumCostFlow;
import org.jgrapht.alg.flow.mincost.MinimumCostFlowProblem;
import org.jgrapht.alg.interfaces.MinimumCostFlowAlgorithm.MinimumCostFlow;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.builder.GraphTypeBuilder;

/**
 * Exact by minimum-cost flow, as the paper formulates it (Hubara et al. 2021, section 3), with
 * JGraphT's {@link CapacityScalingMinimumCostFlow}: the reference that the other solvers are
 * checked against.
 *
 * <p>Each row sends N units, each column takes N, and an entry carries one unit if it is kept. (The
 * paper lets the pruned entries flow.) In a ragged tile an additional node takes the units that
 * rows cannot send and supplies those that columns lack. Costs are whole numbers, so that rounding
 * cannot keep the flow from ending. One step is (M + 1) / 10^9 of the tile's largest magnitude,
 * since JGraphT takes 10^9 for infinite.
 *
 * <p>Any N:M. Cost per tile: O(M^3 log M), with objects for nodes and edges: 20 microseconds at M =
 * 4, over a millisecond at M = 32.
 */
final class FlowSolver extends TileSolver {

    /** JGraphT takes this for infinite. */
    private static final double INFINITE = 1e9;

    FlowSolver(int threads) {
        super(threads);
    }

    @Override
    public String getName() {
        return "flow";
    }

    @Override
    TileWorker newWorker(NmPattern pattern) {
        return new Worker(pattern);
    }

    private static final class Worker implements TileWorker {

        private final int n;
        private final int m;

        Worker(NmPattern pattern) {
            n = pattern.n();
            m = pattern.m();
        }

        @Override
        public void solve(float[] tile, int height, int width, boolean[] keep) {
            Graph<Integer, DefaultWeightedEdge> graph =
                    GraphTypeBuilder.<Integer, DefaultWeightedEdge>directed()
                            .weighted(true)
                            .edgeClass(DefaultWeightedEdge.class)
                            .buildGraph();
            int lender = height + width;
            for (int node = 0; node <= lender; node++) {
                graph.addVertex(node);
            }
            // No path is as long as JGraphT's infinity.
            double dearest = Math.floor(INFINITE / (m + 1)) - 1;
            DefaultWeightedEdge[] edges = new DefaultWeightedEdge[height * width];
            float largest = Float.MIN_VALUE;
            for (int entry = 0; entry < edges.length; entry++) {
                largest = Math.max(largest, tile[entry]);
            }
            for (int entry = 0; entry < edges.length; entry++) {
                edges[entry] = graph.addEdge(entry / width, height + entry % width);
                double share = (double) tile[entry] / largest;
                graph.setEdgeWeight(edges[entry], Math.rint((1 - share) * dearest));
            }
            if (height < m || width < m) {
                for (int row = 0; row < height; row++) {
                    // Costs more than any entry, so that a zero is kept if there is room.
                    graph.setEdgeWeight(graph.addEdge(row, lender), dearest + 1);
                }
                for (int column = height; column < lender; column++) {
                    graph.setEdgeWeight(graph.addEdge(lender, column), 0);
                }
            }
            MinimumCostFlow<DefaultWeightedEdge> flow =
                    new CapacityScalingMinimumCostFlow<Integer, DefaultWeightedEdge>()
                            .getMinimumCostFlow(
                                    new MinimumCostFlowProblem.MinimumCostFlowProblemImpl<>(
                                            graph,
                                            node -> supply(node, height, width),
                                            edge -> capacity(graph, edge, lender),
                                            edge -> 0));
            for (int entry = 0; entry < edges.length; entry++) {
                keep[entry] = flow.getFlow(edges[entry]) > 0.5;
            }
        }

        private int supply(int node, int height, int width) {
            if (node == height + width) {
                return n * (width - height);
            }
            return node < height ? n : -n;
        }

        private int capacity(
                Graph<Integer, DefaultWeightedEdge> graph, DefaultWeightedEdge edge, int lender) {
            boolean lends =
                    graph.getEdgeSource(edge) == lender || graph.getEdgeTarget(edge) == lender;
            return lends ? n : 1;
        }
    }
}
