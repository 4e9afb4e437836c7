"""The two lists of advice that the rules mechanise, and which rule covers which item.

The lists: Slav Ivanov, "37 Reasons why your Neural Network is not working" (2017), items 37.1 to 37.37;
Daniel Holden, "My Neural Network isn't working! What should I do?" (2017), items 11.1 to 11.11.
"""

from __future__ import annotations

TITLES: dict[str, str] = {
    "37.1": "Look at the input data",
    "37.2": "Compare with random input",
    "37.3": "Check the data loader",
    "37.4": "Inputs are connected to outputs",
    "37.5": "Inputs tell enough about outputs",
    "37.6": "Labels are not too noisy",
    "37.7": "The order is shuffled",
    "37.8": "Classes are balanced enough",
    "37.9": "There are enough examples",
    "37.10": "Batches hold more than one label",
    "37.11": "The batch is not too large",
    "37.12": "Features are standardised",
    "37.13": "Augmentation is not too strong",
    "37.14": "Preprocessing fits the pretrained model",
    "37.15": "Train, validation and test are preprocessed alike, from train alone",
    "37.17": "The loss starts at chance",
    "37.19": "The loss gets the labels it expects",
    "37.37": "No NaN on the way in",
    "11.1": "Data is normalised",
    "11.3": "Data is preprocessed to be learnable",
    "11.5": "The batch is not too large",
    "11.7": "The last activation can produce the target",
}
"""Items that data can show."""

NOT_COVERED: dict[str, str] = {
    "37.16": "Solve a simpler version first",
    "37.18": "The loss function is right",
    "37.20": "Loss weights are balanced",
    "37.21": "Other metrics are watched",
    "37.22": "Custom layers are tested",
    "37.23": "No layer is frozen by mistake",
    "37.24": "The network is large enough",
    "37.25": "Hidden dimensions are right",
    "37.26": "Gradients are checked",
    "37.27": "A tiny data set can be overfitted",
    "37.28": "Weights are initialised well",
    "37.29": "Hyperparameters are searched",
    "37.30": "Regularisation is not too strong",
    "37.31": "Training has had time",
    "37.32": "Train and test mode are switched",
    "37.33": "Training is visualised",
    "37.34": "Another optimiser is tried",
    "37.35": "Gradients neither explode nor vanish",
    "37.36": "The learning rate fits",
    "11.2": "Results are looked at",
    "11.4": "There is some regularisation",
    "11.6": "The learning rate fits",
    "11.8": "Gradients are sound",
    "11.9": "Weights are initialised well",
    "11.10": "The network is not too deep",
    "11.11": "Hidden layers have the right size",
}
"""Items about the model and the training loop, which data cannot show."""


def sort_key(item: str) -> tuple[int, int]:
    """Order items by list (the longer first) and number."""
    book, number = item.split(".")
    return (-int(book), int(number))
