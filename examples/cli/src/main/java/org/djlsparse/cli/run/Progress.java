package org.djlsparse.cli.run;

/** Told how a run goes on. */
public interface Progress {

    /** Says nothing. */
    Progress SILENT =
            new Progress() {
                @Override
                public void begin(String run, int steps) {}

                @Override
                public void step(int step, double loss) {}

                @Override
                public void end() {}
            };

    /**
     * A run begins.
     *
     * @param run its name
     * @param steps the number of its steps
     */
    void begin(String run, int steps);

    /**
     * A step is done.
     *
     * @param step its number, from 1 on
     * @param loss its training loss in nats
     */
    void step(int step, double loss);

    /** The run is over, well or not. */
    void end();
}
