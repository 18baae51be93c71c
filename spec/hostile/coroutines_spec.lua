require("spec.hostile.suite").of("coroutines", "coroutines, metamethods and waits in odd places")
