package org.djlsparse.cli.command;

import org.djlsparse.cli.options.GradientKind;
import org.djlsparse.cli.options.LayerKind;
import org.djlsparse.cli.options.RuleName;
import org.djlsparse.cli.run.SparseTraining;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.djlsparse.training.SparseRecipe;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options of the recipe: schedule, rule and layers. */
public final class RecipeOptions {

    /** The recipe if the user names none. */
    static final SparseRecipe DEFAULT = SparseRecipe.staySparse();

    private static final float DEFAULT_LAMBDA = 2e-4f;

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--recipe",
            paramLabel = "NAME",
            completionCandidates = Recipes.class,
            description =
                    "The recipe of the training with masks, which the options below change:"
                            + " ${COMPLETION-CANDIDATES}. By default stay-sparse. The model of 2by4"
                            + " ends dense.")
    private SparseRecipe recipe = DEFAULT;

    @Option(
            names = "--rule",
            description = "The gradient rule: ${COMPLETION-CANDIDATES}. By default the recipe's.")
    private @Nullable RuleName rule;

    @Option(
            names = "--lambda",
            converter = NumberConverter.AboveZero.class,
            description =
                    "The factor with which sr-ste and masked-decay decay pruned weights; 2e-4 by"
                            + " default. Only with --rule sr-ste or masked-decay.")
    private @Nullable Float lambda;

    @Option(
            names = "--refresh-every",
            paramLabel = "<steps>",
            converter = NumberConverter.AtLeastOne.class,
            description =
                    "The number of steps between refreshes of the masks. By default the recipe's.")
    private @Nullable Integer refreshEvery;

    @Option(
            names = "--refresh-growth",
            paramLabel = "<factor>",
            converter = NumberConverter.AboveZero.class,
            description =
                    "The factor by which the interval grows from refresh to refresh, from"
                            + " --refresh-every to --longest-interval. Without it, intervals are"
                            + " equal.")
    private @Nullable Float growth;

    @Option(
            names = "--longest-interval",
            paramLabel = "<steps>",
            defaultValue = "200",
            converter = NumberConverter.AtLeastOne.class,
            description = "The longest interval with --refresh-growth.")
    private int longest;

    @Option(
            names = "--warm-up",
            paramLabel = "<steps>",
            converter = Span.Converter.class,
            description =
                    "The steps without masks at the start, as a number or a share such as 30%%. By"
                            + " default the recipe's.")
    private @Nullable Span warmUp;

    @Option(
            names = "--freeze",
            paramLabel = "<steps>",
            converter = Span.Converter.class,
            description =
                    "The steps at the end whose masks are frozen, as a number or a share. By"
                            + " default the recipe's.")
    private @Nullable Span freeze;

    @Option(
            names = "--dense-finish",
            paramLabel = "<steps>",
            converter = Span.Converter.class,
            description =
                    "The steps without masks at the end, as a number or a share; with at least"
                            + " one, the trained model is dense. By default the recipe's.")
    private @Nullable Span denseFinish;

    @Option(
            names = "--layers",
            defaultValue = "all",
            description =
                    "The layers with masks: ${COMPLETION-CANDIDATES}; the latter for transformers.")
    private LayerKind layers;

    @Option(names = "--dense-first-last", description = "Leave the first and the last layer dense.")
    private boolean denseFirstLast;

    @Option(
            names = "--weight-gradient",
            defaultValue = "exact",
            description =
                    "The gradients of the weights: ${COMPLETION-CANDIDATES}. With sampled, layers"
                            + " in a kernel compute them from output gradients sampled to 2:4.")
    private GradientKind weightGradient;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public RecipeOptions() {}

    /** The names of the recipes. */
    static final class Recipes implements Iterable<String> {

        @Override
        public Iterator<String> iterator() {
            return SparseRecipe.presets().stream().map(SparseRecipe::getName).iterator();
        }
    }

    /**
     * Returns the settings of a training of some steps.
     *
     * @param steps the number of steps, at least 1
     * @return the settings
     * @throws ParameterException if the options do not go together
     */
    public SparseTraining training(int steps) {
        return new SparseTraining(
                changedRecipe(steps),
                layers,
                denseFirstLast,
                weightGradient == GradientKind.SAMPLED);
    }

    /** Returns the recipe with the changes of the other options. */
    private SparseRecipe changedRecipe(int steps) {
        SparseRecipe.Builder builder = recipe.toBuilder();
        if (isChanged()) {
            builder.optName(recipe.getName() + ", changed");
        }
        GradientRule chosen = rule();
        if (chosen != null) {
            builder.optRule(chosen);
        }
        MaskSchedule refreshes = refreshes();
        if (refreshes != null) {
            builder.optRefreshes(refreshes);
        }
        if (warmUp != null) {
            builder.optWarmUp(warmUp.of(steps));
        }
        if (freeze != null) {
            builder.optFreeze(freeze.of(steps));
        }
        if (denseFinish != null) {
            builder.optDenseFinish(denseFinish.of(steps));
        }
        SparseRecipe changed;
        try {
            changed = builder.build();
        } catch (IllegalArgumentException e) {
            throw tooLong(steps, e);
        }
        if (changed.getWarmUp() + changed.getDenseFinish() > 1 - 0.5 / steps) {
            throw tooLong(steps, null);
        }
        return changed;
    }

    private ParameterException tooLong(int steps, @Nullable Throwable cause) {
        List<String> parts = new ArrayList<>();
        parts.add("--recipe " + recipe.getName());
        add(parts, "--warm-up", warmUp);
        add(parts, "--freeze", freeze);
        add(parts, "--dense-finish", denseFinish);
        return new ParameterException(
                spec.commandLine(),
                String.join(", ", parts)
                        + ": must leave at least one of "
                        + steps
                        + " steps for masks, and overlap nowhere",
                cause);
    }

    private static void add(List<String> parts, String option, @Nullable Span span) {
        if (span != null) {
            parts.add(option + " " + span);
        }
    }

    private boolean isChanged() {
        return rule != null
                || refreshEvery != null
                || growth != null
                || warmUp != null
                || freeze != null
                || denseFinish != null;
    }

    private @Nullable GradientRule rule() {
        if (lambda != null && (rule == null || !rule.hasLambda())) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--lambda "
                            + lambda
                            + (rule == null
                                    ? ": needs --rule sr-ste or masked-decay"
                                    : ": --rule " + rule + " has no such factor"));
        }
        return rule == null ? null : rule.rule(lambda == null ? DEFAULT_LAMBDA : lambda);
    }

    private @Nullable MaskSchedule refreshes() {
        if (growth == null) {
            return refreshEvery == null ? null : MaskSchedule.every(refreshEvery);
        }
        if (refreshEvery == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--refresh-growth " + growth + ": needs --refresh-every, the first interval");
        }
        try {
            return MaskSchedule.growing(refreshEvery, growth, longest);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--refresh-every "
                            + refreshEvery
                            + ", --refresh-growth "
                            + growth
                            + ", --longest-interval "
                            + longest
                            + ": "
                            + e.getMessage(),
                    e);
        }
    }
}
