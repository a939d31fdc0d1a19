package org.djlsparse.cli.weights;

import org.djlsparse.cli.InputException;
import org.djlsparse.io.TensorChoice;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileException;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Which of a file's tensors a user means.
 *
 * @param includes regular expressions; a tensor whose whole name one of them matches is taken if it
 *     can carry a mask at all; none leaves the choice to the rule for all weights
 * @param excludes regular expressions, none of which may match the whole name
 */
public record TensorFilter(List<Pattern> includes, List<Pattern> excludes) {

    /**
     * Chooses the tensors that are to carry masks.
     *
     * @param file the file
     * @param pattern the pattern of the masks
     * @return the choice
     * @throws InputException if none is chosen, or an include matches none of the file's tensors or
     *     only such that can carry no mask
     * @throws WeightFileException if what the file says about its tensors is damaged
     */
    public TensorSelection select(WeightFile file, NmPattern pattern) throws WeightFileException {
        return select(file, TensorChoice.of(file, pattern));
    }

    /**
     * Chooses from all tensors that can carry a mask, for a command whose result depends on their
     * values.
     *
     * @param file the file
     * @return the choice
     * @throws InputException as for the other
     */
    public TensorSelection selectPossible(WeightFile file) {
        return select(
                file,
                file.getTensors().stream()
                        .map(
                                tensor -> {
                                    String reason = TensorChoice.rejection(tensor);
                                    return new TensorChoice(tensor, reason, reason == null);
                                })
                        .toList());
    }

    private TensorSelection select(WeightFile file, List<TensorChoice> choices) {
        includes.forEach(include -> checkInclude(include, file, choices));
        List<TensorInfo> selected = new ArrayList<>();
        List<LeftOutTensor> leftOut = new ArrayList<>();
        for (TensorChoice choice : choices) {
            TensorInfo tensor = choice.tensor();
            String reason = rejection(choice);
            if (reason == null) {
                selected.add(tensor);
            } else {
                leftOut.add(new LeftOutTensor(tensor.name(), tensor.shape(), reason));
            }
        }
        if (choices.isEmpty()) {
            throw new InputException(file.getPath() + ": has no tensors");
        }
        if (selected.isEmpty()) {
            LeftOutTensor first = leftOut.get(0);
            throw new InputException(
                    file.getPath()
                            + ": all tensors are left out; the first, \""
                            + first.name()
                            + "\": "
                            + first.reason()
                            + ". --include NAME takes one that can carry a mask");
        }
        return new TensorSelection(selected, leftOut);
    }

    private static void checkInclude(Pattern include, WeightFile file, List<TensorChoice> choices) {
        List<TensorChoice> matched =
                choices.stream().filter(choice -> matches(include, choice.tensor())).toList();
        if (matched.isEmpty()) {
            throw new InputException(
                    "--include " + include + ": matches no tensor of " + file.getPath());
        }
        if (matched.stream().noneMatch(TensorChoice::possible)) {
            TensorChoice first = matched.get(0);
            throw new InputException(
                    "--include "
                            + include
                            + ": tensor \""
                            + first.tensor().name()
                            + "\" of "
                            + file.getPath()
                            + " can carry no mask: "
                            + first.reason());
        }
    }

    private @Nullable String rejection(TensorChoice choice) {
        for (Pattern exclude : excludes) {
            if (matches(exclude, choice.tensor())) {
                return "excluded by \"" + exclude + "\"";
            }
        }
        if (includes.isEmpty()) {
            return choice.reason();
        }
        if (includes.stream().noneMatch(include -> matches(include, choice.tensor()))) {
            return "not among the tensors included";
        }
        return choice.possible() ? null : choice.reason();
    }

    private static boolean matches(Pattern pattern, TensorInfo tensor) {
        return pattern.matcher(tensor.name()).matches();
    }
}
