package org.djlsparse.cli.command;

import org.djlsparse.cli.bench.LayerSize;
import org.djlsparse.cli.convert.ConversionVariant;
import org.djlsparse.cli.convert.MethodName;
import org.djlsparse.cli.options.GradientKind;
import org.djlsparse.cli.options.KernelName;
import org.djlsparse.cli.options.LayerKind;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.options.Names;
import org.djlsparse.cli.options.OptimizerName;
import org.djlsparse.cli.options.RateSchedule;
import org.djlsparse.cli.options.RuleName;
import org.djlsparse.cli.options.SolverName;
import org.djlsparse.cli.study.Variant;
import org.djlsparse.cli.task.DataPart;
import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.TaskName;
import org.djlsparse.convert.MaskScore;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.SparseRecipe;

import java.nio.file.Path;

import picocli.CommandLine;

/** The readers of the values of options. */
public final class Converters {

    private Converters() {}

    /**
     * Registers the readers of all types of the options in this package.
     *
     * @param command the root command
     * @return the same command
     */
    public static CommandLine register(CommandLine command) {
        return command.registerConverter(Path.class, new PathConverter())
                .registerConverter(NmPattern.class, new PatternConverter())
                .registerConverter(LayerSize.class, new LayerSizeConverter())
                .registerConverter(TaskName.class, choice(TaskName.class))
                .registerConverter(ModelName.class, choice(ModelName.class))
                .registerConverter(MaskKind.class, choice(MaskKind.class))
                .registerConverter(RuleName.class, choice(RuleName.class))
                .registerConverter(OptimizerName.class, choice(OptimizerName.class))
                .registerConverter(RateSchedule.class, choice(RateSchedule.class))
                .registerConverter(FineTuneCommand.Masks.class, choice(FineTuneCommand.Masks.class))
                .registerConverter(DataPart.class, choice(DataPart.class))
                .registerConverter(GradientKind.class, choice(GradientKind.class))
                .registerConverter(LayerKind.class, choice(LayerKind.class))
                .registerConverter(
                        SparseRecipe.class,
                        new ChoiceConverter<>(SparseRecipe::presets, SparseRecipe::getName))
                .registerConverter(MethodName.class, choice(MethodName.class))
                .registerConverter(MaskScore.class, choice(MaskScore.class))
                .registerConverter(SolverName.class, choice(SolverName.class))
                .registerConverter(
                        Variant.class, new ChoiceConverter<>(() -> Variant.ALL, Variant::name))
                .registerConverter(
                        ConversionVariant.class,
                        new ChoiceConverter<>(() -> ConversionVariant.ALL, ConversionVariant::name))
                .registerConverter(
                        KernelName.class, new ChoiceConverter<>(KernelName::all, KernelName::name))
                .registerConverter(
                        LinearKernel.class,
                        new ChoiceConverter<>(LinearKernel::all, LinearKernel::getName));
    }

    private static <E extends Enum<E>> ChoiceConverter<E> choice(Class<E> type) {
        return ChoiceConverter.of(type, Names::of);
    }
}
