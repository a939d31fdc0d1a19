package org.djlsparse.spark;

/** Derives seeds from a seed. */
final class Seeds {

    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private Seeds() {}

    /** Mixes two numbers as SplitMix64 does (Steele, Lea, Flood 2014). */
    static long mix(long seed, long number) {
        long z = seed + (number + 1) * GOLDEN_GAMMA;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** Returns the engine's seed for a task, which dropout then uses. */
    static int ofTask(TrainingTask task) {
        return (int) mix(mix(task.seed(), task.round()), task.task());
    }
}
