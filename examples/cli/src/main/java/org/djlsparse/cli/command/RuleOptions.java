package org.djlsparse.cli.command;

import org.djlsparse.cli.options.RuleName;
import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say how gradients pass the masks. */
final class RuleOptions {

    private static final float DEFAULT_LAMBDA = 2e-4f;

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--rule",
            defaultValue = "masked",
            description =
                    "How gradients pass the masks: ${COMPLETION-CANDIDATES}. With Adam, weights"
                            + " that learn on while pruned stray far between two refreshes.")
    private RuleName rule;

    @Option(
            names = "--lambda",
            converter = AboveZero.class,
            description =
                    "The factor by which sr-ste and masked-decay draw pruned weights to zero; 2e-4"
                            + " by default. Only for these rules.")
    private @Nullable Float lambda;

    @SuppressWarnings("NullAway.Init") // filled in by picocli
    RuleOptions() {}

    RuleName getRule() {
        return rule;
    }

    /** The factor of decay, 0 if the rule has none. */
    float getLambda() {
        if (lambda != null && !rule.hasLambda()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--lambda " + lambda + ": --rule " + rule + " has no such factor");
        }
        if (!rule.hasLambda()) {
            return 0;
        }
        return lambda == null ? DEFAULT_LAMBDA : lambda;
    }
}
