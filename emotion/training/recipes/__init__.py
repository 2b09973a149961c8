"""The ways to train a classifier, one file each, by name."""

from __future__ import annotations

from emotion.training.recipe import Examples, Model, Recipe
from emotion.training.recipes.logistic import Logistic
from emotion.training.recipes.mixed import Mixed

RECIPES: dict[str, type[Recipe]] = {recipe.name: recipe for recipe in (Mixed, Logistic)}

__all__ = ["RECIPES", "Examples", "Model", "Recipe"]
