package org.djlsparse.cli.command;

import org.djlsparse.cli.options.RuleName;
import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options of the gradient rule. */
final class RuleOptions {

    private static final float DEFAULT_LAMBDA = 2e-4f;

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--rule",
            defaultValue = "masked",
            description =
                    "The gradient rule: ${COMPLETION-CANDIDATES}. With Adam and any rule but"
                            + " masked, pruned weights drift far between two refreshes.")
    private RuleName rule;

    @Option(
            names = "--lambda",
            converter = NumberConverter.AboveZero.class,
            description =
                    "The factor with which sr-ste and masked-decay decay pruned weights; 2e-4 by"
                            + " default. Only for these rules.")
    private @Nullable Float lambda;

    @SuppressWarnings("NullAway.Init") // filled in by picocli
    RuleOptions() {}

    RuleName getRule() {
        return rule;
    }

    /** Returns the factor of decay; 0 if the rule has none. */
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
