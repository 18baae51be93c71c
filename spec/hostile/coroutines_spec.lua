require("spec.hostile.suite").of("coroutines", "coroutines")
