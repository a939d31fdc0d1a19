package org.djlsparse.spark.cli;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.translate.TranslateException;

import org.djlsparse.cli.run.SeededBatches;
import org.djlsparse.spark.SampleFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The calibration samples of a task of Spark: every n-th batch of those that one machine would
 * take.
 *
 * @param command the command
 * @param samples the number of samples of all tasks
 * @param seed the seed of the choice
 */
record RemoteSamples(RemoteCommand command, int samples, int seed) implements SampleFactory {

    @Override
    public List<NDList> getSamples(NDManager manager, int task, int tasks) throws IOException {
        List<NDList> share = new ArrayList<>();
        int number = 0;
        try {
            for (Batch batch :
                    SeededBatches.sample(command.open().task(), samples, seed).getData(manager)) {
                try (batch) {
                    if (number++ % tasks == task) {
                        batch.getData().attach(manager);
                        share.add(batch.getData());
                    }
                }
            }
        } catch (TranslateException e) {
            throw new IOException("data cannot be processed: " + e.getMessage(), e);
        }
        return share;
    }
}
