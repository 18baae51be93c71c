require("spec.hostile.suite").of("memory", "memory")
