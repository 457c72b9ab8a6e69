pytest_plugins = ["fuseboard.testing.fixtures"]
