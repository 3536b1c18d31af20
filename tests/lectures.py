"""Every slide, page or section of the five lectures, and how many topics each has: what the map must not miss.

A line is the number of a slide, a letter for each of its topics if it has several, and its heading. The slides of 001
and the sections of 003 are numbered in the documents (0 is what stands before § 1); the others are numbered here, by
their headings in order. What stands in brackets has no topic of its own: titles, outlines, announcements.
"""

from __future__ import annotations

LECTURES = {
    "000": """
(01 Title: Lecture 6, Neural Networks)
(02 Outline (six parts, repeated before each part))
03 Recap: leveraging nonlinear transformations
04ab Key ideas enabling neural networks
05ab Two epiphanies
06 Structure: a single data point
07 A neuron
08 Linear regressor as a computation graph
09 Linear logistic classifier as a computation graph
10 A layer
11abc A layer: properties
12ab A fully connected feed-forward network
13 Design choices: "recall this example"
14ab Activation choices: σ
15abc Activation choices: ReLU
16ab Compositions of ReLUs
17 Compositions of ReLUs: decision boundaries
18ab Output layer design choices
19 Output layer: K = 5 classes
20ab Width and depth
21 Demo (link to 2layers)
22ab Forward pass of a linear regressor
23 Forward pass of a logistic classifier
24ab Forward pass, general
25 Backward pass: run SGD
26 Backward pass: W²
27 Backward pass: W¹
28 Backward pass of a linear regressor
29 Backward pass of a non-linear regressor
30 Back-propagation: reuse of computation
31abcd Summary
""",
    "001": """
(01 Title)
(02 Announcements)
03abcd Overview: design choices so far
(04 Section: inspiration, the brain)
05 Neurons
06 A much simpler model neuron, a unit
(07 Section: multilayer perceptrons)
08 A directed acyclic graph of units
09ab Fully connected layers
10 Activation functions (1)
11 Activation functions (2)
12 Composition and modularity
13ab The last layer
14 Feature learning: digits
15 Feature learning: learnt features
16ab Expressivity
17 Expressivity: linear networks
18 Expressive power: non-linear networks
19 Designing a network for XOR
20 XOR by hand
21 Universality for binary inputs and targets
22 Logistic in place of hard threshold
23ab Limits of universality
24ab Overfitting and regularisation
(25 Section: training with backpropagation)
26ab Gradient descent
27 Univariate chain rule
28 Univariate logistic least squares
29 How you would have done it in calculus class
30 A more structured way
31 Computation graph
32 Error signals
33ab Fan-out > 1
34 Multivariate chain rule
35 Multivariate chain rule for error signals
36 Full backpropagation algorithm
37 Example: regularised logistic least squares, forward
38 Example: regularised logistic least squares, backward
39 Multilayer perceptron (multiple outputs), forward
40 Multilayer perceptron (multiple outputs), backward
41 Vectorised form, forward
42 Vectorised form, backward
43ab Computational cost
44ab Closing thoughts
(45 Section: gradient checking)
46 Finite differences
47 Two-sided differences
48abc Gradient checks in practice
49ab Gradient checking is really important
50 Autodiff
51abcd Beyond
""",
    "002": """
(01 Title (Ihler / Ng slides))
02ab Linear classifiers (perceptrons)
03 Linearly separable / non-separable data
04 Perceptron classifier (2 features)
05 Non-linear classifiers
06ab Features and perceptrons (1)
07ab Features and perceptrons (2)
08 Multi-layer perceptron model
09 Regression version
10 Neural networks: biology
11ab Representation
12abcde Activation functions
13ab Feed-forward networks
14abcd Multiple outputs
15 Multiclass: pedestrian, car, motorcycle, truck
16 Softmax and cross-entropy loss
17 Notations
18 Forward propagation of a batch
19 Neural networks, L layers
(20 Title: backpropagation)
(21 Evaluation, loss functions, neural networks)
22ab Loss functions
23ab Regularised logistic regression
24 Cross-entropy, several output nodes
25 Loss, multiple output nodes
26 Loss function
27ab Optimisation
28 Gradient calculations
29 Gradient calculations: schematics
30ab Chain rule
31ab Gradient of the last layer
32 The β recursion by index
33 The β recursion in matrix form
34 Forward and back propagation, together
35ab Training, steps 1–4
36ab Training, step 5
37ab Pick an architecture
38ab Automatic differentiation
39ab Autograd
40 Primitive operations
41 Computation graph
42 PyTorch: define a network
43 PyTorch: loss and optimiser
44 PyTorch: train
45 Regression: MCycle data
46 Classification: Iris data
47abcd Summary
""",
    "003": """
0abcdefghijk Introduction
1ab Universal approximators
2abc Deep and shallow nets
3 Expressive power of ReLU networks
4 Network training: regression
5.1 Regression
5.2 Binary classification
5.3 K classes
6 Losses overview
7ab Training neural networks
8abcd Optimisation surface
9 Cyclic learning rates
10abc Chain rule through layers
11abcd Exploding gradients
12 Scalar neural network
12.1abc Error on w₁
13 Vector network: row and gradient
14 Computations in 2D
15abc Two modes
""",
    "004": """
(01 Title: Lecture 6, Neural Networks II)
(02 Outline (repeated before each part))
03 A neuron
04 Linear regressor as a computation graph
05 Logistic classifier as a computation graph
06 A layer
07 A fully connected feed-forward network (MLP)
08 The hand-built example
09 Recall: the same as a network
10 Forward pass of a linear regressor
11 Forward pass of a logistic classifier
12 Forward pass, general
13ab Recall: compositions of ReLUs
14 SGD for a linear regressor
15 Gradient of a linear regressor
16 ReLU's derivative
17 Gradient with ReLU
18 Backward pass: SGD for W²
19 How to find ∂L/∂W²
20 How to update W¹
21 The product of factors
22 Back-propagation: reuse
23 Practical issues: let's revisit
24 A slightly more complex network
25 z² > 0 and z₁¹ < 0
26 z² < 0
27abcde Width and depth
28 Residual (skip) connection
29abc Summary
""",
}


def topics(lecture: str) -> list[str]:
    """Return the ids of the topics of a lecture, as 001-33b.

    >>> topics("001")[2:5]
    ['001-03c', '001-03d', '001-05']
    """
    found = []
    for line in LECTURES[lecture].split("\n"):
        number, _, _ = line.partition(" ")
        if number and not number.startswith("("):
            digits = number.rstrip("abcdefghijklmnopqrstuvwxyz")
            found += [f"{lecture}-{digits}{letter}" for letter in number[len(digits) :] or [""]]
    return found
