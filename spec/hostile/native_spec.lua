require("spec.hostile.suite").of("native", "long stays and bombs in built-in C modules")
