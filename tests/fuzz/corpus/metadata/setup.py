setup(name="thing", install_requires=["six", 'a >= 1'], tests_require=["x"])
