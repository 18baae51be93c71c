require("spec.hostile.suite").of("floods", "floods")
