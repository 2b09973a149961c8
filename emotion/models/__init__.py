"""Classifiers of one vector of features: the arithmetic (numpy alone), and the file that holds them."""
