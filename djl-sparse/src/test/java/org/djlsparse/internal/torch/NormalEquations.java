package org.djlsparse.internal.torch;

/** Least squares in plain Java and double precision, as a reference for {@link LeastSquares}. */
public final class NormalEquations {

    private NormalEquations() {}

    /** Solves A x = b by Gaussian elimination with pivoting. */
    public static double[] solve(double[][] matrix, double[] right) {
        int n = right.length;
        double[][] a = new double[n][n + 1];
        for (int i = 0; i < n; i++) {
            System.arraycopy(matrix[i], 0, a[i], 0, n);
            a[i][n] = right[i];
        }
        for (int column = 0; column < n; column++) {
            int pivot = column;
            for (int row = column; row < n; row++) {
                if (Math.abs(a[row][column]) > Math.abs(a[pivot][column])) {
                    pivot = row;
                }
            }
            double[] swapped = a[pivot];
            a[pivot] = a[column];
            a[column] = swapped;
            for (int row = 0; row < n; row++) {
                double factor = row == column ? 0 : a[row][column] / a[column][column];
                for (int k = column; k <= n && factor != 0; k++) {
                    a[row][k] -= factor * a[column][k];
                }
            }
        }
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = a[i][n] / a[i][i];
        }
        return x;
    }

    /**
     * Returns the kept weights of one output that minimize the squared error plus ridge times the
     * squared distance to the dense weights. The distance does not include the bias, which is the
     * last weight.
     */
    public static double[] fit(
            double[][] rows, double[] targets, double[] dense, boolean[] kept, double ridge) {
        int n = dense.length;
        int[] index = new int[n];
        int count = 0;
        for (int i = 0; i < n; i++) {
            if (kept[i]) {
                index[count++] = i;
            }
        }
        double[][] matrix = new double[count][count];
        double[] right = new double[count];
        for (int i = 0; i < count; i++) {
            for (int p = 0; p < rows.length; p++) {
                right[i] += rows[p][index[i]] * targets[p];
                for (int j = 0; j < count; j++) {
                    matrix[i][j] += rows[p][index[i]] * rows[p][index[j]];
                }
            }
            if (index[i] < n - 1) {
                matrix[i][i] += ridge;
                right[i] += ridge * dense[index[i]];
            }
        }
        double[] solved = solve(matrix, right);
        double[] weights = new double[n];
        for (int i = 0; i < count; i++) {
            weights[index[i]] = solved[i];
        }
        return weights;
    }

    /** Returns a share of the mean square of the inputs, except the last, which is 1. */
    public static double ridge(double[][] rows, double damping) {
        double sum = 0;
        int inputs = rows[0].length - 1;
        for (double[] row : rows) {
            for (int i = 0; i < inputs; i++) {
                sum += row[i] * row[i];
            }
        }
        return sum == 0 ? 1 : damping * sum / inputs;
    }

    /** Returns the relative error of weights [outputs][inputs + 1]. */
    public static double error(double[][] rows, double[][] targets, double[][] weights) {
        double sum = 0;
        double all = 0;
        for (int p = 0; p < rows.length; p++) {
            for (int o = 0; o < weights.length; o++) {
                double y = 0;
                for (int i = 0; i < rows[p].length; i++) {
                    y += rows[p][i] * weights[o][i];
                }
                sum += (y - targets[p][o]) * (y - targets[p][o]);
                all += targets[p][o] * targets[p][o];
            }
        }
        return sum == 0 ? 0 : Math.sqrt(sum / all);
    }
}
