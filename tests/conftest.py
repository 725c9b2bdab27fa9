"""What every test may count on: real databases, and an honest word about tests that are left out."""

pytest_plugins = ["pytester", "tests.needs", "tests.databases"]
