"""What every test may count on: real databases, a name of its own, and an honest word when it is left out."""

pytest_plugins = ["pytester", "tests.distinct", "tests.needs", "tests.databases"]
